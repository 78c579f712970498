/** Judges observations: every rule on every place, four outcomes, nothing thrown. */
import type { FactName, Gap, Observation, Reading } from './observation.ts';
import type { AnyRule, Problem, Unknown } from './rule.ts';
import { en, ja, joinWords, type Words } from './words.ts';

/** pass, fail, unknown (the cloud did not let us look) or broken (our own bug). */
export interface Outcome {
  rule: string;
  status: 'pass' | 'fail' | 'unknown' | 'broken';
  /** Why it is unknown or broken; null otherwise. */
  why: Words | null;
  problems: Problem[];
}

/** Applies one rule to one observation. A rule that throws is `broken`; it never counts as a pass. */
export function applyRule(rule: AnyRule, observation: Observation): Outcome {
  const gaps: Words[] = [];
  const partlyRead: FactName[] = [];
  const facts: Partial<Record<FactName, unknown>> = {};
  for (const [name, need] of Object.entries(rule.needs) as [FactName, string][]) {
    const reading = observation.readings[name] as Reading<unknown> | undefined;
    if (!reading && need === 'optional') continue; // not asked for: the user chose not to look there
    const state = reading?.state ?? 'unread';
    const why = reading && 'gaps' in reading ? describeGaps(reading.gaps) : notAskedFor;
    if (state === 'unread' && (need === 'whole' || need === 'partial'))
      return unknown(rule, unreadFact(name, why));
    if (state === 'partial' && need === 'whole') return unknown(rule, partlyReadFact(name, why));
    if (state !== 'whole' && need !== 'supporting')
      gaps.push(state === 'unread' ? missingFact(name, why) : partlyReadFact(name, why));
    if (state === 'partial') partlyRead.push(name);
    facts[name] = reading && 'value' in reading ? reading.value : undefined;
  }
  const { place, time, window } = observation;
  let found: (Problem | Unknown)[];
  try {
    const given = { place, time, window, partlyRead, facts };
    found = (rule.check as (given: unknown) => (Problem | Unknown)[])(given);
  } catch (error) {
    return { rule: rule.id, status: 'broken', why: failed(error), problems: [] };
  }
  const problems = found.filter((item): item is Problem => !('unknown' in item));
  if (problems.length > 0) return { rule: rule.id, status: 'fail', why: null, problems };
  const undecided = found.flatMap((item) => ('unknown' in item ? [item.unknown] : []));
  const why = [...undecided, ...gaps];
  if (why.length > 0) return unknown(rule, joinWords(why, '; '));
  return { rule: rule.id, status: 'pass', why: null, problems: [] };
}

function failed(error: unknown): Words {
  const text = String(error);
  return { en: `the rule failed: ${text}`, ja: `ルールの実行に失敗しました: ${text}` };
}

function unknown(rule: AnyRule, why: Words): Outcome {
  return { rule: rule.id, status: 'unknown', why, problems: [] };
}

const notAskedFor = { en: 'it was not asked for', ja: '読み取りの対象ではありませんでした' };

function unreadFact(name: FactName, why: Words): Words {
  return { en: en`${name} could not be read: ${why}`, ja: ja`${name} を読み取れませんでした: ${why}` };
}

function missingFact(name: FactName, why: Words): Words {
  return { en: en`${name} was not read: ${why}`, ja: ja`${name} は読み取られていません: ${why}` };
}

function partlyReadFact(name: FactName, why: Words): Words {
  return {
    en: en`${name} was read only in part: ${why}`,
    ja: ja`${name} は一部しか読み取られていません: ${why}`,
  };
}

/** One line for a list of gaps: the first few, and how many more. */
function describeGaps(gaps: Gap[]): Words {
  const shown = gaps
    .slice(0, 3)
    .map(({ location, why }) => (location ? joinWords([location, why], ': ') : why));
  const more = gaps.length - shown.length;
  const all = joinWords(shown, '; ');
  return more > 0 ? { en: en`${all}; and ${more} more`, ja: ja`${all}; ほか ${more} 件` } : all;
}
