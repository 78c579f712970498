import type { GkeCluster, NodePool } from '../../domain/google-cluster.ts';
import { rule, type Fix, type Problem } from '../../rule.ts';
import { sh } from '../../shell.ts';

export default rule({
  id: 'gke/workload-identity-metadata',
  title: 'A node pool does not serve Workload Identity Federation',
  severity: 'medium',
  why: 'Turning it on for a cluster does not change existing pools: pods there get the node account instead of their own, with other rights than they should have.',
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
  const mode = pool.workloadMetadataMode;
  // Somebody chose GCE_METADATA; a pool without the field is merely older than the cluster's setting.
  const isChosen = mode === 'GCE_METADATA';
  return {
    location,
    cluster: name,
    ...(isChosen ? { severity: 'low' as const } : {}),
    subject: { kind: 'node pool', name: pool.name, id: `${cluster.resource}/nodePools/${pool.name}` },
    cause: `${name} (${location}) has the workload pool ${cluster.workloadPool ?? ''}, but pods on pool "${pool.name}" get the node account: its metadata mode is ${mode ?? 'not set'}.`,
    evidence: [
      { label: 'workloadMetadataConfig.mode', value: mode ?? 'not set' },
      { label: 'Node account', value: pool.serviceAccount ?? 'default' },
    ],
    fix: fixFor(cluster, pool, isChosen),
  };
}

function fixFor({ name, location, project }: GkeCluster, pool: NodePool, isChosen: boolean): Fix {
  const warning = 'Pods that rely on the node account lose it, and the nodes are recreated.';
  if (isChosen)
    return {
      summary: `Advice: if the pods of pool "${pool.name}" need not act as the node account, set its metadata mode to GKE_METADATA. ${warning}`,
      commands: [],
      verified: false,
    };
  return {
    summary: `Set the metadata mode of the pool. ${warning}`,
    commands: [
      sh`gcloud container node-pools update ${pool.name} --cluster=${name} --location=${location} --workload-metadata=GKE_METADATA --project=${project} --quiet`,
    ],
    verified: false,
  };
}
