/** ARNs of IAM roles and OIDC providers, and what an impossible one gets wrong. */
import type { Localized } from '../words.ts';

export interface RoleArn {
  partition: string;
  account: string;
  /** `/` or `/path/`. */
  path: string;
  name: string;
}

const partitions = new Set([
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
  'aws-eusc',
]);

/** Parses a role's ARN, `arn:<partition>:iam::<12 digits>:role[/path]/<name>`; null where it is no possible one. */
export function parseRoleArn(text: string): RoleArn | null {
  if (roleArnFault(text) !== null) return null;
  const [, partition = '', , , account = '', ...rest] = text.split(':');
  return { partition, account, ...pathAndName(rest.join(':')) };
}

function pathAndName(resource: string): { path: string; name: string } {
  const end = resource.lastIndexOf('/') + 1;
  return { path: resource.slice('role'.length, end), name: resource.slice(end) };
}

/**
 * What makes this no possible ARN of a role, as a phrase that follows "it" (in Japanese a sentence of its own, without
 * the full stop); null where it is possible.
 * Source: IAM User Guide, "IAM identifiers", and IAM API Reference, CreateRole (12 digits, names of `[\w+=,.@-]{1,64}`,
 * paths of `[!-~]{1,512}`).
 */
export function roleArnFault(text: string): Localized | null {
  if (text !== text.trim()) return { en: 'has white space around it', ja: '前後に空白があります' };
  const [scheme, partition = '', service = '', region = '', account = '', ...rest] = text.split(':');
  if (scheme !== 'arn')
    return text.startsWith('role/') || !text.includes(':')
      ? { en: 'is a name, not an ARN', ja: 'これは名前であり、ARN ではありません' }
      : { en: 'does not begin with "arn:"', ja: '"arn:" で始まっていません' };
  if (!partitions.has(partition))
    return {
      en: `names the partition "${partition}", which does not exist`,
      ja: `存在しないパーティション "${partition}" を指定しています`,
    };
  if (service !== 'iam') return serviceFault(service);
  if (region !== '')
    return {
      en: `names the region "${region}"; IAM's ARNs have none`,
      ja: `リージョン "${region}" を指定していますが、IAM の ARN にリージョンはありません`,
    };
  if (account === '' && /^\d{12}$/.test(rest[0] ?? ''))
    return {
      en: 'has one colon too many before the account',
      ja: 'アカウントの前のコロンが 1 つ多くなっています',
    };
  return accountFault(account) ?? resourceFault(rest.join(':'));
}

function serviceFault(service: string): Localized {
  const isSession = service === 'sts';
  return {
    en: `names the service "${service}" instead of "iam"${isSession ? ' (it is the ARN of a session, not of a role)' : ''}`,
    ja: `サービスとして "iam" ではなく "${service}" を指定しています${isSession ? ' (ロールではなくセッションの ARN です)' : ''}`,
  };
}

function accountFault(account: string): Localized | null {
  if (!/^\d+$/.test(account))
    return {
      en: `has the account "${account}", which is not a number`,
      ja: `アカウント "${account}" が数字ではありません`,
    };
  return account.length === 12
    ? null
    : {
        en: `has an account of ${account.length} digits; an account has 12`,
        ja: `アカウント ID が ${account.length} 桁です (正しくは 12 桁です)`,
      };
}

function resourceFault(resource: string): Localized | null {
  if (!resource.startsWith('role/')) return noRole(resource);
  const { path, name } = pathAndName(resource);
  if (name === '') return { en: 'ends without a role name', ja: '末尾にロール名がありません' };
  if (!/^[\w+=,.@-]{1,64}$/.test(name))
    return {
      en: `has the role name "${name}", which IAM does not allow`,
      ja: `ロール名 "${name}" は IAM では使用できません`,
    };
  return path === '/' || /^\/[!-~]{1,510}\/$/.test(path)
    ? null
    : { en: 'has an impossible path', ja: 'パスが不正です' };
}

function noRole(resource: string): Localized {
  const kind = resource.split('/')[0] ?? '';
  return resource.startsWith('role')
    ? { en: 'lacks the slash after "role"', ja: '"role" の後にスラッシュがありません' }
    : { en: `names "${kind}" instead of a role`, ja: `ロールではなく "${kind}" を指定しています` };
}

/** Partition and account of any ARN, as far as they are there. */
export function arnOwner(text: string): { partition: string; account: string } {
  const [, partition = '', , , account = ''] = text.split(':');
  return { partition, account };
}
