import { parseRoleArn } from '../../domain/arn.ts';
import { credentialsOf } from '../../domain/identity-of-pod.ts';
import { editDistance } from '../../domain/issuer.ts';
import type { KubernetesServiceAccount, PodIdentityAssociation } from '../../domain/kubernetes.ts';
import type { Cluster, Role } from '../../domain/web-identity.ts';
import type { AwsFacts } from '../../observation.ts';
import { rule, type Fix, type Problem } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { en, ja, type Localized } from '../../words.ts';
import { isOnFargate } from './pod-credentials/left-without.ts';
import { judgeAssociation, nameOfAssociation } from './pod-credentials/pod-identity.ts';
import { denialsOfCluster, joined, podsText } from './pod-credentials/pod-identity-denials.ts';
import { aboutAccount, podCount, restartCommands, shown } from './pod-credentials/telling.ts';
import {
  accountOf,
  associationOf,
  ofCluster,
  podsOf,
  settledClusters,
  type WorkloadFacts,
} from './pod-credentials/workloads.ts';
import { advice } from './web-identity/fix.ts';
import { groupBy, lookUpBy } from './web-identity/look-up-by.ts';
import { oneLine, shortened, times } from './web-identity/told.ts';

export default rule({
  id: 'eks/pod-identity-association',
  title: {
    en: 'A Pod Identity association gives no pod a role',
    ja: 'Pod Identity の関連付けがどの Pod にもロールを与えていません',
  },
  severity: 'medium',
  why: {
    en: 'EKS takes an association for a service account that does not exist, and keeps one whose role was deleted; pods of it get no credentials, or never come.',
    ja: 'EKS は存在しないサービスアカウントの関連付けも受け付け、ロールが削除された関連付けも残します。その Pod は認証情報を取得できないか、そもそも現れません。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html',
  ],
  needs: {
    clusters: 'partial',
    podIdentityAssociations: 'partial',
    roles: 'optional',
    serviceAccounts: 'optional',
    podGroups: 'optional',
    kubernetesNodes: 'supporting',
    podIdentityDenials: 'supporting',
  },
  check: ({ facts, partlyRead }) => {
    const given = { ...facts, allRoles: partlyRead.includes('roles') ? undefined : facts.roles };
    return settledClusters(facts).flatMap((cluster) => {
      const associations = ofCluster(facts.podIdentityAssociations, cluster) ?? [];
      const orphans = associations.filter((association) => isOrphan(cluster, association, given));
      const faults = associations.flatMap(
        (association) =>
          roleMissing(cluster, association, given) ??
          accountMissing(cluster, association, given, orphans) ??
          onFargate(cluster, association, given) ??
          [],
      );
      return [...faults, ...associationsGone(cluster, given)];
    });
  },
});

type GivenFacts = WorkloadFacts & {
  /** Undefined where they were not read to the end: then none is known to be missing. */
  allRoles: readonly Role[] | undefined;
  kubernetesNodes?: AwsFacts['kubernetesNodes'] | undefined;
  podIdentityDenials?: AwsFacts['podIdentityDenials'] | undefined;
};

const rolesByArn = lookUpBy<Role>(({ arn }) => [arn]);
const rolesByName = lookUpBy<Role>(({ name }) => [name]);

function about(
  cluster: Cluster,
  { arn, namespace, serviceAccount, id }: PodIdentityAssociation,
): Pick<Problem, 'location' | 'cluster' | 'subject' | 'workload'> {
  return {
    location: cluster.region,
    cluster: cluster.name,
    subject: { kind: 'association', name: id, id: arn },
    workload: { namespace, serviceAccount },
  };
}

function inWords(association: PodIdentityAssociation, cluster: Cluster): Localized {
  const name = nameOfAssociation(association);
  return {
    en: `The association of ${name} in cluster ${cluster.name}`,
    ja: `クラスター ${cluster.name} の ${name} の関連付け`,
  };
}

/** Roles of other accounts cannot be associated; the account of such an ARN was not read, and nothing is known of it. */
function roleMissing(
  cluster: Cluster,
  association: PodIdentityAssociation,
  facts: GivenFacts,
): Problem[] | null {
  const { roleArn } = association;
  const parsed = parseRoleArn(roleArn);
  const isKnown = !facts.allRoles || rolesByArn(facts.allRoles, roleArn).length > 0;
  if (isKnown || parsed?.account !== cluster.account) return null;
  const [namesake] = rolesByName(facts.allRoles, parsed.name);
  const role = oneLine(shortened(roleArn));
  const where = namesake
    ? {
        en: `; the role of that name has the path ${namesake.path}`,
        ja: ` (同じ名前のロールのパスは ${namesake.path} です)`,
      }
    : '';
  return [
    {
      ...about(cluster, association),
      severity: 'high',
      cause: {
        en: en`${inWords(association, cluster)} names the role ${role}, which does not exist${where}.`,
        ja: ja`${inWords(association, cluster)}は、存在しないロール ${role} を指定しています${where}。`,
      },
      evidence: [
        { label: 'Association', value: association.id },
        ...shown('Role of that name', namesake?.arn),
      ],
      fix: roleFix(cluster, association, namesake),
    },
  ];
}

