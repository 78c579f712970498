import { podIdentityPrincipal, type UnmetCondition } from '../../domain/pod-identity-trust.ts';
import { repairPodIdentity } from '../../domain/pod-identity-repair.ts';
import { annotatedRole } from '../../domain/identity-of-pod.ts';
import { policyLength, trustPolicyQuota } from '../../domain/trust-repair.ts';
import type { PodGroup } from '../../domain/kubernetes.ts';
import type { PodIdentityDenial } from '../../domain/service-denial.ts';
import type { Cluster, Role } from '../../domain/web-identity.ts';
import type { AwsFacts } from '../../observation.ts';
import { rule, type Evidence, type Fix, type Problem, type Unknown } from '../../rule.ts';
import {
  denialsOfCluster,
  isRefusedByRole,
  joined,
  podsText,
  podsThatMayHaveAsked,
  suspectsOf,
} from './pod-credentials/pod-identity-denials.ts';
import {
  judgedAssociations,
  nameOfAssociation,
  type JudgedAssociation,
} from './pod-credentials/pod-identity.ts';
import { enumerated, shown } from './pod-credentials/telling.ts';
import { accountOf, settledClusters, type WorkloadFacts } from './pod-credentials/workloads.ts';
import { advice, updateTrustCommand } from './web-identity/fix.ts';
import { groupBy } from './web-identity/look-up-by.ts';
import { en, ja, joinWords, mapWords, type Localized, type Words } from '../../words.ts';
import { isOwn } from './web-identity/given.ts';
import { listed, oneLine, shortened, statementName, times } from './web-identity/told.ts';

export default rule({
  id: 'eks/pod-identity-trust',
  title: {
    en: 'A trust policy keeps EKS Pod Identity from giving a role to its pods',
    ja: '信頼ポリシーにより、EKS Pod Identity が Pod にロールを与えられません',
  },
  severity: 'high',
  why: {
    en: 'The pods of the association get AccessDeniedException from the agent, also where the role trusts them by web identity.',
    ja: '関連付けの Pod はエージェントから AccessDeniedException を受け取ります。ロールがウェブ ID でその Pod を信頼していても同じです。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html',
  ],
  needs: {
    clusters: 'partial',
    podIdentityAssociations: 'partial',
    roles: 'partial',
    podIdentityDenials: 'optional',
    serviceAccounts: 'supporting',
    podGroups: 'supporting',
    kubernetesNodes: 'supporting',
  },
  check({ facts }): (Problem | Unknown)[] {
    const judged = judgedAssociations(facts);
    const refused = judged.filter(({ trust }) => trust.verdict === 'denied');
    const byRole = groupBy(refused, ({ role }) => role.arn);
    return [
      ...[...byRole.values()].flatMap((group) => problem(group, refused, facts)),
      ...judged.flatMap(undecided),
      ...unexplained(refused, facts),
    ];
  },
});

type GivenFacts = WorkloadFacts & {
  podIdentityDenials?: AwsFacts['podIdentityDenials'] | undefined;
  kubernetesNodes?: AwsFacts['kubernetesNodes'] | undefined;
};

type Refused = JudgedAssociation & { trust: { verdict: 'denied' } };

function isRefused(judged: JudgedAssociation): judged is Refused {
  return judged.trust.verdict === 'denied';
}

function undecided({ association, cluster, role, trust }: JudgedAssociation): Unknown[] {
  if (trust.verdict !== 'unknown') return [];
  const name = nameOfAssociation(association);
  const keys = enumerated(trust.keys);
  return [
    {
      unknown: {
        en: en`whether ${role.name} lets Pod Identity in for ${name} of cluster ${cluster.name}: that depends on ${keys}, which nobody recorded`,
        ja: ja`${role.name} がクラスター ${cluster.name} の ${name} について Pod Identity を許可するかどうか: 記録のない ${keys} によって決まります`,
      },
    },
  ];
}

