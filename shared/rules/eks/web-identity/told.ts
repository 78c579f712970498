/** What one finding tells: diagnoses with the same first cause, role and cluster; and how they are named in a sentence. */
import { parseRoleArn } from '../../../domain/arn.ts';
import { parseSubject } from '../../../domain/service-account.ts';
import type { StatementExplanation } from '../../../domain/trust-policy.ts';
import type { Denial } from '../../../domain/web-identity.ts';
import type { Problem } from '../../../rule.ts';
import { en, ja, joinWords, mapWords, type Localized, type Words } from '../../../words.ts';
import type { Diagnosis, DiagnosisCause } from './diagnosis.ts';

/** The refused before the latent, those with the most refusals first. */
export type Told = readonly [Diagnosis, ...Diagnosis[]];

/** Sample event ids that a report keeps of one finding. */
const samples = 5;

/** The refused calls of the diagnoses as one; null where all are latent. */
export function denialOf(diagnoses: readonly Diagnosis[]): NonNullable<Problem['denial']> | null {
  const denials = deniedIn(diagnoses);
  const [first] = denials;
  if (!first) return null;
  const newestFirst = [...denials].sort((a, b) => (a.lastSeen < b.lastSeen ? 1 : -1));
  return {
    errorCode: first.errorCode,
    events: denials.reduce((sum, { events }) => sum + events, 0),
    firstSeen: denials.map(({ firstSeen }) => firstSeen).reduce((a, b) => (a < b ? a : b)),
    lastSeen: newestFirst[0]?.lastSeen ?? first.lastSeen,
    sampleEventIds: newestFirst.flatMap(({ sampleEventIds }) => sampleEventIds).slice(0, samples),
  };
}

export function deniedIn(diagnoses: readonly Diagnosis[]): Denial[] {
  return diagnoses.flatMap(({ denial }) => denial ?? []);
}

/** The subjects, each once. */
export function subjectsOf(diagnoses: readonly Diagnosis[]): string[] {
  return [...new Set(diagnoses.flatMap(({ subject }) => subject ?? []))];
}

/** `shop/cart of cluster prod`, `shop/cart, shop/web and 3 more of cluster prod`, or what else tells the callers. */
export function callersOf(told: Told): Localized {
  const subjects = subjectsOf(told);
  const origin = originOf(told);
  const names = subjects.length > 0 ? accountNames(subjects) : told[0].denial ? unrecorded : unnamed;
  const space = origin.ja !== '' && subjects.length > 0 ? ' ' : '';
  return { en: en`${names}${origin}`, ja: ja`${origin}${space}${names}` };
}

const unrecorded = { en: 'a caller that is not recorded', ja: '記録にない呼び出し元' };
const unnamed = { en: 'service accounts', ja: 'サービスアカウント' };

/** `shop/cart, shop/web and 3 more` of their subjects. */
export function accountNames(subjects: string[]): Words {
  return fewOf(subjects.map(accountName), 3);
}

function accountName(subject: string): string {
  const name = parseSubject(subject);
  return name ? `${name.namespace}/${name.name}` : shortened(subject);
}

/**
 * ` of cluster prod`, ` of https://…`, to stand behind what it is said of, and in Japanese before it; nothing where the
 * callers are of several.
 */
export function originOf(told: Told): Localized {
  const [{ cluster, issuer }] = told;
  if ((!cluster && !issuer) || told.some((other) => other.issuer !== issuer)) return { en: '', ja: '' };
  return cluster
    ? { en: ` of cluster ${cluster.name}`, ja: `クラスター ${cluster.name} の` }
    : { en: ` of ${shortened(issuer ?? '')}`, ja: `${shortened(issuer ?? '')} の` };
}

/** `cluster prod`, or what stands for a cluster that is not known. */
export function clusterName(cluster: { name: string } | null, otherwise: Words): Words {
  return cluster ? { en: `cluster ${cluster.name}`, ja: `クラスター ${cluster.name}` } : otherwise;
}

