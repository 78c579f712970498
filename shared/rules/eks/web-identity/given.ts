/** What every rule about web identity needs, and look-ups in it. */
import { parseRoleArn } from '../../../domain/arn.ts';
import { issuerName, parseEksIssuer, providerArn } from '../../../domain/issuer.ts';
import type { Cluster, OidcProvider, Role } from '../../../domain/web-identity.ts';
import type { Given } from '../../../rule.ts';

/** The rules do without any one of these: each finds what the others show, and is unknown where it would pass. */
export const webIdentityNeeds = {
  denials: 'optional',
  roles: 'optional',
  namedRoles: 'optional',
  oidcProviders: 'optional',
  clusters: 'optional',
  issuerDiscovery: 'optional',
  serviceAccounts: 'optional',
} as const;

export type WebIdentityGiven = Given<typeof webIdentityNeeds>;

/** The live cluster that issues these tokens; null where none of the clusters that were read does. */
export function clusterOf({ facts }: WebIdentityGiven, issuer: string): Cluster | null {
  const name = issuerName(issuer);
  return (
    facts.clusters?.clusters.find(
      (cluster) => cluster.issuer !== null && issuerName(cluster.issuer) === name,
    ) ?? null
  );
}

/** Whether a cluster that we know of issues these tokens, in this account or another. */
export function isLive(given: WebIdentityGiven, issuer: string): boolean {
  const others = given.facts.clusters?.otherAccountsIssuers ?? [];
  return (
    clusterOf(given, issuer) !== null || others.some((other) => issuerName(other) === issuerName(issuer))
  );
}

/**
 * Whether an EKS issuer has no cluster any more: the clusters of its region were read and none has it, and either the
 * clusters of all accounts were read or its public discovery document is gone. Null where that could not be decided.
 */
export function isDead(given: WebIdentityGiven, issuer: string): boolean | null {
  const eks = parseEksIssuer(issuer);
  const { clusters, issuerDiscovery } = given.facts;
  if (isLive(given, issuer)) return false;
  if (!eks || !clusters?.regionsRead.includes(eks.region)) return null;
  if (clusters.allAccountsRead) return true;
  const discovery = issuerDiscovery?.[`https://${issuerName(issuer)}`];
  if (discovery?.state === 'gone') return true;
  return discovery?.state === 'answers' ? false : null;
}

/** The IAM provider of an issuer in this account: null where there is none, undefined where providers were not read. */
export function providerOf(
  { facts, place }: WebIdentityGiven,
  issuer: string,
): OidcProvider | null | undefined {
  const arn = providerArn(issuer, place.partition ?? 'aws', place.account);
  return (
    facts.oidcProviders?.find((provider) => provider.arn === arn) ?? (facts.oidcProviders ? null : undefined)
  );
}

/** What is known of a role by its ARN. */
export type RoleKnowledge =
  { state: 'exists'; role: Role } | { state: 'missing' } | { state: 'unread'; why: string };

export function roleOf({ facts, place }: WebIdentityGiven, arn: string): RoleKnowledge {
  const listed = facts.roles?.find((role) => role.arn === arn);
  if (listed) return { state: 'exists', role: listed };
  const named = facts.namedRoles?.[arn];
  if (named) return named;
  const account = parseRoleArn(arn)?.account;
  if (account !== place.account)
    return {
      state: 'unread',
      why: `the role is in account ${account ?? 'unknown'}, which this audit does not read`,
    };
  return { state: 'unread', why: 'iam:ListRoles and iam:GetRole did not show it' };
}

/** Roles that people made: service-linked ones trust AWS alone and cannot be edited. */
export function ownRoles({ facts }: WebIdentityGiven): Role[] {
  return (facts.roles ?? []).filter(({ path }) => !path.startsWith('/aws-service-role/'));
}
