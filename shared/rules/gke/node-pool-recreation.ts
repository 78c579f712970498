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
import { en, ja, type Words } from '../../words.ts';
import { advice } from './telling/advice.ts';
import { failureEvidence } from './telling/failure-evidence.ts';
import { listNames } from './telling/list-names.ts';
import { completeRotationCommand, recreateCommands } from './telling/recreate-commands.ts';
import { poolLabel, rotationEvidence } from './telling/rotation-evidence.ts';

/** A pool whose bootstrap certificate ends within so many days is told before it does. */
const soonDays = 30;

export default rule({
  id: 'gke/node-pool-recreation',
  title: { en: 'Node pools require recreation', ja: 'ノードプールの再作成が必要です' },
  severity: 'high',
  why: {
    en: 'Operations on the control plane, above all completing a credential rotation, are refused with 400 until every node of the pools is new; nodes with expired credentials drop out.',
    ja: 'プールのすべてのノードが新しくなるまで、コントロールプレーンに対する操作、特に認証情報のローテーションの完了が 400 で拒否されます。認証情報の期限が切れたノードはクラスターから外れます。',
  },
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
    cause: refusedCause(cluster, describePools(pools)),
    evidence: [...failureEvidence(refused), ...rotationEvidence(cluster, rotation, time)],
    fix: recreateFix(cluster, pools, rotation),
  };
}

function refusedCause({ name, location }: GkeCluster, pools: Words): Words {
  return {
    en: en`GKE refuses an operation on ${name} (${location}): ${pools} must be recreated first.`,
    ja: ja`GKE が ${name} (${location}) に対する操作を拒否しています。${pools} を先に再作成する必要があります。`,
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
      cause: blockedCause(cluster, pools, exclusion.name),
      evidence: rotationEvidence(cluster, rotation, time),
      fix: recreateFix(cluster, pools, rotation),
    },
  ];
}

function blockedCause({ name, location }: GkeCluster, pools: string[], exclusion: string): Words {
  const old = describePools(pools);
  const have = pools.length > 1 ? 'have' : 'has';
  return {
    en: en`Completing the credential rotation of ${name} (${location}) will be refused: ${old} ${have} nodes from before it, and the maintenance exclusion "${exclusion}" keeps GKE from recreating them in time.`,
    ja: ja`${name} (${location}) の認証情報のローテーションの完了は拒否されます。${old} には開始前からのノードがあり、メンテナンスの除外 "${exclusion}" のため、GKE は期日までにそれらを再作成できません。`,
  };
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
      cause: expiringCause(cluster, describePools(pools.map(({ name }) => name))),
      evidence: [...pools].map(({ name, bootstrapCertExpireTime: end }) => ({
        label: poolLabel(name),
        value: {
          en: `bootstrap certificate expires on ${end ?? ''}`,
          ja: `ブートストラップ証明書の有効期限は ${end ?? ''}`,
        },
      })),
      fix: recreateFix(
        cluster,
        pools.map(({ name }) => name),
        null,
      ),
    },
  ];
}

function expiringCause({ name, location }: GkeCluster, pools: Words): Words {
  return {
    en: en`The bootstrap certificate of ${pools} of ${name} (${location}) ends soon; new nodes then cannot join until the pool is recreated.`,
    ja: ja`${name} (${location}) の ${pools} のブートストラップ証明書の期限がまもなく切れます。期限後は、プールを再作成するまで新しいノードが参加できません。`,
  };
}

function expiryOf({ bootstrapCertExpireTime }: NodePool): number {
  const time = bootstrapCertExpireTime === null ? NaN : Date.parse(bootstrapCertExpireTime);
  return Number.isNaN(time) ? Infinity : time;
}

function recreateFix(cluster: GkeCluster, pools: string[], rotation: OpenRotation | null): Fix {
  const commands = recreateCommands(cluster, pools);
  const names = describePools(pools);
  const recreate = {
    en: en`Recreate the nodes of ${names} with the version they have, or wait until maintenance does it`,
    ja: ja`${names} のノードを現在のバージョンで再作成するか、メンテナンスで再作成されるまで待ってください。`,
  };
  if (commands.length === 0) return advice({ en: en`${recreate}.`, ja: ja`${recreate}` });
  const next = rotation ? thenComplete : thenRepeat;
  return {
    summary: { en: en`${recreate}; ${next}`, ja: ja`${recreate}${next}` },
    commands: rotation ? [...commands, completeRotationCommand(cluster)] : commands,
    verified: false,
  };
}

const thenRepeat = { en: 'then repeat the operation.', ja: 'その後、操作をやり直してください。' };
const thenComplete = {
  en: 'then complete the rotation. Workloads are evicted while nodes are replaced, and static service account tokens end with the rotation.',
  ja: 'その後、ローテーションを完了してください。ノードの置き換え中はワークロードが退避され、静的なサービスアカウントトークンはローテーションの完了とともに使用できなくなります。',
};

function describePools(pools: readonly string[]): Words {
  const names = listNames(pools.map((pool) => `"${pool}"`));
  return { en: en`pool${pools.length === 1 ? '' : 's'} ${names}`, ja: ja`ノードプール ${names}` };
}
