/** ARNs of IAM roles and OIDC providers, and what an impossible one gets wrong. */

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
 * What makes this no possible ARN of a role, as a phrase that follows "it"; null where it is possible.
 * Source: IAM User Guide, "IAM identifiers", and IAM API Reference, CreateRole (12 digits, names of `[\w+=,.@-]{1,64}`,
 * paths of `[!-~]{1,512}`).
 */
export function roleArnFault(text: string): string | null {
  if (text !== text.trim()) return 'has white space around it';
  const [scheme, partition = '', service = '', region = '', account = '', ...rest] = text.split(':');
  if (scheme !== 'arn')
    return text.startsWith('role/') || !text.includes(':')
      ? 'is a name, not an ARN'
      : 'does not begin with "arn:"';
  if (!partitions.has(partition)) return `names the partition "${partition}", which does not exist`;
  if (service !== 'iam') return serviceFault(service);
  if (region !== '') return `names the region "${region}"; IAM's ARNs have none`;
  if (account === '' && /^\d{12}$/.test(rest[0] ?? '')) return 'has one colon too many before the account';
  return accountFault(account) ?? resourceFault(rest.join(':'));
}

function serviceFault(service: string): string {
  const session = service === 'sts' ? ' (it is the ARN of a session, not of a role)' : '';
  return `names the service "${service}" instead of "iam"${session}`;
}

function accountFault(account: string): string | null {
  if (!/^\d+$/.test(account)) return `has the account "${account}", which is not a number`;
  return account.length === 12 ? null : `has an account of ${account.length} digits; an account has 12`;
}

function resourceFault(resource: string): string | null {
  if (!resource.startsWith('role/'))
    return resource.startsWith('role')
      ? 'lacks the slash after "role"'
      : `names "${resource.split('/')[0] ?? ''}" instead of a role`;
  const { path, name } = pathAndName(resource);
  if (name === '') return 'ends without a role name';
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) return `has the role name "${name}", which IAM does not allow`;
  return path === '/' || /^\/[!-~]{1,510}\/$/.test(path) ? null : 'has an impossible path';
}

/** Partition and account of any ARN, as far as they are there. */
export function arnOwner(text: string): { partition: string; account: string } {
  const [, partition = '', , , account = ''] = text.split(':');
  return { partition, account };
}
