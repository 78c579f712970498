/** What the annotations of Kubernetes service accounts ask for, compared with what the Google service accounts allow. */
import { holdsPermissions, type Access, type Verdict } from '../../../domain/google-access.ts';
import { accountState, type AccountLookup } from '../../../domain/google-account-state.ts';
import type { GkeCluster } from '../../../domain/google-cluster.ts';
import { projectOfAccount } from '../../../domain/google-identity.ts';
import type { IamPolicy, Lookup, PolicyLevel } from '../../../domain/google-policy.ts';
import {
  accountAnnotation,
  isNearMiss,
  parseWorkloadMember,
  workloadMember,
  workloadUserRole,
} from '../../../domain/google-workload-identity.ts';
import { ownEntry } from '../../../domain/own-entry.ts';
import type { Fix, Problem, Unknown } from '../../../rule.ts';
import { sh } from '../../../shell.ts';
import { ownerOf } from './account-problem.ts';
import { grantFix } from './grant-fix.ts';
import { listNames } from './list-names.ts';
import { oneLine } from './one-line.ts';

export interface AnnotationFacts {
  project: { id: string; number: string };
  /** Clusters with a workload pool. */
  clusters: GkeCluster[];
  /** The audited project's own. */
  access: Access;
  serviceAccountPolicies: Record<string, Lookup<IamPolicy>> | undefined;
  gcpServiceAccounts: Record<string, AccountLookup> | undefined;
  gkeServiceAccounts: Record<string, KubernetesAccount[]> | undefined;
}

interface KubernetesAccount {
  namespace: string;
  name: string;
  annotations: Record<string, string>;
}

/** One Kubernetes service account that asks to act as a Google one. */
interface Pairing {
  cluster: GkeCluster;
  pool: string;
  account: KubernetesAccount;
  email: string;
}

export function annotationOutcomes(facts: AnnotationFacts): (Problem | Unknown)[] {
  const accounts = facts.clusters.flatMap((cluster) =>
    (ownEntry(facts.gkeServiceAccounts, cluster.resource) ?? []).map((account) => ({ cluster, account })),
  );
  const pairings = accounts.flatMap(({ cluster, account }): Pairing[] => {
    const email = ownEntry(account.annotations, accountAnnotation);
    return email && cluster.workloadPool
      ? [{ cluster, pool: cluster.workloadPool, account, email: oneLine(email, 200) }]
      : [];
  });
  const misspelt = accounts.flatMap(({ cluster, account }) => misspeltAnnotation(cluster, account, facts));
  const groups = [...groupByEmail(pairings).values()];
  return [...misspelt, ...groups.flatMap((group) => judgeGroup(group, facts))];
}

function groupByEmail(pairings: Pairing[]): Map<string, Pairing[]> {
  const groups = new Map<string, Pairing[]>();
  for (const pairing of pairings) groups.set(pairing.email, [...(groups.get(pairing.email) ?? []), pairing]);
  return groups;
}

/** An account that is gone or off is one cause for all who ask for it. */
function judgeGroup(group: Pairing[], facts: AnnotationFacts): (Problem | Unknown)[] {
  const email = group[0]?.email ?? '';
  const state = accountState(email, facts.gcpServiceAccounts, facts.access.policies, undefined);
  if (state.state === 'disabled' || state.state === 'missing')
    return [accountGone(group, email, state.state, facts.project)];
  return group.flatMap((pairing) => judgePairing(pairing, facts));
}

function describe({ account, cluster }: Pairing): string {
  return `${account.namespace}/${account.name} in ${cluster.name} (${cluster.location})`;
}

