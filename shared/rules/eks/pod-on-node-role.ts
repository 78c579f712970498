import { parseRoleArn } from '../../domain/arn.ts';
import { credentialsOf, fallbackOf } from '../../domain/identity-of-pod.ts';
import type { PodGroup } from '../../domain/kubernetes.ts';
import type { NodeRoleCall } from '../../domain/service-denial.ts';
import type { Cluster } from '../../domain/web-identity.ts';
import type { AwsFacts } from '../../observation.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { en, ja, type Words } from '../../words.ts';
import { leftWithout } from './pod-credentials/left-without.ts';
import { callText, nameOfCall } from './pod-credentials/node-calls.ts';
import { callsNoService } from './pod-credentials/system-pods.ts';
import { counted, enumerated, shown } from './pod-credentials/telling.ts';
import { isTooOldFor } from './pod-credentials/too-old.ts';
import { ofCluster, settledClusters, workloadsIn, type WorkloadFacts } from './pod-credentials/workloads.ts';
import { advice } from './web-identity/fix.ts';
import { groupBy } from './web-identity/look-up-by.ts';

export default rule({
  id: 'eks/pod-on-node-role',
  title: {
    en: 'An application calls AWS with the role of its node',
    ja: 'アプリケーションがノードのロールで AWS を呼び出しています',
  },
  severity: 'medium',
  why: {
    en: "The node's role is every pod's that reaches it: it lacks what the application needs, or gives it to all of them.",
    ja: 'ノードのロールは、それに到達できるすべての Pod が使えます。アプリケーションに必要な権限がないか、あればすべての Pod に与えてしまいます。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html',
  ],
  needs: {
    clusters: 'partial',
    nodeRoleCalls: 'partial',
    kubernetesNodes: 'supporting',
    podGroups: 'supporting',
    serviceAccounts: 'supporting',
    podIdentityAssociations: 'supporting',
    nodegroups: 'supporting',
  },
  check: ({ facts }) =>
    settledClusters(facts).flatMap((cluster) => {
      const nodes = ofCluster(facts.kubernetesNodes, cluster) ?? [];
      const instances = new Set(nodes.flatMap(({ instanceId }) => instanceId ?? []));
      const own = facts.nodeRoleCalls.filter(({ instanceId }) => instances.has(instanceId));
      return [...groupBy(own, ({ roleArn }) => roleArn).values()].flatMap((calls) =>
        problem(cluster, calls, facts),
      );
    }),
});

type GivenFacts = WorkloadFacts & {
  kubernetesNodes?: AwsFacts['kubernetesNodes'] | undefined;
  nodegroups?: AwsFacts['nodegroups'] | undefined;
};

function problem(cluster: Cluster, calls: NodeRoleCall[], facts: GivenFacts): (Problem | Unknown)[] {
  const told = toldElsewhere(cluster, facts);
  const left = calls.filter((call) => !isToldElsewhere(call, cluster, facts, told));
  const [first] = left;
  if (!first) return [];
  if (runsNoCaller(ofCluster(facts.podGroups, cluster), left)) return [madeByNobody(cluster, left)];
  const suspects = suspectsOf(cluster, left, facts)?.filter((group) => !told.has(keyOf(group)));
  const name = parseRoleArn(first.roleArn)?.name ?? first.roleArn;
  const refused = left.some(({ errorCode }) => isRefusal(errorCode));
  return [
    {
      location: cluster.region,
      cluster: cluster.name,
      subject: { kind: 'role', name, id: first.roleArn },
      ...(refused && { severity: 'high' }),
      cause: sentence(cluster, left, name, refused),
      evidence: [
        ...left.slice(0, 5).map((call) => ({ label: 'Call', value: callText(call) })),
        ...shown('Pods on these nodes without credentials of their own', suspects && suspectText(suspects)),
        {
          label: 'Looked at',
          value: {
            en: 'the calls of a few nodes of each cluster, over the last hours',
            ja: '各クラスターの一部のノードによる、直近数時間の呼び出し',
          },
        },
      ],
      fix: advice({
        en: "Find the application by these calls, give its service account a role of its own (eks.amazonaws.com/role-arn, or a Pod Identity association) and restart it; then take these actions from the node's role.",
        ja: 'これらの呼び出しからアプリケーションを特定し、そのサービスアカウントに専用のロールを与えて (eks.amazonaws.com/role-arn、または Pod Identity の関連付け) 再起動してください。その後、ノードのロールからこれらのアクションを外してください。',
      }),
    },
  ];
}

