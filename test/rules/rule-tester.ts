/** A strict table test for one rule: each case is a sentence, an observation, and what the rule must say of it. */
import { spawnSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { applyRule, type Outcome } from '../../shared/evaluate.ts';
import type { FactName, Observation } from '../../shared/observation.ts';
import { severities, type AnyRule, type Needs, type Problem, type Rule } from '../../shared/rule.ts';
import { inLanguage, type Words, quoted } from '../../shared/words.ts';
import { lostValues } from './japanese-complaints.ts';

/** What a problem's cause must match, alone or with the facts that it is not seen without. */
export type Expected =
  | RegExp
  | {
      cause: RegExp;
      /** Optional facts without which the problem is not seen. */
      restsOn?: readonly FactName[];
      /** Facts that must be read to the end: the problem is that they lack something. */
      restsOnWhole?: readonly FactName[];
    };

/** The table of one rule's cases; their names are read by a reviewer. */
export interface RuleCases {
  /** Every fact that the rule needs, read wholly, and nothing wrong. */
  healthy: Observation | (() => Observation);
  passes: Record<string, Observation>;
  /** `finds` is by subject id, and exact: a problem on any other subject fails the case. */
  fails: Record<string, { given: Observation; finds: Record<string, Expected | readonly Expected[]> }>;
  unknowns?: Record<string, { given: Observation; why: RegExp }>;
}

export interface RuleCheck {
  name: string;
  /** Throws an Error that says what is wrong. */
  run: () => void;
}

/** Registers the checks of one rule with jest. */
export function testRule<N extends Needs>(rule: Rule<N>, cases: RuleCases): void {
  describe(rule.id, () => {
    for (const { name, run } of ruleChecks(rule, cases)) it(name, run);
  });
}

/** Every check of one rule, in the order in which they are read. */
export function ruleChecks(rule: AnyRule, cases: RuleCases): RuleCheck[] {
  const healthy = typeof cases.healthy === 'function' ? cases.healthy() : cases.healthy;
  return [
    { name: 'is described completely', run: () => checkDescription(rule) },
    { name: 'has a table without gaps and repetitions', run: () => checkTable(cases) },
    { name: 'passes where all is well', run: () => checkHealthy(rule, healthy) },
    ...Object.entries(cases.passes).map(([name, given]) => ({
      name: `passes: ${name}`,
      run: () => checkPass(rule, given),
    })),
    ...Object.entries(cases.fails).map(([name, { given, finds }]) => ({
      name: `fails: ${name}`,
      run: () => checkFail(rule, given, finds),
    })),
    ...Object.entries(cases.unknowns ?? {}).map(([name, { given, why }]) => ({
      name: `is unknown: ${name}`,
      run: () => checkUnknown(rule, given, why),
    })),
  ];
}

function checkDescription(rule: AnyRule): void {
  demand(/^(eks|gke)\/[a-z0-9]+(-[a-z0-9]+)*$/.test(rule.id), `${rule.id} is no rule id`);
  demand(severities.includes(rule.severity), `${rule.severity} is no severity`);
  const [title, why] = [english(rule.title), english(rule.why)];
  demand(/^\S.*[^.\s]$/.test(title), `its title is not a phrase without a full stop: "${title}"`);
  demand(/^\S[^]*\.$/.test(why), `its why is not a sentence: "${why}"`);
  checkTranslations('it', [rule.title, rule.why]);
  demand(rule.references.length > 0, 'it has no reference');
  for (const url of rule.references) demand(/^https:\/\/\S+$/.test(url), `${url} is no https address`);
  const needs = Object.entries(rule.needs);
  demand(needs.length > 0, 'it needs no fact');
  for (const [fact, need] of needs)
    demand(/^(whole|partial|optional|supporting)$/.test(need), `it needs ${fact} "${need}"`);
}

function checkTable({ passes, fails, unknowns = {} }: RuleCases): void {
  demand(Object.keys(passes).length > 0, 'no case passes');
  demand(Object.keys(fails).length > 0, 'no case fails');
  const given: [string, Observation][] = [
    ...Object.entries(passes),
    ...Object.entries(fails).map(([name, { given }]): [string, Observation] => [name, given]),
    ...Object.entries(unknowns).map(([name, { given }]): [string, Observation] => [name, given]),
  ];
  const names = new Map<string, string>();
  for (const [name, observation] of given) {
    const key = JSON.stringify(observation);
    demand(!names.has(key), `"${name}" and "${names.get(key) ?? ''}" are given the same observation`);
    names.set(key, name);
  }
  for (const [name, { finds }] of Object.entries(fails))
    demand(Object.keys(finds).length > 0, `"${name}" finds nothing: it belongs under passes or unknowns`);
}

function checkHealthy(rule: AnyRule, healthy: Observation): void {
  for (const fact of Object.keys(rule.needs) as FactName[])
    demand(
      healthy.readings[fact]?.state === 'whole',
      `${fact} is not read wholly in the healthy observation, so its absence proves nothing`,
    );
  checkPass(rule, healthy);
}

function checkPass(rule: AnyRule, given: Observation): void {
  const outcome = judge(rule, given);
  demand(outcome.status === 'pass', `it does not pass: ${told(outcome)}`);
  checkWithoutFacts(rule, given, new Map());
}

function checkUnknown(rule: AnyRule, given: Observation, why: RegExp): void {
  const outcome = judge(rule, given);
  demand(outcome.status === 'unknown', `it is not unknown: ${told(outcome)}`);
  const said = english(outcome.why ?? '');
  demand(why.test(said), `it says "${said}", which ${why.source} does not match`);
  checkTranslations('it', outcome.why === null ? [] : [outcome.why]);
}

function checkFail(
  rule: AnyRule,
  given: Observation,
  finds: Record<string, Expected | readonly Expected[]>,
): void {
  const outcome = judge(rule, given);
  demand(outcome.status === 'fail', `it does not fail: ${told(outcome)}`);
  const expected = new Map(Object.entries(finds).map(([id, item]) => [id, listOf(item)]));
  for (const problem of outcome.problems)
    demand(expected.has(problem.subject.id), `it accuses ${problem.subject.id}: ${english(problem.cause)}`);
  for (const [id, list] of expected) checkSubject(id, list, outcome.problems);
  for (const problem of outcome.problems) checkProblem(rule, given, problem);
  checkWithoutFacts(rule, given, expected);
}

function listOf(item: Expected | readonly Expected[]): readonly Expected[] {
  return Array.isArray(item) ? (item as readonly Expected[]) : [item as Expected];
}

function checkSubject(id: string, expected: readonly Expected[], problems: Problem[]): void {
  const found = problems.filter(({ subject }) => subject.id === id);
  demand(
    found.length === expected.length,
    `it finds ${found.length} of ${expected.length} problems on ${id}`,
  );
  for (const item of expected) {
    const { cause } = item instanceof RegExp ? { cause: item } : item;
    const texts = found.map((problem) => `"${english(problem.cause)}"`).join(', ');
    demand(
      found.some((problem) => cause.test(english(problem.cause))),
      `${cause.source} does not match the cause on ${id}: ${texts}`,
    );
  }
}

/** Judges frozen input twice: a rule changes nothing that it is given, and gives the same answer to the same question. */
function judge(rule: AnyRule, given: Observation): Outcome {
  const first = applyRule(rule, freeze(structuredClone(given)));
  demand(first.status !== 'broken', `it breaks: ${english(first.why ?? '')}`);
  const second = applyRule(rule, freeze(structuredClone(given)));
  demand(isDeepStrictEqual(first, second), 'it answers differently the second time');
  return first;
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const item of Object.values(value)) freeze(item);
  return value;
}

