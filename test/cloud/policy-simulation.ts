/** What IAM's simulator says of an action and a resource, over the policies that a simulated role has. */
import type { Account, StoredRole } from './world.ts';

export interface SimulatedPolicy {
  Statement: { Effect: string; Action: string | string[]; Resource: string | string[] }[];
}

export interface Simulation {
  decision: 'allowed' | 'explicitDeny' | 'implicitDeny';
  allowedByOrganizations: boolean;
  /** Null for a role without a boundary. */
  allowedByBoundary: boolean | null;
  /** Names of the policies with a statement that matched. */
  matched: string[];
}

/** `more` are policies besides those that the role has. */
export function simulate(
  account: Account,
  role: StoredRole,
  call: { action: string; resource: string },
  more: SimulatedPolicy[],
): Simulation {
  const named = {
    ...role.policies,
    ...Object.fromEntries(more.map((policy, n) => [`input.${n + 1}`, policy])),
  };
  const own = Object.entries(named).flatMap(([name, policy]) =>
    effectsOf(policy, call).map((effect) => ({ name, effect })),
  );
  const guard = account.serviceControlPolicy ? effectsOf(account.serviceControlPolicy, call) : ['Allow'];
  const boundary = role.boundary ? effectsOf(role.boundary, call) : null;
  const allowedByOrganizations = guard.includes('Allow') && !guard.includes('Deny');
  const allowedByBoundary = boundary && boundary.includes('Allow') && !boundary.includes('Deny');
  const isDenied = own.some(({ effect }) => effect === 'Deny');
  const isAllowed =
    own.some(({ effect }) => effect === 'Allow') && allowedByOrganizations && allowedByBoundary !== false;
  return {
    decision: isDenied ? 'explicitDeny' : isAllowed ? 'allowed' : 'implicitDeny',
    allowedByOrganizations,
    allowedByBoundary,
    matched: [...new Set(own.map(({ name }) => name))],
  };
}

function effectsOf(
  { Statement }: SimulatedPolicy,
  { action, resource }: { action: string; resource: string },
): string[] {
  return Statement.filter(
    (statement) =>
      [statement.Action].flat().some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
      [statement.Resource].flat().some((pattern) => matches(pattern, resource)),
  ).map(({ Effect }) => Effect);
}

/** `*` and `?` stand for others, `${*}`, `${?}` and `${$}` for themselves. */
function matches(pattern: string, text: string): boolean {
  const source = pattern.replaceAll(/\$\{([*?$])\}|[*?]|[^*?]/g, (part, literal: string | undefined) => {
    if (literal !== undefined) return `\\${literal}`;
    if (part === '*') return '.*';
    return part === '?' ? '.' : part.replaceAll(/[.+^${}()|[\]\\/-]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 's').test(text);
}