/** Refused calls where every role that was read lets Pod Identity in today. */
function unexplained(refused: readonly JudgedAssociation[], facts: GivenFacts): Unknown[] {
  return settledClusters(facts).flatMap((cluster) => {
    if (refused.some((one) => one.cluster.arn === cluster.arn)) return [];
    const denials = denialsOfCluster(facts, cluster).filter(isRefusedByRole);
    const denial = joined(denials);
    const pods = denials.flatMap((one) => podsThatMayHaveAsked(one, cluster, facts) ?? []);
    return denial ? [{ unknown: unexplainedText(cluster, denial, pods) }] : [];
  });
}

function unexplainedText(
  { name }: Cluster,
  { events, lastSeen }: NonNullable<ReturnType<typeof joined>>,
  pods: readonly PodGroup[],
): Localized {
  const who =
    pods.length > 0
      ? {
          en: en`; pods on the nodes that asked: ${podsText(pods)}`,
          ja: ja`。要求したノードの Pod: ${podsText(pods)}`,
        }
      : '';
  return {
    en: en`why AssumeRoleForPodIdentity was refused ${times(events)} in cluster ${name}, last at ${lastSeen}: the records name no role, and all that were read let Pod Identity in today; one was mended since, or a policy of the organization refuses${who}`,
    ja: ja`クラスター ${name} で AssumeRoleForPodIdentity が ${times(events)}拒否された理由 (最終 ${lastSeen}): 記録にロールの名前はなく、読み取ったロールは現在すべて Pod Identity を許可しています。その後に修正されたか、組織のポリシーが拒否しています${who}`,
  };
}

/** One problem for each role: its policy is one. */
function problem(
  group: readonly JudgedAssociation[],
  all: readonly JudgedAssociation[],
  facts: GivenFacts,
): Problem[] {
  const [first, ...others] = group.filter(isRefused);
  if (!first) return [];
  const { cluster, association, role } = first;
  const clusters = new Set(group.map((one) => one.cluster.arn));
  const seen = denialsOf(group, all, facts);
  const shadowed = group.filter((one) => isAnnotated(one, facts));
  return [
    {
      location: cluster.region,
      cluster: clusters.size === 1 ? cluster.name : null,
      subject: { kind: 'role', name: role.name, id: role.arn },
      workload:
        others.length === 0
          ? { namespace: association.namespace, serviceAccount: association.serviceAccount }
          : null,
      cause: sentence(first, group),
      ...(shadowed.length > 0 && { alsoWrong: ['eks/pod-identity-shadows-irsa' as const] }),
      evidence: evidence(first, group, shadowed, seen),
      denial: seen.sure ? joined(seen.denials) : null,
      fix: fix(role, group),
    },
  ];
}

function isAnnotated({ cluster, association }: JudgedAssociation, facts: GivenFacts): boolean {
  const { namespace, serviceAccount: name } = association;
  const account = accountOf(facts, cluster, { namespace, name });
  return Boolean(account && annotatedRole(account));
}

function sentence(first: Refused, group: readonly JudgedAssociation[]): Words {
  const { cluster, role, trust } = first;
  const names = [...new Set(group.map(({ association }) => nameOfAssociation(association)))];
  const whom = {
    en: en`${enumerated(names)} of cluster ${cluster.name}`,
    ja: ja`クラスター ${cluster.name} の ${enumerated(names)}`,
  };
  const actions = joinWords(trust.refused, { en: ' and ', ja: ' と ' });
  const given = {
    en: en`so Pod Identity cannot give it to ${whom}.`,
    ja: ja`Pod Identity はこのロールを${whom} に与えられません。`,
  };
  switch (trust.fault) {
    case 'principal':
      return {
        en: en`The trust policy of ${role.name} does not name ${podIdentityPrincipal}, ${given}`,
        ja: ja`${role.name} の信頼ポリシーが ${podIdentityPrincipal} を指定していないため、${given}`,
      };
    case 'action':
      return {
        en: en`The trust policy of ${role.name} names ${podIdentityPrincipal} without ${actions}, ${given}`,
        ja: ja`${role.name} の信頼ポリシーは ${podIdentityPrincipal} を指定していますが ${actions} を許可していないため、${given}`,
      };
    case 'deny':
      return {
        en: en`A Deny in the trust policy of ${role.name} refuses ${actions} to Pod Identity for ${whom}.`,
        ja: ja`${role.name} の信頼ポリシーの Deny が、${whom} について Pod Identity の ${actions} を拒否しています。`,
      };
    case 'condition':
      return mapWords(
        {
          en: en`The trust policy of ${role.name} asks for ${unmetText(trust)}, ${given}`,
          ja: ja`${role.name} の信頼ポリシーは${unmetText(trust)}ため、${given}`,
        },
        oneLine,
      );
  }
}

