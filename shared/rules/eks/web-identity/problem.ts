/** Turns diagnoses into the problems of the rule that tells them: one for each role and cluster. */
import { parseRoleArn } from '../../../domain/arn.ts';
import { parseEksIssuer } from '../../../domain/issuer.ts';
import { parseSubject } from '../../../domain/service-account.ts';
import type { ElementExplanation, StatementExplanation } from '../../../domain/trust-policy.ts';
import type { Evidence, Fix, Problem, RuleId } from '../../../rule.ts';
import { diagnose } from './diagnose.ts';
import type { Diagnosis, DiagnosisCause } from './diagnosis.ts';
import { trustFix } from './fix.ts';
import type { WebIdentityGiven } from './given.ts';
import { groupBy } from './look-up-by.ts';
import {
  denialOf,
  deniedIn,
  fewOf,
  nearestOf,
  oneLine,
  sentence,
  statementName,
  subjectsOf,
  type Told,
} from './told.ts';
import { en, ja, joinWords, mapWords, type Localized, type Words } from '../../../words.ts';

/** What a rule adds to its diagnoses. */
export interface Telling {
  /** One sentence with the real values. */
  cause: Words;
  evidence?: Evidence[];
  /** In place of the repair of the trust policy. */
  fix?: Fix;
  subject?: Problem['subject'];
}

/** The problems of one rule: the diagnoses that name it first, those of one role and cluster as one. */
export function problemsOf(
  rule: DiagnosisCause,
  given: WebIdentityGiven,
  tell: (told: Told) => Telling,
  groupKey: (diagnosis: Diagnosis) => string = roleAndCluster,
): Problem[] {
  const own = diagnose(given).filter(({ causes }) => causes[0] === rule);
  return problemsFrom(given, own, tell, groupKey);
}

/** The problems of these diagnoses, those with the same key as one. */
export function problemsFrom(
  given: WebIdentityGiven,
  diagnoses: Diagnosis[],
  tell: (told: Told) => Telling,
  groupKey: (diagnosis: Diagnosis) => string = roleAndCluster,
): Problem[] {
  return [...groupBy(diagnoses, groupKey).values()].flatMap((group) => {
    const [first, ...others] = [...group].sort(worstFirst);
    return first ? [makeProblem(given, [first, ...others], tell([first, ...others]))] : [];
  });
}

/** What a finding is known by over its runs, besides the rule. */
export function roleAndCluster(diagnosis: Diagnosis): string {
  return JSON.stringify([roleSubject(diagnosis).id, locationOf(diagnosis), diagnosis.cluster?.name]);
}

function worstFirst(a: Diagnosis, b: Diagnosis): number {
  return (
    (b.denial?.events ?? 0) - (a.denial?.events ?? 0) || ((a.subject ?? '') < (b.subject ?? '') ? -1 : 1)
  );
}

function makeProblem(given: WebIdentityGiven, told: Told, telling: Telling): Problem {
  const [first] = told;
  const denial = denialOf(told);
  return {
    location: locationOf(first),
    cluster: first.cluster?.name ?? null,
    subject: telling.subject ?? roleSubject(first),
    workload: telling.subject && telling.subject.kind !== 'role' ? null : workloadOf(told),
    ...(denial ? {} : { severity: 'medium' as const }),
    cause: sentence(telling.cause),
    alsoWrong: alsoWrongOf(told),
    // A line break in a stranger's text must not look like another piece of evidence.
    evidence: [...callEvidence(told), ...(telling.evidence ?? []), ...trustEvidence(first)].map(
      ({ label, value }) => ({
        label,
        value: mapWords(value, (text) => text.replaceAll(/[\r\n\u2028\u2029]+/g, ' ')),
      }),
    ),
    denial,
    fix: telling.fix ?? trustFix(given, told),
  };
}

export function locationOf({ cluster, issuer, denial }: Diagnosis): string | null {
  return cluster?.region ?? parseEksIssuer(issuer ?? '')?.region ?? denial?.latest.region ?? null;
}

/** The workload, where it is one alone. */
function workloadOf(told: readonly Diagnosis[]): NonNullable<Problem['workload']> | null {
  const [subject, ...others] = subjectsOf(told);
  const name = subject === undefined || others.length > 0 ? null : parseSubject(subject);
  return name && { namespace: name.namespace, serviceAccount: name.name };
}

