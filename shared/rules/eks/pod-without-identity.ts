import { credentialsOf, fallbackOf, type Fallback, type Injection } from '../../domain/identity-of-pod.ts';
import type { PodGroup } from '../../domain/kubernetes.ts';
import type { NodeRoleCall } from '../../domain/service-denial.ts';
import type { AwsFacts } from '../../observation.ts';
import { rule, type Evidence, type Fix, type Problem } from '../../rule.ts';
import { en, ja, mapWords, type Words } from '../../words.ts';
import { leftWithout } from './pod-credentials/left-without.ts';
import { callsFrom, callText } from './pod-credentials/node-calls.ts';
import {
  aboutAccount,
  enumerated,
  ownersOf,
  podCount,
  restartCommands,
  shown,
  withoutRestart,
} from './pod-credentials/telling.ts';
import { isIdentityWebhook } from './pod-credentials/webhook.ts';
import { ofCluster, workloadsIn, type Workload } from './pod-credentials/workloads.ts';
import { advice } from './web-identity/fix.ts';
import { oneLine, shortened } from './web-identity/told.ts';

export default rule({
  id: 'eks/pod-without-identity',
  title: {
    en: 'Pods run without the credentials of their service account',
    ja: 'Pod がサービスアカウントの認証情報なしで動いています',
  },
  severity: 'high',
  why: {
    en: 'Credentials are injected only when a pod is created; one that missed it calls with the role of its node, or finds no credentials at all.',
    ja: '認証情報は Pod の作成時にだけ注入されます。注入されなかった Pod は、ノードのロールで呼び出すか、認証情報をまったく取得できません。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-configuration.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html',
  ],
  needs: {
    clusters: 'partial',
    serviceAccounts: 'partial',
    podGroups: 'partial',
    podIdentityAssociations: 'optional',
    podWebhooks: 'supporting',
    kubernetesNodes: 'supporting',
    nodegroups: 'supporting',
    nodeRoleCalls: 'supporting',
  },
  check: ({ facts }) =>
    workloadsIn(facts)
      .filter(({ cluster }) => {
        // Without the webhook no pod gets any: that is told once, for the cluster.
        const webhooks = ofCluster(facts.podWebhooks, cluster);
        return !webhooks || webhooks.some(isIdentityWebhook);
      })
      .flatMap((workload) => problem(workload, facts)),
});

type Supporting = Partial<Pick<AwsFacts, 'kubernetesNodes' | 'nodegroups' | 'nodeRoleCalls'>>;
type GivenFacts = { [K in keyof Supporting]: Supporting[K] | undefined };

function problem(workload: Workload, facts: GivenFacts): Problem[] {
  const { cluster, account } = workload;
  const left = leftWithout(workload, ofCluster(facts.kubernetesNodes, cluster));
  if (!left) return [];
  const { injection, pods } = left;
  const about = aboutAccount(cluster, account);
  const owners = ownersOf(pods);
  const isOne = pods.length === 1 && pods[0]?.pods === 1;
  const owned = owners ? mapWords(owners, (names) => ` (${names})`) : '';
  const promise = promiseText(injection);
  const why = reason(workload, pods);
  return [
    {
      ...about,
      cause: {
        en: en`${podCount(pods)} of ${about.subject.name}${owned} in cluster ${cluster.name} ${isOne ? 'has' : 'have'} no credentials of ${isOne ? 'its' : 'their'} own, although ${promise}: ${why}.`,
        ja: ja`クラスター ${cluster.name} の ${about.subject.name} の ${podCount(pods)}${owned} には、${promise}にもかかわらず、独自の認証情報がありません: ${why}。`,
      },
      evidence: evidence(workload, injection.roleArn, pods, facts),
      fix: fix(pods),
    },
  ];
}

/** The Japanese reads on before "にもかかわらず". */
function promiseText({ by, roleArn }: NonNullable<Injection>): Words {
  const role = roleName(roleArn);
  return by === 'Pod Identity'
    ? {
        en: `a Pod Identity association gives it ${role}`,
        ja: `Pod Identity の関連付けが ${role} を与えている`,
      }
    : { en: `its annotation names ${role}`, ja: `アノテーションが ${role} を指定している` };
}

function roleName(arn: string): string {
  return oneLine(shortened(arn.split('/').at(-1) || arn));
}

