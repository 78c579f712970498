/** Which policy refuses, in words, and who can change it: a grant to the role would not help. */
import { en, ja, type Localized, type Words } from '../../../words.ts';
import type { Refusal, Refuser } from './refusals.ts';

/** Reads on after "because"; a sentence in Japanese. */
export function refuserWords({ kind, explicit }: Refuser, { denial }: Refusal): Localized {
  switch (kind) {
    case 'identity':
      return explicit
        ? { en: 'a policy of the role denies it', ja: 'ロールのポリシーが明示的に拒否しています' }
        : { en: 'no policy of the role allows it', ja: 'これを許可するロールのポリシーがありません' };
    case 'untold':
      return explicit
        ? {
            en: 'a policy denies it, and AWS does not say which',
            ja: 'いずれかのポリシーが明示的に拒否していますが、どれかは AWS から示されていません',
          }
        : {
            en: 'AWS does not say which policy refuses it',
            ja: 'どのポリシーが拒否したかは AWS から示されていません',
          };
    default:
      return {
        en: en`${policyName(kind, denial)} ${explicit ? 'denies it' : 'does not allow it'}`,
        ja: ja`${policyName(kind, denial)}が${explicit ? '明示的に拒否しています' : '許可していません'}`,
      };
  }
}

type NamedKind = Exclude<Refuser['kind'], 'identity' | 'untold'>;

function policyName(kind: NamedKind, { vpcEndpointId }: Refusal['denial']): Localized {
  if (kind === 'vpc-endpoint' && vpcEndpointId)
    return {
      en: `the policy of the VPC endpoint ${vpcEndpointId}`,
      ja: `VPC エンドポイント ${vpcEndpointId} のポリシー`,
    };
  return policyNames[kind];
}

const policyNames: Readonly<Record<NamedKind, Localized>> = {
  boundary: { en: 'the permissions boundary of the role', ja: 'ロールのアクセス許可の境界' },
  session: {
    en: 'the policy that its session was made with',
    ja: 'セッションの作成時に指定されたポリシー',
  },
  scp: {
    en: 'a service control policy of the organization',
    ja: '組織のサービスコントロールポリシー',
  },
  rcp: {
    en: 'a resource control policy of the organization',
    ja: '組織のリソースコントロールポリシー',
  },
  'vpc-endpoint': { en: 'the policy of a VPC endpoint', ja: 'VPC エンドポイントのポリシー' },
  resource: { en: 'the policy of the resource', ja: 'リソースのポリシー' },
  'role-trust': {
    en: 'the trust policy of the role that it wants to assume',
    ja: '引き受けようとしたロールの信頼ポリシー',
  },
};

const noGrant = {
  en: 'A grant to the role would not help.',
  ja: 'ロールに権限を付与しても解決しません。',
};

/** One or two sentences after "Advice:". */
export function refuserAdvice(refusal: Refusal): Localized {
  const { refuser, denial, resource } = refusal;
  const named = denial.policyArn ? ` ${denial.policyArn}` : '';
  switch (refuser.kind) {
    case 'identity':
      return {
        en: en`A statement that denies wins over every grant: whoever manages the policy${named || ' with it'} must say whether it is meant for this workload. ${noGrant}`,
        ja: ja`拒否するステートメントはどの許可よりも優先されます。このワークロードも対象とする意図かどうか、${named ? `ポリシー${named} ` : 'それを含むポリシー'}の管理者に確認してください。${noGrant}`,
      };
    case 'boundary':
      return {
        en: `Whoever manages the permissions boundary${named} of the role must let the action through it; the role's own policies must allow it as well.`,
        ja: `ロールのアクセス許可の境界${named ? `${named} ` : ''}の管理者に、このアクションの許可を依頼してください。ロール自身のポリシーでも許可されている必要があります。`,
      };
    case 'session':
      return sessionAdvice(denial, named);
    case 'scp':
    case 'rcp':
      return {
        en: en`Whoever manages the policies of the organization, in its management account or as a delegated administrator, can change${named || ' that policy'}. ${noGrant}`,
        ja: ja`${named ? `ポリシー${named} ` : 'そのポリシー'}を変更できるのは、組織のポリシーを管理する管理アカウントまたは委任管理者です。${noGrant}`,
      };
    case 'vpc-endpoint':
      return endpointAdvice(denial);
    case 'resource':
      return resourceAdvice(refusal);
    case 'role-trust':
      return {
        en: en`The trust policy of ${resource ?? unnamedRole} must let ${denial.roleArn} in, and whoever owns that role must want it. ${noGrant}`,
        ja: ja`${resource ?? unnamedRole} の信頼ポリシーで ${denial.roleArn} を許可する必要があり、そのロールの所有者の同意が必要です。${noGrant}`,
      };
    case 'untold':
      return {
        en: en`Ask whoever owns ${resource ?? unnamedTarget}: a policy of the role, of its boundary, of the organization, of the VPC endpoint or of the resource may be the reason.`,
        ja: ja`${resource ?? unnamedTarget} の所有者に確認してください。ロール、アクセス許可の境界、組織、VPC エンドポイント、リソースのいずれかのポリシーが原因である可能性があります。`,
      };
  }
}

const unnamedRole: Words = { en: 'the role that it wants to assume', ja: '引き受けようとしたロール' };
const unnamedTarget: Words = { en: 'what was called', ja: '呼び出し先' };
const unnamedResource: Words = { en: 'the resource', ja: 'リソース' };

function sessionAdvice({ session }: Refusal['denial'], named: string): Localized {
  const policy = named ? ` (${named.trim()})` : '';
  return session === 'pod-identity'
    ? {
        en: en`Look at the policy of the Pod Identity association, and at the program, which may narrow its own session${named}. ${noGrant}`,
        ja: ja`Pod Identity の関連付けのポリシーと、自身のセッションを制限している可能性のあるプログラムを確認してください${policy}。${noGrant}`,
      }
    : {
        en: en`The program, or a tool in it, assumes the role with a policy of its own${named}, which narrows it: change it there. ${noGrant}`,
        ja: ja`プログラムまたはその中のツールが、権限を制限する独自のポリシー${policy} を付けてロールを引き受けています。その箇所を変更してください。${noGrant}`,
      };
}

function endpointAdvice({ vpcEndpointId }: Refusal['denial']): Localized {
  return {
    en: en`Whoever owns the VPC endpoint${vpcEndpointId ? ` ${vpcEndpointId}` : ''} must let its policy allow the call. ${noGrant}`,
    ja: ja`VPC エンドポイント${vpcEndpointId ? ` ${vpcEndpointId} ` : ''}の所有者に、そのポリシーでの呼び出しの許可を依頼してください。${noGrant}`,
  };
}

function resourceAdvice({ refuser, denial: { policyArn }, resource }: Refusal): Localized {
  const owned = resource ?? unnamedResource;
  const named = policyArn ? ` (${policyArn})` : '';
  return {
    en: en`Whoever owns ${owned} must let its policy allow the role${refuser.explicit ? ', or lift the statement that denies' : ''}${named}. In another account the role needs the permission as well.`,
    ja: ja`${owned} の所有者に、そのポリシー${named} でのロールの許可${refuser.explicit ? '、または拒否するステートメントの解除' : ''}を依頼してください。別のアカウントのリソースであれば、ロールにも権限が必要です。`,
  };
}
