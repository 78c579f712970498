import { clusterDeletion } from '../../domain/google-change.ts';
import type { AdminActivity } from '../../domain/google-audit.ts';
import type { GkeCluster, SeenCluster } from '../../domain/google-cluster.ts';
import { newsDays } from '../../domain/google-history.ts';
import { rule, type Evidence, type Fix, type Problem } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { changeEvidence } from './telling/change-evidence.ts';
import { listNames } from './telling/list-names.ts';

export default rule({
  id: 'gke/cluster-gone',
  title: 'A cluster of an earlier run is gone, moved or re-created',
  severity: 'medium',
  why: 'Whoever still asks for it gets 404, which signing in again does not repair; a cluster made again under its name has another endpoint and certificate.',
  references: ['https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors'],
  needs: { project: 'whole', gkeClusters: 'whole', clusterHistory: 'whole', adminActivity: 'supporting' },
  check({ facts, time }): Problem[] {
    const { project, gkeClusters, clusterHistory, adminActivity = [] } = facts;
    const oldest = Date.parse(time) - newsDays * 86_400_000;
    const missed = clusterHistory.flatMap((seen) => {
      if (Date.parse(seen.lastSeen) < oldest) return [];
      const now = gkeClusters.find(({ name, location }) => name === seen.name && location === seen.location);
      const isSame = now && (now.id === null || seen.id === null || now.id === seen.id);
      return isSame ? [] : [{ seen, now, gkeClusters, adminActivity, project: project.id }];
    });
    return lastOfEach(missed).map(problem);
  },
});

/** A cluster that was made again several times is told of once: as it was seen last. */
function lastOfEach(changes: readonly Change[]): Change[] {
  const last = new Map<string, Change>();
  for (const change of changes) {
    const key = JSON.stringify([change.seen.location, change.seen.name]);
    const other = last.get(key);
    if (!other || Date.parse(other.seen.lastSeen) < Date.parse(change.seen.lastSeen)) last.set(key, change);
  }
  return [...last.values()];
}

interface Change {
  seen: SeenCluster;
  /** The cluster that has its name and location today. */
  now: GkeCluster | undefined;
  gkeClusters: GkeCluster[];
  adminActivity: AdminActivity[];
  project: string;
}

function problem({ seen, now, gkeClusters, adminActivity, project }: Change): Problem {
  const where = `${seen.name} (${seen.location})`;
  const namesakes = now ? [] : gkeClusters.filter(({ name }) => name === seen.name);
  const elsewhere = namesakes.filter((cluster) => mayReplace(cluster, seen));
  const beside = namesakes.filter((cluster) => !mayReplace(cluster, seen));
  const deletion = clusterDeletion(adminActivity, seen);
  const successor = now ?? elsewhere[0];
  return {
    location: seen.location,
    cluster: seen.name,
    // A deletion that the log shows was somebody's decision.
    ...(!successor && deletion ? { severity: 'low' as const } : {}),
    subject: {
      kind: 'cluster',
      name: seen.name,
      id: `projects/${project}/locations/${seen.location}/clusters/${seen.name}`,
    },
    cause: now
      ? `${where} was deleted and made again: its id is another than on ${seen.lastSeen}.`
      : elsewhere.length > 0
        ? `${where} is gone; a cluster of that name is in ${listNames(elsewhere.map(({ location }) => location))}.`
        : `${where}, seen on ${seen.lastSeen}, is gone.`,
    evidence: [
      { label: 'Last seen', value: seen.lastSeen },
      ...(now ? [{ label: 'Cluster id', value: `${seen.id ?? ''}, now ${now.id ?? ''}` }] : []),
      ...besideEvidence(beside),
      ...changeEvidence('Deleted by', deletion),
    ],
    fix: fixFor(seen, successor),
  };
}

/** A cluster of its name that was there beside it is another one, and did not take its place. */
function mayReplace({ createTime }: GkeCluster, { lastSeen }: SeenCluster): boolean {
  return createTime === null || Date.parse(createTime) > Date.parse(lastSeen);
}

function besideEvidence(clusters: readonly GkeCluster[]): Evidence[] {
  if (clusters.length === 0) return [];
  const value = listNames(clusters.map(({ location, createTime }) => `${location}, made on ${createTime}`));
  return [{ label: 'Clusters of that name which were there beside it', value }];
}

function fixFor(seen: SeenCluster, successor: GkeCluster | undefined): Fix {
  if (!successor)
    return {
      summary: `Advice: if ${seen.name} was deleted on purpose, remove it from kubeconfigs, pipelines and monitoring. A deleted cluster cannot be restored.`,
      commands: [],
      verified: false,
    };
  const { name, location, project } = successor;
  return {
    summary: 'Fetch credentials of the cluster of today wherever the old one was used.',
    commands: [
      sh`gcloud container clusters get-credentials ${name} --location=${location} --project=${project}`,
    ],
    verified: false,
  };
}
