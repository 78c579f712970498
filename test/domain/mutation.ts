/** What a mutation of a trust policy is, and the slips of the hand that many of them are made of. */
import type { TrustCause } from '../../shared/domain/trust-causes.ts';
import type { Random } from './random.ts';
import { subjectOf, type Caller, type Draft, type Grant } from './trust-draft.ts';

/** What a mutation works on: a draft, and that of its grants which is to be changed. */
export interface Site {
  draft: Draft;
  grant: Grant;
  caller: Caller;
  random: Random;
}

/** Changes the draft; answers false where the draft has no place for it. */
export type Change = (site: Site) => boolean | void;

export interface Mutation {
  name: string;
  /** What its repair is called; null where that is a matter of opinion. */
  cause: TrustCause | null;
  /** Of two mutations in one slot the second would undo the first. */
  slot: string;
  change: Change;
}

/** Mutations of one slot that are repaired by the same name. */
export function mutationsOf(
  slot: string,
  cause: TrustCause | null,
  changes: Record<string, Change>,
): Mutation[] {
  return Object.entries(changes).map(([name, change]) => ({ name, cause, slot, change }));
}

export function mapValues<A, B>(record: Record<string, A>, convert: (item: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, item]) => [name, convert(item)]));
}

/** The caller's own subject. */
export function exactSubject({ namespace, serviceAccount }: Caller): string {
  return subjectOf(namespace, serviceAccount);
}

export function pickOther(list: string[], item: string, random: Random): string {
  return random.pick(list.filter((other) => other !== item));
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function inOtherCase(text: string): string {
  return text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase();
}

/** A slash too many at the end, or the one that belongs there left out. */
export function slashToggled(name: string): string {
  return name.endsWith('/') ? name.slice(0, -1) : `${name}/`;
}

/** One slip of the keyboard at or after `from`: a letter doubled, lost, or swapped with its neighbour. */
export function typo(text: string, random: Random, from = 0): string {
  const at = from + random.below(Math.max(1, text.length - from - 1));
  const [a = '', b = ''] = [text[at], text[at + 1]];
  const slip = random.pick([`${a}${a}${b}`, b, `${b}${a}`]);
  const result = text.slice(0, at) + slip + text.slice(at + 2);
  return result === text ? `${text}x` : result;
}
