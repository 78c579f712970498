import { parseRoleArn } from '../../domain/arn.ts';
import { issuerName, issuerOfProvider } from '../../domain/issuer.ts';
import { sdkOf, versionNeeded, type EksCredentials } from '../../domain/sdk-version.ts';
import { parseSubject } from '../../domain/service-account.ts';
import type { NodeRoleCall } from '../../domain/service-denial.ts';
import type { Caller, Cluster } from '../../domain/web-identity.ts';
import type { AwsFacts } from '../../observation.ts';
import { rule, type Problem } from '../../rule.ts';
import { en, ja, type Words } from '../../words.ts';
import { callText, nameOfCall } from './pod-credentials/node-calls.ts';
import { aboutAccount, enumerated, shown } from './pod-credentials/telling.ts';
import { isTooOldFor } from './pod-credentials/too-old.ts';
import { associationOf, settledClusters } from './pod-credentials/workloads.ts';
import { advice } from './web-identity/fix.ts';
import { groupBy, lookUpBy } from './web-identity/look-up-by.ts';
import { oneLine, shortened } from './web-identity/told.ts';

export default rule({
  id: 'eks/sdk-too-old',
  title: {
    en: 'An application has an AWS SDK that does not know the credentials of its pod',
    ja: 'アプリケーションの AWS SDK が Pod の認証情報に対応していません',
  },
  severity: 'medium',
  why: {
    en: 'An SDK that is older than the credentials passes over what was injected, and calls with the role of the node or not at all.',
    ja: '認証情報の方式より古い SDK は注入されたものを無視し、ノードのロールで呼び出すか、まったく呼び出せません。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts-minimum-sdk.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-minimum-sdk.html',
  ],
  needs: {
    clusters: 'partial',
    denials: 'optional',
    nodeRoleCalls: 'optional',
    podIdentityAssociations: 'optional',
    kubernetesNodes: 'supporting',
    podGroups: 'supporting',
  },
  check: ({ facts }) =>
    settledClusters(facts).flatMap((cluster) => [
      ...callersWithAssociation(cluster, facts),
      ...callersOnNodes(cluster, facts),
    ]),
});

interface GivenFacts {
  denials?: AwsFacts['denials'] | undefined;
  nodeRoleCalls?: AwsFacts['nodeRoleCalls'] | undefined;
  podIdentityAssociations?: AwsFacts['podIdentityAssociations'] | undefined;
  kubernetesNodes?: AwsFacts['kubernetesNodes'] | undefined;
  podGroups?: AwsFacts['podGroups'] | undefined;
}

const callersByIssuer = lookUpBy<Caller>(({ provider }) => {
  const issuer = issuerOfProvider(provider ?? '');
  return issuer === null ? [] : [issuer];
});

/** Web identity works for them still; pods that start now get the credentials of Pod Identity in its place. */
function callersWithAssociation(cluster: Cluster, facts: GivenFacts): Problem[] {
  const callers = cluster.issuer ? callersByIssuer(facts.denials?.callers, issuerName(cluster.issuer)) : [];
  const old = callers.flatMap(({ subject, userAgents = [], lastSeen }) => {
    const account = parseSubject(subject);
    const association = account && associationOf(facts, cluster, account);
    const userAgent = userAgents.find((one) => versionNeeded(one, 'Pod Identity') !== null);
    return account && association && userAgent !== undefined
      ? [{ account, association, userAgent, lastSeen }]
      : [];
  });
  const byAccount = groupBy(old, ({ account }) => `${account.namespace}/${account.name}`);
  return [...byAccount].flatMap(([name, [first]]) => {
    if (!first) return [];
    const { account, association, userAgent, lastSeen } = first;
    const sdk = versionText(userAgent);
    const needed = versionNeeded(userAgent, 'Pod Identity') ?? '';
    return [
      {
        ...aboutAccount(cluster, account),
        cause: {
          en: en`${name} of cluster ${cluster.name} has a Pod Identity association and calls with ${sdk}, which is older than ${needed}, the first that AWS lists for Pod Identity: its next pods find no credentials of their own.`,
          ja: ja`クラスター ${cluster.name} の ${name} には Pod Identity の関連付けがありますが、AWS が Pod Identity に対応すると記載している最初のバージョン ${needed} より古い ${sdk} で呼び出しています。次に起動する Pod は独自の認証情報を取得できません。`,
        },
        evidence: [
          { label: 'User agent', value: oneLine(shortened(userAgent)) },
          { label: 'Last call by web identity', value: lastSeen },
          { label: 'Association', value: `${association.id}, ${association.roleArn}` },
        ],
        fix: advice({
          en: 'Update the SDK before the pods are started again, or delete the association until then: without it the annotation counts. The list of AWS is of releases and not a promise for each program, so try it out.',
          ja: `Pod が再び起動する前に SDK を更新するか、それまで関連付けを削除してください。関連付けがなければアノテーションが有効になります。${listIsNoPromise}`,
        }),
      },
    ];
  });
}