const gap = { location: null, why: quoted('the test took it away') };

function checkWithoutFacts(
  rule: AnyRule,
  given: Observation,
  expected: Map<string, readonly Expected[]>,
): void {
  for (const [fact, need] of Object.entries(rule.needs) as [FactName, string][]) {
    const before = given.readings[fact];
    if (before?.state !== 'whole') continue;
    const unread = judge(rule, withReading(given, fact, { state: 'unread', gaps: [gap] }));
    const missing = judge(rule, withReading(given, fact, undefined));
    const partial = judge(rule, withReading(given, fact, { ...before, state: 'partial', gaps: [gap] }));
    const restsOnWhole = (item: Expected) =>
      !(item instanceof RegExp) && (item.restsOnWhole ?? []).includes(fact);
    if (need === 'supporting') {
      for (const outcome of [unread, missing]) checkOptional(fact, outcome, expected);
      checkFound(`with ${fact} in part`, partial, expected, restsOnWhole);
      continue;
    }
    if (need !== 'optional') {
      demand(unread.status === 'unknown', `without ${fact} it should be unknown: ${told(unread)}`);
      demand(
        missing.status === 'unknown',
        `without ${fact} asked for it should be unknown: ${told(missing)}`,
      );
    } else {
      demand(unread.status !== 'pass', `without ${fact} it must not pass`);
      for (const outcome of [unread, missing]) checkOptional(fact, outcome, expected);
    }
    if (need === 'whole')
      demand(partial.status === 'unknown', `with ${fact} in part it should be unknown: ${told(partial)}`);
    else {
      demand(partial.status !== 'pass', `with ${fact} in part it must not pass`);
      checkFound(`with ${fact} in part`, partial, expected, restsOnWhole);
    }
  }
}

