import type { ClusterNetwork } from '../../domain/cluster-network.ts';
import { rule, type Problem } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { en, ja, joinWords } from '../../words.ts';
import { locatedClusters, type Located } from './network/cluster-way.ts';
import { enumerated } from './pod-credentials/telling.ts';
import { groupBy } from './web-identity/look-up-by.ts';

export default rule({
  id: 'eks/vpc-dns-disabled',
  title: {
    en: 'The VPC of a cluster has no DNS resolution or no DNS hostnames',
    ja: 'クラスターの VPC で DNS 解決または DNS ホスト名が無効になっています',
  },
  severity: 'critical',
  why: {
    en: 'EKS needs both attributes: without them nodes do not register, names outside of the cluster do not resolve, and endpoints in the VPC have no private names.',
    ja: 'EKS には両方の属性が必要です。ないとノードは登録されず、クラスター外の名前を解決できず、VPC のエンドポイントにはプライベート DNS 名がありません。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html',
    'https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns-updating.html',
  ],
  needs: { clusters: 'partial', networks: 'partial' },
  check: ({ facts }) => {
    const located = locatedClusters(facts);
    const off = groupBy(located, ({ cluster, network }) =>
      attributesOff(network).length > 0 ? `${cluster.region} ${network.vpcId}` : null,
    );
    const unread = located.filter(
      ({ network }) => network.dnsSupport === null || network.dnsHostnames === null,
    );
    return [
      ...[...off.values()].flatMap(problem),
      ...unread.map(({ network }) => ({
        unknown: {
          en: `EC2 did not tell the DNS attributes of ${network.vpcId}`,
          ja: `EC2 から ${network.vpcId} の DNS 属性を取得できませんでした`,
        },
      })),
    ];
  },
});

interface Attribute {
  name: 'enableDnsSupport' | 'enableDnsHostnames';
  option: '--enable-dns-support' | '--enable-dns-hostnames';
}

/** DNS hostnames take DNS support, so that comes first. */
function attributesOff({ dnsSupport, dnsHostnames }: ClusterNetwork): Attribute[] {
  return [
    ...(dnsSupport === false ? [{ name: 'enableDnsSupport', option: '--enable-dns-support' } as const] : []),
    ...(dnsHostnames === false
      ? [{ name: 'enableDnsHostnames', option: '--enable-dns-hostnames' } as const]
      : []),
  ];
}

function problem(located: Located[]): Problem[] {
  const [first] = located;
  if (!first) return [];
  const { cluster, network } = first;
  const off = attributesOff(network);
  const names = located.map((one) => one.cluster.name);
  const attributes = joinWords(
    off.map(({ name }) => name),
    { en: ' and ', ja: ' と ' },
  );
  return [
    {
      location: cluster.region,
      cluster: names.length === 1 ? cluster.name : null,
      subject: { kind: 'VPC', name: network.vpcId, id: network.vpcId },
      cause: {
        en: en`The VPC ${network.vpcId} of cluster ${enumerated(names)} has ${attributes} switched off.`,
        ja: ja`クラスター ${enumerated(names)} の VPC ${network.vpcId} で ${attributes} が無効になっています。`,
      },
      evidence: [
        { label: 'enableDnsSupport', value: String(network.dnsSupport) },
        { label: 'enableDnsHostnames', value: String(network.dnsHostnames) },
        { label: 'Clusters in the VPC', value: names.join(', ') },
      ],
      fix: {
        summary: {
          en: en`Switch ${attributes} on; EC2 takes one attribute at a time.`,
          ja: ja`${attributes} を有効にしてください。EC2 では一度に 1 つの属性しか変更できません。`,
        },
        commands: off.map(
          ({ option }) =>
            sh`aws ec2 modify-vpc-attribute --vpc-id ${network.vpcId} ${option} ${'{"Value":true}'} --region ${cluster.region}`,
        ),
        verified: false,
      },
    },
  ];
}
