/** Names that AWS makes up, derived from a word so that every run has the same. */
import { createHash } from 'node:crypto';

/** The issuer of a cluster's tokens; `word` tells clusters apart. */
export function eksIssuer(region: string, word: string): string {
  return `https://oidc.eks.${region}.amazonaws.com/id/${hash(word).slice(0, 32).toUpperCase()}`;
}

/** The ARN under which an account holds an issuer as its OIDC provider. */
export function providerArn(account: string, issuer: string, partition = 'aws'): string {
  return `arn:${partition}:iam::${account}:oidc-provider/${issuer.replace('https://', '')}`;
}

export function roleArn(account: string, name: string, path = '/', partition = 'aws'): string {
  return `arn:${partition}:iam::${account}:role${path}${name}`;
}

/** A unique id such as IAM gives: `AROA` and 17 letters. */
export function uniqueId(prefix: string, word: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const digest = createHash('sha256').update(word).digest();
  return prefix + [...digest.subarray(0, 17)].map((byte) => letters[byte % 32]).join('');
}

/** The region in an EKS issuer; null for other issuers. */
export function regionOfIssuer(issuer: string): string | null {
  return /^https:\/\/oidc\.eks\.([^.]+)\./.exec(issuer)?.[1] ?? null;
}

function hash(word: string): string {
  return createHash('sha256').update(word).digest('hex');
}

/** ARN of the Pod Identity association of a service account (`namespace/name`) in a cluster. */
export function associationArnOf(clusterArn: string, name: string): string {
  const id = `a-${uniqueId('', `${clusterArn} ${name}`).toLowerCase()}`;
  return `${clusterArn.replace(':cluster/', ':podidentityassociation/')}/${id}`;
}
