import { isMisspeltRoleKey } from '../../domain/annotation-key.ts';
import { annotatedRole, credentialsOf } from '../../domain/identity-of-pod.ts';
import { issuerName, issuerOfProvider } from '../../domain/issuer.ts';
import type { PodGroup } from '../../domain/kubernetes.ts';
import { subjectOf } from '../../domain/service-account.ts';
import type { Caller, Role } from '../../domain/web-identity.ts';
import type { AwsFacts } from '../../observation.ts';
import { rule, type Fix, type Problem } from '../../rule.ts';
import { en, ja, joinWords, type Words } from '../../words.ts';
import { namesAccount, trustsAccount } from './pod-credentials/annotated-role.ts';
import { aboutAccount, none, ownersOf, podCount, restartCommands, shown } from './pod-credentials/telling.ts';
import { workloadsIn, type Workload } from './pod-credentials/workloads.ts';
import { advice, annotateCommand } from './web-identity/fix.ts';
import { lookUpBy } from './web-identity/look-up-by.ts';
import { listed } from './web-identity/told.ts';
import { rolesThatMayTrust } from './web-identity/workload-fix.ts';

export default rule({
  id: 'eks/service-account-not-annotated',
  title: {
    en: 'A service account lacks the annotation for the role that trusts it',
    ja: 'サービスアカウントに、それを信頼するロールのアノテーションがありません',
  },
  severity: 'medium',
  why: {
    en: 'Without the annotation its pods get no credentials of their own, and call with the role of the node or not at all.',
    ja: 'アノテーションがないと Pod は独自の認証情報を取得できず、ノードのロールで呼び出すか、まったく呼び出せません。',
  },
  references: ['https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html'],
  needs: {
    clusters: 'partial',
    roles: 'partial',
    serviceAccounts: 'partial',
    podGroups: 'optional',
    podIdentityAssociations: 'optional',
    denials: 'supporting',
  },
  check: ({ facts, time }) =>
    workloadsIn(facts)
      .filter(isLeftWithout)
      .flatMap((workload) => {
        const roles = rolesThatMayTrust({ facts }, subjectOf(workload.account)).filter(
          (role) => namesAccount(role, workload) && trustsAccount(role, workload, time),
        );
        return roles.length > 0 && !isSeenWith(roles, workload, facts.denials)
          ? [problem(workload, roles)]
          : [];
      }),
});

/**
 * A misspelt key is told by a rule of its own. Pods that have credentials by another way (written by hand into their
 * manifest, keys) need no annotation.
 */
function isLeftWithout({ account, association, pods }: Workload): boolean {
  const slips = Object.entries(account.annotations).filter(([key, value]) => isMisspeltRoleKey(key, value));
  return (
    annotatedRole(account) === null &&
    slips.length === 0 &&
    association === null &&
    pods !== undefined &&
    (pods.length === 0 || pods.some((group) => credentialsOf(group) === 'none of its own'))
  );
}

const callersBySubject = lookUpBy<Caller>(({ subject }) => [subject]);

/** Whether it was given one of the roles within the window: then it has its token by another way than the annotation. */
function isSeenWith(
  roles: readonly Role[],
  { cluster, account }: Workload,
  denials: AwsFacts['denials'] | undefined,
): boolean {
  return callersBySubject(denials?.callers, subjectOf(account)).some(
    ({ roleArn, provider }) =>
      issuerOfProvider(provider ?? '') === issuerName(cluster.issuer ?? '') &&
      roles.some(({ arn }) => arn === roleArn),
  );
}

function problem(workload: Workload, roles: readonly Role[]): Problem {
  const { cluster, account, pods = [] } = workload;
  const about = aboutAccount(cluster, account);
  const names = listed(roles.map(({ name }) => name));
  const idle = pods.length === 0;
  return {
    ...about,
    ...(idle && { severity: 'low' }),
    cause: {
      en: en`${about.subject.name} of cluster ${cluster.name} has no annotation, although ${roles.length === 1 ? 'the trust policy' : 'the trust policies'} of ${names} ${roles.length === 1 ? 'names' : 'name'} it${idle ? '; no pod uses it now' : ''}.`,
      ja: ja`クラスター ${cluster.name} の ${about.subject.name} は、${names} の信頼ポリシーで指定されていますが、アノテーションがありません${idle ? ' (現在、これを使う Pod はありません)' : ''}。`,
    },
    evidence: [
      { label: 'Roles that trust it', value: roles.map(({ arn }) => arn).join(', ') },
      ...shown('Pods', pods.length > 0 ? podsText(pods) : null),
      ...shown('Annotations', Object.keys(account.annotations).join(', ') || none),
    ],
    fix: fix(workload, roles),
  };
}

function podsText(pods: readonly PodGroup[]): Words {
  return joinWords([podCount(pods), ownersOf(pods)].filter(Boolean), ': ');
}

function fix({ account, pods = [] }: Workload, [role, ...others]: readonly Role[]): Fix {
  const annotate = role && others.length === 0 ? annotateCommand(subjectOf(account), role.arn) : null;
  if (!role || !annotate)
    return advice({
      en: 'Several roles trust this service account: write the ARN of the one that is meant into its annotation eks.amazonaws.com/role-arn, and restart its pods.',
      ja: '複数のロールがこのサービスアカウントを信頼しています。使うべきロールの ARN をアノテーション eks.amazonaws.com/role-arn に書き、Pod を再起動してください。',
    });
  return {
    summary: {
      en: `If its pods are to have the role, name ${role.arn} in the annotation and restart them; the role trusts the service account already. Otherwise take the service account out of the trust policy.`,
      ja: `Pod にこのロールを使わせる場合は、アノテーションに ${role.arn} を指定して Pod を再起動してください。ロールはすでにこのサービスアカウントを信頼しています。使わせない場合は、信頼ポリシーからこのサービスアカウントを外してください。`,
    },
    commands: [annotate, ...restartCommands(pods)],
    verified: false,
  };
}
