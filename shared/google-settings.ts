/** Settings for Google Cloud, read from the variables that gcloud and Google's own libraries know. */
import type { GoogleApiName } from './collect/gcp/google-api.ts';
import { refusedSetting } from './refused-setting.ts';
import type { Localized } from './words.ts';

export interface GoogleSettings {
  /** Base URLs, with a slash at the end; Compute's ends in `/compute/v1/`. */
  endpoints: Record<GoogleApiName, string>;
  /** Of the IAM Credentials API, for impersonation; without a slash. */
  iamCredentials: string;
  /** Of Cloud Storage's JSON API, with a slash at the end. */
  storage: string;
  /** A file that holds an access token, instead of application default credentials. */
  accessTokenFile: string | null;
  /** The service account to act as. */
  impersonate: string | null;
  /** The project that requests are billed to; the credentials' own where null, never the audited one. */
  quotaProject: string | null;
  /** The project that is audited where none is named. */
  project: string | null;
  /** Bucket of Cloud Storage in which runs are kept, where there is none on AWS. */
  bucket: string | null;
  /** What the deployment audits, `organizations/1`, `folders/2` or `projects/a,b`; null where that is not told. */
  wholeScope: string | null;
}

/** The names of the environment variables. */
export const googleEnvironment = {
  endpointOverride: (api: string) => `CLOUDSDK_API_ENDPOINT_OVERRIDES_${api.toUpperCase()}`,
  accessTokenFile: 'CLOUDSDK_AUTH_ACCESS_TOKEN_FILE',
  impersonate: 'CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT',
  quotaProject: 'GOOGLE_CLOUD_QUOTA_PROJECT',
  project: 'CLOUDSDK_CORE_PROJECT',
  bucket: 'CLUSTERWHY_GOOGLE_BUCKET',
  wholeScope: 'CLUSTERWHY_GOOGLE_SCOPE',
  /** What Google's runtimes set. */
  runtimeProject: 'GOOGLE_CLOUD_PROJECT',
} as const;

const apis: readonly GoogleApiName[] = [
  'cloudasset',
  'cloudkms',
  'cloudresourcemanager',
  'compute',
  'container',
  'iam',
  'logging',
  'oauth2',
  'serviceusage',
];

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {Error} that names the variable, its value and what is allowed. */
export function readGoogleSettings(env: Environment): GoogleSettings {
  const read = (name: string) => env[name]?.trim() || null;
  const endpoints = Object.fromEntries(apis.map((api) => [api, endpoint(read, api)]));
  return {
    endpoints: endpoints as Record<GoogleApiName, string>,
    iamCredentials: endpoint(read, 'iamcredentials').replace(/\/$/, ''),
    storage: endpoint(read, 'storage'),
    accessTokenFile: read(googleEnvironment.accessTokenFile),
    impersonate: read(googleEnvironment.impersonate),
    quotaProject: read(googleEnvironment.quotaProject),
    project: read(googleEnvironment.project) ?? read(googleEnvironment.runtimeProject),
    bucket: matching(read, googleEnvironment.bucket, bucketName, {
      en: 'the name of a bucket of Cloud Storage',
      ja: 'Cloud Storage バケットの名前',
    }),
    wholeScope: matching(
      read,
      googleEnvironment.wholeScope,
      /^((organizations|folders)\/\d{1,20}|projects\/[a-z0-9,-]+)$/,
      {
        en: 'organizations/NUMBER, folders/NUMBER, or projects/IDS separated by commas',
        ja: 'organizations/NUMBER、folders/NUMBER、またはコンマ区切りの projects/IDS',
      },
    ),
  };
}

const bucketName = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;

function matching(
  read: (name: string) => string | null,
  name: string,
  pattern: RegExp,
  allowed: Localized,
): string | null {
  const value = read(name);
  if (value === null || pattern.test(value)) return value;
  throw refusedSetting(name, value, allowed);
}

/** gcloud's own rule: an override without a path stands for the host alone, and Compute keeps its path below it. */
function endpoint(read: (name: string) => string | null, api: string): string {
  const path = api === 'compute' ? '/compute/v1/' : '/';
  const name = googleEnvironment.endpointOverride(api);
  const given = read(name);
  if (given === null) return `https://${api}.googleapis.com${path}`;
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.search || url.hash)
    throw refusedSetting(name, given, {
      en: `the base URL of the API, as in https://${api}.googleapis.com/`,
      ja: `API のベース URL (https://${api}.googleapis.com/ など)`,
    });
  if (url.pathname === '/') url.pathname = path;
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}