/** Why they missed the injection, as far as times and the other pods tell. */
function reason({ account, association, pods: all = [] }: Workload, pods: readonly PodGroup[]): Words {
  const newest =
    pods
      .map((group) => group.newest ?? '')
      .sort()
      .at(-1) ?? '';
  const since = association ? association.createdAt : account.createdAt;
  if (newest !== '' && since !== null && newest < since)
    return association
      ? {
          en: `they were created before the association (${since})`,
          ja: `関連付けの作成 (${since}) より前に作成されました`,
        }
      : {
          en: `they were created before the service account was (${since})`,
          ja: `サービスアカウントの作成 (${since}) より前に作成されました`,
        };
  const others = all.filter((group) => credentialsOf(group) !== 'none of its own');
  if (others.length > 0)
    return {
      en: en`${podCount(others)} of it have them, so these were created before they could, or the webhook did not answer in time`,
      ja: ja`同じサービスアカウントの ${podCount(others)} にはあるため、注入されるようになる前に作成されたか、Webhook の応答が間に合いませんでした`,
    };
  return association
    ? {
        en: 'the webhook did not answer when they were created',
        ja: '作成時に Webhook が応答しませんでした',
      }
    : {
        en: 'they are older than the annotation, or the webhook did not answer when they were created',
        ja: 'アノテーションより古いか、作成時に Webhook が応答しませんでした',
      };
}

function evidence(
  { cluster, account }: Workload,
  roleArn: string,
  pods: readonly PodGroup[],
  facts: GivenFacts,
): Evidence[] {
  const nodes = ofCluster(facts.kubernetesNodes, cluster);
  const nodegroups = ofCluster(facts.nodegroups, cluster);
  const fallbacks = [...new Set(pods.map((group) => fallbackOf(group, nodes, nodegroups)))];
  const names = pods.flatMap((group) => group.nodes);
  const calls = callsFrom(facts.nodeRoleCalls, nodes, names);
  return [
    { label: 'Role', value: roleArn },
    ...shown('Pods', enumerated(pods.flatMap((group) => group.names))),
    ...shown('Created', createdBetween(pods)),
    ...shown('Service account created', account.createdAt),
    ...fallbacks.map((fallback) => ({ label: 'What they get instead', value: fallbackTexts[fallback] })),
    ...calls
      .slice(0, 3)
      .map((call: NodeRoleCall) => ({ label: "Seen with their nodes' role", value: callText(call) })),
  ];
}

const fallbackTexts: Readonly<Record<Fallback, Words>> = {
  'node role': {
    en: 'the role of their node, which answers pods (its network, or a hop limit of 2 and more)',
    ja: 'ノードのロール (ノードのネットワークを使うか、ホップ制限が 2 以上で、ノードが Pod に応答します)',
  },
  nothing: {
    en: 'nothing: their nodes answer no pod (Fargate, or a hop limit of 1)',
    ja: 'なし: ノードは Pod に応答しません (Fargate、またはホップ制限が 1)',
  },
  unknown: {
    en: 'the role of their node where it answers pods, nothing where it does not',
    ja: 'ノードが Pod に応答する場合はノードのロール、応答しない場合はなし',
  },
};

function createdBetween(pods: readonly PodGroup[]): Words | null {
  const times = pods.flatMap(({ oldest, newest }) => [oldest, newest]).filter((time) => time !== null);
  const [first, last] = [times.sort()[0], times.at(-1)];
  if (first === undefined || last === undefined) return null;
  return first === last ? first : { en: `${first} to ${last}`, ja: `${first} から ${last}` };
}

function fix(pods: readonly PodGroup[]): Fix {
  const commands = restartCommands(pods);
  const left = withoutRestart(pods);
  const rest =
    left.length > 0
      ? {
          en: en` ${podCount(left)} of jobs or on their own must be made anew by their owners.`,
          ja: ja`ジョブの Pod や単独の Pod (${podCount(left)}) は、所有者が作り直す必要があります。`,
        }
      : '';
  if (commands.length === 0)
    return advice({
      en: en`Make the pods anew: they get their credentials when they are created.${rest}`,
      ja: ja`Pod を作り直してください。認証情報は作成時に与えられます。${rest}`,
    });
  return {
    summary: {
      en: en`Restart the pods: they get their credentials when they are created.${rest}`,
      ja: ja`Pod を再起動してください。認証情報は作成時に与えられます。${rest}`,
    },
    commands,
    verified: false,
  };
}
