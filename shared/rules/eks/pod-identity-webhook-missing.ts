import { annotatedRole } from '../../domain/identity-of-pod.ts';
import type { Cluster } from '../../domain/web-identity.ts';
import { rule, type Problem } from '../../rule.ts';
import { en, ja } from '../../words.ts';
import { aboutCluster, counted, enumerated, none, shown } from './pod-credentials/telling.ts';
import { isIdentityWebhook } from './pod-credentials/webhook.ts';
import { ofCluster, settledClusters, workloadsIn, type WorkloadFacts } from './pod-credentials/workloads.ts';
import { advice } from './web-identity/fix.ts';

export default rule({
  id: 'eks/pod-identity-webhook-missing',
  title: {
    en: 'A cluster has lost the webhook that gives pods their AWS credentials',
    ja: 'Pod に AWS の認証情報を渡す Webhook がクラスターから失われています',
  },
  severity: 'critical',
  why: {
    en: 'Pods that start from now on get credentials neither from an annotation nor from a Pod Identity association; those that run keep theirs.',
    ja: 'これから起動する Pod は、アノテーションからも Pod Identity の関連付けからも認証情報を取得できません。実行中の Pod の認証情報はそのままです。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-configuration.html',
    'https://github.com/aws/amazon-eks-pod-identity-webhook',
  ],
  needs: {
    clusters: 'partial',
    podWebhooks: 'partial',
    serviceAccounts: 'supporting',
    podGroups: 'supporting',
    podIdentityAssociations: 'supporting',
  },
  check: ({ facts }) =>
    settledClusters(facts).flatMap((cluster) => {
      const webhooks = ofCluster(facts.podWebhooks, cluster);
      if (!webhooks || webhooks.some(isIdentityWebhook)) return [];
      return [
        problem(
          cluster,
          facts,
          webhooks.map(({ name }) => name),
        ),
      ];
    }),
});

function problem(cluster: Cluster, facts: WorkloadFacts, others: string[]): Problem {
  const own = workloadsIn({ ...facts, clusters: { ...facts.clusters, clusters: [cluster] } });
  const served = own.filter(({ account, association }) => annotatedRole(account) !== null || association);
  const associations = ofCluster(facts.podIdentityAssociations, cluster);
  const idle =
    ofCluster(facts.serviceAccounts, cluster) !== undefined &&
    served.length === 0 &&
    associations?.length === 0;
  const newest = served
    .flatMap(({ pods = [] }) => pods)
    .filter(({ webIdentity, containerCredentials }) => webIdentity || containerCredentials)
    .map((group) => group.newest ?? '')
    .sort()
    .at(-1);
  const names = enumerated(served.map(({ namespace, name }) => `${namespace}/${name}`));
  const count = counted(served.length, 'service account');
  const who =
    served.length > 0
      ? { en: en` ${count} need it: ${names}.`, ja: ja`${count}がこれを必要としています: ${names}。` }
      : '';
  return {
    ...aboutCluster(cluster),
    ...(idle && { severity: 'medium' }),
    cause: {
      en: en`Cluster ${cluster.name} has no webhook iam-for-pods.amazonaws.com, so new pods get no AWS credentials.${who}`,
      ja: ja`クラスター ${cluster.name} に Webhook iam-for-pods.amazonaws.com がないため、新しい Pod は AWS の認証情報を取得できません。${who}`,
    },
    evidence: [
      { label: 'Webhooks for pods', value: others.join(', ') || none },
      ...shown('Newest pod that has credentials', newest),
    ],
    fix: advice({
      en: 'EKS makes the configuration pod-identity-webhook itself: ask AWS Support to restore it, and find out who deleted it in the audit log of the cluster. Do not restart pods that have their credentials still.',
      ja: '設定 pod-identity-webhook は EKS 自身が作成するものです。AWS サポートに復元を依頼し、誰が削除したかをクラスターの監査ログで調べてください。まだ認証情報を持っている Pod は再起動しないでください。',
    }),
  };
}
