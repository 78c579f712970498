/** Issuers of OpenID Connect tokens, their names in IAM, and how one is misspelt for another. */

/** `oidc.eks.eu-west-1.amazonaws.com/id/ABC` of `https://oidc.eks.eu-west-1.amazonaws.com/id/ABC`: IAM's name of an issuer. */
export function issuerName(issuer: string): string {
  return issuer.replace(/^https:\/\//, '');
}

const marker = ':oidc-provider/';

/** ARN of the IAM OIDC provider of an issuer. Google, Facebook, Amazon and Cognito are built in and have none. */
export function providerArn(issuer: string, partition: string, account: string): string {
  const name = issuerName(issuer);
  return builtIn.has(name) ? name : `arn:${partition}:iam::${account}${marker}${name}`;
}

const builtIn = new Set([
  'accounts.google.com',
  'graph.facebook.com',
  'www.amazon.com',
  'cognito-identity.amazonaws.com',
]);

/**
 * The claims of an issuer's tokens that IAM offers as condition keys; an issuer's name ignores case in a key.
 * Source: IAM User Guide, "Available keys for AWS OIDC federation".
 */
export function claimsOffered(name: string): readonly string[] {
  const everywhere = ['sub', 'aud', 'amr'];
  return name.toLowerCase() === 'accounts.google.com' ? [...everywhere, 'oaud', 'azp', 'email'] : everywhere;
}

/** The issuer's name inside a provider's ARN; null where the text is no such ARN. */
export function issuerOfProvider(arn: string): string | null {
  if (builtIn.has(arn)) return arn;
  const match = /^arn:[^:]+:iam::\d{12}:oidc-provider\/(.+)$/.exec(arn);
  return match?.[1] ?? null;
}

/** Region and id of an EKS issuer (with or without `https://`); null for any other. */
export function parseEksIssuer(issuer: string): { region: string; id: string } | null {
  const match = /^(?:https:\/\/)?oidc\.eks\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/id\/([0-9A-F]{32})$/.exec(
    issuer,
  );
  return match ? { region: match[1] ?? '', id: match[2] ?? '' } : null;
}

/**
 * How a text that should name `issuer` relates to it: the same, misspelt in a recognisable way, or another.
 * Recognisable: `https://`, a trailing slash, letter case, a whole ARN in place of the name, a missing path, the region
 * or the order of the host's parts, one or two wrong characters of an EKS id, or a placeholder of a template.
 */
export function compareIssuer(text: string, issuer: string): 'same' | 'misspelt' | 'other' {
  const name = issuerName(issuer);
  if (text === name) return 'same';
  if (isPlaceholder(text) || isVariant(text, name)) return 'misspelt';
  const [mine, theirs] = [eksId(name), eksId(text)];
  if (mine && theirs && editDistance(mine, theirs, 2) <= 2) return 'misspelt';
  return 'other';
}

function isVariant(text: string, name: string): boolean {
  const [a, b] = [plain(text), plain(name)];
  return a === b || (a !== '' && b.startsWith(`${a}/`));
}

function plain(text: string): string {
  const at = text.lastIndexOf(marker);
  const name = (at < 0 ? text : text.slice(at + marker.length)).trim().toLowerCase();
  return withoutTrailingSlashes(name.replace(/^https?:\/*/, ''));
}

function withoutTrailingSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end--;
  return text.slice(0, end);
}

/** The id at the end of anything that looks like an EKS issuer, whatever its host. */
function eksId(text: string): string | null {
  const parts = withoutTrailingSlashes(text).split('/');
  const id = parts.at(-1) ?? '';
  const host = parts.slice(0, -1).some((part) => /^(.*\.)?(oidc|eks)\../.test(part));
  return host && /^[0-9A-Za-z]{28,36}$/.test(id) ? id.toUpperCase() : null;
}

/** Text that a template should have replaced: `${OIDC_PROVIDER}`, `<id>`, `$oidc_provider`, `EXAMPLED539…`. */
export function isPlaceholder(text: string): boolean {
  return /[<>{}]|\$|EXAMPLE|XXXX|region[-_]code|your[-_]|\bACCOUNT_ID\b/i.test(
    text.replaceAll(/example\.(com|org|net)|-example\b/g, ''),
  );
}

/**
 * Levenshtein distance with swapped neighbours counted once, given up (as limit + 1) where it exceeds `limit`.
 * Cells further than `limit` from the diagonal are never looked at, so time grows with length times limit.
 */
export function editDistance(a: string, b: string, limit: number): number {
  const far = limit + 1;
  if (Math.abs(a.length - b.length) > limit) return far;
  let before: Record<number, number> = {};
  let last: Record<number, number> = {};
  for (let j = 0; j <= limit; j++) last[j] = j;
  for (let i = 1; i <= a.length; i++) {
    const row: Record<number, number> = i <= limit ? { 0: i } : {};
    for (let j = Math.max(1, i - limit); j <= Math.min(b.length, i + limit); j++) {
      const substitution = (last[j - 1] ?? far) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (before[j - 2] ?? far) + 1 : far;
      row[j] = Math.min((last[j] ?? far) + 1, (row[j - 1] ?? far) + 1, substitution, swap);
    }
    if (Math.min(...Object.values(row)) > limit) return far;
    [before, last] = [last, row];
  }
  return Math.min(last[b.length] ?? far, far);
}