function accountGone(
  group: Pairing[],
  email: string,
  state: 'disabled' | 'missing',
  project: AnnotationFacts['project'],
): Problem {
  const [first] = group;
  const isOne = group.length === 1 && first !== undefined;
  const fix: Fix =
    state === 'disabled'
      ? {
          summary: 'Enable the account again, unless it was disabled on purpose.',
          commands: [sh`gcloud iam service-accounts enable ${email} --project=${ownerOf(email, project)}`],
          verified: false,
        }
      : {
          summary: `Advice: correct the annotation ${accountAnnotation}, or make the account that it names.`,
          commands: [],
          verified: false,
        };
  return {
    location: isOne ? first.cluster.location : null,
    cluster: isOne ? first.cluster.name : null,
    workload: isOne ? { namespace: first.account.namespace, serviceAccount: first.account.name } : null,
    subject: { kind: 'service account', name: email, id: email },
    cause: `${listNames(group.map(describe), 3)} ${isOne ? 'is' : 'are'} annotated to act as ${email}, which ${
      state === 'disabled' ? 'is disabled' : 'does not exist'
    }.`,
    evidence: [{ label: 'Annotated', value: listNames(group.map(describe), 20) }],
    fix,
  };
}

/** Whether the Google service account lets the Kubernetes one act as it, under either of its two names. */
function judgePairing(pairing: Pairing, facts: AnnotationFacts): (Problem | Unknown)[] {
  const access = accessToAccount(pairing.email, facts);
  const verdict = judgeWorkload(access, pairing, facts.project.number);
  if (verdict.state === 'allowed') return [];
  if (verdict.state === 'unknown')
    return [
      { unknown: `whether ${describe(pairing)} may act as ${pairing.email}: ${listNames(verdict.why, 2)}` },
    ];
  return [unbound(pairing, facts, access)];
}

/** The account's own policy, and those above it where its project is the audited one. */
function accessToAccount(
  email: string,
  { access, project, serviceAccountPolicies }: AnnotationFacts,
): Access {
  const found = ownEntry(serviceAccountPolicies, email);
  const why = found?.state === 'unread' ? found.why : 'it was not read';
  const own: PolicyLevel =
    found?.state === 'exists'
      ? { resource: email, state: 'read', policy: found.value }
      : { resource: email, state: 'unread', why };
  const owner = projectOfAccount(email);
  const isHere = owner === project.id || owner === project.number;
  const above: readonly PolicyLevel[] = isHere
    ? access.policies
    : [{ resource: `projects/${owner ?? '?'}`, state: 'unread', why: 'it belongs to another project' }];
  return { ...access, policies: [own, ...above] };
}

function judgeWorkload(access: Access, { pool, account }: Pairing, projectNumber: string): Verdict {
  const { namespace, name } = account;
  const direct = `principal://iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}/subject/ns/${namespace}/sa/${name}`;
  const legacy = mayAct(access, workloadMember(pool, namespace, name));
  if (legacy.state === 'allowed') return legacy;
  const federated = mayAct(access, direct);
  return federated.state === 'denied' ? legacy : federated;
}

function mayAct(access: Access, principal: string): Verdict {
  return holdsPermissions(access, principal, ['iam.serviceAccounts.getAccessToken'], [workloadUserRole]);
}

/** An annotation is a wish of whoever may write it; only the policy can show that the grant was meant. */
function unbound(pairing: Pairing, facts: AnnotationFacts, access: Access): Problem {
  const { cluster, account, email } = pairing;
  const near = nearMember(pairing, facts);
  return {
    location: cluster.location,
    cluster: cluster.name,
    workload: { namespace: account.namespace, serviceAccount: account.name },
    ...(near === null ? { severity: 'medium' as const } : {}),
    subject: { kind: 'service account', name: email, id: email },
    cause:
      near === null
        ? `${describe(pairing)} is annotated to act as ${email}, which does not allow it. If it should not, nothing is broken but the annotation.`
        : `${describe(pairing)} is annotated to act as ${email}, which allows ${near} instead: no such service account exists.`,
    evidence: [
      { label: 'Annotation', value: `${accountAnnotation}: ${email}` },
      {
        label: 'Needs',
        value: `${workloadUserRole} for ${workloadMember(pairing.pool, account.namespace, account.name)}`,
      },
      ...(near === null ? [] : [{ label: 'The policy allows', value: near }]),
    ],
    fix: near === null ? wishAdvice(pairing) : bindFix(pairing, access, facts.project),
  };
}

