/** What the annotations of Kubernetes service accounts ask for, compared with what the Google service accounts allow. */
import { holdsPermissions, type Access, type Verdict } from '../../../domain/google-access.ts';
import { accountState, type AccountLookup } from '../../../domain/google-account-state.ts';
import type { GkeCluster } from '../../../domain/google-cluster.ts';
import { projectOfAccount } from '../../../domain/google-identity.ts';
import {
  unreadBecause,
  type IamPolicy,
  type Lookup,
  type PolicyLevel,
} from '../../../domain/google-policy.ts';
import {
  accountAnnotation,
  isNearMiss,
  parseWorkloadMember,
  workloadMember,
  workloadUserRole,
} from '../../../domain/google-workload-identity.ts';
import { ownEntry } from '../../../domain/own-entry.ts';
import type { Fix, Problem, Unknown } from '../../../rule.ts';
import { en, ja, type Words } from '../../../words.ts';
import { sh } from '../../../shell.ts';
import { ownerOf } from './account-problem.ts';
import { advice } from './advice.ts';
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

function describe({ account, cluster }: Pairing): Words {
  const name = `${account.namespace}/${account.name}`;
  const where = `${cluster.name} (${cluster.location})`;
  return { en: `${name} in ${where}`, ja: `${where} の ${name}` };
}

function accountGone(
  group: Pairing[],
  email: string,
  state: 'disabled' | 'missing',
  project: AnnotationFacts['project'],
): Problem {
  const [first] = group;
  const isOne = group.length === 1 && first !== undefined;
  const those = listNames(group.map(describe), 3);
  const is =
    state === 'disabled'
      ? { en: 'is disabled', ja: '無効になっています' }
      : { en: 'does not exist', ja: '存在しません' };
  return {
    location: isOne ? first.cluster.location : null,
    cluster: isOne ? first.cluster.name : null,
    workload: isOne ? { namespace: first.account.namespace, serviceAccount: first.account.name } : null,
    subject: { kind: 'service account', name: email, id: email },
    cause: {
      en: en`${those} ${isOne ? 'is' : 'are'} annotated to act as ${email}, which ${is}.`,
      ja: ja`${those} のアノテーションは ${email} として動作するよう指定していますが、このアカウントは${is}。`,
    },
    evidence: [{ label: 'Annotated', value: listNames(group.map(describe), 20) }],
    fix: state === 'disabled' ? enableFix(email, ownerOf(email, project)) : wrongNameAdvice,
  };
}

/** Turns an account on again. */
export function enableFix(email: string, project: string): Fix {
  return {
    summary: {
      en: 'Enable the account again, unless it was disabled on purpose.',
      ja: '意図的に無効にしたのでなければ、アカウントを再度有効にしてください。',
    },
    commands: [sh`gcloud iam service-accounts enable ${email} --project=${project}`],
    verified: false,
  };
}

const wrongNameAdvice = advice({
  en: `correct the annotation ${accountAnnotation}, or make the account that it names.`,
  ja: `アノテーション ${accountAnnotation} を修正するか、指定されたアカウントを作成してください。`,
});

/** Whether the Google service account lets the Kubernetes one act as it, under either of its two names. */
function judgePairing(pairing: Pairing, facts: AnnotationFacts): (Problem | Unknown)[] {
  const access = accessToAccount(pairing.email, facts);
  const verdict = judgeWorkload(access, pairing, facts.project.number);
  if (verdict.state === 'allowed') return [];
  if (verdict.state === 'unknown') return [{ unknown: undecided(pairing, listNames(verdict.why, 2)) }];
  return [unbound(pairing, facts, access)];
}

function undecided(pairing: Pairing, why: Words): Words {
  return {
    en: en`whether ${describe(pairing)} may act as ${pairing.email}: ${why}`,
    ja: ja`${describe(pairing)} が ${pairing.email} として動作できるかどうかは不明です: ${why}`,
  };
}

