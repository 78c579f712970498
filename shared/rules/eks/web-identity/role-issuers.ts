/** The issuers that a role's trust policy trusts. */
import { issuerName, issuerOfProvider } from '../../../domain/issuer.ts';
import { actionMatches } from '../../../domain/trust-policy.ts';
import { parsePolicy, type Statement } from '../../../domain/policy-document.ts';
import type { Role } from '../../../domain/web-identity.ts';

/** The statements that allow web identity, whomever they allow it. */
export function webIdentityAllows(role: Role): Statement[] {
  const parsed = parsePolicy(role.trustPolicy);
  if (!parsed.ok) return [];
  return parsed.policy.statements.filter(
    (statement) => statement.effect === 'Allow' && actionMatches(statement),
  );
}

/** Those of them that name an OIDC provider, each with the issuers that it names. */
export function webIdentityStatements(role: Role): { statement: Statement; issuers: string[] }[] {
  return webIdentityAllows(role)
    .map((statement) => ({ statement, issuers: issuersNamedIn(statement, role) }))
    .filter(({ issuers }) => issuers.length > 0);
}

/** `https://…` of each provider of the role's own account that the statement names: another account's is never asked. */
export function issuersNamedIn({ principals, notPrincipal }: Statement, role: Role): string[] {
  const account = role.arn.split(':')[4];
  if (notPrincipal) return [];
  return principals.flatMap(({ type, value }) => {
    const issuer = type === 'Federated' && value.split(':')[4] === account ? issuerOfProvider(value) : null;
    return issuer === null ? [] : [`https://${issuerName(issuer)}`];
  });
}

const issuersOfRole = new WeakMap<Role, string[]>();

/** The issuers that the role trusts, each once. */
export function issuersOf(role: Role): string[] {
  const known = issuersOfRole.get(role);
  if (known) return known;
  const issuers = [...new Set(webIdentityStatements(role).flatMap(({ issuers }) => issuers))];
  issuersOfRole.set(role, issuers);
  return issuers;
}