/** A command only where the other role lets Pod Identity in for this service account already. */
function roleFix(cluster: Cluster, association: PodIdentityAssociation, namesake: Role | undefined): Fix {
  if (!namesake || judgeAssociation(cluster, association, namesake).trust.verdict !== 'allowed')
    return advice({
      en: `Name an existing role that trusts pods.eks.amazonaws.com in the association ${association.id} (aws eks update-pod-identity-association), or delete the association.`,
      ja: `関連付け ${association.id} に、pods.eks.amazonaws.com を信頼する既存のロールを指定するか (aws eks update-pod-identity-association)、関連付けを削除してください。`,
    });
  return {
    summary: {
      en: `Name ${namesake.arn} in the association; that role lets Pod Identity in for this service account already.`,
      ja: `関連付けに ${namesake.arn} を指定してください。このロールは、このサービスアカウントについて Pod Identity をすでに許可しています。`,
    },
    commands: [
      sh`aws eks update-pod-identity-association --cluster-name ${cluster.name} --association-id ${association.id} --role-arn ${namesake.arn} --region ${cluster.region}`,
    ],
    verified: false,
  };
}

/** Whether the cluster's service accounts were read, and its own is not among them. */
function isOrphan(
  cluster: Cluster,
  { namespace, serviceAccount: name }: PodIdentityAssociation,
  facts: GivenFacts,
): boolean {
  return accountOf(facts, cluster, { namespace, name }) === null;
}

/** Slips are few: where so many service accounts are missing, it is no slip. */
const mostSlips = 50;

function accountMissing(
  cluster: Cluster,
  association: PodIdentityAssociation,
  facts: GivenFacts,
  orphans: readonly PodIdentityAssociation[],
): Problem[] | null {
  if (!orphans.includes(association)) return null;
  const near = orphans.length > mostSlips ? null : nearest(cluster, association, facts);
  return [
    {
      ...about(cluster, association),
      // Made ahead of the service account it harms nobody.
      ...(!near && { severity: 'low' }),
      cause: {
        en: en`${inWords(association, cluster)} is for a service account that does not exist${near ? `; ${near.namespace}/${near.name} does` : ''}.`,
        ja: ja`${inWords(association, cluster)}は、存在しないサービスアカウントに対するものです${near ? ` (${near.namespace}/${near.name} は存在します)` : ''}。`,
      },
      evidence: [
        { label: 'Association', value: `${association.id}, ${association.roleArn}` },
        ...shown('Service account of a similar name', near && `${near.namespace}/${near.name}`),
      ],
      fix: accountFix(cluster, association, near),
    },
  ];
}

const accountsByNamespace = lookUpBy<KubernetesServiceAccount>(({ namespace }) => [namespace]);
const accountsByName = lookUpBy<KubernetesServiceAccount>(({ name }) => [name]);

/** The one service account without an association whose name, or whose namespace, is a letter or two off. */
function nearest(
  cluster: Cluster,
  { namespace, serviceAccount }: PodIdentityAssociation,
  facts: GivenFacts,
): KubernetesServiceAccount | null {
  const accounts = ofCluster(facts.serviceAccounts, cluster);
  const near = [
    ...accountsByNamespace(accounts, namespace).filter(
      ({ name }) => name !== 'default' && editDistance(name, serviceAccount, 2) <= 2,
    ),
    ...accountsByName(accounts, serviceAccount).filter(
      (one) => serviceAccount !== 'default' && editDistance(one.namespace, namespace, 2) <= 2,
    ),
  ].filter((one) => associationOf(facts, cluster, one) === null);
  return near.length === 1 ? (near[0] ?? null) : null;
}

