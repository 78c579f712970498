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
  return text
    .slice(text.lastIndexOf(marker) < 0 ? 0 : text.lastIndexOf(marker) + marker.length)
    .trim()
    .toLowerCase()
    .replace(/^https?:\/*/, '')
    .replace(/\/+$/, '');
}

/** The id at the end of anything that looks like an EKS issuer, whatever its host. */
function eksId(text: string): string | null {
  return (
    /(?:^|[./])(?:oidc|eks)\.[^/]+\/(?:id\/)?([0-9A-Za-z]{28,36})\/?$/.exec(text)?.[1]?.toUpperCase() ?? null
  );
}

/** Text that a template should have replaced: `${OIDC_PROVIDER}`, `<id>`, `$oidc_provider`, `EXAMPLED539…`. */
export function isPlaceholder(text: string): boolean {
  return /[<>{}]|\$|EXAMPLE|XXXX|region[-_]code|your[-_]|\bACCOUNT_ID\b/i.test(
    text.replaceAll(/example\.(com|org|net)|-example\b/g, ''),
  );
}

/** Levenshtein distance with swapped neighbours counted once, given up (as limit + 1) where it exceeds `limit`. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    if (Math.min(...row) > limit) return limit + 1;
    [before, last] = [last, row];
  }
  return last[b.length] ?? limit + 1;
}
