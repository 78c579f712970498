/** Joins what the event history tells of denials with what was captured as they happened: each may lack what the other has. */
import { saidBy } from '../localized-error.ts';
import type { AwsFacts, Reading } from '../observation.ts';
import { en, ja, type Localized } from '../words.ts';
import { eventsWithin, type CapturedDenial } from './captured-denial.ts';
import { denialKeyOf, joinedWithHistory, type AnyDenial, type DenialKind } from './denial-of-record.ts';
import { denialFacts } from './known-readings.ts';
import type { DenialsTable } from './denials-table.ts';
import { leftWithin } from './left-events.ts';

export interface Window {
  from: Date;
  to: Date;
}

type DenialFact = (typeof denialFacts)[DenialKind];

/** What was captured, or why that is not known. */
export type Captured = { denials: CapturedDenial[]; left: number } | { why: Localized };

/** One line about a fact: how it was read, or what is missing. */
export interface CaptureLine {
  fact: string;
  complete: boolean;
  why: Localized;
}

/** Reads the denials of an account that were last seen in the window or after it. */
export async function readCaptured(
  table: DenialsTable,
  { account, window, now }: { account: string; window: Window; now: Date },
): Promise<Captured> {
  try {
    const denials: CapturedDenial[] = [];
    for await (const document of table.readAll('denial', now)) {
      const one = document as CapturedDenial;
      if (one.account === account && eventsWithin(one, window) > 0) denials.push(one);
    }
    return { denials, left: await leftWithin(table, window, now) };
  } catch (error) {
    return { why: saidBy(error) };
  }
}

/** Whether a fact tells of denials that may have been captured. */
export function isDenialFact(name: string): name is DenialFact {
  return Object.values<string>(denialFacts).includes(name);
}

/**
 * The fact with what was captured. What the history shows counts as it does there, or as often as it was captured where
 * that is more; what it lacks is added. An unread history stays a gap: the capture sees refused calls alone.
 */
export function reconciled(
  name: DenialFact,
  reading: Reading<AwsFacts[DenialFact]>,
  captured: Captured,
  window: Window,
): { reading: Reading<AwsFacts[DenialFact]>; lines: CaptureLine[] } {
  if ('why' in captured) return { reading, lines: [{ fact: name, complete: false, why: captured.why }] };
  const own = captured.denials.filter(({ kind }) => denialFacts[kind] === name);
  const known = reading.state === 'unread' ? nothing : reading.value;
  const kind = kindOf(name);
  const denials = joined(kind, known.denials, own, window);
  const events = known.events + sumOf(denials) - sumOf(known.denials);
  const value = { ...known, denials, events };
  const how = howRead(reading, own, denials.length);
  const lines = leftOut(name, captured.left);
  if (reading.state === 'whole') {
    const note = reading.note === undefined ? how : both(reading.note, how);
    return { reading: { ...reading, value, note } as Reading<AwsFacts[DenialFact]>, lines };
  }
  const partial = { ...reading, state: 'partial', value } as Reading<AwsFacts[DenialFact]>;
  return {
    reading: own.length === 0 ? reading : partial,
    lines: [{ fact: name, complete: true, why: how }, ...lines],
  };
}

function kindOf(name: DenialFact): DenialKind {
  const kinds = Object.keys(denialFacts) as DenialKind[];
  return kinds.find((kind) => denialFacts[kind] === name) ?? 'web-identity';
}

/** What is not known of an unread history; only the first kind tells of callers. */
const nothing: AwsFacts['denials'] = { denials: [], callers: [], events: 0, unparsed: 0 };

function joined(
  kind: DenialKind,
  history: readonly AnyDenial[],
  captured: readonly CapturedDenial[],
  window: Window,
): AnyDenial[] {
  const byKey = new Map(history.map((denial) => [denialKeyOf(kind, denial), denial]));
  for (const one of captured) {
    const denial = withinWindow(one, window);
    const key = denialKeyOf(kind, denial);
    const known = byKey.get(key);
    byKey.set(key, known ? joinedWithHistory(known, denial) : denial);
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, denial]) => denial);
}

/** The counts of a captured denial are of all the time since it was first seen. */
function withinWindow(captured: CapturedDenial, window: Window): AnyDenial {
  const { denial } = captured;
  const from = `${window.from.toISOString().slice(0, 19)}Z`;
  const firstSeen = denial.firstSeen > from ? denial.firstSeen : from;
  return { ...denial, firstSeen, events: eventsWithin(captured, window) };
}

function sumOf(denials: readonly AnyDenial[]): number {
  return denials.reduce((sum, { events }) => sum + events, 0);
}

function howRead(
  reading: Reading<AwsFacts[DenialFact]>,
  captured: readonly CapturedDenial[],
  all: number,
): Localized {
  const seen = captured.length;
  if (reading.state === 'unread')
    return {
      en: `only those ${seen} captured as they happened; CloudTrail's records were not read`,
      ja: `発生時にキャプチャした ${seen} 件だけです。CloudTrail の記録は読み取れませんでした`,
    };
  const history = reading.value.denials.length;
  const shared = history + seen - all;
  return {
    en: `${history} recorded by CloudTrail, ${seen} captured as they happened, ${shared} in both`,
    ja: `CloudTrail の記録 ${history} 件、発生時のキャプチャ ${seen} 件、両方にあるもの ${shared} 件`,
  };
}

function both(one: Localized, other: Localized): Localized {
  return { en: en`${one}; ${other}`, ja: ja`${one}; ${other}` };
}

function leftOut(fact: DenialFact, left: number): CaptureLine[] {
  if (left === 0 || fact !== 'denials') return [];
  const why = {
    en: `Cannot tell all captured denials apart: ${left} calls belong to more distinct denials than are kept; repair those that are shown first`,
    ja: `キャプチャした拒否をすべては区別できません: 呼び出し ${left} 件は、保持できる種類を超えた拒否のものです。まず表示されているものを修正してください`,
  };
  return [{ fact, complete: false, why }];
}
