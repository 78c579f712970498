/** The clusters, providers and roles that the faulty world's scenarios share. */
import { eksIssuer, providerArn, roleArn } from '../../identifiers.ts';
import { prodIssuer, shop, stagingIssuer } from '../healthy.ts';

export { prodIssuer, shop, stagingIssuer };

export const prod = providerArn(shop, prodIssuer);
export const staging = providerArn(shop, stagingIssuer);

/** Issuers of clusters that are gone: no cluster has them, and their discovery documents do not answer. */
export const blueIssuer = eksIssuer('eu-west-1', 'prod-blue');
export const legacyIssuer = eksIssuer('eu-west-1', 'legacy');
export const retiredIssuer = eksIssuer('eu-west-1', 'retired');

/** The condition keys of an issuer's claims. */
export function keysOf(issuer: string): { sub: string; aud: string } {
  const prefix = issuer.replace('https://', '');
  return { sub: `${prefix}:sub`, aud: `${prefix}:aud` };
}

export function serviceAccount(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

export function shopRole(name: string): string {
  return roleArn(shop, name);
}
