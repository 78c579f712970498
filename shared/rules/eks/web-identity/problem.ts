/** Turns diagnoses into the problems of the rule that tells them. */
import { parseRoleArn } from '../../../domain/arn.ts';
import { parseEksIssuer } from '../../../domain/issuer.ts';
import { parseSubject } from '../../../domain/service-account.ts';
import type { ElementExplanation } from '../../../domain/trust-policy.ts';
import type { Denial } from '../../../domain/web-identity.ts';
import type { Evidence, Fix, Problem } from '../../../rule.ts';
import { diagnose, type Diagnosis, type DiagnosisCause } from './diagnosis.ts';
import { trustFix } from './fix.ts';
import type { WebIdentityGiven } from './given.ts';

/** What a rule adds to a diagnosis. */
export interface Telling {
  /** One sentence with the real values. */
  cause: string;
  evidence?: Evidence[];
  /** In place of the repair of the trust policy. */
  fix?: Fix;
  subject?: Problem['subject'];
}

/** The problems of one rule: the diagnoses that name it first. */
export function problemsOf(
  rule: DiagnosisCause,
  given: WebIdentityGiven,
  tell: (diagnosis: Diagnosis) => Telling,
): Problem[] {
  return diagnose(given)
    .filter(({ causes }) => causes[0] === rule)
    .map((diagnosis) => makeProblem(given, diagnosis, tell(diagnosis)));
}

function makeProblem(given: WebIdentityGiven, diagnosis: Diagnosis, telling: Telling): Problem {
  const { denial, cluster, issuer, causes, subjects } = diagnosis;
  const [subject] = subjects;
  const workload = subjects.length === 1 && subject !== undefined ? parseSubject(subject) : null;
  return {
    location: cluster?.region ?? parseEksIssuer(issuer ?? '')?.region ?? denial?.regions[0] ?? null,
    cluster: cluster?.name ?? null,
    subject: telling.subject ?? roleSubject(diagnosis),
    workload: workload && { namespace: workload.namespace, serviceAccount: workload.name },
    ...(denial ? {} : { severity: 'medium' as const }),
    cause: oneLine(telling.cause),
    alsoWrong: causes.slice(1),
    evidence: [...callEvidence(diagnosis), ...(telling.evidence ?? []), ...trustEvidence(diagnosis)],
    denial: denial && denialOf(denial),
    fix: telling.fix ?? trustFix(given, diagnosis),
  };
}

/** The part of a denial that a report holds. */
export function denialOf({
  errorCode,
  events,
  firstSeen,
  lastSeen,
  sampleEventIds,
}: Denial): NonNullable<Problem['denial']> {
  return { errorCode, events, firstSeen, lastSeen, sampleEventIds };
}

/** A cause is one line, whatever a stranger wrote into the values that it quotes. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function roleSubject({ roleArn, role }: Diagnosis): Problem['subject'] {
  const arn = role?.arn ?? roleArn ?? 'unknown role';
  return { kind: 'role', name: parseRoleArn(arn)?.name ?? arn, id: arn };
}

/** Who called, or would call: as the events tell, or as the policy names it. */
function callEvidence({
  denial,
  subjects,
  issuer,
  audience,
  roleArn,
  cluster,
  notes,
}: Diagnosis): Evidence[] {
  const evidence: (Evidence | null)[] = [
    roleArn === null ? null : { label: denial ? 'Role that was asked for' : 'Role', value: roleArn },
    subjects.length === 0
      ? null
      : { label: denial ? 'Caller' : 'Named in the policy', value: subjects.join(', ') },
    issuer === null
      ? null
      : {
          label: 'Issuer',
          value: cluster ? `${issuer} (cluster ${cluster.name}, ${cluster.region})` : issuer,
        },
    audience === null || !denial ? null : { label: 'Audience of the token', value: audience },
    denial && denial.sourceIps.length > 0
      ? { label: 'Called from', value: denial.sourceIps.join(', ') }
      : null,
    denial?.latest.userAgent ? { label: 'User agent', value: denial.latest.userAgent } : null,
    ...notes.map((value) => ({ label: 'Note', value })),
  ];
  return evidence.filter((item) => item !== null).filter(({ value }) => value.trim() !== '');
}

/** What did not match in the statement that is nearest to allowing, and in a Deny that matched. */
function trustEvidence({ trust }: Diagnosis): Evidence[] {
  if (!trust) return [];
  const { statements, nearest } = trust.diagnosis;
  const near = statements.find(({ index }) => index === nearest);
  const denies = statements.filter(({ effect, matched }) => effect === 'Deny' && matched);
  return [
    ...(near?.elements.filter(({ matched }) => !matched) ?? []).map((element) => ({
      label: `Statement ${naming(near)}`,
      value: comparison(element),
    })),
    ...denies.map((statement) => ({
      label: `Statement ${naming(statement)}`,
      value: 'it is a Deny, and it matches this call',
    })),
  ];
}

function naming(statement: { index: number; sid: string | null } | undefined): string {
  return statement?.sid ? `${statement.index} (${statement.sid})` : String(statement?.index ?? '');
}

function comparison({ element, operator, key, policy, request }: ElementExplanation): string {
  const where = element === 'Condition' ? `${operator ?? ''} ${key ?? ''}` : element;
  return `${where}: the policy says ${policy.join(' or ') || 'nothing'}; the call has ${request?.join(', ') ?? 'no such key'}`;
}

/** `shop/cart of cluster prod` or what else tells the caller. */
export function callerName({ subjects, cluster, issuer }: Diagnosis): string {
  const names = subjects.map((subject) => {
    const name = parseSubject(subject);
    return name ? `${name.namespace}/${name.name}` : subject;
  });
  const who =
    names.length === 0
      ? 'the caller'
      : names.length > 3
        ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
        : names.join(', ');
  return cluster ? `${who} of cluster ${cluster.name}` : issuer ? `${who} of ${issuer}` : who;
}

/** The role's name, or the ARN where there is none. */
export function roleName({ role, roleArn }: Diagnosis): string {
  return role?.name ?? parseRoleArn(roleArn ?? '')?.name ?? roleArn ?? 'the role';
}

/** The values of the conditions at fault for a cause, as the policy has them. */
export function faultyValues({ trust }: Diagnosis, cause: string): string[] {
  const faults = trust?.diagnosis.faults.filter((fault) => fault.cause === cause) ?? [];
  return [...new Set(faults.flatMap(({ condition }) => condition?.values ?? []))];
}

/** The condition keys at fault for a cause, as the policy has them. */
export function faultyKeys({ trust }: Diagnosis, cause: string): string[] {
  const faults = trust?.diagnosis.faults.filter((fault) => fault.cause === cause) ?? [];
  return [...new Set(faults.flatMap(({ condition }) => (condition ? [condition.key] : [])))];
}

/** A few of many, for a sentence. */
export function listed(values: string[]): string {
  const shown = values.slice(0, 3).map((value) => `"${value}"`);
  const more = values.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
