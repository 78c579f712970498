import { parseEksIssuer } from '../../domain/issuer.ts';
import type { OidcProvider } from '../../domain/web-identity.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { isDead, ownRoles, webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { issuersOf } from './web-identity/role-issuers.ts';

export default rule({
  id: 'eks/oidc-provider-orphaned',
  title: 'An OIDC provider belongs to a cluster that is gone',
  severity: 'low',
  why: 'An account holds 100 OIDC providers by default; what is left of deleted clusters fills them up.',
  references: ['https://docs.aws.amazon.com/eks/latest/userguide/delete-cluster.html'],
  needs: webIdentityNeeds,
  check: (given) => (given.facts.oidcProviders ?? []).flatMap((provider) => judge(given, provider)),
});

function judge(given: WebIdentityGiven, { arn, url, createdAt }: OidcProvider): (Problem | Unknown)[] {
  const issuer = `https://${url}`;
  const eks = parseEksIssuer(issuer);
  const dead = eks ? isDead(given, issuer) : false;
  if (dead === null)
    return [{ unknown: `whether the cluster of the OIDC provider ${url} still exists could not be decided` }];
  if (!eks || !dead) return [];
  const trusting = ownRoles(given)
    .filter((role) => issuersOf(role).includes(issuer))
    .map(({ name }) => name);
  const known = given.facts.roles !== undefined && !given.partlyRead.includes('roles');
  return [
    {
      location: eks.region,
      cluster: null,
      subject: { kind: 'oidc-provider', name: url, id: arn },
      cause: `The OIDC provider ${url} belongs to a cluster that no longer exists.`,
      evidence: [
        { label: 'Created', value: createdAt ?? 'not told' },
        { label: 'Roles that trust it', value: trusting.join(', ') || (known ? 'none' : 'not read') },
      ],
      fix: advice(whatToDo(trusting, known)),
    },
  ];
}

function whatToDo(trusting: string[], known: boolean): string {
  if (trusting.length > 0) return 'Repair or retire the roles that trust it first, then delete the provider.';
  return known
    ? 'Delete the provider; no role of this account trusts it.'
    : 'Make sure that no role of this account trusts it (the roles were not read), then delete the provider.';
}