function withReading(given: Observation, fact: FactName, reading: unknown): Observation {
  const readings: Record<string, unknown> = { ...given.readings, [fact]: reading };
  if (reading === undefined) delete readings[fact];
  return { ...given, readings };
}

function checkOptional(fact: FactName, outcome: Outcome, expected: Map<string, readonly Expected[]>): void {
  const restsOnFact = (item: Expected) =>
    !(item instanceof RegExp) && [...(item.restsOn ?? []), ...(item.restsOnWhole ?? [])].includes(fact);
  checkFound(`without ${fact}`, outcome, expected, restsOnFact);
}

/** What rests on what is missing must be gone, the rest must stay, and nothing may be accused anew. */
function checkFound(
  when: string,
  outcome: Outcome,
  expected: Map<string, readonly Expected[]>,
  restsOnIt: (item: Expected) => boolean,
): void {
  for (const { subject, cause } of outcome.problems)
    demand(expected.has(subject.id), `${when} it accuses ${subject.id}: ${english(cause)}`);
  for (const [id, list] of expected)
    for (const item of list) {
      const found = outcome.problems.some(
        ({ subject, cause }) => subject.id === id && causeOf(item).test(english(cause)),
      );
      demand(found || restsOnIt(item), `${when} the problem on ${id} is gone`);
      demand(
        !found || !restsOnIt(item),
        `the problem on ${id} is said to rest on it, yet ${when} it is found`,
      );
    }
}

function causeOf(item: Expected): RegExp {
  return item instanceof RegExp ? item : item.cause;
}