/** An association cannot be given another service account: it is made anew. */
function accountFix(
  cluster: Cluster,
  { id, roleArn }: PodIdentityAssociation,
  near: KubernetesServiceAccount | null,
): Fix {
  if (!near)
    return advice({
      en: `Create the service account, or delete the association ${id} if nobody needs it any more.`,
      ja: `サービスアカウントを作成するか、もう必要でなければ関連付け ${id} を削除してください。`,
    });
  const remove = sh`aws eks delete-pod-identity-association --cluster-name ${cluster.name} --association-id ${id} --region ${cluster.region}`;
  const create = sh`aws eks create-pod-identity-association --cluster-name ${cluster.name} --namespace ${near.namespace} --service-account ${near.name} --role-arn ${roleArn} --region ${cluster.region}`;
  return advice(
    {
      en: `If ${near.namespace}/${near.name} is meant to have the role, make the association anew for it by the commands shown here, and restart its pods.`,
      ja: `${near.namespace}/${near.name} にロールを与えるつもりであれば、ここに示すコマンドで関連付けを作り直し、Pod を再起動してください。`,
    },
    [remove, create],
  );
}

function onFargate(
  cluster: Cluster,
  association: PodIdentityAssociation,
  facts: GivenFacts,
): Problem[] | null {
  const { namespace, serviceAccount: name } = association;
  const nodes = ofCluster(facts.kubernetesNodes, cluster);
  const pods = (podsOf(facts, cluster, { namespace, name }) ?? []).filter((group) =>
    isOnFargate(group, nodes),
  );
  if (pods.length === 0) return null;
  return [
    {
      ...about(cluster, association),
      severity: 'high',
      cause: {
        en: en`${podCount(pods)} of ${nameOfAssociation(association)} in cluster ${cluster.name} ${pods.length === 1 && pods[0]?.pods === 1 ? 'runs' : 'run'} on Fargate, where Pod Identity does not work.`,
        ja: ja`クラスター ${cluster.name} の ${nameOfAssociation(association)} の ${podCount(pods)} は、Pod Identity が機能しない Fargate で動いています。`,
      },
      evidence: [{ label: 'Association', value: `${association.id}, ${association.roleArn}` }],
      fix: advice({
        en: 'Use web identity for pods on Fargate: delete the association, name a role that trusts the service account in its annotation eks.amazonaws.com/role-arn, and start the pods again.',
        ja: 'Fargate の Pod にはウェブ ID を使用してください。関連付けを削除し、サービスアカウントのアノテーション eks.amazonaws.com/role-arn に、それを信頼するロールを指定して、Pod を再起動してください。',
      }),
    },
  ];
}

/**
 * Pods that ask for Pod Identity although nothing associates them any more; told only where EKS was seen to answer that
 * there is no association, for the variable may be written by hand for another purpose.
 */
function associationsGone(cluster: Cluster, facts: GivenFacts): Problem[] {
  const refusals = denialsOfCluster(facts, cluster).filter(({ errorCode }) =>
    /^ResourceNotFound/.test(errorCode),
  );
  const pods = ofCluster(facts.podGroups, cluster) ?? [];
  const seen = joined(refusals);
  if (!seen) return [];
  const left = pods.filter(
    (group) =>
      credentialsOf(group) === 'Pod Identity' &&
      associationOf(facts, cluster, { namespace: group.namespace, name: group.serviceAccount }) === null,
  );
  return [...groupBy(left, nameOfAssociation)].flatMap(([name, groups]) => {
    const [first] = groups;
    return first
      ? [
          {
            ...aboutAccount(cluster, { namespace: first.namespace, name: first.serviceAccount }),
            severity: 'high' as const,
            cause: {
              en: en`${podCount(groups)} of ${name} in cluster ${cluster.name} ${groups.length === 1 && first.pods === 1 ? 'asks' : 'ask'} for the role of an association that does not exist any more.`,
              ja: ja`クラスター ${cluster.name} の ${name} の ${podCount(groups)} は、すでに存在しない関連付けのロールを要求しています。`,
            },
            evidence: [
              {
                label: 'Refusals in the cluster',
                value: {
                  en: en`${seen.errorCode}, ${times(seen.events)}, last at ${seen.lastSeen}`,
                  ja: ja`${seen.errorCode}、${times(seen.events)}、最終 ${seen.lastSeen}`,
                },
              },
              { label: 'Pods', value: podsText(groups) },
            ],
            fix: advice(
              {
                en: 'Make the association again (aws eks create-pod-identity-association), or give the service account its role by annotation, and restart the pods; if it needs none, restarting them is enough.',
                ja: '関連付けを作り直すか (aws eks create-pod-identity-association)、アノテーションでサービスアカウントにロールを与え、Pod を再起動してください。ロールが不要であれば、Pod の再起動だけで十分です。',
              },
              restartCommands(groups),
            ),
          },
        ]
      : [];
  });
}
