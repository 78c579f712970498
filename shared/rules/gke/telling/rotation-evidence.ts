import type { GkeCluster } from '../../../domain/google-cluster.ts';
import { describeChange } from '../../../domain/google-change.ts';
import {
  blockingExclusion,
  dayMs,
  degradedOn,
  rotationDays,
  type OpenRotation,
} from '../../../domain/google-rotation.ts';
import { certificateDates } from '../../../domain/google-certificate.ts';
import type { Evidence } from '../../../rule.ts';

/** The dates of a rotation, what keeps it open, and the day the cluster turns bad. */
export function rotationEvidence(
  cluster: GkeCluster,
  rotation: OpenRotation | null,
  time: string,
): Evidence[] {
  return [
    ...(rotation ? startEvidence(rotation) : []),
    ...(rotation?.oldPools ?? []).map(({ nodePool, oldestCreatedAt, instances }) => ({
      label: `Pool "${nodePool}"`,
      value: `its oldest node is of ${oldestCreatedAt ?? ''}, before the rotation began (${instances} node${instances === 1 ? '' : 's'} in all)`,
    })),
    ...exclusionEvidence(cluster, time),
    ...certificateEvidence(cluster),
  ];
}

function startEvidence({ start, ageDays }: OpenRotation): Evidence[] {
  const due = new Date(Date.parse(start.time) + rotationDays * dayMs).toISOString();
  return [
    { label: 'Rotation started by', value: `${describeChange(start)}, log entry ${start.id}` },
    { label: 'Open for', value: `${ageDays} days; GKE tries to complete it from ${due} on` },
  ];
}

function exclusionEvidence(cluster: GkeCluster, time: string): Evidence[] {
  const exclusion = blockingExclusion(cluster, time);
  if (!exclusion) return [];
  const { name, scope, endTime } = exclusion;
  const end = endTime === null ? 'without an end' : `until ${endTime}`;
  return [
    {
      label: 'Maintenance exclusion',
      value: `"${name}" (${scope ?? 'NO_UPGRADES'}) ${end}: nodes are not recreated`,
    },
  ];
}

function certificateEvidence(cluster: GkeCluster): Evidence[] {
  const dates = certificateDates(cluster.caCertificate);
  const degraded = degradedOn(cluster);
  if (!dates || degraded === null) return [];
  return [
    { label: 'CA certificate', value: `expires on ${dates.to}; the cluster turns DEGRADED on ${degraded}` },
  ];
}