function checkProblem(rule: AnyRule, given: Observation, problem: Problem): void {
  const { subject, evidence, fix, severity } = problem;
  const cause = english(problem.cause);
  const at = `the problem on ${subject.id}`;
  demand([subject.kind, subject.name, subject.id].every(Boolean), `${at} does not say what its subject is`);
  demand(/^\S.*\S$/.test(cause), `${at} has a cause that is empty or spans lines: "${cause}"`);
  demand(evidence.length > 0, `${at} shows no evidence`);
  demand(severity === undefined || severities.includes(severity), `${at} has severity ${severity}`);
  demand(!problem.alsoWrong?.includes(rule.id), `${at} names ${rule.id} among what is also wrong`);
  demand(isPlainJson(problem), `${at} is not plain JSON`);
  checkTexts(at, given, [
    ...inEveryLanguage([
      problem.cause,
      fix.summary,
      ...evidence.flatMap(({ label, value }) => [label, value]),
    ]),
    ...fix.commands,
  ]);
  checkTranslations(at, [
    problem.cause,
    fix.summary,
    ...evidence.flatMap(({ label, value }) => [label, value]),
  ]);
  checkFix(at, fix);
}

/** Jest's modules and `structuredClone` have object prototypes of their own, so that these cannot be compared. */
function isPlainJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean';
  if (value === null) return true;
  return (
    (Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]') &&
    Object.values(value).every(isPlainJson)
  );
}

const unfilled =
  /<[A-Za-z][\w .:/-]*>|\bYOUR_\w*|\bEXAMPLE\w*|\bREPLACE_\w*|\bundefined\b|\[object \w+\]|\bNaN\b|Invalid Date/g;

/** A placeholder is one that the program wrote; what a stranger wrote into the cloud may look like anything. */
function checkTexts(at: string, given: Observation, texts: string[]): void {
  const cloud = JSON.stringify(given);
  for (const text of texts) {
    demand(text.trim() !== '', `${at} has an empty text`);
    for (const [placeholder] of text.matchAll(unfilled))
      demand(
        cloud.includes(JSON.stringify(placeholder).slice(1, -1)),
        `${at} prints "${placeholder}" in "${text}"`,
      );
  }
}

function inEveryLanguage(texts: readonly Words[]): string[] {
  return texts.flatMap((words) => (typeof words === 'string' ? [words] : Object.values(words)));
}

function checkTranslations(at: string, texts: readonly Words[]): void {
  for (const words of texts) {
    if (typeof words === 'string') continue;
    const { en, ja } = words;
    demand(
      /[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]/u.test(ja),
      `${at} has no Japanese for "${en}": "${ja}"`,
    );
    const lost = lostValues(words);
    demand(lost.length === 0, `${at} lacks "${lost.join('", "')}" in Japanese: "${ja}" for "${en}"`);
    demand(
      en.startsWith('Advice:') === ja.startsWith('助言:'),
      `${at} is advice in one language only: "${ja}"`,
    );
  }
}

function english(words: Words): string {
  return inLanguage(words, 'en');
}

function checkFix(at: string, { summary: words, commands, policy, verified }: Problem['fix']): void {
  const summary = english(words);
  const advice = summary.startsWith('Advice:');
  demand(summary.replace('Advice:', '').trim() !== '', `${at} has a fix without a summary`);
  demand(commands.length > 0 || advice, `${at} has a fix without commands that is not labelled "Advice:"`);
  demand(!(verified && advice), `${at} has a proven fix that is labelled advice`);
  demand(!verified || policy !== undefined, `${at} has a proven fix without the policy that was proven`);
  for (const command of commands) {
    demand(/^(aws|kubectl|gcloud|eksctl) /.test(command), `${at} has a command of no known tool: ${command}`);
    demand(!/(^|\s)(\.\.\.|…)(\s|$)/.test(command), `${at} has a command with an ellipsis: ${command}`);
    const { status, stderr } = spawnSync('bash', ['-n'], { input: command, encoding: 'utf8' });
    demand(status === 0 && stderr === '', `${at} has a command that bash cannot read: ${command}\n${stderr}`);
  }
}

function told({ status, why, problems }: Outcome): string {
  return [
    status,
    why && english(why),
    ...problems.map(({ subject, cause }) => `${subject.id}: ${english(cause)}`),
  ]
    .filter(Boolean)
    .join('; ');
}

function demand(holds: boolean, complaint: string): void {
  if (!holds) throw new Error(complaint);
}
