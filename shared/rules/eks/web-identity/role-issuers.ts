/** The issuers that a role's trust policy trusts. */
import { issuerName, issuerOfProvider } from '../../../domain/issuer.ts';
import { actionMatches } from '../../../domain/trust-policy.ts';
import { parsePolicy, type Statement } from '../../../domain/policy-document.ts';
import type { Role } from '../../../domain/web-identity.ts';

/** Allow statements for web identity that name an OIDC provider, each with the issuers that it names. */
export function webIdentityStatements(role: Role): { statement: Statement; issuers: string[] }[] {
  const parsed = parsePolicy(role.trustPolicy);
  if (!parsed.ok) return [];
  return parsed.policy.statements
    .filter(
      (statement) => statement.effect === 'Allow' && !statement.notPrincipal && actionMatches(statement),
    )
    .map((statement) => ({ statement, issuers: issuersIn(statement, role) }))
    .filter(({ issuers }) => issuers.length > 0);
}

/** `https://…` of each provider of the role's own account that the statement names: another account's is never asked. */
function issuersIn({ principals }: Statement, role: Role): string[] {
  const account = role.arn.split(':')[4];
  return principals.flatMap(({ type, value }) => {
    const issuer = type === 'Federated' && value.split(':')[4] === account ? issuerOfProvider(value) : null;
    return issuer === null ? [] : [`https://${issuerName(issuer)}`];
  });
}

/** The issuers that the role trusts, each once. */
export function issuersOf(role: Role): string[] {
  return [...new Set(webIdentityStatements(role).flatMap(({ issuers }) => issuers))];
}
