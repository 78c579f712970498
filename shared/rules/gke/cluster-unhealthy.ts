import type { Access } from '../../domain/google-access.ts';
import { accountState, type AccountLookup } from '../../domain/google-account-state.ts';
import { certificateDates } from '../../domain/google-certificate.ts';
import type { GkeCluster, NodePool, StatusCondition } from '../../domain/google-cluster.ts';
import { parseErrorText } from '../../domain/google-error-text.ts';
import { nodeAccounts } from '../../domain/google-identity.ts';
import {
  accessTo,
  accountMember,
  judgeNodeAccount,
  usesOwnAccount,
  type ProjectPolicies,
} from '../../domain/google-project.ts';
import { dayMs } from '../../domain/google-rotation.ts';
import type { Failure } from '../../domain/google-failure.ts';
import { casesOf, type InquiryFacts } from '../../domain/google-inquiry.ts';
import { keysOf } from '../../domain/google-key.ts';
import { unreadBecause, type IamPolicy } from '../../domain/google-policy.ts';
import { rule, type Problem, type Severity } from '../../rule.ts';
import { clusterSubject } from './telling/cluster-subject.ts';
import { en, ja, joinWords, type Words } from '../../words.ts';
import { advice } from './telling/advice.ts';
import { eachOnce } from './telling/each-once.ts';
import { listNames } from './telling/list-names.ts';
import { oneLine } from './telling/one-line.ts';

export default rule({
  id: 'gke/cluster-unhealthy',
  title: {
    en: 'GKE itself reports that a cluster is not healthy',
    ja: 'GKE 自身がクラスターの異常を報告しています',
  },
  severity: 'critical',
  why: {
    en: 'GKE checks its clusters and writes what it finds into their status and conditions, where few look.',
    ja: 'GKE はクラスターを検査し、見つけた問題をステータスと conditions に記録しますが、そこはあまり確認されません。',
  },
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters#StatusCondition',
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting',
  ],
  needs: {
    project: 'whole',
    gkeClusters: 'partial',
    iamPolicy: 'supporting',
    inheritedPolicies: 'supporting',
    roleDefinitions: 'supporting',
    gcpServiceAccounts: 'supporting',
    hostProjects: 'supporting',
  },
  check({ facts, time }): Problem[] {
    return facts.gkeClusters.flatMap((cluster): Problem[] => {
      const scene = sceneOf(cluster, facts, time);
      const reports = reportsOf(cluster).filter((report) => !isToldElsewhere(report, scene));
      return reports.length > 0 ? [problem(cluster, reports)] : [];
    });
  },
});

/** One thing that GKE says of a cluster or a pool. */
interface Report {
  /** Null for the cluster itself. */
  pool: string | null;
  status: string;
  code: string | null;
  message: string | null;
}

const badStatus = /^(ERROR|DEGRADED|RUNNING_WITH_ERROR)$/;
const badCode =
  /^(GCE_STOCKOUT|GCE_QUOTA_EXCEEDED|GKE_SERVICE_ACCOUNT_DELETED|CLOUD_KMS_KEY_ERROR|CLOUD_KMS_KEY_DESTROYED|CA_EXPIRING|NODE_SERVICE_ACCOUNT_MISSING_PERMISSIONS)$/;

function reportsOf(cluster: GkeCluster): Report[] {
  const all = [
    { pool: null, of: cluster },
    ...cluster.nodePools.map((pool) => ({ pool: pool.name, of: pool })),
  ];
  return all.flatMap(({ pool, of }) =>
    conditionsOf(of).map((condition) => ({ pool, status: of.status, ...condition })),
  );
}

/** The conditions that name a fault, and all of them where the status does; the status alone where there are none. */
function conditionsOf({
  status,
  conditions,
  statusMessage,
}: GkeCluster | NodePool): Pick<Report, 'code' | 'message'>[] {
  const isBad = badStatus.test(status);
  const named = conditions.filter(({ code }) => isBad || badCode.test(code ?? '')).map(readable);
  if (named.length > 0 || !isBad) return named;
  return [{ code: null, message: statusMessage }];
}

function readable({ code, canonicalCode, message }: StatusCondition): Pick<Report, 'code' | 'message'> {
  return { code: code ?? canonicalCode, message };
}

/** What decides whether another rule tells the cause. */
interface Scene extends InquiryFacts {
  cluster: GkeCluster;
  accountLookups: Record<string, AccountLookup> | undefined;
  /** Where the policy was not read, nobody judges permissions by it. */
  isPolicyRead: boolean;
  time: string;
}

type Facts = Omit<ProjectPolicies, 'iamPolicy'> &
  Pick<InquiryFacts, 'hostProjects'> & {
    iamPolicy: IamPolicy | undefined;
    gcpServiceAccounts: Record<string, AccountLookup> | undefined;
  };

function sceneOf(cluster: GkeCluster, facts: Facts, time: string): Scene {
  const { project, iamPolicy, hostProjects, gcpServiceAccounts } = facts;
  const resource = `projects/${project.id}`;
  const blind: Access = {
    policies: [{ resource, state: 'unread', why: unreadBecause.notRead }],
    roles: {},
    time,
  };
  return {
    cluster,
    project,
    access: iamPolicy ? accessTo({ ...facts, iamPolicy }, time) : blind,
    accounts: nodeAccounts([cluster], project.number),
    hostProjects,
    accountLookups: gcpServiceAccounts,
    isPolicyRead: iamPolicy !== undefined,
    time,
  };
}

