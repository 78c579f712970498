import { keyMeaning } from '../../domain/condition-key.ts';
import { issuerName, parseEksIssuer } from '../../domain/issuer.ts';
import type { Statement } from '../../domain/policy-document.ts';
import type { OidcProvider, Role } from '../../domain/web-identity.ts';
import { rule, type Problem } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import {
  clusterOf,
  ownRoles,
  providerOf,
  webIdentityNeeds,
  type WebIdentityGiven,
} from './web-identity/given.ts';
import { defaultAudience } from './web-identity/latent.ts';
import { webIdentityStatements } from './web-identity/role-issuers.ts';

export default rule({
  id: 'eks/irsa-trust-no-audience',
  title: 'A trust policy does not ask for an audience',
  severity: 'low',
  why: 'A token that was made for another service is accepted as well, if the provider takes its audience.',
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    ownRoles(given).flatMap((role) => {
      const open = webIdentityStatements(role).flatMap(({ statement, issuers }) =>
        issuers
          .filter((issuer) => parseEksIssuer(issuer) !== null && !asksForAudience(statement, issuer))
          .map((issuer) => ({ statement, issuer })),
      );
      const issuers = [...new Set(open.map(({ issuer }) => issuer))];
      return issuers.map((issuer) => problem(given, role, issuer));
    }),
});

/** Whether some condition looks at the audience at all; whether it is a good one is another rule's question. */
function asksForAudience({ conditions }: Statement, issuer: string): boolean {
  return conditions.some(({ key, values }) => {
    const meaning = keyMeaning(key, values, issuerName(issuer));
    return meaning.kind !== 'other' && meaning.claim === 'aud';
  });
}

function problem(given: WebIdentityGiven, role: Role, issuer: string): Problem {
  const cluster = clusterOf(given, issuer);
  const provider = providerOf(given, issuer);
  return {
    location: cluster?.region ?? parseEksIssuer(issuer)?.region ?? null,
    cluster: cluster?.name ?? null,
    subject: { kind: 'role', name: role.name, id: role.arn },
    cause: `The trust policy of ${role.name} asks for no audience of tokens from ${issuerName(issuer)}, so one made for another service would do.`,
    evidence: [{ label: 'Audiences that the provider takes', value: takes(provider) }],
    fix: advice(
      `Add the condition StringEquals "${issuerName(issuer)}:aud": "${defaultAudience}" to the statement.`,
    ),
  };
}

function takes(provider: OidcProvider | null | undefined): string {
  if (provider === undefined) return 'not read';
  return provider === null ? 'there is no provider' : provider.clientIds.join(', ') || 'none';
}
