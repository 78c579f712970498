/** The environment of a Lambda function for the length of a test file, and the clock that it is given. */
import type { RunningCloud } from '../cloud/start.ts';

const account = '111122223333';

/** Sets the variables and puts back what was there; null takes a variable away. */
export function withEnvironment(variables: Record<string, string | null>): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  for (const [name, value] of Object.entries(variables)) set(name, value ?? undefined);
  return () => {
    for (const [name, value] of before) set(name, value);
  };
}

function set(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** What a function finds that runs in the account of the simulated cloud. */
export function functionEnvironment(cloud: RunningCloud): Record<string, string | null> {
  return {
    ...cloud.environment(account),
    AWS_SESSION_TOKEN: null,
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
    AWS_PROFILE: null,
    CLUSTERWHY_BUCKET: 'clusterwhy-reports',
    CLUSTERWHY_TOPIC_ARN: `arn:aws:sns:eu-west-1:${account}:clusterwhy`,
    CLUSTERWHY_OIDC_DISCOVERY_URL: cloud.discoveryBaseUrl,
  };
}

/** A machine of Google's, without a key of AWS anywhere, and with an empty home. */
export function googleEnvironment(folder: string): Record<string, string | null> {
  return {
    METADATA_SERVER_DETECTION: 'assume-present',
    GOOGLE_APPLICATION_CREDENTIALS: null,
    HOME: folder,
    CLOUDSDK_CONFIG: folder,
    AWS_ACCESS_KEY_ID: null,
    AWS_SECRET_ACCESS_KEY: null,
    AWS_SESSION_TOKEN: null,
    AWS_PROFILE: null,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** A function's context with this much time left. */
export function contextWith(remainingMs: number): { getRemainingTimeInMillis: () => number } {
  return { getRemainingTimeInMillis: () => remainingMs };
}
