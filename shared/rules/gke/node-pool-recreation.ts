import type { GkeCluster, NodePool } from '../../domain/google-cluster.ts';
import { certificateDates } from '../../domain/google-certificate.ts';
import { parseErrorText } from '../../domain/google-error-text.ts';
import { failuresOf, type Failure } from '../../domain/google-failure.ts';
import {
  blockingExclusion,
  dayMs,
  openRotation,
  rotationDays,
  type OpenRotation,
} from '../../domain/google-rotation.ts';
import { recreationRefusals } from '../../domain/google-recreation.ts';
import { rule, type Fix, type Problem, type Unknown } from '../../rule.ts';
import { clusterSubject } from './telling/cluster-subject.ts';
import { failureEvidence } from './telling/failure-evidence.ts';
import { listNames } from './telling/list-names.ts';
import { completeRotationCommand, recreateCommands } from './telling/recreate-commands.ts';
import { rotationEvidence } from './telling/rotation-evidence.ts';

/** A pool whose bootstrap certificate ends within so many days is told before it does. */
const soonDays = 30;

export default rule({
  id: 'gke/node-pool-recreation',
  title: 'Node pools require recreation',
  severity: 'high',
  why: 'Operations on the control plane, above all completing a credential rotation, are refused with 400 until every node of the pools is new; nodes with expired credentials drop out.',
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors',
    'https://cloud.google.com/kubernetes-engine/docs/how-to/credential-rotation',
  ],
  needs: {
    gkeClusters: 'partial',
    operations: 'optional',
    adminActivity: 'optional',
    poolNodes: 'supporting',
  },
  check({ facts, time }): (Problem | Unknown)[] {
    const failures = failuresOf(facts);
    const later = { operations: facts.operations ?? [], adminActivity: facts.adminActivity };
    return facts.gkeClusters.flatMap((cluster): Problem[] => {
      const rotation = openRotation(cluster, facts.adminActivity ?? [], facts.poolNodes, time);
      const refused = recreationRefusals(cluster, failures, later);
      if (refused.length > 0) return [refusedProblem(cluster, refused, rotation, time)];
      return [...blockedProblem(cluster, rotation, time), ...expiringPools(cluster, time)].slice(0, 1);
    });
  },
});

/** What was refused: GKE names the pools. */
function refusedProblem(
  cluster: GkeCluster,
  refused: Failure[],
  rotation: OpenRotation | null,
  time: string,
): Problem {
  const pools = [...new Set(refused.flatMap(poolsIn))];
  return {
    ...clusterSubject(cluster),
    cause: `GKE refuses an operation on ${cluster.name} (${cluster.location}): ${describePools(pools)} must be recreated first.`,
    evidence: [...failureEvidence(refused), ...rotationEvidence(cluster, rotation, time)],
    fix: recreateFix(cluster, pools, rotation),
  };
}

function poolsIn({ message }: Failure): string[] {
  const text = parseErrorText(message);
  return text.kind === 'recreation' ? text.nodePools : [];
}

/** What will be refused: a rotation in its first week, whose old nodes an exclusion keeps beyond the day GKE completes it. */
function blockedProblem(cluster: GkeCluster, rotation: OpenRotation | null, time: string): Problem[] {
  const exclusion = blockingExclusion(cluster, time);
  const pools = (rotation?.oldPools ?? []).map(({ nodePool }) => nodePool);
  if (!rotation || !exclusion || pools.length === 0 || rotation.ageDays >= rotationDays) return [];
  const due = Date.parse(rotation.start.time) + rotationDays * dayMs;
  if (exclusion.endTime !== null && Date.parse(exclusion.endTime) < due) return [];
  return [
    {
      ...clusterSubject(cluster),
      severity: 'medium',
      cause: `Completing the credential rotation of ${cluster.name} (${cluster.location}) will be refused: ${describePools(pools)} ${
        pools.length > 1 ? 'have' : 'has'
      } nodes from before it, and the maintenance exclusion "${exclusion.name}" keeps GKE from recreating them in time.`,
      evidence: rotationEvidence(cluster, rotation, time),
      fix: recreateFix(cluster, pools, rotation),
    },
  ];
}

/** Pools whose nodes cannot join much longer, unless the whole cluster's certificate ends as soon, which is told for that. */
function expiringPools(cluster: GkeCluster, time: string): Problem[] {
  const limit = Date.parse(time) + soonDays * dayMs;
  const authority = certificateDates(cluster.caCertificate);
  if (authority && Date.parse(authority.to) < limit) return [];
  const pools = cluster.nodePools.filter((pool) => expiryOf(pool) < limit);
  if (pools.length === 0) return [];
  return [
    {
      ...clusterSubject(cluster),
      severity: 'medium',
      cause: `The bootstrap certificate of ${describePools(pools.map(({ name }) => name))} of ${cluster.name} (${cluster.location}) ends soon; new nodes then cannot join until the pool is recreated.`,
      evidence: [...pools].map(({ name, bootstrapCertExpireTime }) => ({
        label: `Pool "${name}"`,
        value: `bootstrap certificate expires on ${bootstrapCertExpireTime ?? ''}`,
      })),
      fix: recreateFix(
        cluster,
        pools.map(({ name }) => name),
        null,
      ),
    },
  ];
}

function expiryOf({ bootstrapCertExpireTime }: NodePool): number {
  const time = bootstrapCertExpireTime === null ? NaN : Date.parse(bootstrapCertExpireTime);
  return Number.isNaN(time) ? Infinity : time;
}

function recreateFix(cluster: GkeCluster, pools: string[], rotation: OpenRotation | null): Fix {
  const commands = recreateCommands(cluster, pools);
  const summary = `Recreate the nodes of ${describePools(pools)} with the version they have, or wait until maintenance does it`;
  if (commands.length === 0) return { summary: `Advice: ${summary}.`, commands, verified: false };
  if (!rotation) return { summary: `${summary}; then repeat the operation.`, commands, verified: false };
  return {
    summary: `${summary}; then complete the rotation. Workloads are evicted while nodes are replaced, and static service account tokens end with the rotation.`,
    commands: [...commands, completeRotationCommand(cluster)],
    verified: false,
  };
}

function describePools(pools: readonly string[]): string {
  return `pool${pools.length === 1 ? '' : 's'} ${listNames(pools.map((pool) => `"${pool}"`))}`;
}