const listIsNoPromise =
  'AWS の一覧は SDK のリリースを示すもので、個々のプログラムでの動作を保証しないため、実際に試してください。';

function versionText(userAgent: string): string {
  const sdk = sdkOf(userAgent);
  return sdk ? `${sdk.name} ${sdk.version}` : oneLine(shortened(userAgent));
}

/** Calls with the node's role by an SDK that cannot know what the pods of that node were given. */
function callersOnNodes(cluster: Cluster, facts: GivenFacts): Problem[] {
  const old = (facts.nodeRoleCalls ?? []).filter((call) => isTooOldFor(call, cluster, facts));
  return [...groupBy(old, ({ roleArn, userAgent }) => JSON.stringify([roleArn, userAgent])).values()].flatMap(
    (calls) => {
      const [first] = calls;
      return first?.userAgent ? [onNode(cluster, calls, first, first.userAgent)] : [];
    },
  );
}

const credentialNames: Readonly<Record<EksCredentials, Words>> = {
  'Pod Identity': 'Pod Identity',
  'web identity': { en: 'web identity', ja: 'ウェブ ID' },
};

function onNode(cluster: Cluster, calls: NodeRoleCall[], first: NodeRoleCall, userAgent: string): Problem {
  const webIdentity = versionNeeded(userAgent, 'web identity');
  const credentials = credentialNames[webIdentity === null ? 'Pod Identity' : 'web identity'];
  const sdk = versionText(userAgent);
  const needed = webIdentity ?? versionNeeded(userAgent, 'Pod Identity') ?? '';
  const role = parseRoleArn(first.roleArn)?.name ?? first.roleArn;
  const what = enumerated([...new Set(calls.map(nameOfCall))]);
  return {
    location: cluster.region,
    cluster: cluster.name,
    subject: {
      kind: 'program',
      name: sdk,
      id: `${cluster.arn} ${first.roleArn} ${oneLine(userAgent)}`,
    },
    cause: {
      en: en`A program with ${sdk} calls ${what} with the node's role ${role} of cluster ${cluster.name}; the first version that AWS lists for ${credentials} is ${needed}.`,
      ja: ja`${sdk} を使うプログラムが、クラスター ${cluster.name} のノードのロール ${role} で ${what} を呼び出しています。AWS の一覧にある最初の対応バージョン (${credentials}) は ${needed} です。`,
    },
    evidence: [
      ...calls.slice(0, 5).map((call) => ({ label: 'Call', value: callText(call) })),
      ...shown('Node', enumerated([...new Set(calls.map(({ instanceId }) => instanceId))])),
    ],
    fix: advice({
      en: `Find the program by these calls and update its SDK to ${needed} or later. The list of AWS is of releases and not a promise for each program, so try it out.`,
      ja: `これらの呼び出しからプログラムを特定し、SDK を ${needed} 以降に更新してください。${listIsNoPromise}`,
    }),
  };
}