/** The account's own policy, and those above it where its project is the audited one. */
function accessToAccount(
  email: string,
  { access, project, serviceAccountPolicies }: AnnotationFacts,
): Access {
  const found = ownEntry(serviceAccountPolicies, email);
  const why = found?.state === 'unread' ? found.why : unreadBecause.notRead;
  const own: PolicyLevel =
    found?.state === 'exists'
      ? { resource: email, state: 'read', policy: found.value }
      : { resource: email, state: 'unread', why };
  const owner = projectOfAccount(email);
  const isHere = owner === project.id || owner === project.number;
  const above: readonly PolicyLevel[] = isHere
    ? access.policies
    : [{ resource: `projects/${owner ?? '?'}`, state: 'unread', why: unreadBecause.ofAnotherProject }];
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
    cause: unboundCause(pairing, near),
    evidence: [
      { label: 'Annotation', value: `${accountAnnotation}: ${email}` },
      {
        label: 'Needs',
        value: needsOf(pairing),
      },
      ...(near === null ? [] : [{ label: 'The policy allows', value: near }]),
    ],
    fix: near === null ? wishAdvice(pairing) : bindFix(pairing, access, facts.project),
  };
}

function unboundCause(pairing: Pairing, near: string | null): Words {
  const { email } = pairing;
  const annotated = {
    en: en`${describe(pairing)} is annotated to act as ${email}`,
    ja: ja`${describe(pairing)} のアノテーションは ${email} として動作するよう指定しています`,
  };
  return near === null
    ? {
        en: en`${annotated}, which does not allow it. If it should not, nothing is broken but the annotation.`,
        ja: ja`${annotated}が、このアカウントはそれを許可していません。動作すべきでなければ、アノテーション以外に問題はありません。`,
      }
    : {
        en: en`${annotated}, which allows ${near} instead: no such service account exists.`,
        ja: ja`${annotated}が、このアカウントが許可しているのは ${near} です。そのようなサービスアカウントは存在しません。`,
      };
}

function needsOf({ pool, account }: Pairing): Words {
  const member = workloadMember(pool, account.namespace, account.name);
  return { en: `${workloadUserRole} for ${member}`, ja: `${member} への ${workloadUserRole} の付与` };
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
  const member = workloadMember(pool, account.namespace, account.name);
  return advice({
    en: `if this workload should act as ${email}, its owner grants ${workloadUserRole} on it to ${member}; if not, remove the annotation.`,
    ja: `このワークロードが ${email} として動作すべきであれば、そのアカウントの所有者が ${member} に ${workloadUserRole} を付与します。そうでなければ、アノテーションを削除してください。`,
  });
}

function bindFix(
  { email, pool, account }: Pairing,
  access: Access,
  project: AnnotationFacts['project'],
): Fix {
  const member = workloadMember(pool, account.namespace, account.name);
  const summary = {
    en: `Let the service account that exists act as ${email}; then remove the binding of the one that does not.`,
    ja: `実在するサービスアカウントが ${email} として動作できるようにしてから、実在しないサービスアカウントのバインディングを削除してください。`,
  };
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
  const where = `${cluster.name} (${cluster.location})`;
  const context = `gke_${project.id}_${cluster.location}_${cluster.name}`;
  return [
    {
      location: cluster.location,
      cluster: cluster.name,
      workload: { namespace, serviceAccount: name },
      subject: { kind: 'annotation', name: wrong, id: `${cluster.resource} ${namespace}/${name} ${wrong}` },
      cause: {
        en: `${namespace}/${name} in ${where} has the annotation ${wrong} where GKE reads ${accountAnnotation}.`,
        ja: `${where} の ${namespace}/${name} のアノテーションのキーは ${wrong} ですが、GKE が読み取るのは ${accountAnnotation} です。`,
      },
      evidence: [{ label: 'Annotation', value: `${wrong}: ${email}` }],
      fix: {
        summary: {
          en: 'Write the annotation under its right key; pods take it up when they are made anew.',
          ja: '正しいキーでアノテーションを付け直してください。Pod には、作り直されたときに反映されます。',
        },
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
