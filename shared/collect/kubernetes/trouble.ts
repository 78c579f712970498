/** Why a cluster's API server could not be read, and what would let the auditor in. */
import type { Cluster } from '../../domain/web-identity.ts';
import { LocalizedError } from '../../localized-error.ts';
import { en, ja, joinWords, type Localized, type Words } from '../../words.ts';
import type { KubernetesAnswer } from './request.ts';
import { auditorGroup } from './permission.ts';

export type Trouble =
  | { kind: 'unreachable' | 'untrusted'; code: string }
  /** 401: no access entry knows the caller. */
  | { kind: 'unknown caller' }
  /** 403: the caller is known, and may not read this. */
  | { kind: 'forbidden' }
  | { kind: 'out of time' }
  | { kind: 'other'; said: Localized };

/** A list or an object of a cluster could not be read. */
export class KubernetesError extends LocalizedError {
  override name = 'KubernetesError';
  readonly trouble: Trouble;

  constructor(trouble: Trouble, options?: ErrorOptions) {
    super(reasonOf(trouble), options);
    this.trouble = trouble;
  }
}

/** Null for an object. */
export function troubleOf(answer: KubernetesAnswer): Trouble | null {
  if (answer.state !== 'answered') return { kind: answer.state, code: answer.code };
  if (answer.status === 401) return { kind: 'unknown caller' };
  if (answer.status === 403) return { kind: 'forbidden' };
  if (answer.status !== 200) return { kind: 'other', said: answeredStatus(answer.status) };
  return typeof answer.body === 'object' && answer.body !== null ? null : { kind: 'other', said: noJson };
}

const noJson = { en: 'it answered something that is no JSON', ja: '応答が JSON ではありませんでした' };

function answeredStatus(status: number): Localized {
  return { en: `it answered status ${status}`, ja: `応答のステータスは ${status} でした` };
}

/** Reads on after "Cannot read …:". */
export function reasonOf(trouble: Trouble): Localized {
  switch (trouble.kind) {
    case 'unreachable':
      return {
        en: `its API server did not answer (${trouble.code})`,
        ja: `API サーバーから応答がありません (${trouble.code})`,
      };
    case 'untrusted':
      return {
        en: `its API server showed a certificate that is not of the cluster's CA (${trouble.code})`,
        ja: `API サーバーの証明書が、クラスターの認証局 (CA) のものではありません (${trouble.code})`,
      };
    case 'other':
      return trouble.said;
    default:
      return reasons[trouble.kind];
  }
}

const reasons = {
  'unknown caller': {
    en: 'its API server does not know the auditor (401 Unauthorized)',
    ja: 'API サーバーが監査者を認識していません (401 Unauthorized)',
  },
  forbidden: {
    en: 'its API server does not let the auditor read this (403 Forbidden)',
    ja: 'API サーバーが監査者による読み取りを許可していません (403 Forbidden)',
  },
  'out of time': {
    en: 'the time that was given ended before its API server had told all',
    ja: 'API サーバーからすべてを読み取る前に、与えられた時間が終わりました',
  },
};

/** What to do; `principal` is the ARN that an access entry is to name, null where it is not known. */
export function remedyOf(trouble: Trouble, cluster: Cluster, principal: string | null): Localized {
  switch (trouble.kind) {
    case 'unreachable':
      return orNever(cluster.access?.publicEndpoint ? letAddressIn : runInside);
    case 'unknown caller':
      return orNever(byCommands(letIn, entryCommands(cluster, principal)));
    case 'forbidden':
      return orNever(byCommands(letRead, groupCommands(cluster, principal)));
    default:
      return remedies[trouble.kind];
  }
}

function orNever(what: Localized): Localized {
  return {
    en: `${what.en} or leave it out with "--kubernetes never"`,
    ja: `${what.ja}。または、"--kubernetes never" で対象から外してください`,
  };
}

const remedies = {
  untrusted: orNever({
    en: 'let the auditor reach the server itself, past whatever opens TLS on the way,',
    ja: '途中で TLS を終端するものを経由せずに、監査者がサーバーに直接接続できるようにしてください',
  }),
  'out of time': {
    en: 'allow more of it, or ask for fewer clusters',
    ja: 'より長い時間を許可するか、対象のクラスターを減らしてください',
  },
  other: orNever({ en: 'run it again,', ja: '実行し直してください' }),
};

const letAddressIn = {
  en: "let the auditor's address in among the cluster's public access CIDRs, or run it inside of its VPC,",
  ja: 'クラスターのパブリックアクセスの CIDR に監査者のアドレスを追加するか、クラスターの VPC 内で監査を実行してください',
};
const runInside = {
  en: 'its endpoint is private, so run the auditor inside of its VPC (settings vpcSubnets and vpcSecurityGroups of the stack),',
  ja: 'エンドポイントはプライベートであるため、クラスターの VPC 内で監査を実行してください (スタックの設定 vpcSubnets と vpcSecurityGroups)',
};

const letIn = { en: 'let it in', ja: '次のコマンドで監査者を登録してください' };
const letRead = { en: 'let it read', ja: '次のコマンドで監査者に読み取りを許可してください' };

function byCommands(what: Localized, commands: readonly Words[]): Localized {
  const all = joinWords(commands, '; ');
  return { en: en`${what}: ${all};`, ja: ja`${what}: ${all}` };
}

/** The ClusterRole, for whoever administers the cluster to apply. */
const roleCommand = 'clusterwhy permissions kubernetes | kubectl apply -f -';

function entryCommands(cluster: Cluster, principal: string | null): Words[] {
  const { name, region, access } = cluster;
  const modeFirst = access?.authenticationMode === 'CONFIG_MAP' ? [modeCommand(name, region)] : [];
  return [
    ...modeFirst,
    whereOf(
      cluster,
      principal,
      (where) => `aws eks create-access-entry ${where} --kubernetes-groups ${auditorGroup}`,
    ),
    whereOf(cluster, principal, (where) => viewCommand(cluster, where)),
    roleCommand,
  ];
}

function modeCommand(name: string, region: string): Localized {
  const command = `aws eks update-cluster-config --name ${name} --region ${region} --access-config authenticationMode=API_AND_CONFIG_MAP`;
  return { en: `${command} (which cannot be undone)`, ja: `${command} (元に戻せません)` };
}

/** `update-access-entry` replaces the groups that the entry has. */
function groupCommands(cluster: Cluster, principal: string | null): Words[] {
  const update = whereOf(
    cluster,
    principal,
    (where) => `aws eks update-access-entry ${where} --kubernetes-groups ${auditorGroup}`,
  );
  return [
    { en: `${update.en} (and the groups that it has)`, ja: `${update.ja} (既存のグループも指定します)` },
    roleCommand,
  ];
}

/** A command about the access entry of the auditor. */
function whereOf(
  { name, region }: Cluster,
  principal: string | null,
  command: (where: string) => string,
): Localized {
  const where = (arn: string) => `--cluster-name ${name} --region ${region} --principal-arn ${arn}`;
  return {
    en: command(where(principal ?? "the auditor's ARN")),
    ja: command(where(principal ?? '監査者の ARN')),
  };
}

function viewCommand({ arn }: Cluster, where: string): string {
  const partition = arn.split(':')[1] || 'aws';
  return `aws eks associate-access-policy ${where} --access-scope type=cluster --policy-arn arn:${partition}:eks::aws:cluster-access-policy/AmazonEKSViewPolicy`;
}
