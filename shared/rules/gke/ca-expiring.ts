import type { GkeCluster } from '../../domain/google-cluster.ts';
import { certificateDates } from '../../domain/google-certificate.ts';
import { dayMs, degradedOn, openRotation, rotationDays } from '../../domain/google-rotation.ts';
import { rule, type Fix, type Problem, type Severity, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { clusterSubject } from './telling/cluster-subject.ts';

/** From 180 days on Google recommends a rotation, at 30 it starts one by itself, at 7 the cluster turns DEGRADED. */
const steps: { days: number; severity: Severity }[] = [
  { days: 7, severity: 'critical' },
  { days: 30, severity: 'high' },
  { days: 180, severity: 'low' },
];

export default rule({
  id: 'gke/ca-expiring',
  title: 'The certificate authority of a cluster expires',
  severity: 'high',
  why: 'A cluster whose CA certificate has expired cannot be recovered: its nodes and clients no longer trust it.',
  references: ['https://cloud.google.com/kubernetes-engine/docs/how-to/credential-rotation'],
  needs: { gkeClusters: 'partial', adminActivity: 'supporting', poolNodes: 'supporting' },
  check({ facts, time }): (Problem | Unknown)[] {
    return facts.gkeClusters.flatMap((cluster): (Problem | Unknown)[] => {
      const rotation = openRotation(cluster, facts.adminActivity ?? [], facts.poolNodes, time);
      const gkeSays = cluster.conditions.find(({ code }) => code === 'CA_EXPIRING');
      const dates = certificateDates(cluster.caCertificate);
      // A rotation repairs this; one that is stalled is told for itself, with these dates.
      if (rotation && !(dates && rotation.ageDays < rotationDays && daysUntil(dates.to, time) < 7)) return [];
      const found = dates ? expiring(cluster, dates.to, time) : [];
      if (found.length > 0) return found;
      if (gkeSays) return [reported(cluster, gkeSays.message)];
      return dates ? [] : [unreadable(cluster)];
    });
  },
});

function daysUntil(date: string, time: string): number {
  return Math.floor((Date.parse(date) - Date.parse(time)) / dayMs);
}

function unreadable({ name, location }: GkeCluster): Unknown {
  return {
    unknown: `when the CA certificate of ${name} (${location}) expires: GKE gave none that can be read`,
  };
}

function expiring(cluster: GkeCluster, to: string, time: string): Problem[] {
  const days = daysUntil(to, time);
  const step = steps.find((each) => days < each.days);
  if (!step) return [];
  const isOver = days < 0;
  const says = cluster.conditions.filter(({ code }) => code === 'CA_EXPIRING');
  return [
    {
      ...clusterSubject(cluster),
      severity: step.severity,
      cause: isOver
        ? `The CA certificate of ${cluster.name} (${cluster.location}) expired on ${to}.`
        : `The CA certificate of ${cluster.name} (${cluster.location}) expires in ${days} days, on ${to}.`,
      evidence: [
        { label: 'masterAuth.clusterCaCertificate', value: `valid until ${to}` },
        { label: 'Turns DEGRADED', value: degradedOn(cluster) ?? to },
        { label: 'Status', value: cluster.status },
        ...says.map(({ message }) => ({
          label: 'GKE itself reports',
          value: `CA_EXPIRING: ${message ?? ''}`,
        })),
      ],
      fix: isOver ? replacement : rotation(cluster),
    },
  ];
}

function reported(cluster: GkeCluster, message: string | null): Problem {
  return {
    ...clusterSubject(cluster),
    cause: `GKE reports that the CA certificate of ${cluster.name} (${cluster.location}) expires soon.`,
    evidence: [{ label: 'GKE itself reports', value: `CA_EXPIRING: ${message ?? ''}` }],
    fix: rotation(cluster),
  };
}

const replacement: Fix = {
  summary:
    'Advice: a cluster whose CA certificate has expired cannot be recovered. Make a new cluster and move the workloads to it.',
  commands: [],
  verified: false,
};

function rotation({ name, location, project }: GkeCluster): Fix {
  return {
    summary:
      'Start a credential rotation in a maintenance window: the control plane restarts and GKE recreates the nodes. When the nodes are new and the clients have new credentials, complete it.',
    commands: [
      sh`gcloud container clusters update ${name} --start-credential-rotation --location=${location} --project=${project} --quiet`,
    ],
    verified: false,
  };
}
