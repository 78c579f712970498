/** What a condition key of a trust policy was meant to be: a claim of this token, a claim misspelt, or something else. */
import { claimsOffered, compareIssuer, editDistance, isPlaceholder } from './issuer.ts';

export type Claim = 'sub' | 'aud';

export type KeyMeaning =
  /** A claim of this issuer, rightly written; one that IAM does not offer is absent from every call. */
  | { kind: 'claim'; claim: string }
  /** Meant for a claim, but its issuer or its claim is not this token's. `issuer` is what the key names, if anything. */
  | { kind: 'misspelt'; claim: Claim; issuer: string | null; issuerIs: 'same' | 'misspelt' | 'other' }
  /** Any other key of the request: `aws:SourceIp`, `sts:RoleSessionName` … */
  | { kind: 'other' };

/** Says what the key was meant to be. `values` help where the claim's name does not; `issuer` is without `https://`. */
export function keyMeaning(key: string, values: readonly string[], issuer: string): KeyMeaning {
  const rest = key.slice(issuer.length);
  if (key.toLowerCase().startsWith(issuer.toLowerCase()) && endsTheName(rest))
    return ownMeaning(key.slice(0, issuer.length), rest, values);
  const { name, claim } = cut(key);
  const bare = name === null || isService(name);
  const meant = bare ? bareClaim(name, claim) : (claimOf(claim) ?? claimByValue(values));
  if (meant === null) return { kind: 'other' };
  if (bare) return { kind: 'misspelt', claim: meant, issuer: null, issuerIs: 'misspelt' };
  return { kind: 'misspelt', claim: meant, issuer: name, issuerIs: compareIssuer(name, issuer) };
}

/** Whether an issuer's name ends in front of this: `:sub`, `/sub`, `::sub`; it goes on in `/blue:sub`. */
function endsTheName(rest: string): boolean {
  return rest.startsWith(':') || /^([./]+:*[^:]*)?$/.test(rest);
}

/** The meaning of a key that begins with this issuer; `rest` is what follows, `:sub` where all is right. */
function ownMeaning(name: string, rest: string, values: readonly string[]): KeyMeaning {
  const [, separator = '', claim = ''] = /^([:./]*)(.*)$/s.exec(rest) ?? [];
  const lower = claim.toLowerCase();
  if (separator === ':' && claimsOffered(name).includes(lower)) return { kind: 'claim', claim: lower };
  const meant = claimOf(claim) ?? claimByValue(values);
  if (meant === null) return { kind: 'claim', claim: lower };
  return separator === '/:'
    ? { kind: 'misspelt', claim: meant, issuer: `${name}/`, issuerIs: 'misspelt' }
    : { kind: 'misspelt', claim: meant, issuer: name, issuerIs: 'same' };
}

/** Cuts a key at its first colon where that ends a service's prefix, at its last where an issuer stands in front. */
function cut(key: string): { name: string | null; claim: string } {
  const prefix = key.slice(0, Math.max(0, key.indexOf(':')));
  if (prefix === '') return { name: null, claim: key };
  const end = isService(prefix) ? prefix.length : key.lastIndexOf(':');
  return { name: key.slice(0, end), claim: key.slice(end + 1) };
}

/** `aws`, `sts`, `saml`, `ec2`: the prefix of a service's own keys, never an issuer. */
function isService(name: string): boolean {
  return /^[a-z0-9-]+$/i.test(name) && !/^(https?|arn)$/i.test(name) && !isPlaceholder(name);
}

/** Without an issuer only the claim's own name is proof: `aws:username` is a key of its own, and so is `saml:sub`. */
function bareClaim(service: string | null, claim: string): Claim | null {
  const lower = claim.toLowerCase();
  if (service?.toLowerCase() === 'saml') return null;
  return lower === 'sub' || lower === 'aud' ? lower : null;
}

function claimOf(claim: string): Claim | null {
  if (/^(subjects?|user|username|service-?_?account|sa|principal)$/i.test(claim)) return 'sub';
  if (/^(audiences?|client_?id|oaud|azp)$/i.test(claim)) return 'aud';
  return (['sub', 'aud'] as const).find((name) => editDistance(claim.toLowerCase(), name, 1) <= 1) ?? null;
}

/** Service accounts are told by their prefix or by two colons, audiences by their host name. */
function claimByValue(values: readonly string[]): Claim | null {
  if (values.some((value) => /serviceaccount|^[^:/]+:[^:]+:/i.test(value))) return 'sub';
  return values.some((value) => /(^|\.)amazonaws\.com(\.cn)?$/i.test(value)) ? 'aud' : null;
}
