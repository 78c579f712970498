/** What the cluster itself says of a refused call: whether the fault is there, and not in the role. */
import { roleAnnotation } from '../../../domain/annotation-key.ts';
import { subjectOf, parseSubject } from '../../../domain/service-account.ts';
import type { KubernetesServiceAccount, PodGroup } from '../../../domain/kubernetes.ts';
import { podsOf } from '../pod-credentials/workloads.ts';
import { because, type Diagnosis } from './diagnosis.ts';
import { clusterOf, serviceAccountOf, type WebIdentityGiven } from './given.ts';
import { intentOf } from './intent.ts';
import { faultyValues } from './told.ts';
import { roleForCaller, rolesThatMayTrust } from './workload-fix.ts';
import { en, ja, type Localized } from '../../../words.ts';

/** Faults that are the same whichever role is asked for stay what they are. */
const ofTheRole = /^eks\/irsa-(trust-|role-|denied-outside-trust|undecided)/;

/** Null where nothing is wrong any more: the pods that were refused are gone, and those of today ask for another role. */
export function byKubernetes(given: WebIdentityGiven, diagnosis: Diagnosis): Diagnosis | null {
  const { subject, roleArn, cluster, causes } = diagnosis;
  if (subject === null || roleArn === null || !ofTheRole.test(causes[0])) return diagnosis;
  const account = serviceAccountOf(given, cluster, subject);
  if (account === undefined) return withoutKubernetes(given, diagnosis);
  const named = account?.annotations[roleAnnotation];
  // An empty one gives no role, as if there were none.
  if (account && named && named !== roleArn) return byAnnotation(given, diagnosis, account, named);
  return withNote(diagnosis, otherAccountNote(given, diagnosis));
}

/** The annotation names another role than the one that was asked for. */
function byAnnotation(
  given: WebIdentityGiven,
  diagnosis: Diagnosis,
  account: KubernetesServiceAccount,
  named: string,
): Diagnosis | null {
  const { cluster, roleArn, denial } = diagnosis;
  const pods = cluster ? podsOf(given.facts, cluster, account) : undefined;
  const now = {
    en: `The annotation of ${account.namespace}/${account.name} names ${named} now`,
    ja: `${account.namespace}/${account.name} のアノテーションは現在 ${named} を指定しています`,
  };
  const decided = { ...diagnosis, trust: null };
  if (!pods)
    return because(decided, 'eks/irsa-undecided', {
      en: en`${now}: the refused calls are of pods that are older than that, which a restart mends, or of code that names the role itself; the pods of cluster ${cluster?.name ?? ''} would decide, and were not read.`,
      ja: ja`${now}。拒否された呼び出しは、それより古い Pod (再起動すれば直ります) か、コード内でロールを直接指定しているアプリケーションによるものです。クラスター ${cluster?.name ?? ''} の Pod を見れば判断できますが、読み取られていません。`,
    });
  if (stalePods(pods, named).some((group) => group.roleArn === roleArn))
    return because(decided, 'eks/irsa-stale-pod', { en: `${now.en}.`, ja: `${now.ja}。` });
  const isOver =
    pods.length > 0 && pods.every(({ oldest }) => oldest !== null && oldest > (denial?.lastSeen ?? ''));
  if (isOver) return null;
  return withNote(diagnosis, {
    en: en`${now}, and no pod of it has this role in its environment: the calls are of pods that are gone by now, or of code that names the role itself.`,
    ja: ja`${now}。環境変数にこのロールを持つ Pod はないため、呼び出しは、すでに存在しない Pod か、コード内でロールを直接指定しているアプリケーションによるものです。`,
  });
}

/**
 * Pods whose environment has another role than the annotation. One that was created after a pod which got the annotation's
 * role is not older than the annotation: its own template sets the variable, and no restart changes that.
 */
export function stalePods(pods: readonly PodGroup[], named: string): PodGroup[] {
  const since = pods
    .filter(({ roleArn }) => roleArn === named)
    .map(({ oldest }) => oldest ?? '')
    .sort()[0];
  return pods.filter(
    ({ roleArn, webIdentity, newest }) =>
      webIdentity &&
      roleArn !== null &&
      roleArn !== named &&
      (since === undefined || newest === null || newest <= since),
  );
}

/** Nobody looked into the cluster, and another role lets this very caller in: perhaps that one is meant. */
function withoutKubernetes(given: WebIdentityGiven, diagnosis: Diagnosis): Diagnosis {
  const { subject, role, trust, causes, cluster } = diagnosis;
  if (causes[0] !== 'eks/irsa-trust-subject' || subject === null || !role || !trust) return diagnosis;
  if (intentOf(given, role.trustPolicy, trust).shown) return diagnosis;
  const meant = rolesThatMayTrust(given, subject)
    .filter(
      ({ arn, trustPolicy }) => arn !== role.arn && JSON.stringify(trustPolicy).includes(`"${subject}"`),
    )
    .find((other) => roleForCaller(given, diagnosis, [other]));
  if (!meant) return diagnosis;
  const where = {
    en: cluster ? `cluster ${cluster.name}` : 'its cluster',
    ja: cluster ? `クラスター ${cluster.name}` : 'クラスター',
  };
  return because({ ...diagnosis, trust: null }, 'eks/irsa-undecided', {
    en: en`The policy of ${role.name} does not name this caller, and that of ${meant.name} does: its pods may be older than its annotation, its annotation may name the wrong role, its pods may run as the wrong service account, or the policy lacks it; the service accounts and pods of ${where} would decide, and were not read.`,
    ja: ja`${role.name} のポリシーはこの呼び出し元を指定しておらず、${meant.name} のポリシーは指定しています。Pod がアノテーションより古い、アノテーションのロールが誤っている、Pod のサービスアカウントが誤っている、ポリシーに記載が漏れている、のいずれかです。${where} のサービスアカウントと Pod を見れば判断できますが、読み取られていません。`,
  });
}

/** The policy names a neighbour that is in the cluster: perhaps the pods should run as that one. */
function otherAccountNote(given: WebIdentityGiven, diagnosis: Diagnosis): Localized | null {
  const { causes, cluster, subject, issuer } = diagnosis;
  if (causes[0] !== 'eks/irsa-trust-subject' || !cluster || issuer === null) return null;
  const own = parseSubject(subject ?? '');
  const neighbour = faultyValues(diagnosis, 'eks/irsa-trust-subject')
    .map((value) => serviceAccountOf(given, clusterOf(given, issuer), value))
    .find((account) => account && account.namespace === own?.namespace && subjectOf(account) !== subject);
  if (!own || !neighbour) return null;
  const owner = podsOf(given.facts, cluster, own)?.find((group) => group.owner)?.owner;
  const pods = owner ? `${owner.kind} ${owner.name}` : { en: 'these pods', ja: 'これらの Pod' };
  const name = `${neighbour.namespace}/${neighbour.name}`;
  return {
    en: en`${name}, which the policy names, is in cluster ${cluster.name}: if ${pods} should run as that, serviceAccountName in the pod template is wrong, and not the policy.`,
    ja: ja`ポリシーが指定している ${name} はクラスター ${cluster.name} に存在します。${pods} をそのサービスアカウントで実行すべきであれば、誤りはポリシーではなく Pod テンプレートの serviceAccountName です。`,
  };
}

function withNote(diagnosis: Diagnosis, note: Localized | null): Diagnosis {
  return note === null ? diagnosis : { ...diagnosis, notes: [...diagnosis.notes, note] };
}