/** Whether the rule of the root cause tells it: one cause is one finding. */
function isToldElsewhere(report: Report, scene: Scene): boolean {
  const { pool, code, message, status } = report;
  switch (code) {
    case 'GKE_SERVICE_ACCOUNT_DELETED':
    case 'CA_EXPIRING':
      return true;
    case 'CLOUD_KMS_KEY_ERROR':
    case 'CLOUD_KMS_KEY_DESTROYED':
      return keysOf(scene.cluster).length > 0;
    case 'NODE_SERVICE_ACCOUNT_MISSING_PERMISSIONS':
      return scene.isPolicyRead && lacksNodePermissions(scene);
    default:
      if (message) return isExplained(report, scene);
      return pool === null && status === 'DEGRADED' && expiresInAWeek(scene.cluster, scene.time);
  }
}

/** Whether an account or an identity that the message is about is a finding of its own. */
function isExplained({ message, pool }: Report, scene: Scene): boolean {
  const text = parseErrorText(message ?? '');
  if (text.kind === 'recreation') return true;
  if (text.kind === 'account-missing') return isBroken(text.email ?? '', scene);
  const { name, location, resource } = scene.cluster;
  const failure: Failure = {
    source: resource,
    label: name,
    message: message ?? '',
    time: null,
    cluster: name,
    location,
    nodePool: pool,
    principal: null,
  };
  const cases = casesOf(failure, scene);
  return cases.length > 0 && cases.every(({ inquiry }) => inquiry.culprit !== null);
}

function isBroken(email: string, { accountLookups }: Scene): boolean {
  const { state } = accountState(email, accountLookups, [], undefined);
  return state === 'disabled' || state === 'missing';
}

function lacksNodePermissions(scene: Scene): boolean {
  return scene.accounts.some((account) => {
    const uses = usesOwnAccount(account);
    const verdict = judgeNodeAccount(scene.access, accountMember(account.email), uses);
    return isBroken(account.email, scene) || (uses.length > 0 && verdict.state !== 'allowed');
  });
}

function expiresInAWeek({ caCertificate }: GkeCluster, time: string): boolean {
  const dates = certificateDates(caCertificate);
  return dates !== null && Date.parse(dates.to) - Date.parse(time) < 7 * dayMs;
}

function problem(cluster: GkeCluster, reports: Report[]): Problem {
  const says = listNames(reports.map(describeReport), 2);
  const where = `${cluster.name} (${cluster.location})`;
  return {
    ...clusterSubject(cluster),
    severity: severityOf(reports),
    cause: {
      en: en`GKE reports of ${where}: ${says}.`,
      ja: ja`GKE は ${where} について次のように報告しています: ${says}。`,
    },
    evidence: reports.map((report) => ({ label: 'GKE itself reports', value: describeReport(report) })),
    fix: advice(joinWords(eachOnce(reports.map(adviceFor)), { en: ' ', ja: '' })),
  };
}

function describeReport({ pool, status, code, message }: Report): Words {
  const subject =
    pool === null ? status : { en: `pool "${pool}" ${status}`, ja: `ノードプール "${pool}" ${status}` };
  const text = oneLine(message ?? '').replace(/\.$/, '');
  const parts = [subject, code ?? '', text];
  return joinWords(
    parts.filter((part) => part !== ''),
    ', ',
  );
}

function severityOf(reports: Report[]): Severity {
  if (reports.every(({ code }) => code === 'GCE_STOCKOUT' || code === 'GCE_QUOTA_EXCEEDED')) return 'medium';
  return reports.some(({ pool, status }) => pool === null && badStatus.test(status)) ? 'critical' : 'high';
}

function adviceFor({ code }: Report): Words {
  switch (code) {
    case 'GCE_QUOTA_EXCEEDED':
      return {
        en: 'Ask for more of the Compute Engine quota that the message names, or free some of it.',
        ja: 'メッセージにある Compute Engine の割り当ての引き上げをリクエストするか、使用量を減らしてください。',
      };
    case 'GCE_STOCKOUT':
      return {
        en: 'The zone has no such machines now: let the pool use other zones or machine types.',
        ja: 'このゾーンには現在、該当するマシンがありません。ノードプールで別のゾーンまたはマシンタイプを使用できるようにしてください。',
      };
    case 'NODE_SERVICE_ACCOUNT_MISSING_PERMISSIONS':
      return {
        en: 'The node accounts hold what nodes need by the policies that were read; GKE repeats its own check within a day.',
        ja: '読み取ったポリシーでは、ノードのアカウントにノードに必要な権限があります。GKE は 1 日以内に検査を繰り返します。',
      };
    default:
      return {
        en: 'Follow the message; where it names nothing that you can change, give it to Google support with the cluster’s name.',
        ja: 'メッセージに従ってください。変更できるものが示されていない場合は、クラスター名を添えて Google サポートに問い合わせてください。',
      };
  }
}
