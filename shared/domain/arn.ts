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
  const [, partition = '', , , account = '', resource = ''] = text.split(':');
  const path = resource.slice('role'.length, resource.lastIndexOf('/') + 1);
  return { partition, account, path, name: resource.slice(resource.lastIndexOf('/') + 1) };
}

/**
 * What makes this no possible ARN of a role, as a phrase that follows "it"; null where it is possible.
 * Source: IAM User Guide, "IAM identifiers" (12 digits, names of `[\w+=,.@-]{1,64}`, paths of `[!-~]`).
 */
export function roleArnFault(text: string): string | null {
  if (text !== text.trim()) return 'has white space around it';
  const parts = text.split(':');
  if (parts[0] !== 'arn')
    return text.startsWith('role/') || !text.includes(':')
      ? 'is a name, not an ARN'
      : 'does not begin with "arn:"';
  const [, partition = '', service = '', region = '', account = '', ...rest] = parts;
  if (!partitions.has(partition)) return `names the partition "${partition}", which does not exist`;
  if (service !== 'iam')
    return `names the service "${service}" instead of "iam"${service === 'sts' ? ' (it is the ARN of a session, not of a role)' : ''}`;
  if (region !== '') return `names the region "${region}"; IAM's ARNs have none`;
  if (account === '' && /^\d{12}$/.test(rest[0] ?? '')) return 'has one colon too many before the account';
  if (!/^\d+$/.test(account)) return `has the account "${account}", which is not a number`;
  if (account.length !== 12) return `has an account of ${account.length} digits; an account has 12`;
  const resource = rest.join(':');
  if (!resource.startsWith('role/'))
    return resource.startsWith('role')
      ? 'lacks the slash after "role"'
      : `names "${resource.split('/')[0] ?? ''}" instead of a role`;
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  if (!/^[\w+=,.@-]{1,64}$/.test(name))
    return name === '' ? 'ends without a role name' : `has the role name "${name}", which IAM does not allow`;
  if (!/^\/(?:[!-.0-~]+\/)*$/.test(resource.slice('role'.length, resource.lastIndexOf('/') + 1)))
    return 'has an impossible path';
  return null;
}

/** Partition and account of any ARN, as far as they are there. */
export function arnOwner(text: string): { partition: string; account: string } {
  const [, partition = '', , , account = ''] = text.split(':');
  return { partition, account };
}
