/** The table of an EKS rule, and what must hold for every finding of web identity besides. */
import { applyRule } from '../../../shared/evaluate.ts';
import type { Role } from '../../../shared/domain/web-identity.ts';
import type { Observation } from '../../../shared/observation.ts';
import type { Needs, Problem, Rule } from '../../../shared/rule.ts';
import { rules } from '../../../shared/rules/index.ts';
import { inLanguage, type Language, type Words } from '../../../shared/words.ts';
import { testRule, type RuleCases } from '../rule-tester.ts';
import { eksComplaints } from './eks-complaints.ts';
import { observe } from './world.ts';

/** The healthy account is the smallest one, unless the table has its own. */
export function testEksRule<N extends Needs>(
  rule: Rule<N>,
  cases: Omit<RuleCases, 'healthy'> & Partial<Pick<RuleCases, 'healthy'>>,
): void {
  testRule(rule, { healthy: observe, ...cases });
  testTelling(rule, cases);
  describe(`${rule.id}, each failing case`, () => {
    it.each(Object.entries(cases.fails).map(([name, { given }]) => [name, given] as const))(
      'is closed by each proven fix, which opens no other: %s',
      (_, given) => expectClosed(given),
    );
  });
}

/** How the cases of a table are told, in both languages. */
export function testTelling<N extends Needs>(
  rule: Rule<N>,
  cases: Pick<RuleCases, 'fails' | 'unknowns'>,
): void {
  describe(`${rule.id}, each failing case`, () => {
    it.each(Object.entries(cases.fails).map(([name, { given }]) => [name, given] as const))(
      'gives each finding an identity of its own, and tells it in a sentence: %s',
      (_, given) => {
        const found = findingsOf(given);
        expect(new Set(found.map(identityOf)).size).toBe(found.length);
        for (const { problem } of found) {
          expect(problem.cause).toMatch(/^\S.*([^.]\.|…)$/);
          expect(problem.cause).not.toMatch(/ {2}|\bnull\b|\b1 (times|callers)| ,|\.\./);
          expect(problem.fix.summary).not.toMatch(/\n| {2}|\bnull\b/);
        }
        for (const { problem } of findingsOf(given, 'ja')) {
          expect(problem.cause).toMatch(/^\S.*([^。]。|…)$/);
          expect(problem.cause).not.toMatch(japaneseSlips);
          expect(problem.fix.summary).not.toMatch(japaneseSlips);
        }
      },
    );

    it.each(
      Object.entries({ ...cases.fails, ...cases.unknowns }).map(
        ([name, { given }]) => [name, given] as const,
      ),
    )('is told in Japanese: %s', (_, given) => {
      expect(eksComplaints(eksRules, given)).toEqual([]);
    });
  });
}

/** No space between Japanese and Latin words, two spaces, a word of the program, English punctuation. */
const japaneseSlips =
  /[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}][A-Za-z0-9]|[A-Za-z0-9][\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]|\n| {2}|\bnull\b|[。、] |。。/u;

type Told = Omit<Problem, 'cause' | 'evidence' | 'fix'> & {
  cause: string;
  evidence: { label: string; value: string }[];
  fix: Omit<Problem['fix'], 'summary'> & { summary: string };
};

interface Found {
  rule: string;
  /** In one language. */
  problem: Told;
}

const eksRules = rules.filter(({ id }) => id.startsWith('eks/'));

/** What every rule of EKS finds. */
export function findingsOf(observation: Observation, language: Language = 'en'): Found[] {
  return eksRules.flatMap((rule) => {
    const outcome = applyRule(rule, observation);
    if (outcome.status === 'broken')
      throw new Error(`${rule.id} broke: ${inLanguage(outcome.why ?? '', 'en')}`);
    return outcome.problems.map((problem) => ({ rule: rule.id, problem: toldIn(problem, language) }));
  });
}

/** A problem as it is told in one language. */
export function toldIn(problem: Problem, language: Language): Told {
  const { cause, evidence, fix } = problem;
  const text = (words: Words) => inLanguage(words, language);
  return {
    ...problem,
    cause: text(cause),
    evidence: evidence.map(({ label, value }) => ({ label: text(label), value: text(value) })),
    fix: { ...fix, summary: text(fix.summary) },
  };
}

/** What a report makes the id of a finding from. */
export function identityOf({ rule, problem: { location, cluster, subject, workload } }: Found): string {
  return JSON.stringify([rule, location, cluster, subject.id, workload ?? null]);
}

/** Sets each proven policy in its turn, and then all of them: what it repaired must be gone, and nothing new be there. */
export function expectClosed(observation: Observation): void {
  const quiet = withoutDenials(observation);
  const before = new Set([...findingsOf(observation), ...findingsOf(quiet)].map(about));
  const proven = findingsOf(observation).filter(({ problem: { fix } }) => fix.verified);
  for (const found of proven) {
    const after = findingsOf(withPolicy(quiet, found.problem)).map(about);
    expect(after).not.toContain(about(found));
    expect(after.filter((finding) => !before.has(finding))).toEqual([]);
  }
  const all = proven.reduce((repaired, { problem }) => withPolicy(repaired, problem), quiet);
  const left = new Set(findingsOf(all).map(about));
  expect(proven.map(about).filter((finding) => left.has(finding))).toEqual([]);
}

/** The rule and what it accuses; a latent rest of a finding may name another service account. */
function about({ rule, problem }: Found): string {
  return JSON.stringify([rule, problem.location, problem.cluster, problem.subject.id]);
}

function withoutDenials(observation: Observation): Observation {
  const { denials } = observation.readings;
  if (denials?.state !== 'whole') return observation;
  return {
    ...observation,
    readings: { ...observation.readings, denials: { ...denials, value: { ...denials.value, denials: [] } } },
  };
}

function withPolicy(observation: Observation, { subject, fix }: Told): Observation {
  const { roles, namedRoles } = observation.readings;
  const mended = (role: Role) => (role.arn === subject.id ? { ...role, trustPolicy: fix.policy } : role);
  if (roles?.state !== 'whole' || namedRoles?.state !== 'whole') return observation;
  const named = Object.entries(namedRoles.value).map(([arn, known]) => [
    arn,
    known.state === 'exists' ? { ...known, role: mended(known.role) } : known,
  ]);
  return {
    ...observation,
    readings: {
      ...observation.readings,
      roles: { ...roles, value: roles.value.map(mended) },
      namedRoles: { ...namedRoles, value: Object.fromEntries(named) as typeof namedRoles.value },
    },
  };
}
