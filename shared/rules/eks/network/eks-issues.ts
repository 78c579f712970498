/** What EKS says is wrong with a cluster or a part of it, and what helps. */
import type { Evidence } from '../../../rule.ts';
import { en, ja, joinWords, type Localized, type Words } from '../../../words.ts';

export interface EksIssue {
  /** What has it: `Node group workers`. */
  of: Localized;
  code: string;
  message: Words;
  resourceIds: string[];
}

const parts = { Cluster: 'クラスター', 'Node group': 'ノードグループ', 'Add-on': 'アドオン' } as const;

export function partName(part: keyof typeof parts, name: string): Localized {
  return { en: `${part} ${name}`, ja: `${parts[part]} ${name}` };
}

/**
 * What helps against an issue, by its code.
 * Source: EKS API Reference, "Issue", "ClusterIssue" and "AddonIssue"; EKS User Guide, "Troubleshoot problems".
 */
const helps: readonly [codes: RegExp, help: Localized][] = [
  [
    /^(InsufficientFreeAddresses)$/,
    {
      en: 'Free addresses in the subnets, or give the cluster or the node group subnets with room.',
      ja: 'サブネットのアドレスを解放するか、空きのあるサブネットをクラスターまたはノードグループに追加してください。',
    },
  ],
  [
    /^(Ec2SubnetNotFound|Ec2SubnetMissingIpv6Assignment|Ec2SubnetInvalidConfiguration)$/,
    {
      en: 'Give it subnets that exist and fit: one that it was made with is gone or changed.',
      ja: '存在し、要件を満たすサブネットを指定してください。作成時のサブネットが削除または変更されています。',
    },
  ],
  [
    /^(VpcNotFound|VpcIdNotFound|InternetGatewayNotFound)$/i,
    {
      en: 'What its network was made of is gone: make the cluster anew in a network that exists.',
      ja: 'ネットワークを構成していたものがなくなっています。存在するネットワークでクラスターを作り直してください。',
    },
  ],
  [
    /^(Ec2SecurityGroupNotFound|Ec2SecurityGroupDeletionFailure)$/,
    {
      en: 'Make the security group that it names again, or give it another.',
      ja: '指定されているセキュリティグループを作り直すか、別のものを指定してください。',
    },
  ],
  [
    /^(IamRoleNotFound|IamNodeRoleNotFound|IamInstanceProfileNotFound|IamThrottling)$/,
    {
      en: 'Make the role or instance profile that it names again, under the same name.',
      ja: '指定されているロールまたはインスタンスプロファイルを、同じ名前で作り直してください。',
    },
  ],
  [
    /^(NodeCreationFailure)$/,
    {
      en: 'Instances start and do not join: look at their role’s access entry, their way to the endpoints of the cluster, EC2 and ECR, and their user data.',
      ja: 'インスタンスは起動しますが、クラスターに参加しません。ロールのアクセスエントリ、クラスター、EC2、ECR のエンドポイントへの経路、ユーザーデータを確認してください。',
    },
  ],
  [
    /^(AsgInstanceLaunchFailures|InstanceLimitExceeded|UnhealthyInstances?)$/,
    {
      en: 'EC2 does not start the instances: look at quotas, capacity of the instance types, and the launch template.',
      ja: 'EC2 がインスタンスを起動できません。クォータ、インスタンスタイプのキャパシティ、起動テンプレートを確認してください。',
    },
  ],
  [
    /^(Ec2LaunchTemplate\w+|AutoScalingGroup\w+)$/,
    {
      en: 'Put the launch template or the Auto Scaling group back as EKS made it: it was changed or deleted outside of EKS.',
      ja: '起動テンプレートまたは Auto Scaling グループを EKS が作成した状態に戻してください。EKS の外で変更または削除されています。',
    },
  ],
  [
    /^(AccessDenied|AddonPermissionFailure|ClusterUnreachable)$/,
    {
      en: 'Give EKS back what it needs: its access entries, the cluster role, and the add-on’s role.',
      ja: 'EKS に必要なアクセスエントリ、クラスターロール、アドオンのロールを元に戻してください。',
    },
  ],
  [
    /^(InsufficientNumberOfReplicas)$/,
    {
      en: 'Its pods do not run: look at why they are not scheduled or do not start.',
      ja: 'Pod が動いていません。スケジュールされない理由、または起動しない理由を確認してください。',
    },
  ],
  [
    /^(ConfigurationConflict|UnsupportedAddonModification)$/,
    {
      en: 'Someone changed what the add-on manages: update it with the option that overwrites, or preserve the change on purpose.',
      ja: 'アドオンの管理対象が変更されています。上書きするオプションで更新するか、変更を意図的に保持してください。',
    },
  ],
  [
    /^(UnsupportedVersion)$/,
    {
      en: 'Move the cluster to a version that EKS supports.',
      ja: 'EKS がサポートするバージョンにクラスターを更新してください。',
    },
  ],
  [
    /^(Kms\w+)$/,
    {
      en: 'Enable the key that encrypts its secrets again, and let the cluster role use it.',
      ja: 'シークレットを暗号化する鍵を再び有効にし、クラスターロールにその使用を許可してください。',
    },
  ],
];

/** One or two sentences; what EKS itself says stands in the evidence. */
export function issueAdvice(code: string): Localized {
  return helps.find(([codes]) => codes.test(code))?.[1] ?? followEks;
}

const followEks = { en: 'Follow what EKS says of it.', ja: 'EKS の説明に従ってください。' };

/** So many issues are shown. */
const mostIssues = 20;

export function issueEvidence(issues: readonly EksIssue[]): Evidence[] {
  return issues.slice(0, mostIssues).map(({ of, code, message, resourceIds }) => ({
    label: { en: en`${of}: ${code}`, ja: ja`${of}: ${code}` },
    value: joinWords([message || noText, resourceIds.slice(0, 5).join(', ')].filter(Boolean), ' '),
  }));
}

const noText: Words = { en: 'EKS gives no further text', ja: 'EKS からの説明はありません' };