/** The Japanese reads on before "ため". */
function unmetText({ unmet }: Refused['trust']): Words {
  const [first, ...others] = unmet;
  if (!first) return { en: 'what EKS does not send', ja: ' EKS が送らないものを求めている' };
  const { en: sends, ja: isSent } = sentText(first);
  const more =
    others.length > 0 ? { en: ` and ${others.length} more`, ja: ` (ほか ${others.length} 件)` } : '';
  return {
    en: en`${shortened(first.key)} ${listed(first.values)}${more}, and ${sends}`,
    ja: ja` ${shortened(first.key)} に ${listed(first.values)}${more} を求めていて、${isSent}`,
  };
}

function sentText({ request }: UnmetCondition): Localized {
  return request
    ? { en: en`EKS sends ${listed(request)}`, ja: ja`EKS が送るのは ${listed(request)} である` }
    : { en: 'EKS sends no such key', ja: 'EKS はこのキーを送らない' };
}

interface Seen {
  denials: PodIdentityDenial[];
  /** Those that may have asked; none where nodes or pods are not known. */
  pods: PodGroup[];
  /** Whether no other association can have been meant. */
  sure: boolean;
}

/** The records name neither role nor service account: nodes narrow it down, as far as their pods are known. */
function denialsOf(
  group: readonly JudgedAssociation[],
  all: readonly JudgedAssociation[],
  facts: GivenFacts,
): Seen {
  const found = group.flatMap(({ cluster }) =>
    denialsOfCluster(facts, cluster)
      .filter(isRefusedByRole)
      .map((denial) => ({ denial, cluster })),
  );
  const roles = new Set<string>();
  const denials = [...new Map(found.map((one) => [one.denial, one])).values()].filter(
    ({ denial, cluster }) => {
      const suspects = suspectsOf(denial, cluster, facts);
      const may = all.filter(
        (one) =>
          one.cluster.arn === cluster.arn && (suspects?.has(nameOfAssociation(one.association)) ?? true),
      );
      const isOwn = may.some((one) => group.includes(one));
      if (isOwn) for (const { role } of may) roles.add(role.arn);
      return isOwn;
    },
  );
  const pods = denials.flatMap(({ denial, cluster }) => podsThatMayHaveAsked(denial, cluster, facts) ?? []);
  return {
    denials: denials.map(({ denial }) => denial),
    pods: [...new Set(pods)],
    sure: roles.size === 1,
  };
}

function evidence(
  { trust, role }: Refused,
  group: readonly JudgedAssociation[],
  shadowed: readonly JudgedAssociation[],
  { denials, pods, sure }: Seen,
): Evidence[] {
  const seen = joined(denials);
  const nodes = denials.flatMap((denial) => denial.nodes ?? (denial.node === null ? [] : [denial.node]));
  return [
    ...group.slice(0, 5).map(({ association, cluster }) => ({
      label: 'Association',
      value: {
        en: `${association.id}: ${nameOfAssociation(association)} of cluster ${cluster.name} with ${role.arn}`,
        ja: `${association.id}: クラスター ${cluster.name} の ${nameOfAssociation(association)} に ${role.arn}`,
      },
    })),
    ...shown(
      'Statement',
      trust.statement === null ? null : statementName({ index: trust.statement, sid: null }),
    ),
    ...shown('Refused', trust.refused.join(', ')),
    ...trust.unmet.map(unmetEvidence),
    ...shown(
      'Annotation',
      shadowed.length > 0
        ? annotatedText(enumerated(shadowed.map(({ association }) => nameOfAssociation(association))))
        : null,
    ),
    ...shown('Refused calls in the cluster', seen && !sure ? unsureText(seen) : null),
    ...shown('Nodes that asked', nodes.length > 0 ? enumerated([...new Set(nodes)]) : null),
    ...shown('Pods on these nodes that ask for Pod Identity', podsText(pods)),
  ];
}

