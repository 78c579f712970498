import { issuerName, parseEksIssuer } from '../../domain/issuer.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { isDead, isLive, ownRoles, webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { issuersOf } from './web-identity/role-issuers.ts';

export default rule({
  id: 'eks/irsa-trust-dead-issuer',
  title: 'A role trusts the issuer of a cluster that is gone',
  severity: 'low',
  why: 'Nobody can use that trust any more; it hides which roles are in use, and a policy that was copied from it will not work.',
  references: ['https://docs.aws.amazon.com/eks/latest/userguide/delete-cluster.html'],
  needs: webIdentityNeeds,
  check: (given) =>
    ownRoles(given).flatMap((role) =>
      issuersOf(role)
        .filter((issuer) => parseEksIssuer(issuer) !== null && !isLive(given, issuer))
        .flatMap((issuer) => judge(given, role, issuer)),
    ),
});

function judge(
  given: WebIdentityGiven,
  role: { name: string; arn: string },
  issuer: string,
): (Problem | Unknown)[] {
  const dead = isDead(given, issuer);
  if (dead === false) return [];
  const why = `${role.name} trusts ${issuerName(issuer)}, and whether that cluster still exists could not be decided`;
  if (dead === null) return [{ unknown: why }];
  return [
    {
      location: parseEksIssuer(issuer)?.region ?? null,
      cluster: null,
      subject: { kind: 'role', name: role.name, id: role.arn },
      cause: `${role.name} trusts ${issuerName(issuer)}, and no cluster has that issuer any more.`,
      evidence: [
        {
          label: 'Clusters',
          value: `every cluster of ${parseEksIssuer(issuer)?.region ?? 'its region'} was read, none has this issuer`,
        },
        {
          label: 'Discovery document',
          value:
            given.facts.issuerDiscovery?.[issuer]?.state === 'gone'
              ? 'no longer answers'
              : 'not needed: the clusters of all accounts were read',
        },
      ],
      fix: advice(
        'If the cluster was replaced, write the statement for the new one; otherwise take the statement out, or delete the role once nothing else uses it.',
      ),
    },
  ];
}
