/** Fixes of web-identity faults: a proven policy where the grant was meant, the workload's side or advice elsewhere. */
import { parseRoleArn } from '../../../domain/arn.ts';
import { parseSubject } from '../../../domain/service-account.ts';
import { policyLength, trustPolicyQuota } from '../../../domain/trust-repair.ts';
import type { Role } from '../../../domain/web-identity.ts';
import type { Fix } from '../../../rule.ts';
import { sh, withDocument } from '../../../shell.ts';
import { diagnose } from './diagnose.ts';
import type { Diagnosis } from './diagnosis.ts';
import { isOwn, type WebIdentityGiven } from './given.ts';
import { intentOf, type Intent } from './intent.ts';
import { groupBy } from './look-up-by.ts';
import { repairForAll, summaryOf, type JointRepair } from './joint-repair.ts';
import { accountNames, oneLine, type Told } from './told.ts';
import { inLanguage, type Words } from '../../../words.ts';

/** So many callers are let in by one edit at most: more would not fit into a trust policy. */
const mostGranted = 25;
/** So many commands are printed for the workloads' side of one finding at most. */
const mostCommands = 10;

/** A fix that a person must decide. */
export function advice(text: Words, commands: string[] = []): Fix {
  const summary =
    typeof text === 'string'
      ? oneLine(`Advice: ${text}`)
      : { en: oneLine(`Advice: ${text.en}`), ja: oneLine(`助言: ${text.ja}`) };
  return { summary, commands, verified: false };
}

/** `aws iam update-assume-role-policy` with the policy in a here-document. */
export function updateTrustCommand(roleName: string, policy: unknown): string {
  return withDocument(
    sh`aws iam update-assume-role-policy --role-name ${roleName} --policy-document file:///dev/stdin`,
    policy,
  );
}

/** Points a service account at a role, by the annotation that EKS reads. */
export function annotateCommand(subject: string, roleArn: string): string | null {
  const name = parseSubject(subject);
  return (
    name &&
    sh`kubectl annotate serviceaccount ${name.name} --namespace ${name.namespace} eks.amazonaws.com/role-arn=${roleArn} --overwrite`
  );
}

function removeAnnotationCommand(subject: string): string[] {
  const name = parseSubject(subject);
  return name
    ? [
        sh`kubectl annotate serviceaccount ${name.name} --namespace ${name.namespace} eks.amazonaws.com/role-arn-`,
      ]
    : [];
}

interface Caller {
  diagnosis: Diagnosis & { trust: NonNullable<Diagnosis['trust']> };
  intent: Intent;
}

/** The repair of the role's trust policy, as far as it may be offered. */
export function trustFix(given: WebIdentityGiven, group: Told): Fix {
  const { role, causes } = group[0];
  const callers = role ? refusedCallers(given, role, group) : [];
  if (!role || callers.length === 0) return withoutRepair(causes);
  const meant = callers.filter(({ intent }) => intent.shown);
  const strangers = callers.filter(({ intent }) => !intent.shown);
  if (!isOwn(role) || meant.length === 0) return strangersFix(role, callers);
  const repair = repairFor(given, role, meant, group);
  if (!repair) return withoutRepair(causes);
  return {
    summary: [
      summaryOf(repair),
      meant[0]?.intent.why,
      proofOf(repair, meant),
      leftOut(repair, meant, strangers),
      quotaNote(repair.policy),
    ]
      .filter(Boolean)
      .join(' '),
    commands: [updateTrustCommand(parseRoleArn(role.arn)?.name ?? role.name, repair.policy)],
    policy: repair.policy,
    currentPolicy: role.trustPolicy,
    verified: true,
  };
}

/** Patterns of latent faults are no callers, and the text of a stranger is none. */
function refusedCallers(given: WebIdentityGiven, role: Role, diagnoses: readonly Diagnosis[]): Caller[] {
  return diagnoses.flatMap((diagnosis) => {
    const { trust, subject } = diagnosis;
    if (!trust || subject === null || trust.diagnosis.verdict === 'Allowed') return [];
    return [{ diagnosis: { ...diagnosis, trust }, intent: intentOf(given, role.trustPolicy, trust) }];
  });
}

/**
 * One policy that lets in those who are meant, and repairs whatever else is wrong with the role's trust as well: each
 * command replaces the whole policy, so that of one finding must not undo that of another.
 */
function repairFor(given: WebIdentityGiven, role: Role, meant: Caller[], group: Told): JointRepair | null {
  const told = new Set<Diagnosis>(group);
  const others = diagnosesOf(given, role).filter((diagnosis) => !told.has(diagnosis));
  const alsoMeant = refusedCallers(given, role, others).filter(({ intent }) => intent.shown);
  const trusts = (callers: Caller[]) =>
    callers.slice(0, mostGranted).map(({ diagnosis: { trust } }) => trust);
  return repairForAll(role.trustPolicy, trusts(meant), trusts(alsoMeant));
}

