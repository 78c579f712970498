import type { GkeCluster, NodePool } from '../../domain/google-cluster.ts';
import { rule, type Fix, type Problem } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { en, ja, type Words } from '../../words.ts';
import { advice } from './telling/advice.ts';

export default rule({
  id: 'gke/workload-identity-metadata',
  title: {
    en: 'A node pool does not serve Workload Identity Federation',
    ja: 'ノードプールが Workload Identity 連携に対応していません',
  },
  severity: 'medium',
  why: {
    en: 'Turning it on for a cluster does not change existing pools: pods there get the node account instead of their own, with other rights than they should have.',
    ja: 'クラスターで有効にしても、既存のノードプールは変わりません。そこで動作する Pod は自身のアカウントではなくノードのアカウントを使用し、本来とは異なる権限で動作します。',
  },
  references: ['https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity'],
  needs: { gkeClusters: 'partial' },
  check({ facts }): Problem[] {
    return facts.gkeClusters.flatMap((cluster) => {
      // Autopilot serves it on every node.
      if (cluster.workloadPool === null || cluster.autopilot) return [];
      return cluster.nodePools.filter((pool) => !servesWorkloads(pool)).map((pool) => problem(cluster, pool));
    });
  },
});

function servesWorkloads({ workloadMetadataMode }: NodePool): boolean {
  return workloadMetadataMode === 'GKE_METADATA';
}

function problem(cluster: GkeCluster, pool: NodePool): Problem {
  const { name, location } = cluster;
  const mode = pool.workloadMetadataMode ?? { en: 'not set', ja: '未設定' };
  // Somebody chose GCE_METADATA; a pool without the field is merely older than the cluster's setting.
  const isChosen = mode === 'GCE_METADATA';
  return {
    location,
    cluster: name,
    ...(isChosen ? { severity: 'low' as const } : {}),
    subject: { kind: 'node pool', name: pool.name, id: `${cluster.resource}/nodePools/${pool.name}` },
    cause: causeOf(cluster, pool, mode),
    evidence: [
      { label: 'workloadMetadataConfig.mode', value: mode },
      { label: 'Node account', value: pool.serviceAccount ?? 'default' },
    ],
    fix: fixFor(cluster, pool, isChosen),
  };
}

function causeOf({ name, location, workloadPool }: GkeCluster, pool: NodePool, mode: Words): Words {
  return {
    en: en`${name} (${location}) has the workload pool ${workloadPool ?? ''}, but pods on pool "${pool.name}" get the node account: its metadata mode is ${mode}.`,
    ja: ja`${name} (${location}) にはワークロードプール ${workloadPool ?? ''} がありますが、ノードプール "${pool.name}" の Pod はノードのアカウントを使用します (メタデータモード: ${mode})。`,
  };
}

function fixFor({ name, location, project }: GkeCluster, pool: NodePool, isChosen: boolean): Fix {
  if (isChosen)
    return advice({
      en: en`if the pods of pool "${pool.name}" need not act as the node account, set its metadata mode to GKE_METADATA. ${warning}`,
      ja: ja`ノードプール "${pool.name}" の Pod がノードのアカウントとして動作する必要がなければ、メタデータモードを GKE_METADATA に設定してください。${warning}`,
    });
  return {
    summary: {
      en: en`Set the metadata mode of the pool. ${warning}`,
      ja: ja`ノードプールのメタデータモードを設定してください。${warning}`,
    },
    commands: [
      sh`gcloud container node-pools update ${pool.name} --cluster=${name} --location=${location} --workload-metadata=GKE_METADATA --project=${project} --quiet`,
    ],
    verified: false,
  };
}

const warning = {
  en: 'Pods that rely on the node account lose it, and the nodes are recreated.',
  ja: 'ノードのアカウントに依存している Pod はそれを使用できなくなり、ノードは再作成されます。',
};
