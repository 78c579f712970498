/** Trust-policy cases labelled by construction: what is at fault is known because the fault was put in. */
import type { TrustCause } from '../../shared/domain/trust-causes.ts';
import type { WebIdentityRequest } from '../../shared/domain/trust-policy.ts';
import { judge } from './independent-evaluator.ts';
import { seeded, type Random } from './random.ts';
import { render, soundDraft, type Draft, type Json } from './trust-draft.ts';
import type { Mutation } from './mutation.ts';
import { clash, isLocal, mutations } from './trust-mutations.ts';
import { variations } from './trust-variations.ts';

export type Kind = 'control' | 'single' | 'multi' | 'near';

export interface LabelledCase {
  kind: Kind;
  /** Names of what was changed, for the report of a failure. */
  changes: string[];
  trustPolicy: Json;
  request: WebIdentityRequest;
  verdict: string;
  /** The causes that must be named; null where only the verdict is certain. */
  causes: TrustCause[] | null;
}

/** So many cases of one kind; the same seed gives the same cases. */
export function labelledCases(kind: Kind, seed: number, count: number): LabelledCase[] {
  const random = seeded(seed);
  const cases: LabelledCase[] = [];
  while (cases.length < count) {
    const made = makeCase(kind, random);
    if (made) cases.push(made);
  }
  return cases;
}

/** Cases of one named mutation alone. */
export function casesOf(name: string, seed: number, count: number): LabelledCase[] {
  const random = seeded(seed);
  const cases: LabelledCase[] = [];
  const only = mutations.filter((mutation) => mutation.name === name);
  for (let attempt = 0; cases.length < count && attempt < 40 * count; attempt++) {
    const made = makeCase('single', random, only);
    if (made) cases.push(made);
  }
  return cases;
}

interface Step {
  mutation: Mutation;
  grant: number;
  seed: number;
}

/** One case; null where the choices do not fit together, or leave the call allowed. */
function makeCase(kind: Kind, random: Random, from = mutations): LabelledCase | null {
  const base = random.seed();
  const varied = Array.from({ length: kind === 'near' ? 0 : random.below(3) }, () => ({
    name: random.pick(Object.keys(variations)),
    seed: random.seed(),
  }));
  const steps = chooseSteps(kind, random, from);
  const build = (chosen: Step[]) => buildDraft(base, varied, chosen, kind === 'near');
  const sound = build([]);
  const faulty = build(steps);
  if (!sound || !faulty || verdictOf(sound) !== 'Allowed') return null;
  const trustPolicy = render(faulty);
  const verdict = verdictOf(faulty);
  if (
    !trustPolicy ||
    verdict === null ||
    verdict === 'Malformed' ||
    (verdict === 'Allowed') !== (kind === 'control')
  )
    return null;
  const changes = [
    ...steps.map(({ mutation, grant }) => (kind === 'near' ? `${mutation.name}@${grant}` : mutation.name)),
    ...varied.map(({ name }) => `benign:${name}`),
  ];
  return { kind, changes, trustPolicy, request: faulty.request, verdict, causes: labelsOf(steps, build) };
}

function chooseSteps(kind: Kind, random: Random, from: Mutation[]): Step[] {
  const step = (mutation: Mutation, grant: number) => ({ mutation, grant, seed: random.seed() });
  if (kind === 'control') return [];
  if (kind === 'single') return [step(random.pick(from), 0)];
  if (kind === 'near') return [0, 1].map((grant) => step(random.pick(from.filter(isLocal)), grant));
  const chosen: Step[] = [];
  const size = random.chance(0.25) ? 3 : 2;
  while (chosen.length < size) {
    const next = step(random.pick(from), 0);
    const clashes = chosen.some(({ mutation }) => clash(mutation, next.mutation));
    if (!clashes) chosen.push(next);
  }
  return chosen;
}

/** Makes the same draft each time, with more or fewer of the steps; null where one of them has no place in it. */
function buildDraft(
  base: number,
  varied: { name: string; seed: number }[],
  steps: Step[],
  twice: boolean,
): Draft | null {
  const draft = soundDraft(seeded(base));
  for (const { name, seed } of varied) if (!change(draft, 0, variations[name], seed)) return null;
  if (twice) duplicateGrant(draft);
  for (const { mutation, grant, seed } of steps)
    if (!change(draft, grant, mutation.change, seed)) return null;
  return draft;
}

function change(draft: Draft, index: number, apply: Mutation['change'] | undefined, seed: number): boolean {
  const grant = draft.grants[index];
  if (!grant || !apply) return false;
  return apply({ draft, grant, caller: draft.caller, random: seeded(seed) }) !== false;
}

/** Two statements that would each allow the call; nothing else grants. */
function duplicateGrant(draft: Draft): void {
  const [grant] = draft.grants;
  if (!grant) return;
  const copy = structuredClone(grant);
  draft.grants.push({ ...copy, sid: copy.sid === null ? null : `${copy.sid}1` });
  draft.before = [];
  draft.after = [];
}

function verdictOf(draft: Draft): string | null {
  const policy = render(draft);
  return policy && judge(policy, draft.request);
}

/** The causes of all faults that belong to a smallest set whose undoing makes the call allowed. */
function labelsOf(steps: Step[], build: (steps: Step[]) => Draft | null): TrustCause[] | null {
  const minimal: Step[][] = [];
  for (const undone of subsets(steps)) {
    if (minimal.some((set) => set.every((step) => undone.includes(step)))) continue;
    const draft = build(steps.filter((step) => !undone.includes(step)));
    if (draft && verdictOf(draft) === 'Allowed') minimal.push(undone);
  }
  const causes = [...new Set(minimal.flat().map(({ mutation }) => mutation.cause))];
  return causes.includes(null) || steps.some(({ mutation }) => mutation.cause === null)
    ? null
    : (causes as TrustCause[]).sort();
}

/** All subsets, small ones first. */
function subsets<T>(items: T[]): T[][] {
  const all = Array.from({ length: 2 ** items.length }, (_, mask) =>
    items.filter((_item, index) => (mask >> index) & 1),
  );
  return all.sort((a, b) => a.length - b.length);
}