const byRole = new WeakMap<Diagnosis[], Map<string, Diagnosis[]>>();

function diagnosesOf(given: WebIdentityGiven, { arn }: Role): Diagnosis[] {
  const diagnoses = diagnose(given);
  const groups = byRole.get(diagnoses) ?? groupBy(diagnoses, ({ role }) => role && role.arn);
  byRole.set(diagnoses, groups);
  return groups.get(arn) ?? [];
}

function proofOf({ proof }: JointRepair, meant: Caller[]): string {
  const call = meant.length === 1 ? 'the call is' : 'the calls are';
  return `Proven: ${call} allowed, ${proof.neighboursDenied} similar callers stay refused, and the answers to ${proof.compared} other requests do not change.`;
}

/** Whom the repair does not let in. */
function leftOut({ covered }: JointRepair, meant: Caller[], strangers: Caller[]): string {
  const uncovered = meant.filter(({ diagnosis }) => !covered.includes(diagnosis.trust.request));
  return [
    uncovered.length > 0 ? `It does not let in ${namesOf(uncovered)}; audit again once it is applied.` : '',
    strangers.length > 0
      ? `It does not let in ${namesOf(strangers)}, of whom the policy does not speak: if they should not have the role, take the annotation off.`
      : '',
  ]
    .filter(Boolean)
    .join(' ');
}

function namesOf(callers: Caller[]): string {
  return accountNames(callers.map(({ diagnosis }) => diagnosis.subject ?? ''));
}

function quotaNote(policy: unknown): string {
  const length = policyLength(policy);
  return length > trustPolicyQuota
    ? `The policy has ${length} characters, more than the default quota of ${trustPolicyQuota}: raise it first.`
    : '';
}

/** Nothing shows that these callers were meant to have the role: perhaps nothing is broken. */
function strangersFix(role: Role, callers: Caller[]): Fix {
  const [first, ...others] = callers;
  if (!first) return withoutRepair([]);
  const commands = callers
    .slice(0, mostCommands)
    .flatMap(({ diagnosis: { subject } }) => removeAnnotationCommand(subject ?? ''));
  const broken = perhapsNothing(role, callers, commands.length);
  if (!isOwn(role))
    return advice(
      `${broken} AWS owns the role and nobody else can edit its trust: name another one.`,
      commands,
    );
  if (others.length > 0)
    return advice(
      `${broken} The trust policy speaks of none of them; only if one is meant to have the role, name that one in it.`,
      commands,
    );
  const { diagnosis, intent } = first;
  const repair = repairForAll(role.trustPolicy, [diagnosis.trust], []);
  if (!repair) {
    const repairs = inLanguage(withoutRepair(diagnosis.causes).summary, 'en').replace('Advice: ', '');
    return advice(
      `${broken} ${intent.why} Only if the grant is meant is there anything to repair. ${repairs}`,
      commands,
    );
  }
  return {
    ...advice(
      `${broken} ${intent.why} Only if the grant is meant, set the trust policy shown here; it is proven to allow this caller and nothing else.`,
      commands,
    ),
    policy: repair.policy,
    currentPolicy: role.trustPolicy,
  };
}

function perhapsNothing({ name }: Role, callers: Caller[], commands: number): string {
  const cluster = callers[0]?.diagnosis.cluster?.name;
  const where = cluster === undefined ? '' : ` in cluster ${cluster}`;
  const how = commands === 0 ? '' : ` by the ${commands === 1 ? 'command' : 'commands'} shown here`;
  const shown = where + how;
  return callers.length === 1
    ? `If this caller should not have the role ${name}, nothing is broken: take the annotation off the service account${shown}.`
    : `If these ${callers.length} callers should not have the role ${name}, nothing is broken: take the annotation off the service accounts${shown}.`;
}

/** What only a person may decide, by the cause that stands in the way. */
function withoutRepair(causes: readonly string[]): Fix {
  const withOthers = causes.length > 1 ? ' The other causes named here must be repaired as well.' : '';
  if (causes.includes('eks/irsa-trust-explicit-deny'))
    return advice(
      `A Deny is somebody's decision, so no edit of it is offered. Ask who wrote it; if this caller is meant to be let in, narrow the Deny by hand.${withOthers}`,
    );
  if (causes.includes('eks/irsa-trust-other-condition'))
    return advice(
      `The condition is a safeguard, so it is neither removed nor widened here. Meet it from the workload's side, or have its owner change it.${withOthers}`,
    );
  if (causes[0] === 'eks/irsa-trust-wildcard')
    return advice(
      `Name the service accounts that are meant, each by itself; only if all that match are meant, write StringLike in the place of StringEquals.${withOthers}`,
    );
  return advice(
    'No edit of the trust policy could be proven to allow this caller and nothing else. Rewrite the statement for this cluster and service account by hand.',
  );
}
