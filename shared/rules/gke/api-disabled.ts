import type { AdminActivity } from '../../domain/google-audit.ts';
import { apiTurnedOff, describeChange } from '../../domain/google-change.ts';
import { gkeIdentities } from '../../domain/google-identity.ts';
import type { IamPolicy } from '../../domain/google-policy.ts';
import { signOfUse } from '../../domain/google-usage.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { changeEvidence } from './telling/change-evidence.ts';
import { en, ja, joinWords, type Words } from '../../words.ts';

const containerApi = 'container.googleapis.com';
const computeApi = 'compute.googleapis.com';

export default rule({
  id: 'gke/api-disabled',
  title: { en: 'An API that GKE needs is turned off', ja: 'GKE に必要な API が無効になっています' },
  severity: 'critical',
  why: {
    en: 'Creating clusters and every management call fail with 400 or 403 until the API is enabled again.',
    ja: 'API を再度有効にするまで、クラスターの作成とすべての管理操作が 400 または 403 で失敗します。',
  },
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors',
    'https://cloud.google.com/service-usage/docs/enable-disable',
  ],
  needs: {
    project: 'whole',
    services: 'whole',
    gkeClusters: 'supporting',
    clusterHistory: 'supporting',
    operations: 'supporting',
    adminActivity: 'supporting',
    iamPolicy: 'supporting',
    poolNodes: 'supporting',
  },
  check({ facts, window }): (Problem | Unknown)[] {
    const { services, project, adminActivity = [] } = facts;
    const use = signOfUse(facts, window.from);
    const off = [containerApi, computeApi].filter((api) => services[api] === 'DISABLED');
    if (off.length === 0) return use === null ? [] : untold(services);
    const change = off.map((api) => apiTurnedOff(adminActivity, api)).find((entry) => entry !== null) ?? null;
    if (use !== null) return [problem({ off, project, use, change })];
    // Clusters or, where they cannot be listed, nodes were looked for, and there are none: GKE is not used.
    if (facts.gkeClusters ?? facts.poolNodes) return [];
    return [{ unknown: undecided(facts, off, change) }];
  },
});

interface Fault {
  /** The APIs that are disabled; at least one. */
  off: string[];
  project: { id: string };
  /** What shows that GKE is used. */
  use: Words;
  change: AdminActivity | null;
}

function problem({ off, project, use, change }: Fault): Problem {
  const first = off[0] ?? containerApi;
  const are = off.length > 1 ? 'are' : 'is';
  return {
    location: null,
    cluster: null,
    subject: { kind: 'api', name: first, id: `projects/${project.id}/services/${first}` },
    cause: {
      en: `${off.join(' and ')} ${are} disabled in project ${project.id}, which uses GKE.`,
      ja: `GKE を使用しているプロジェクト ${project.id} で ${off.join(' と ')} が無効になっています。`,
    },
    evidence: [
      ...off.map((api) => ({
        label: 'Service Usage says',
        value: { en: `${api} is DISABLED`, ja: `${api} は DISABLED です` },
      })),
      { label: 'GKE is used here', value: use },
      ...changeEvidence('Turned off by', change),
    ],
    fix: {
      summary: {
        en: `Enable ${off.length > 1 ? 'them' : 'it'} again; that also restores the agents and their bindings.`,
        ja: 'API を再度有効にしてください。サービスエージェントとそのバインディングも復元されます。',
      },
      commands: [sh`gcloud services enable ${off} --project=${project.id}`],
      verified: false,
    },
  };
}

/** What speaks for use, where neither clusters nor nodes could be looked for. */
function undecided(
  { project, iamPolicy }: { project: { id: string; number: string }; iamPolicy: IamPolicy | undefined },
  off: string[],
  change: AdminActivity | null,
): Words {
  const are = off.length > 1 ? 'are' : 'is';
  const unread = {
    en: `whether GKE is used in ${project.id}, where ${off.join(' and ')} ${are} disabled: neither its clusters nor its nodes were read`,
    ja: `${off.join(' と ')} が無効になっている ${project.id} で GKE が使用されているかどうかは不明です: クラスターもノードも読み取られていません`,
  };
  const hints = [agentBinding(iamPolicy, project.number), change && turnedOff(change)];
  return joinWords([unread, ...hints.filter((hint) => hint !== null)], '; ');
}

function turnedOff(change: AdminActivity): Words {
  const who = describeChange(change);
  return { en: en`it was turned off by ${who}`, ja: ja`無効にした操作: ${who}` };
}

/** Where GKE is used, an API whose state the answer lacks may be the fault. */
function untold(services: Record<string, string>): Unknown[] {
  const silent = [containerApi, computeApi].filter((api) => services[api] !== 'ENABLED');
  return silent.map((api) => ({
    unknown: { en: `the state of ${api} was not told`, ja: `${api} の状態が応答に含まれていませんでした` },
  }));
}

/** The binding of the GKE service agent: it is made when the API is first enabled, and outlives it. */
function agentBinding(policy: IamPolicy | undefined, projectNumber: string): Words | null {
  const { gkeAgent } = gkeIdentities(projectNumber);
  const binding = policy?.bindings.find(({ members }) => members.some((member) => member.includes(gkeAgent)));
  if (!binding) return null;
  return { en: `${gkeAgent} has ${binding.role}`, ja: `${gkeAgent} に ${binding.role} があります` };
}
