/** The one line that a failure is told in. */
import { oneLine } from './session.ts';

/** What the AWS SDK's own errors mean for the person at the keyboard, by error name or code. */
const remedies: [RegExp, string][] = [
  [
    /^(CredentialsProviderError|ProviderError|TokenProviderError)$/,
    'No AWS credentials could be loaded: sign in ("aws sso login", "aws configure"), or name a profile with --profile',
  ],
  [
    /^(ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired)$/,
    'The AWS credentials have expired: sign in again ("aws sso login"), or name another profile with --profile',
  ],
  [
    /^(InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|SignatureDoesNotMatch|AuthFailure)$/,
    'AWS does not accept the credentials: check the access key, or name another profile with --profile',
  ],
  [
    /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|TimeoutError)$/,
    'The endpoint cannot be reached: check the region, the network, and AWS_ENDPOINT_URL where it is set',
  ],
];

/** One sentence on one line: what could not be done, why, and what to do. Never a stack. */
export function failureLine(error: unknown): string {
  const message = oneLine(error instanceof Error ? error.message || error.name : String(error));
  const remedy = isPlain(error) ? undefined : remedies.find(([names]) => signs(error).some((n) => names.test(n)));
  if (!remedy) return message;
  return message === '' ? remedy[1] : `${remedy[1]} (${message})`;
}

/** An error of ours already says what to do; only what an SDK threw as it is needs the remedy. */
function isPlain(error: unknown): boolean {
  return error instanceof Error && /^(Error|UserError|AggregateError)$/.test(error.name) && !codeOf(error);
}

function signs(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const nested = error instanceof AggregateError ? error.errors : [error.cause];
  return [error.name, codeOf(error), ...nested.flatMap(signs)].filter((sign) => sign !== '');
}

function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : '';
}