/** Whether the pods were read and none can have called: then a program of the machine itself did, or a pod that is gone. */
function runsNoCaller(groups: readonly PodGroup[] | undefined, calls: readonly NodeRoleCall[]): boolean {
  return groups?.every((group) => !mayHaveCalled(group, calls)) ?? false;
}

/** An application's pods may, unless all of them are newer than the last call. */
function mayHaveCalled({ owner, oldest }: PodGroup, calls: readonly NodeRoleCall[]): boolean {
  if (callsNoService.test(owner?.name ?? '')) return false;
  return oldest === null || calls.some(({ lastSeen }) => oldest <= lastSeen);
}

function madeByNobody({ name }: Cluster, calls: readonly NodeRoleCall[]): Unknown {
  const what = enumerated([...new Set(calls.map(nameOfCall))]);
  return {
    unknown: {
      en: en`who called ${what} on nodes of ${name}: no application runs in the cluster that is as old as the calls, so it was a program of the machine itself (user data, an agent), or a pod that is gone`,
      ja: ja`${name} のノードで ${what} を呼び出したプログラムは不明です: 呼び出しの時点から動いているアプリケーションはクラスターにないため、マシン自体のプログラム (ユーザーデータやエージェント)、またはすでに存在しない Pod による呼び出しです`,
    },
  };
}

function sentence(cluster: Cluster, calls: readonly NodeRoleCall[], role: string, isRefused: boolean): Words {
  const nodes = counted(new Set(calls.map(({ instanceId }) => instanceId)).size, 'node');
  const what = enumerated([...new Set(calls.map(nameOfCall))]);
  return {
    en: en`An application on ${nodes} of cluster ${cluster.name} calls ${what} with the node's role ${role}${isRefused ? ' and is refused' : ''}.`,
    ja: ja`クラスター ${cluster.name} の ${nodes}上のアプリケーションが、ノードのロール ${role} で ${what} を呼び出して${isRefused ? '拒否されて' : ''}います。`,
  };
}

function isRefusal(errorCode: string | null): boolean {
  return errorCode !== null && /^(AccessDenied|Unauthorized)/i.test(errorCode);
}

/** Where all suspects missed what they were promised, or the SDK is too old for what they have, another finding says so. */
function isToldElsewhere(
  call: NodeRoleCall,
  cluster: Cluster,
  facts: GivenFacts,
  told: ReadonlySet<string>,
): boolean {
  const suspects = suspectsOf(cluster, [call], facts) ?? [];
  if (suspects.length > 0) return suspects.every((group) => told.has(keyOf(group)));
  return isTooOldFor(call, cluster, facts);
}

function keyOf({ namespace, serviceAccount }: Pick<PodGroup, 'namespace' | 'serviceAccount'>): string {
  return `${namespace}/${serviceAccount}`;
}

/** The pods that may have called: on one of these nodes, without credentials; undefined where pods were not read. */
function suspectsOf(cluster: Cluster, calls: NodeRoleCall[], facts: GivenFacts): PodGroup[] | undefined {
  const nodes = ofCluster(facts.kubernetesNodes, cluster) ?? [];
  const called = new Set(calls.map(({ instanceId }) => instanceId));
  const names = new Set(
    nodes.filter(({ instanceId }) => called.has(instanceId ?? '')).map(({ name }) => name),
  );
  return ofCluster(facts.podGroups, cluster)?.filter(
    (group) =>
      group.nodes.some((name) => names.has(name)) &&
      credentialsOf(group) === 'none of its own' &&
      mayHaveCalled(group, calls) &&
      fallbackOf(group, nodes, ofCluster(facts.nodegroups, cluster)) !== 'nothing',
  );
}

/** Service accounts whose pods missed the credentials that they were promised. */
function toldElsewhere(cluster: Cluster, facts: GivenFacts): Set<string> {
  const nodes = ofCluster(facts.kubernetesNodes, cluster);
  const own = workloadsIn({ ...facts, clusters: { ...facts.clusters, clusters: [cluster] } });
  return new Set(
    own
      .filter((workload) => leftWithout(workload, nodes))
      .map(({ namespace, name }) => keyOf({ namespace, serviceAccount: name })),
  );
}

function suspectText(groups: readonly PodGroup[]): Words {
  const names = groups.map((group) =>
    group.owner ? `${keyOf(group)}, ${group.owner.kind} ${group.owner.name}` : keyOf(group),
  );
  return enumerated([...new Set(names)]);
}
