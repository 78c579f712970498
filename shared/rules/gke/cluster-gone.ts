import { clusterDeletion } from '../../domain/google-change.ts';
import type { AdminActivity } from '../../domain/google-audit.ts';
import type { GkeCluster, SeenCluster } from '../../domain/google-cluster.ts';
import { newsDays } from '../../domain/google-history.ts';
import { rule, type Evidence, type Fix, type Problem } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { changeEvidence } from './telling/change-evidence.ts';
import { en, ja, type Words } from '../../words.ts';
import { advice } from './telling/advice.ts';
import { wasAndIs } from './telling/was-and-is.ts';
import { listNames } from './telling/list-names.ts';

export default rule({
  id: 'gke/cluster-gone',
  title: {
    en: 'A cluster of an earlier run is gone, moved or re-created',
    ja: '以前の実行で見つかったクラスターがなくなったか、移動または作り直されています',
  },
  severity: 'medium',
  why: {
    en: 'Whoever still asks for it gets 404, which signing in again does not repair; a cluster made again under its name has another endpoint and certificate.',
    ja: 'このクラスターへのアクセスには 404 が返り、ログインし直しても解決しません。同じ名前で作り直されたクラスターは、エンドポイントと証明書が異なります。',
  },
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
    cause: now ? madeAgain(seen) : goneCause(seen, elsewhere),
    evidence: [
      { label: 'Last seen', value: seen.lastSeen },
      ...(now ? [{ label: 'Cluster id', value: wasAndIs(seen.id ?? '', now.id ?? '') }] : []),
      ...besideEvidence(beside),
      ...changeEvidence('Deleted by', deletion),
    ],
    fix: fixFor(seen, successor),
  };
}

function madeAgain({ name, location, lastSeen }: SeenCluster): Words {
  return {
    en: `${name} (${location}) was deleted and made again: its id is another than on ${lastSeen}.`,
    ja: `${name} (${location}) は削除された後に作り直されました。ID が ${lastSeen} の時点と異なります。`,
  };
}

function goneCause({ name, location, lastSeen }: SeenCluster, elsewhere: readonly GkeCluster[]): Words {
  const where = `${name} (${location})`;
  if (elsewhere.length === 0)
    return {
      en: `${where}, seen on ${lastSeen}, is gone.`,
      ja: `${lastSeen} に確認した ${where} がなくなりました。`,
    };
  const locations = listNames(elsewhere.map((cluster) => cluster.location));
  return {
    en: en`${where} is gone; a cluster of that name is in ${locations}.`,
    ja: ja`${where} がなくなりました。同じ名前のクラスターが ${locations} にあります。`,
  };
}

/** A cluster of its name that was there beside it is another one, and did not take its place. */
function mayReplace({ createTime }: GkeCluster, { lastSeen }: SeenCluster): boolean {
  return createTime === null || Date.parse(createTime) > Date.parse(lastSeen);
}

function besideEvidence(clusters: readonly GkeCluster[]): Evidence[] {
  if (clusters.length === 0) return [];
  const value = listNames(
    clusters.map(({ location, createTime }) => ({
      en: `${location}, made on ${createTime}`,
      ja: `${location} (${createTime} に作成)`,
    })),
  );
  return [{ label: 'Clusters of that name which were there beside it', value }];
}

function fixFor(seen: SeenCluster, successor: GkeCluster | undefined): Fix {
  if (!successor)
    return advice({
      en: `if ${seen.name} was deleted on purpose, remove it from kubeconfigs, pipelines and monitoring. A deleted cluster cannot be restored.`,
      ja: `${seen.name} を意図的に削除したのであれば、kubeconfig、パイプライン、モニタリングから取り除いてください。削除したクラスターは復元できません。`,
    });
  const { name, location, project } = successor;
  return {
    summary: {
      en: 'Fetch credentials of the cluster of today wherever the old one was used.',
      ja: '以前のクラスターを使用していたすべての場所で、現在のクラスターの認証情報を取得してください。',
    },
    commands: [
      sh`gcloud container clusters get-credentials ${name} --location=${location} --project=${project}`,
    ],
    verified: false,
  };
}
