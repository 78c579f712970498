import type { GkeCluster } from '../../domain/google-cluster.ts';
import { certificateDates } from '../../domain/google-certificate.ts';
import { dayMs, degradedOn, openRotation, rotationDays } from '../../domain/google-rotation.ts';
import { rule, type Fix, type Problem, type Severity, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { clusterSubject } from './telling/cluster-subject.ts';
import type { Words } from '../../words.ts';
import { advice } from './telling/advice.ts';

/** From 180 days on Google recommends a rotation, at 30 it starts one by itself, at 7 the cluster turns DEGRADED. */
const steps: { days: number; severity: Severity }[] = [
  { days: 7, severity: 'critical' },
  { days: 30, severity: 'high' },
  { days: 180, severity: 'low' },
];

export default rule({
  id: 'gke/ca-expiring',
  title: {
    en: 'The certificate authority of a cluster expires',
    ja: 'クラスターの認証局 (CA) 証明書の有効期限が切れます',
  },
  severity: 'high',
  why: {
    en: 'A cluster whose CA certificate has expired cannot be recovered: its nodes and clients no longer trust it.',
    ja: 'CA 証明書の期限が切れたクラスターは復旧できません。ノードもクライアントもそのクラスターを信頼しなくなります。',
  },
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
    unknown: {
      en: `when the CA certificate of ${name} (${location}) expires: GKE gave none that can be read`,
      ja: `${name} (${location}) の CA 証明書の有効期限は不明です: GKE から読み取り可能な証明書が得られませんでした`,
    },
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
      cause: isOver ? expiredOn(cluster, to) : expiresOn(cluster, to, days),
      evidence: [
        {
          label: 'masterAuth.clusterCaCertificate',
          value: { en: `valid until ${to}`, ja: `${to} まで有効` },
        },
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

function expiredOn({ name, location }: GkeCluster, to: string): Words {
  return {
    en: `The CA certificate of ${name} (${location}) expired on ${to}.`,
    ja: `${name} (${location}) の CA 証明書は ${to} に期限切れになりました。`,
  };
}

function expiresOn({ name, location }: GkeCluster, to: string, days: number): Words {
  return {
    en: `The CA certificate of ${name} (${location}) expires in ${days} days, on ${to}.`,
    ja: `${name} (${location}) の CA 証明書は、あと ${days} 日で期限切れになります (有効期限は ${to})。`,
  };
}

function reported(cluster: GkeCluster, message: string | null): Problem {
  const where = `${cluster.name} (${cluster.location})`;
  return {
    ...clusterSubject(cluster),
    cause: {
      en: `GKE reports that the CA certificate of ${where} expires soon.`,
      ja: `GKE が、${where} の CA 証明書の期限がまもなく切れると報告しています。`,
    },
    evidence: [{ label: 'GKE itself reports', value: `CA_EXPIRING: ${message ?? ''}` }],
    fix: rotation(cluster),
  };
}

const replacement = advice({
  en: 'a cluster whose CA certificate has expired cannot be recovered. Make a new cluster and move the workloads to it.',
  ja: 'CA 証明書の期限が切れたクラスターは復旧できません。新しいクラスターを作成し、ワークロードを移行してください。',
});

function rotation({ name, location, project }: GkeCluster): Fix {
  return {
    summary: {
      en: 'Start a credential rotation in a maintenance window: the control plane restarts and GKE recreates the nodes. When the nodes are new and the clients have new credentials, complete it.',
      ja: 'メンテナンスの時間枠に認証情報のローテーションを開始してください。コントロールプレーンが再起動し、GKE がノードを再作成します。ノードが新しくなり、クライアントが新しい認証情報を取得したら、ローテーションを完了してください。',
    },
    commands: [
      sh`gcloud container clusters update ${name} --start-credential-rotation --location=${location} --project=${project} --quiet`,
    ],
    verified: false,
  };
}
