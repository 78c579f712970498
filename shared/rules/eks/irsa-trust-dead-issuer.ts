import { issuerName, parseEksIssuer } from '../../domain/issuer.ts';
import type { Role } from '../../domain/web-identity.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { isDead, ownRoles, webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { groupBy } from './web-identity/look-up-by.ts';
import { issuersOf } from './web-identity/role-issuers.ts';

export default rule({
  id: 'eks/irsa-trust-dead-issuer',
  title: 'A role trusts the issuer of a cluster that is gone',
  severity: 'low',
  why: 'Nobody can use that trust any more; it hides which roles are in use, and a policy that was copied from it will not work.',
  references: ['https://docs.aws.amazon.com/eks/latest/userguide/delete-cluster.html'],
  needs: webIdentityNeeds,
  check: (given) => ownRoles(given).flatMap((role) => judge(given, role)),
});

/** One problem for each region whose clusters are gone. */
function judge(given: WebIdentityGiven, role: Role): (Problem | Unknown)[] {
  const issuers = issuersOf(role).filter((issuer) => parseEksIssuer(issuer) !== null);
  const unknown = issuers
    .filter((issuer) => isDead(given, issuer) === null)
    .map((issuer) => ({
      unknown: `${role.name} trusts ${issuerName(issuer)}, and whether that cluster still exists could not be decided`,
    }));
  const dead = issuers.filter((issuer) => isDead(given, issuer) === true);
  const regions = groupBy(dead, (issuer) => parseEksIssuer(issuer)?.region ?? null);
  return [...unknown, ...[...regions].map(([region, gone]) => problem(given, role, region, gone))];
}

function problem(given: WebIdentityGiven, role: Role, region: string, gone: string[]): Problem {
  const names = gone.map(issuerName).join(', ');
  const silent = gone.filter((issuer) => given.facts.issuerDiscovery?.[issuer]?.state === 'gone');
  return {
    location: region,
    cluster: null,
    subject: { kind: 'role', name: role.name, id: role.arn },
    cause: `${role.name} trusts ${names}, and no cluster has ${gone.length === 1 ? 'that issuer' : 'those issuers'} any more.`,
    evidence: [
      { label: 'Clusters', value: `every cluster of ${region} was read, and none has it as its issuer` },
      {
        label: 'Discovery document',
        value:
          silent.length === gone.length
            ? 'no longer answers'
            : 'not decisive: the clusters of all accounts were read',
      },
    ],
    fix: advice(
      'If the cluster was replaced, write the statement for the new one; otherwise take the statement out, or delete the role once nothing else uses it.',
    ),
  };
}