function unmetEvidence({ operator, key, values, request }: UnmetCondition): Evidence {
  const sent: Words = request ? listed(request) : { en: 'no such key', ja: 'なし' };
  return {
    label: `${operator} ${key}`,
    value: {
      en: en`asks for ${listed(values)}; EKS sends ${sent}`,
      ja: ja`求める値: ${listed(values)}、EKS が送る値: ${sent}`,
    },
  };
}

function annotatedText(names: Words): Localized {
  return {
    en: en`${names} has an annotation for web identity as well; the association goes before it`,
    ja: ja`${names} にはウェブ ID のアノテーションもありますが、関連付けが優先されます`,
  };
}

function unsureText({ events, lastSeen }: NonNullable<ReturnType<typeof joined>>): Localized {
  return {
    en: en`${times(events)}, last at ${lastSeen}; the records name no role, and other associations are refused as well`,
    ja: ja`${times(events)}、最終 ${lastSeen} (記録にロールの名前はなく、ほかの関連付けも拒否されています)`,
  };
}

/** So many service accounts are named by one edit at most: more would not fit into a trust policy. */
const mostNamed = 6;

/** Whoever made the association had to be allowed iam:PassRole on the role: the grant was meant, and is not the pod's to ask for. */
function fix(role: Role, group: readonly JudgedAssociation[]): Fix {
  const unnamed = group.filter(({ trust }) => trust.verdict === 'denied' && trust.fault === 'principal');
  const requests = group.map(({ request }) => request);
  const repair =
    isOwn(role) && unnamed.length <= mostNamed ? repairPodIdentity(role.trustPolicy, requests) : null;
  if (unnamed.length > mostNamed || (repair && policyLength(repair.policy) > trustPolicyQuota))
    return advice({
      en: `A trust policy that names all of these service accounts is longer than the default quota of ${trustPolicyQuota} characters: let ${podIdentityPrincipal} in for the cluster as a whole (aws:SourceArn), or use several roles.`,
      ja: `これらのサービスアカウントをすべて指定する信頼ポリシーは、デフォルトのクォータ ${trustPolicyQuota} 文字を超えます。クラスター全体 (aws:SourceArn) について ${podIdentityPrincipal} を許可するか、複数のロールを使ってください。`,
    });
  if (!repair)
    return advice({
      en: "The statement that names Pod Identity is meant for others, or a Deny stands against it: that is somebody's decision, so no edit is offered. Give the association another role, or have the owner of this one let the service account in.",
      ja: 'Pod Identity を指定するステートメントはほかの呼び出し元に向けたものか、Deny がそれを妨げています。誰かが決めたことなので、編集は提示しません。関連付けに別のロールを指定するか、このロールの所有者にサービスアカウントの許可を依頼してください。',
    });
  const edits = joinWords(repair.edits, { en: ' ', ja: '' });
  return {
    summary: {
      en: en`${edits} Whoever made the association was allowed to pass this role to it. Proven: the ${group.length === 1 ? 'association is' : 'associations are'} let in, and ${repair.neighboursDenied} similar callers stay refused.`,
      ja: ja`${edits}関連付けを作成した人は、このロールを渡すことを許可されていました。検証済み: この関連付けは許可され、類似の呼び出し元 ${repair.neighboursDenied} 件は拒否されたままです。`,
    },
    commands: [updateTrustCommand(role.name, repair.policy)],
    policy: repair.policy,
    currentPolicy: role.trustPolicy,
    verified: true,
  };
}
