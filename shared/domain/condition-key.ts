/** What a condition key of a trust policy was meant to be: a claim of this token, a claim misspelt, or something else. */
import { compareIssuer, isPlaceholder } from './issuer.ts';
import { claimKeys } from './trust-policy.ts';

export type Claim = 'sub' | 'aud';

export type KeyMeaning =
  /** A claim of this issuer, rightly written. */
  | { kind: 'claim'; claim: string }
  /** Meant for a claim, but its issuer or its claim is not this token's. `issuer` is what the key names, if anything. */
  | { kind: 'misspelt'; claim: Claim; issuer: string | null; issuerIs: 'same' | 'misspelt' | 'other' }
  /** Any other key of the request: `aws:SourceIp`, `sts:RoleSessionName` … */
  | { kind: 'other' };

/** Says what the key was meant to be. `values` help where the claim's name does not. */
export function keyMeaning(key: string, values: readonly string[], issuer: string): KeyMeaning {
  const lower = key.toLowerCase();
  const prefix = `${issuer.toLowerCase()}`;
  if (lower.startsWith(`${prefix}:`)) {
    const claim = lower.slice(prefix.length + 1);
    if ((claimKeys as readonly string[]).includes(claim)) return { kind: 'claim', claim };
  }
  const { name, claim } = split(key, issuer);
  if (name === null || isService(name)) {
    const meant = claimOf(claim);
    return meant ? { kind: 'misspelt', claim: meant, issuer: null, issuerIs: 'misspelt' } : { kind: 'other' };
  }
  const meant = claimOf(claim) ?? claimByValue(values);
  return { kind: 'misspelt', claim: meant, issuer: name, issuerIs: compareIssuer(name, issuer) };
}

/** Cuts the claim off a key; null where nothing in front of it looks like an issuer. */
function split(key: string, issuer: string): { name: string | null; claim: string } {
  if (key.toLowerCase().startsWith(issuer.toLowerCase())) {
    const rest = key.slice(issuer.length);
    const tail = /^(\/?)[:./]*([^:./]*)$/.exec(rest);
    if (tail && !rest.startsWith('/:')) return { name: key.slice(0, issuer.length), claim: tail[2] ?? '' };
  }
  const colon = key.lastIndexOf(':');
  const name = colon < 0 ? '' : key.slice(0, colon);
  if (/[./]/.test(name) || isPlaceholder(name)) return { name, claim: key.slice(colon + 1) };
  return { name: null, claim: key.slice(colon + 1) };
}

/** `aws`, `sts`, `saml`, `ec2`: the prefix of a service's own keys, never an issuer. */
function isService(name: string): boolean {
  return /^[a-z0-9-]+$/i.test(name) && !isPlaceholder(name);
}

function claimOf(claim: string): Claim | null {
  if (/^(sub|subs|subject|subjects|user|username|serviceaccount|service_account|sa|principal)$/i.test(claim))
    return 'sub';
  return /^(aud|auds|audience|audiences|client_?id|oaud|azp)$/i.test(claim) ? 'aud' : null;
}

function claimByValue(values: readonly string[]): Claim {
  return values.some((value) => /serviceaccount|:.*:/i.test(value)) ? 'sub' : 'aud';
}
