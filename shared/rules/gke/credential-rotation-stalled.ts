import type { GkeCluster } from '../../domain/google-cluster.ts';
import { failuresOf } from '../../domain/google-failure.ts';
import { recreationRefusals } from '../../domain/google-recreation.ts';
import { openRotation, rotationDays, type OpenRotation } from '../../domain/google-rotation.ts';
import { rule, type Fix, type Problem, type Unknown } from '../../rule.ts';
import { clusterSubject } from './telling/cluster-subject.ts';
import { listNames } from './telling/list-names.ts';
import { completeRotationCommand, recreateCommands } from './telling/recreate-commands.ts';
import { rotationEvidence } from './telling/rotation-evidence.ts';

export default rule({
  id: 'gke/credential-rotation-stalled',
  title: 'A credential rotation was started and not completed',
  severity: 'high',
  why: 'GKE tries to complete it after seven days and fails while any node has old credentials; when the old certificate ends the cluster cannot be recovered.',
  references: ['https://cloud.google.com/kubernetes-engine/docs/how-to/credential-rotation'],
  needs: {
    gkeClusters: 'partial',
    adminActivity: 'partial',
    operations: 'supporting',
    poolNodes: 'supporting',
  },
  check({ facts, time }): (Problem | Unknown)[] {
    const failures = failuresOf(facts);
    return facts.gkeClusters.flatMap((cluster): (Problem | Unknown)[] => {
      const rotation = openRotation(cluster, facts.adminActivity, facts.poolNodes, time);
      if (!rotation || rotation.ageDays < rotationDays) return [];
      const later = { operations: facts.operations ?? [], adminActivity: facts.adminActivity };
      // Where GKE already refused it, the pools to be recreated are the finding.
      if (recreationRefusals(cluster, failures, later).length > 0) return [];
      if (rotation.proof.length === 0)
        return [
          {
            unknown: `whether the rotation of ${cluster.name} (${cluster.location}) that began on ${rotation.start.time} is over: neither its nodes nor its certificate could be compared with that date`,
          },
        ];
      return [stalled(cluster, rotation, time)];
    });
  },
});

function stalled(cluster: GkeCluster, rotation: OpenRotation, time: string): Problem {
  const pools = (rotation.oldPools ?? []).map(({ nodePool }) => nodePool);
  const because = pools.length > 0 ? `, and ${describePools(pools)} still has nodes from before it` : '';
  return {
    ...clusterSubject(cluster),
    cause: `The credential rotation of ${cluster.name} (${cluster.location}) has been open for ${rotation.ageDays} days, since ${rotation.start.time}${because}.`,
    evidence: rotationEvidence(cluster, rotation, time),
    fix: fixFor(cluster, pools),
  };
}

function fixFor(cluster: GkeCluster, pools: string[]): Fix {
  const recreate = recreateCommands(cluster, cluster.autopilot ? ['*'] : pools);
  const warning =
    'Before that, let every client get the new credentials, and replace static service account tokens: both end with the rotation.';
  const first =
    recreate.length > 0
      ? 'Recreate the nodes that are older than the rotation, then complete it.'
      : 'Complete the rotation.';
  return {
    summary: `${first} ${warning}`,
    commands: [...recreate, completeRotationCommand(cluster)],
    verified: false,
  };
}

function describePools(pools: readonly string[]): string {
  return `pool ${listNames(pools.map((pool) => `"${pool}"`))}`;
}
