import type { GkeCluster, PoolNodes } from '../../../domain/google-cluster.ts';
import {
  blockingExclusion,
  dayMs,
  degradedOn,
  rotationDays,
  type OpenRotation,
} from '../../../domain/google-rotation.ts';
import { certificateDates } from '../../../domain/google-certificate.ts';
import type { Evidence } from '../../../rule.ts';
import type { Words } from '../../../words.ts';
import { changeEvidence } from './change-evidence.ts';

/** The dates of a rotation, what keeps it open, and the day the cluster turns bad. */
export function rotationEvidence(
  cluster: GkeCluster,
  rotation: OpenRotation | null,
  time: string,
): Evidence[] {
  return [
    ...(rotation ? startEvidence(rotation) : []),
    ...(rotation?.oldPools ?? []).map(poolEvidence),
    ...exclusionEvidence(cluster, time),
    ...certificateEvidence(cluster),
  ];
}

function poolEvidence({ nodePool, oldestCreatedAt, instances }: PoolNodes): Evidence {
  const oldest = oldestCreatedAt ?? '';
  const value = {
    en: `its oldest node is of ${oldest}, before the rotation began (${instances} node${instances === 1 ? '' : 's'} in all)`,
    ja: `最も古いノードは ${oldest} のもので、ローテーションの開始より前です (ノード数: ${instances})`,
  };
  return { label: poolLabel(nodePool), value };
}

/** The name of a pool as a label. */
export function poolLabel(name: string): Words {
  return { en: `Pool "${name}"`, ja: `ノードプール "${name}"` };
}

function startEvidence({ start, ageDays }: OpenRotation): Evidence[] {
  const due = new Date(Date.parse(start.time) + rotationDays * dayMs).toISOString();
  return [
    ...changeEvidence('Rotation started by', start),
    {
      label: 'Open for',
      value: {
        en: `${ageDays} days; GKE tries to complete it from ${due} on`,
        ja: `${ageDays} 日。GKE は ${due} 以降に完了を試みます`,
      },
    },
  ];
}

function exclusionEvidence(cluster: GkeCluster, time: string): Evidence[] {
  const exclusion = blockingExclusion(cluster, time);
  if (!exclusion) return [];
  const { name, scope, endTime } = exclusion;
  const what = `"${name}" (${scope ?? 'NO_UPGRADES'})`;
  const value = {
    en: `${what} ${endTime === null ? 'without an end' : `until ${endTime}`}: nodes are not recreated`,
    ja: `${what} ${endTime === null ? '終了日時なし' : `${endTime} まで`}: ノードは再作成されません`,
  };
  return [{ label: 'Maintenance exclusion', value }];
}

function certificateEvidence(cluster: GkeCluster): Evidence[] {
  const dates = certificateDates(cluster.caCertificate);
  const degraded = degradedOn(cluster);
  if (!dates || degraded === null) return [];
  const value = {
    en: `expires on ${dates.to}; the cluster turns DEGRADED on ${degraded}`,
    ja: `${dates.to} に期限切れになります。クラスターは ${degraded} に DEGRADED になります`,
  };
  return [{ label: 'CA certificate', value }];
}
