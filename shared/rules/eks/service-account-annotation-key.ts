import { isMisspeltRoleKey, roleAnnotation } from '../../domain/annotation-key.ts';
import { annotatedRole } from '../../domain/identity-of-pod.ts';
import { subjectOf } from '../../domain/service-account.ts';
import type { Role } from '../../domain/web-identity.ts';
import { rule, type Fix, type Problem } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { trustsAccount } from './pod-credentials/annotated-role.ts';
import { aboutAccount, podCount, restartCommands, shown } from './pod-credentials/telling.ts';
import { workloadsIn, type Workload } from './pod-credentials/workloads.ts';
import { advice, annotateCommand } from './web-identity/fix.ts';
import { oneLine, shortened } from './web-identity/told.ts';

export default rule({
  id: 'eks/service-account-annotation-key',
  title: {
    en: 'The annotation that names a role is misspelt',
    ja: 'ロールを指定するアノテーションのキーに誤りがあります',
  },
  severity: 'medium',
  why: {
    en: "EKS's webhook reads one key and passes over every other, so that the pods start without the role and nothing says so.",
    ja: 'EKS の Webhook は決まったキーだけを読み、ほかのキーは無視します。そのため Pod は何の警告もなくロールなしで起動します。',
  },
  references: ['https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html'],
  needs: {
    clusters: 'partial',
    serviceAccounts: 'partial',
    podIdentityAssociations: 'optional',
    podGroups: 'supporting',
    roles: 'supporting',
  },
  check: ({ facts, time }) =>
    workloadsIn(facts)
      // An association gives the role whatever the annotation says.
      .filter(({ account, association }) => annotatedRole(account) === null && association === null)
      .flatMap((workload) => problem(workload, facts.roles ?? [], time)),
});

function problem(workload: Workload, roles: readonly Role[], time: string): Problem[] {
  const { cluster, account, pods = [] } = workload;
  const [slip] = Object.entries(account.annotations).filter(([key, value]) => isMisspeltRoleKey(key, value));
  if (!slip) return [];
  const [key, value] = slip;
  const about = aboutAccount(cluster, account);
  return [
    {
      ...about,
      cause: {
        en: `${about.subject.name} of cluster ${cluster.name} has the annotation ${oneLine(shortened(key))}, which nothing reads; the key is ${roleAnnotation}.`,
        ja: `クラスター ${cluster.name} の ${about.subject.name} にはアノテーション ${oneLine(shortened(key))} がありますが、このキーは何にも読まれません。正しいキーは ${roleAnnotation} です。`,
      },
      evidence: [
        { label: 'Annotation', value: `${key}: ${value}` },
        ...shown('Pods that run without it', pods.length > 0 ? podCount(pods) : null),
      ],
      fix: fix(
        workload,
        key,
        roles.find(({ arn }) => arn === value.trim()),
        time,
      ),
    },
  ];
}

/** A command only where it grants nothing: the role trusts the service account already. */
function fix(workload: Workload, key: string, role: Role | undefined, time: string): Fix {
  const { account, pods = [] } = workload;
  const annotate =
    role && trustsAccount(role, workload, time) && annotateCommand(subjectOf(account), role.arn);
  if (!annotate)
    return advice({
      en: `Write the key ${roleAnnotation} in the manifest of the service account, with the ARN of a role that trusts it, and restart its pods.`,
      ja: `サービスアカウントのマニフェストにキー ${roleAnnotation} で、このサービスアカウントを信頼するロールの ARN を書き、Pod を再起動してください。`,
    });
  const remove = sh`kubectl annotate serviceaccount ${account.name} --namespace ${account.namespace} ${`${key}-`}`;
  return {
    summary: {
      en: `Write the key rightly, and restart the pods. ${role.name} trusts this service account already; change its manifest as well, or the next deployment brings the slip back.`,
      ja: `キーを正しく書き直し、Pod を再起動してください。${role.name} はすでにこのサービスアカウントを信頼しています。マニフェストも直さないと、次のデプロイで誤りが元に戻ります。`,
    },
    commands: [annotate, remove, ...restartCommands(pods)],
    verified: false,
  };
}
