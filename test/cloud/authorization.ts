/** What a caller may not do, in the words of the service that refuses it. */
import { AwsError } from './aws-error.ts';
import type { Call } from './call.ts';
import type { RoutedOperation, Service } from './service.ts';

/** Throws the service's "access denied" where the account refuses the action. */
export function checkAllowed({ dialect }: Service, operation: RoutedOperation, call: Call): void {
  const { action, resource, alwaysAllowed } = operation;
  const refusal = call.account.refusals.find(
    (candidate) =>
      (candidate.action === action || candidate.action === `${action.split(':')[0]}:*`) &&
      (candidate.region ?? call.region) === call.region,
  );
  if (!refusal || alwaysAllowed) return;
  const because = refusal.because ?? `because no identity-based policy allows the ${action} action`;
  const [code, status] = dialect.denied;
  throw new AwsError(code, dialect.deniedMessage({ caller: call.caller, action, resource, because }), status);
}
