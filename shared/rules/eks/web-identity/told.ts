/** What one finding tells: diagnoses with the same first cause, role and cluster; and how they are named in a sentence. */
import { parseRoleArn } from '../../../domain/arn.ts';
import { parseSubject } from '../../../domain/service-account.ts';
import type { StatementExplanation } from '../../../domain/trust-policy.ts';
import type { Denial } from '../../../domain/web-identity.ts';
import type { Problem } from '../../../rule.ts';
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
export function callersOf(told: Told): string {
  const subjects = subjectsOf(told);
  const nobody = told[0].denial ? 'a caller that is not recorded' : 'service accounts';
  return `${subjects.length > 0 ? accountNames(subjects) : nobody}${originOf(told)}`;
}

/** `shop/cart, shop/web and 3 more` of their subjects. */
export function accountNames(subjects: string[]): string {
  const more = subjects.length - 3;
  return subjects.slice(0, 3).map(accountName).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function accountName(subject: string): string {
  const name = parseSubject(subject);
  return name ? `${name.namespace}/${name.name}` : shortened(subject);
}

/** ` of cluster prod`, ` of https://…`; nothing where the callers are of several. */
export function originOf(told: Told): string {
  const [{ cluster, issuer }] = told;
  if (told.some((other) => other.issuer !== issuer)) return '';
  return cluster ? ` of cluster ${cluster.name}` : issuer ? ` of ${shortened(issuer)}` : '';
}

/** The form of the verb that goes with the callers. */
export function verb(told: Told, singular: string, plural: string): string {
  const subjects = subjectsOf(told).length;
  return subjects > 1 || (subjects === 0 && !told[0].denial) ? plural : singular;
}

/** The role's name, or the ARN where there is none. */
export function roleName({ role, roleArn }: Diagnosis): string {
  return (
    role?.name ?? parseRoleArn(roleArn ?? '')?.name ?? (roleArn === null ? 'a role' : shortened(roleArn))
  );
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
export function statementName({ index, sid }: { index: number; sid: string | null }): string {
  return sid ? `statement ${index + 1} (${sid})` : `statement ${index + 1}`;
}

/** A few of many, for a sentence. */
export function listed(values: string[]): string {
  const shown = values.slice(0, 3).map((value) => `"${shortened(value)}"`);
  const more = values.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** A sentence is no place for the 2,048 characters that an ARN may have; the evidence holds the whole. */
export function shortened(text: string): string {
  const most = 160;
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** `once`, `12 times`. */
export function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** A text on one line, whatever a stranger wrote into the values that it quotes. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** One line that begins with a capital; the name of a service account or a role keeps its own. */
export function sentence(text: string): string {
  return oneLine(text)
    .replace(/^(a|service) /, (word) => word.charAt(0).toUpperCase() + word.slice(1))
    .replace(/…\.$/, '…');
}

/** The principals of the statement that is nearest to allowing the call. */
export function principalsOf(diagnosis: Diagnosis): string {
  const principals = nearestOf(diagnosis)?.elements[0]?.policy ?? [];
  const names = principals.map((principal) => principal.replace('Federated: ', ''));
  const more = names.length - 3;
  return names.slice(0, 3).map(shortened).join(', ') + (more > 0 ? ` and ${more} more` : '') || 'nobody';
}
