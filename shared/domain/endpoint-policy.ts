/** Whether the policy of a VPC endpoint lets calls through, as far as that can be told without knowing the caller. */
import { matchesAction } from './pattern.ts';

export type PolicyAnswer = 'allows' | 'denies' | 'depends';

/**
 * What the policy says of an action for any caller; null is the default policy, which allows all. `action` may be
 * `<prefix>:*`: then only a policy that allows nothing of the service denies. A statement with a condition, a resource or
 * a principal of its own makes the answer `depends`.
 */
export function endpointPolicyAnswer(policy: unknown, action: string): PolicyAnswer {
  if (policy === null || policy === undefined) return 'allows';
  if (fields(policy) === null) return 'depends';
  const statements = listOf(fields(policy)?.['Statement'])
    .map(fields)
    .filter((one) => one !== null);
  const matching = statements.filter((statement) => matches(statement, action));
  const denies = matching.filter(({ Effect }) => Effect === 'Deny');
  if (denies.some(isUnconditional) && !action.endsWith('*')) return 'denies';
  const allows = matching.filter(({ Effect }) => Effect === 'Allow');
  if (allows.length === 0) return 'denies';
  return allows.some(isUnconditional) && denies.length === 0 ? 'allows' : 'depends';
}

function matches(statement: Record<string, unknown>, action: string): boolean {
  const { Action, NotAction } = statement;
  const covers = (pattern: unknown) => typeof pattern === 'string' && meets(pattern, action);
  if (NotAction !== undefined)
    return !listOf(NotAction).some(
      (pattern) => typeof pattern === 'string' && matchesAction(pattern, action),
    );
  return listOf(Action).some(covers);
}

/** For `<prefix>:*` any pattern of the service meets it. */
function meets(pattern: string, action: string): boolean {
  if (!action.endsWith(':*')) return matchesAction(pattern, action);
  return pattern === '*' || matchesAction(pattern.split(':')[0] ?? '', action.slice(0, -2));
}

function isUnconditional({
  Principal,
  Resource,
  Condition,
  NotPrincipal,
  NotResource,
}: Record<string, unknown>) {
  const anyone = Principal === '*' || listOf(fields(Principal)?.['AWS']).includes('*');
  const anything = Resource === undefined || listOf(Resource).includes('*');
  return (
    anyone && anything && Condition === undefined && NotPrincipal === undefined && NotResource === undefined
  );
}

function listOf(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value];
}

function fields(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
