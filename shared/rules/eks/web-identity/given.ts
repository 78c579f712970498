/** What every rule about web identity needs, and look-ups in it. */
import { parseRoleArn } from '../../../domain/arn.ts';
import { issuerName, issuerOfProvider, parseEksIssuer } from '../../../domain/issuer.ts';
import { parseSubject } from '../../../domain/service-account.ts';
import type { Cluster, OidcProvider, Role } from '../../../domain/web-identity.ts';
import type { AwsFacts } from '../../../observation.ts';
import type { Given } from '../../../rule.ts';
import { lookUpBy } from './look-up-by.ts';
import type { Words } from '../../../words.ts';

/** The rules do without any one of these: each finds what the others show, and is unknown where it would pass. */
export const webIdentityNeeds = {
  denials: 'optional',
  roles: 'optional',
  namedRoles: 'optional',
  oidcProviders: 'optional',
  clusters: 'optional',
  issuerDiscovery: 'optional',
  serviceAccounts: 'optional',
  podGroups: 'supporting',
} as const;

export type WebIdentityGiven = Given<typeof webIdentityNeeds>;

const clustersByIssuer = lookUpBy<Cluster>(({ issuer }) => (issuer ? [issuerName(issuer)] : []));
const issuersByName = lookUpBy<string>((issuer) => [issuerName(issuer)]);
const providersByIssuer = lookUpBy<OidcProvider>(({ arn }) => [issuerOfProvider(arn) ?? arn]);
const rolesByArn = lookUpBy<Role>(({ arn }) => [arn]);
const rolesByName = lookUpBy<Role>(({ name }) => [name]);

/** The cluster of this account that issues these tokens; null where none of the clusters that were read does. */
export function clusterOf({ facts }: WebIdentityGiven, issuer: string): Cluster | null {
  return clustersByIssuer(facts.clusters?.clusters, issuerName(issuer))[0] ?? null;
}

/** Whether a cluster that we know of issues these tokens, in this account or another. */
export function isLive(given: WebIdentityGiven, issuer: string): boolean {
  const others = given.facts.clusters?.otherAccountsIssuers;
  return clusterOf(given, issuer) !== null || issuersByName(others, issuerName(issuer)).length > 0;
}

/** Whether workloads run on it, or may: one that is being made or deleted has its roles and providers only in part. */
export function isSettled({ status }: Cluster): boolean {
  return !/^(CREATING|PENDING|FAILED|DELETING)$/i.test(status);
}

/**
 * Whether an EKS issuer has no cluster any more: the clusters of its region were read and none has it, its public
 * discovery document does not answer, and either that document is known to be gone or the clusters of all accounts were
 * read. Null where that could not be decided.
 */
export function isDead(given: WebIdentityGiven, issuer: string): boolean | null {
  const eks = parseEksIssuer(issuer);
  const { clusters, issuerDiscovery } = given.facts;
  const discovery = issuerDiscovery?.[`https://${issuerName(issuer)}`]?.state;
  if (isLive(given, issuer) || discovery === 'answers') return false;
  if (!eks || !clusters?.regionsRead.includes(eks.region)) return null;
  return clusters.allAccountsRead || discovery === 'gone' ? true : null;
}

/** As `isDead`; an issuer that is none of EKS's is never looked for, and counts as alive. */
export function isGone(given: WebIdentityGiven, issuer: string): boolean | null {
  return parseEksIssuer(issuer) ? isDead(given, issuer) : false;
}

/** The IAM provider of an issuer in this account: null where there is none, undefined where that is not known. */
export function providerOf(given: WebIdentityGiven, issuer: string): OidcProvider | null | undefined {
  const { facts, partlyRead } = given;
  const [provider] = providersByIssuer(facts.oidcProviders, issuerName(issuer));
  if (provider) return provider;
  return facts.oidcProviders && !partlyRead.includes('oidcProviders') ? null : undefined;
}

/** What is known of a role by its ARN. Where it exists, its own ARN may have another path. */
export type RoleKnowledge =
  { state: 'exists'; role: Role } | { state: 'missing' } | { state: 'unread'; why: Words };

export function roleOf({ facts, place, partlyRead }: WebIdentityGiven, arn: string): RoleKnowledge {
  const [listed] = rolesByArn(facts.roles, arn);
  if (listed) return { state: 'exists', role: listed };
  const named = facts.namedRoles && Object.hasOwn(facts.namedRoles, arn) ? facts.namedRoles[arn] : undefined;
  if (named && named.state !== 'unread') return named;
  const { account, name } = parseRoleArn(arn) ?? { account: 'unknown', name: '' };
  if (account !== place.account)
    return {
      state: 'unread',
      why: {
        en: `it would be in account ${account}, which this audit does not read`,
        ja: `アカウント ${account} のロールであり、この監査はそのアカウントを読み取りません`,
      },
    };
  // A name is unique in its account, whatever the path.
  const [namesake] = rolesByName(facts.roles, name);
  if (namesake) return { state: 'exists', role: namesake };
  if (facts.roles && !partlyRead.includes('roles')) return { state: 'missing' };
  return named ?? { state: 'unread', why: notShown };
}

const notShown = {
  en: 'iam:ListRoles and iam:GetRole did not show it',
  ja: 'iam:ListRoles と iam:GetRole の結果にありませんでした',
};

/** Roles of this account with this name; there is one at most. */
export function rolesNamed({ facts }: WebIdentityGiven, name: string): readonly Role[] {
  return rolesByName(facts.roles, name).filter(isOwn);
}

/** Roles that people made. */
export function ownRoles({ facts }: WebIdentityGiven): Role[] {
  return (facts.roles ?? []).filter(isOwn);
}

/** Service-linked roles, and those of IAM Identity Center, belong to AWS: nobody else can edit their trust. */
export function isOwn({ path }: Role): boolean {
  return !/^\/(aws-service-role|aws-reserved)\//.test(path);
}

type ServiceAccount = AwsFacts['serviceAccounts'][string][number];

const accountsByName = lookUpBy<ServiceAccount>(({ namespace, name }) => [`${namespace}/${name}`]);

/** The Kubernetes service account of a subject: null where the cluster has none, undefined where that was not read. */
export function serviceAccountOf(
  { facts }: WebIdentityGiven,
  cluster: Cluster | null,
  subject: string,
): ServiceAccount | null | undefined {
  const accounts = cluster ? facts.serviceAccounts?.[cluster.arn] : undefined;
  const name = parseSubject(subject);
  if (!accounts || !name) return undefined;
  return accountsByName(accounts, `${name.namespace}/${name.name}`)[0] ?? null;
}
