/** The one line that a failure is told in. */
import { refusalKind, type RefusalKind } from '../../shared/collect/aws/refusal.ts';
import { printableLine } from '../../shared/render/printable.ts';

/** What an error that the AWS SDK threw as it is means for the person at the keyboard. */
const remedies: Partial<Record<RefusalKind, string>> = {
  'no credentials':
    'No AWS credentials were found: sign in with `aws login` or `aws sso login`, set AWS_PROFILE, or pass --profile',
  expired: 'The AWS credentials have expired: sign in again, or choose others with --profile',
  'not enabled': 'AWS does not accept the credentials: check the access key, or choose others with --profile',
  unreachable:
    'The endpoint cannot be reached: check the region, the network, and AWS_ENDPOINT_URL where it is set',
};

/** One sentence on one line: what could not be done, why, and what to do. Never a stack. */
export function failureLine(error: unknown): string {
  const said = error instanceof Error ? error.message || error.name : String(error);
  const message = printableLine(said.replaceAll(/\s*[\r\n]+\s*/g, ' ').trim());
  const remedy = isOurs(error) ? undefined : remedies[refusalKind(error)];
  return remedy ? `${remedy} (${message})` : message;
}

/** An error of ours says what to do already: only what an SDK threw carries a code, a status or a name of its own. */
function isOurs(error: unknown): boolean {
  const { name, code, $metadata } = (error ?? {}) as { name?: string; code?: unknown; $metadata?: unknown };
  return (
    /^(Error|UserError|AggregateError|CredentialsError|GoogleCredentialsError|NoProjectsError)$/.test(
      name ?? '',
    ) &&
    code === undefined &&
    $metadata === undefined
  );
}
