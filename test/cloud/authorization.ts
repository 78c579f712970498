/** What a caller may not do, in the words of the service that refuses it. */
import { AwsError } from './aws-error.ts';
import type { Call } from './call.ts';
import type { Refusal } from './world.ts';
import type { RoutedOperation, Service } from './service.ts';

/** Throws the service's "access denied" where the account refuses the action. */
export function checkAllowed({ dialect }: Service, operation: RoutedOperation, call: Call): void {
  const { action, resource, alwaysAllowed } = operation;
  const refusal = refusalOf(action, call);
  if (!refusal || alwaysAllowed) return;
  const because = refusal.because ?? `because no identity-based policy allows the ${action} action`;
  const [code, status] = dialect.denied;
  throw new AwsError(code, dialect.deniedMessage({ caller: call.caller, action, resource, because }), status);
}

/** What forbids the account's callers an action in this region; undefined where nothing does. */
export function refusalOf(action: string, { account, region }: Call): Refusal | undefined {
  const wholeService = `${action.split(':')[0]}:*`;
  return account.refusals.find(
    (refusal) =>
      (refusal.action === action || refusal.action === wholeService) && (refusal.region ?? region) === region,
  );
}