export function alsoWrongOf(told: Told): RuleId[] {
  const [{ causes }] = told;
  const others = told.flatMap((diagnosis) => diagnosis.causes).filter((cause) => cause !== causes[0]);
  return [...new Set(others)];
}

function roleSubject({ roleArn, role }: Diagnosis): Problem['subject'] {
  const arn = role?.arn ?? roleArn ?? 'unknown role';
  return { kind: 'role', name: parseRoleArn(arn)?.name ?? oneLine(arn), id: arn };
}

/** So many callers, addresses and the like are shown. */
const mostShown = 20;

/** Who called, or would call: as the events tell, or as the policy names it. */
export function callEvidence(told: Told): Evidence[] {
  const [{ denial, issuer, cluster }] = told;
  const notes = new Map(told.flatMap(({ notes }) => notes.map((note) => [note.en, note])));
  return [
    ...shown(
      denial ? 'Role that was asked for' : 'Role',
      valuesOf(told, ({ roleArn }) => roleArn),
    ),
    ...shown(denial ? 'Caller' : 'Service account', subjectsOf(told)),
    ...(issuer?.trim() ? [{ label: 'Issuer', value: issuerText(issuer, cluster) }] : []),
    ...shown(
      'Audience of the token',
      valuesOf(told, ({ audience }) => audience),
    ),
    ...shown(
      'Called from',
      deniedIn(told).flatMap(({ sourceIps }) => sourceIps),
    ),
    ...shown(
      'User agent',
      deniedIn(told)
        .slice(0, 1)
        .flatMap(({ latest }) => latest.userAgent ?? []),
    ),
    ...[...notes.values()].slice(0, mostShown).map((value) => ({ label: 'Note', value })),
  ];
}

function issuerText(issuer: string, cluster: Diagnosis['cluster']): Words {
  return cluster
    ? {
        en: `${issuer} (cluster ${cluster.name}, ${cluster.region})`,
        ja: `${issuer} (クラスター ${cluster.name}、${cluster.region})`,
      }
    : issuer;
}

function valuesOf(told: Told, valueOf: (diagnosis: Diagnosis) => string | null): string[] {
  return told.flatMap((diagnosis) => valueOf(diagnosis) ?? []);
}

function shown(label: string, values: string[]): Evidence[] {
  const distinct = [...new Set(values)].filter((value) => value.trim() !== '');
  return distinct.length === 0 ? [] : [{ label, value: fewOf(distinct, mostShown) }];
}

/** What did not match in the statement that is nearest to allowing, and in a Deny that matched. */
function trustEvidence(diagnosis: Diagnosis): Evidence[] {
  const near = nearestOf(diagnosis);
  const denies = (diagnosis.trust?.diagnosis.statements ?? []).filter(
    ({ effect, matched }) => effect === 'Deny' && matched,
  );
  const unmatched = near?.elements.filter(({ matched }) => !matched) ?? [];
  return [
    ...unmatched.map((element) => ({
      label: near ? placeIn(near) : '',
      value: comparison(element),
    })),
    ...denies.map((statement) => ({ label: placeIn(statement), value: denialText(statement) })),
  ];
}

function placeIn(statement: StatementExplanation): Localized {
  const name = statementName(statement);
  return { en: en`Trust policy, ${name}`, ja: ja`信頼ポリシー、${name}` };
}

function denialText({ elements }: StatementExplanation): Localized {
  const conditions = joinWords(elements.filter(({ element }) => element === 'Condition').map(comparison), {
    en: '. ',
    ja: '。',
  });
  return {
    en: en`it is a Deny, and matches this call. ${conditions}`.trim(),
    ja: ja`この呼び出しに一致する Deny です。${conditions}`,
  };
}

/** `StringEquals …:sub: the policy says a; the call has b`. */
function comparison({ element, operator, key, policy, request }: ElementExplanation): Localized {
  const where = element === 'Condition' ? `${operator ?? ''} ${key ?? ''}` : element;
  const allowed = policy.length > 0 ? joinWords(policy, { en: ' or ', ja: ' または ' }) : nothing;
  const present = request ? request.join(', ') : noSuchKey;
  return {
    en: en`${where}: the policy says ${allowed}; the call has ${present}`,
    ja: ja`${where}: ポリシーの値は ${allowed}、呼び出しの値は ${present}`,
  };
}

const nothing = { en: 'nothing', ja: 'なし' };
const noSuchKey = { en: 'no such key', ja: 'なし (このキーがありません)' };
