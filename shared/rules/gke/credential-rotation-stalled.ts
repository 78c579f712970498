import type { GkeCluster } from '../../domain/google-cluster.ts';
import { failuresOf } from '../../domain/google-failure.ts';
import { recreationRefusals } from '../../domain/google-recreation.ts';
import { openRotation, rotationDays, type OpenRotation } from '../../domain/google-rotation.ts';
import { rule, type Fix, type Problem, type Unknown } from '../../rule.ts';
import { clusterSubject } from './telling/cluster-subject.ts';
import { en, ja, type Words } from '../../words.ts';
import { listNames } from './telling/list-names.ts';
import { completeRotationCommand, recreateCommands } from './telling/recreate-commands.ts';
import { rotationEvidence } from './telling/rotation-evidence.ts';

export default rule({
  id: 'gke/credential-rotation-stalled',
  title: {
    en: 'A credential rotation was started and not completed',
    ja: '認証情報のローテーションが開始されたまま完了していません',
  },
  severity: 'high',
  why: {
    en: 'GKE tries to complete it after seven days and fails while any node has old credentials; when the old certificate ends the cluster cannot be recovered.',
    ja: 'GKE は 7 日後に完了を試みますが、古い認証情報を持つノードが残っている間は失敗します。古い証明書の期限が切れると、クラスターは復旧できません。',
  },
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
      if (rotation.proof.length === 0) return [{ unknown: undecided(cluster, rotation.start.time) }];
      return [stalled(cluster, rotation, time)];
    });
  },
});

function undecided({ name, location }: GkeCluster, start: string): Words {
  return {
    en: `whether the rotation of ${name} (${location}) that began on ${start} is over: neither its nodes nor its certificate could be compared with that date`,
    ja: `${start} に始まった ${name} (${location}) のローテーションが終わったかどうかは不明です: ノードも証明書もその日時と比較できませんでした`,
  };
}

function stalled(cluster: GkeCluster, rotation: OpenRotation, time: string): Problem {
  const pools = (rotation.oldPools ?? []).map(({ nodePool }) => nodePool);
  return {
    ...clusterSubject(cluster),
    cause: causeOf(cluster, rotation, pools),
    evidence: rotationEvidence(cluster, rotation, time),
    fix: fixFor(cluster, pools),
  };
}

function causeOf({ name, location }: GkeCluster, { ageDays, start }: OpenRotation, pools: string[]): Words {
  const old = describePools(pools);
  const because =
    pools.length > 0
      ? {
          en: en`, and ${old} still has nodes from before it`,
          ja: ja`${old} には開始前からのノードが残っています。`,
        }
      : '';
  return {
    en: en`The credential rotation of ${name} (${location}) has been open for ${ageDays} days, since ${start.time}${because}.`,
    ja: ja`${name} (${location}) の認証情報のローテーションが、${start.time} から ${ageDays} 日間完了していません。${because}`,
  };
}

function fixFor(cluster: GkeCluster, pools: string[]): Fix {
  const recreate = recreateCommands(cluster, cluster.autopilot ? ['*'] : pools);
  const first =
    recreate.length > 0
      ? {
          en: 'Recreate the nodes that are older than the rotation, then complete it.',
          ja: 'ローテーションの開始前からのノードを再作成してから、ローテーションを完了してください。',
        }
      : { en: 'Complete the rotation.', ja: 'ローテーションを完了してください。' };
  return {
    summary: { en: en`${first} ${warning}`, ja: ja`${first}${warning}` },
    commands: [...recreate, completeRotationCommand(cluster)],
    verified: false,
  };
}

const warning = {
  en: 'Before that, let every client get the new credentials, and replace static service account tokens: both end with the rotation.',
  ja: '完了する前に、すべてのクライアントに新しい認証情報を取得させ、静的なサービスアカウントトークンを置き換えてください。古い認証情報も静的なトークンも、ローテーションの完了とともに使用できなくなります。',
};

function describePools(pools: readonly string[]): Words {
  const names = listNames(pools.map((pool) => `"${pool}"`));
  return { en: en`pool ${names}`, ja: ja`ノードプール ${names}` };
}
