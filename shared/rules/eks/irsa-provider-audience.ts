import { keyMeaning } from '../../domain/condition-key.ts';
import { isExact } from '../../domain/condition.ts';
import { issuerName } from '../../domain/issuer.ts';
import type { OidcProvider } from '../../domain/web-identity.ts';
import { rule, type Problem } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { diagnose, type Diagnosis } from './web-identity/diagnosis.ts';
import { advice } from './web-identity/fix.ts';
import {
  clusterOf,
  ownRoles,
  providerOf,
  webIdentityNeeds,
  type WebIdentityGiven,
} from './web-identity/given.ts';
import { defaultAudience } from './web-identity/latent.ts';
import { denialOf } from './web-identity/problem.ts';
import { webIdentityStatements } from './web-identity/role-issuers.ts';

export default rule({
  id: 'eks/irsa-provider-audience',
  title: 'An OIDC provider does not take the audience of the tokens',
  severity: 'critical',
  why: 'STS answers "Incorrect token audience" before it looks at any role, for every service account of the cluster, and CloudTrail rarely shows it.',
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html',
  ],
  needs: webIdentityNeeds,
  check(given) {
    const wanted = new Map<
      string,
      { provider: OidcProvider; issuer: string; audience: string; users: string[] }
    >();
    for (const use of [...usesByRoles(given), ...usesByDenials(given)]) {
      const provider = providerOf(given, use.issuer);
      if (!provider || provider.clientIds.includes(use.audience)) continue;
      const key = `${provider.arn} ${use.audience}`;
      const known = wanted.get(key) ?? { provider, issuer: use.issuer, audience: use.audience, users: [] };
      known.users.push(use.user);
      wanted.set(key, known);
    }
    const unread = diagnose(given).filter(
      ({ causes, issuer }) =>
        causes[0] === 'eks/irsa-provider-audience' && !(issuer !== null && providerOf(given, issuer)),
    );
    return [...[...wanted.values()].map((item) => problem(given, item)), ...unread.map(told)];
  },
});

interface Use {
  issuer: string;
  audience: string;
  user: string;
}

/** The audiences that the roles' policies ask for by name. */
function usesByRoles(given: WebIdentityGiven): Use[] {
  return ownRoles(given).flatMap((role) =>
    webIdentityStatements(role).flatMap(({ statement, issuers }) =>
      issuers.flatMap((issuer) =>
        statement.conditions
          .filter((element) => isExact(element) && element.values.length === 1)
          .filter(({ key, values }) => {
            const meaning = keyMeaning(key, values, issuerName(issuer));
            return meaning.kind === 'claim' && meaning.claim === 'aud';
          })
          .map(({ values }) => ({
            issuer,
            audience: values[0] ?? defaultAudience,
            user: `role ${role.name}`,
          })),
      ),
    ),
  );
}

function usesByDenials(given: WebIdentityGiven): Use[] {
  return diagnose(given).flatMap(({ causes, issuer, audience, subjects }) =>
    causes[0] === 'eks/irsa-provider-audience' && issuer !== null
      ? [{ issuer, audience: audience ?? defaultAudience, user: subjects.join(', ') || 'a refused caller' }]
      : [],
  );
}

/** STS said so, and the provider itself could not be looked at. */
function told({ denial, issuer, subjects, cluster, roleArn }: Diagnosis): Problem {
  return {
    location: cluster?.region ?? denial?.regions[0] ?? null,
    cluster: cluster?.name ?? null,
    subject: { kind: 'role', name: roleArn ?? 'unknown role', id: roleArn ?? 'unknown role' },
    cause: `STS refused ${subjects.join(', ') || 'a caller'} with "Incorrect token audience".`,
    evidence: [{ label: 'Issuer', value: issuer ?? 'not recorded' }],
    denial: denial && denialOf(denial),
    fix: advice('Add the audience of the token to the client ids of the OIDC provider of the cluster.'),
  };
}

function problem(
  given: WebIdentityGiven,
  {
    provider,
    issuer,
    audience,
    users,
  }: { provider: OidcProvider; issuer: string; audience: string; users: string[] },
): Problem {
  const cluster = clusterOf(given, issuer);
  const takes = provider.clientIds.length > 0 ? provider.clientIds.join(', ') : 'none at all';
  return {
    location: cluster?.region ?? null,
    cluster: cluster?.name ?? null,
    subject: { kind: 'oidc-provider', name: provider.url, id: provider.arn },
    cause: `The OIDC provider of ${cluster ? `cluster ${cluster.name}` : issuer} takes the audiences ${takes}, and ${users[0] ?? 'its callers'} ${users.length > 1 ? `and ${users.length - 1} more want` : 'wants'} ${audience}.`,
    evidence: [
      { label: 'Client ids of the provider', value: takes },
      { label: 'Audience that is wanted', value: audience },
      { label: 'Wanted by', value: [...new Set(users)].join(', ') },
    ],
    fix: {
      summary:
        'Add the audience to the provider. It grants nothing by itself: each role still decides by its trust policy.',
      commands: [
        sh`aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${provider.arn} --client-id ${audience}`,
      ],
      verified: false,
    },
  };
}
