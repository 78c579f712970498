/** The annotation by which a service account names its IAM role, and misspellings of it. */
import { parseRoleArn } from './arn.ts';
import { editDistance } from './issuer.ts';

/** The key that EKS's webhook reads. */
export const roleAnnotation = 'eks.amazonaws.com/role-arn';

const [host, name] = ['eks.amazonaws.com', 'role-arn'];

/** Keys of service accounts, pods and nodes that EKS itself reads; near each other, yet not misspelt. */
const knownNames = new Set([
  name,
  'audience',
  'sts-regional-endpoints',
  'token-expiration',
  'skip-containers',
  'compute-type',
  'nodegroup',
]);

/** Other names for the same thing, in lower case and without separators. */
const synonyms = new Set([
  'role',
  'arn',
  'rolearn',
  'iamrole',
  'iamrolearn',
  'awsrolearn',
  'rolename',
  'rolesarn',
  'serviceaccountrolearn',
]);

/**
 * Whether a key was meant to be `eks.amazonaws.com/role-arn` and is not: a letter or two off, or, where the value is the
 * ARN of a role, another name or host for it. Keys of other tools (`iam.amazonaws.com/role` of kube2iam) are none.
 */
export function isMisspeltRoleKey(key: string, value: string): boolean {
  if (key === roleAnnotation) return false;
  const slash = key.indexOf('/');
  const [ownHost, ownName] = [key.slice(0, Math.max(0, slash)), key.slice(slash + 1)];
  if (ownHost === host && knownNames.has(ownName)) return false;
  const written = key.trim().toLowerCase().replaceAll('_', '-');
  if (editDistance(written, roleAnnotation, 2) <= 2) return true;
  if (parseRoleArn(value.trim()) === null) return false;
  return isLikeHost(ownHost.toLowerCase()) && isLikeName(ownName.toLowerCase());
}

function isLikeHost(text: string): boolean {
  return (
    editDistance(text, host, 2) <= 2 ||
    /^(.*\.)?eks\.(.*\.)?amazon(aws)?\.com$|^eks(\.aws)?$|^aws\.eks$|^amazonaws\.com$/.test(text)
  );
}

function isLikeName(text: string): boolean {
  return editDistance(text, name, 2) <= 2 || synonyms.has(text.replaceAll(/[^a-z]/g, ''));
}