/** The form of the English verb that goes with the callers. */
export function verb(told: Told, singular: string, plural: string): string {
  const subjects = subjectsOf(told).length;
  return subjects > 1 || (subjects === 0 && !told[0].denial) ? plural : singular;
}

/** The role's name, or the ARN where there is none. */
export function roleName({ role, roleArn }: Diagnosis): Words {
  const known = role?.name ?? parseRoleArn(roleArn ?? '')?.name;
  return known ?? (roleArn === null ? { en: 'a role', ja: 'ロール' } : shortened(roleArn));
}

/** The values of the conditions at fault for a cause, as the policy has them. */
export function faultyValues({ trust }: Diagnosis, cause: DiagnosisCause): string[] {
  return [...new Set(faultyConditions(trust, cause).flatMap(({ values }) => values))];
}

/** The condition keys at fault for a cause, as the policy has them. */
export function faultyKeys({ trust }: Diagnosis, cause: DiagnosisCause): string[] {
  return [...new Set(faultyConditions(trust, cause).map(({ key }) => key))];
}

/** The conditions at fault for a cause in the statement that is nearest to allowing the call. */
export function faultyConditions(trust: Diagnosis['trust'], cause: DiagnosisCause) {
  if (!trust) return [];
  const { faults, nearest } = trust.diagnosis;
  const own = faults.filter((fault) => fault.cause === cause);
  const near = own.filter(({ statement }) => statement === nearest);
  return (near.length > 0 ? near : own).flatMap(({ condition }) => condition ?? []);
}

/** The statement that is nearest to allowing the call. */
export function nearestOf({ trust }: Diagnosis): StatementExplanation | undefined {
  return trust?.diagnosis.statements.find(({ index }) => index === trust.diagnosis.nearest);
}

/** `statement 1 (AllowCart)`: counted from one, as people count. */
export function statementName({ index, sid }: { index: number; sid: string | null }): Localized {
  const name = sid ? `${index + 1} (${sid})` : `${index + 1}`;
  return { en: `statement ${name}`, ja: `ステートメント ${name}` };
}

/** A few of many values, quoted, for a sentence. */
export function listed(values: string[]): Words {
  return fewOf(
    values.map((value) => `"${shortened(value)}"`),
    3,
  );
}

/** The first `most` of the names, and how many more there are. */
export function fewOf(names: string[], most: number): Words {
  const few = names.slice(0, most).join(', ');
  const more = names.length - most;
  return more > 0 ? { en: `${few} and ${more} more`, ja: `${few}、ほか ${more} 件` } : few;
}

/** Parts of a sentence that all hold: `a and b`. */
export function allOf(parts: readonly Words[]): Words {
  return joinWords(parts, { en: ' and ', ja: ' と ' });
}

/** A sentence is no place for the 2,048 characters that an ARN may have; the evidence holds the whole. */
export function shortened(text: string): string {
  const most = 160;
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** `once`, `12 times`. */
export function times(count: number): Localized {
  return { en: count === 1 ? 'once' : `${count} times`, ja: `${count} 回` };
}

/** A text on one line, whatever a stranger wrote into the values that it quotes. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** One line that begins with a capital; the name of a service account or a role keeps its own. */
export function sentence(text: Words): Words {
  return mapWords(text, (words) =>
    oneLine(words)
      .replace(/^(a|service) /, (word) => word.charAt(0).toUpperCase() + word.slice(1))
      .replace(/…[.。]$/, '…'),
  );
}

/** The principals of the statement that is nearest to allowing the call. */
export function principalsOf(diagnosis: Diagnosis): Words {
  const principals = nearestOf(diagnosis)?.elements[0]?.policy ?? [];
  const names = principals.map((principal) => shortened(principal.replace('Federated: ', '')));
  return fewOf(names, 3) || { en: 'nobody', ja: '該当なし' };
}
