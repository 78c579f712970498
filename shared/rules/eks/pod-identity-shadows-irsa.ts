import { annotatedRole, credentialsOf } from '../../domain/identity-of-pod.ts';
import type { PodIdentityAssociation } from '../../domain/kubernetes.ts';
import { rule, type Problem } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { en, ja, type Words } from '../../words.ts';
import { judgedAssociations } from './pod-credentials/pod-identity.ts';
import { aboutAccount, podCount, shown } from './pod-credentials/telling.ts';
import { workloadsIn, type Workload } from './pod-credentials/workloads.ts';
import { oneLine, shortened } from './web-identity/told.ts';

export default rule({
  id: 'eks/pod-identity-shadows-irsa',
  title: {
    en: 'A Pod Identity association overrides the annotation of a service account',
    ja: 'Pod Identity の関連付けがサービスアカウントのアノテーションより優先されています',
  },
  severity: 'low',
  why: {
    en: 'The webhook injects the credentials of the association and passes over the annotation: whoever changes the annotation, or the role that it names, changes nothing.',
    ja: 'Webhook は関連付けの認証情報を注入し、アノテーションを無視します。アノテーションや、それが指定するロールを変更しても何も変わりません。',
  },
  references: ['https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html'],
  needs: {
    clusters: 'partial',
    serviceAccounts: 'partial',
    podIdentityAssociations: 'partial',
    podGroups: 'supporting',
    roles: 'supporting',
  },
  check({ facts }) {
    // Where the association's role refuses it, that is the fault, and the annotation is told with it.
    const refused = new Set(
      judgedAssociations(facts)
        .filter(({ trust }) => trust.verdict === 'denied')
        .map(({ association }) => association.arn),
    );
    return workloadsIn(facts).flatMap((workload) => {
      const { association } = workload;
      return association && !refused.has(association.arn) ? problem(workload, association) : [];
    });
  },
});

function problem({ cluster, account, pods = [] }: Workload, association: PodIdentityAssociation): Problem[] {
  const annotated = annotatedRole(account);
  if (annotated === null) return [];
  const about = aboutAccount(cluster, account);
  const isSame = annotated === association.roleArn;
  const still = pods.filter((group) => credentialsOf(group) === 'web identity');
  const changes = still.length > 0 && !isSame;
  const other: Words = isSame ? { en: 'the same role', ja: '同じロール' } : nameOf(annotated);
  const switching = changes ? switchText(podCount(still)) : '';
  return [
    {
      ...about,
      ...(changes && { severity: 'medium' }),
      cause: {
        en: en`${about.subject.name} of cluster ${cluster.name} has a Pod Identity association for ${nameOf(association.roleArn)}, so its annotation for ${other} counts for nothing${switching}.`,
        ja: ja`クラスター ${cluster.name} の ${about.subject.name} には ${nameOf(association.roleArn)} への Pod Identity の関連付けがあるため、${other} を指定するアノテーションは無視されます${switching}。`,
      },
      evidence: [
        { label: 'Association', value: `${association.id}, ${association.roleArn}` },
        { label: 'Annotation', value: annotated },
        ...shown(
          'Pods that still have the credentials of the annotation',
          still.length > 0 ? podCount(still) : null,
        ),
      ],
      fix: {
        summary: {
          en: 'Advice: keep one of the two. If the association is meant, take the annotation off by the command shown here, and out of the manifest; if the annotation is meant, delete the association.',
          ja: '助言: どちらか一方だけを残してください。関連付けを使う場合は、ここに示すコマンドでアノテーションを外し、マニフェストからも削除してください。アノテーションを使う場合は、関連付けを削除してください。',
        },
        commands: [
          sh`kubectl annotate serviceaccount ${account.name} --namespace ${account.namespace} eks.amazonaws.com/role-arn-`,
        ],
        verified: false,
      },
    },
  ];
}

function switchText(pods: Words): Words {
  return {
    en: en`; ${pods} with the annotation's role will change to the other when started again`,
    ja: ja` (アノテーションのロールを使う ${pods} は、次の起動時にもう一方のロールに切り替わります)`,
  };
}

function nameOf(arn: string): string {
  return oneLine(shortened(arn.split('/').at(-1) || arn));
}