/** A member of the account's policy that is one slip away, and names nobody who exists; null where there is none. */
function nearMember({ account, email, pool }: Pairing, facts: AnnotationFacts): string | null {
  const found = ownEntry(facts.serviceAccountPolicies, email);
  const existing = accountsOfPool(pool, facts);
  if (found?.state !== 'exists' || !existing) return null;
  const members = found.value.bindings
    .filter(({ role }) => role === workloadUserRole)
    .flatMap((binding) => binding.members);
  const near = members.find((member) => {
    const parsed = parseWorkloadMember(member);
    if (parsed.state !== 'valid') return false;
    const { namespace, name } = parsed;
    const isSameNamespace = namespace === account.namespace;
    const isSameName = name === account.name;
    if (isSameNamespace && isSameName) return isNearMiss(parsed.pool, pool);
    const isSlip =
      (isSameNamespace && isNearMiss(name, account.name)) ||
      (isSameName && isNearMiss(namespace, account.namespace));
    return parsed.pool === pool && isSlip && !existing.has(`${namespace}/${name}`);
  });
  return near ?? null;
}

/** Every Kubernetes service account that the pool's members can stand for; null where a cluster of the pool was not read. */
function accountsOfPool(pool: string, { clusters, gkeServiceAccounts }: AnnotationFacts): Set<string> | null {
  const read = clusters
    .filter(({ workloadPool }) => workloadPool === pool)
    .map(({ resource }) => ownEntry(gkeServiceAccounts, resource));
  if (read.some((accounts) => accounts === undefined)) return null;
  return new Set(
    read.flatMap((accounts) => (accounts ?? []).map(({ namespace, name }) => `${namespace}/${name}`)),
  );
}

function wishAdvice({ email, pool, account }: Pairing): Fix {
  return {
    summary: `Advice: if this workload should act as ${email}, its owner grants ${workloadUserRole} on it to ${workloadMember(pool, account.namespace, account.name)}; if not, remove the annotation.`,
    commands: [],
    verified: false,
  };
}

function bindFix(
  { email, pool, account }: Pairing,
  access: Access,
  project: AnnotationFacts['project'],
): Fix {
  const member = workloadMember(pool, account.namespace, account.name);
  const summary = `Let the service account that exists act as ${email}; then remove the binding of the one that does not.`;
  return grantFix({
    binding: { resource: email, role: workloadUserRole, member },
    command: sh`gcloud iam service-accounts add-iam-policy-binding ${email} --member=${member} --role=${workloadUserRole} --condition=None --project=${ownerOf(email, project)}`,
    access,
    judge: mayAct,
    summary,
  });
}

/** An annotation whose key is one slip away is read by nobody. */
function misspeltAnnotation(
  cluster: GkeCluster,
  account: KubernetesAccount,
  { project }: AnnotationFacts,
): Problem[] {
  const { annotations, namespace, name } = account;
  if (Object.hasOwn(annotations, accountAnnotation)) return [];
  const wrong = Object.keys(annotations).find(
    (key) => isMisspelling(key) && /^[\w.-]+@[\w.-]+\.gserviceaccount\.com$/.test(annotations[key] ?? ''),
  );
  if (wrong === undefined) return [];
  const email = annotations[wrong] ?? '';
  const context = `gke_${project.id}_${cluster.location}_${cluster.name}`;
  return [
    {
      location: cluster.location,
      cluster: cluster.name,
      workload: { namespace, serviceAccount: name },
      subject: { kind: 'annotation', name: wrong, id: `${cluster.resource} ${namespace}/${name} ${wrong}` },
      cause: `${namespace}/${name} in ${cluster.name} (${cluster.location}) has the annotation ${wrong} where GKE reads ${accountAnnotation}.`,
      evidence: [{ label: 'Annotation', value: `${wrong}: ${email}` }],
      fix: {
        summary: 'Write the annotation under its right key; pods take it up when they are made anew.',
        commands: [
          sh`gcloud container clusters get-credentials ${cluster.name} --location=${cluster.location} --project=${cluster.project}`,
          sh`kubectl --context=${context} annotate serviceaccount ${name} --namespace=${namespace} ${accountAnnotation}=${email} ${wrong}-`,
        ],
        verified: false,
      },
    },
  ];
}

function isMisspelling(key: string): boolean {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z]/g, '');
  return isNearMiss(key, accountAnnotation) || plain(key) === plain(accountAnnotation);
}
