/**
 * Which AWS SDK made a call, and whether that version knows the credentials of EKS.
 * Sources: Amazon EKS User Guide, "Use IRSA with the AWS SDK" and "Use Pod Identity with the AWS SDK" (minimum versions);
 * botocore useragent.py and smithy-rs (feature codes).
 */
import type { Words } from '../words.ts';

export type EksCredentials = 'web identity' | 'Pod Identity';

export interface Sdk {
  /** `boto3`, `AWS SDK for Java 2` … */
  name: string;
  version: string;
}

interface KnownSdk {
  name: string;
  /** Its token in a user agent, in front of `/` and the version. */
  token: RegExp;
  /** The major version that the row is about; any where absent. */
  major?: number;
  minimum: Partial<Record<EksCredentials, string>>;
}

/**
 * The versions that the EKS User Guide lists. Left out: Go 2 and Rust, whose minimum is a date of release; .NET, whose
 * listed numbers are of a package that no user agent names; CLI 2 for web identity, which it always knew.
 */
const knownSdks: readonly KnownSdk[] = [
  {
    name: 'AWS CLI 1',
    token: /aws-cli/,
    major: 1,
    minimum: { 'web identity': '1.16.232', 'Pod Identity': '1.30.0' },
  },
  { name: 'AWS CLI 2', token: /aws-cli/, major: 2, minimum: { 'Pod Identity': '2.15.0' } },
  { name: 'boto3', token: /boto3/, minimum: { 'web identity': '1.9.220', 'Pod Identity': '1.34.41' } },
  { name: 'botocore', token: /botocore/, minimum: { 'web identity': '1.12.200', 'Pod Identity': '1.34.41' } },
  {
    name: 'AWS SDK for Java 1',
    token: /aws-sdk-java/,
    major: 1,
    minimum: { 'web identity': '1.11.704', 'Pod Identity': '1.12.746' },
  },
  {
    name: 'AWS SDK for Java 2',
    token: /aws-sdk-java/,
    major: 2,
    minimum: { 'web identity': '2.10.11', 'Pod Identity': '2.21.30' },
  },
  {
    name: 'AWS SDK for Go 1',
    token: /aws-sdk-go/,
    major: 1,
    minimum: { 'web identity': '1.23.13', 'Pod Identity': '1.47.11' },
  },
  {
    name: 'AWS SDK for JavaScript 2',
    token: /aws-sdk-(?:nodejs|js)/,
    major: 2,
    minimum: { 'web identity': '2.525.0', 'Pod Identity': '2.1550.0' },
  },
  {
    name: 'AWS SDK for JavaScript 3',
    token: /aws-sdk-(?:nodejs|js)/,
    major: 3,
    minimum: { 'web identity': '3.27.0', 'Pod Identity': '3.458.0' },
  },
  {
    name: 'AWS SDK for Ruby 3',
    token: /aws-sdk-ruby3/,
    minimum: { 'web identity': '3.58.0', 'Pod Identity': '3.188.0' },
  },
  {
    name: 'AWS SDK for C++',
    token: /aws-sdk-cpp/,
    minimum: { 'web identity': '1.7.174', 'Pod Identity': '1.11.263' },
  },
  {
    name: 'AWS SDK for PHP',
    token: /aws-sdk-php/,
    minimum: { 'web identity': '3.110.7', 'Pod Identity': '3.287.1' },
  },
];

/** The SDK that a user agent names first; null where it names none of those above. */
export function sdkOf(userAgent: string): Sdk | null {
  const found = findSdk(userAgent);
  return found && { name: found.sdk.name, version: found.version };
}

/** The version that is needed where the user agent's SDK is older; null where it is not, or nothing is known of it. */
export function versionNeeded(userAgent: string, credentials: EksCredentials): string | null {
  const found = findSdk(userAgent);
  const minimum = found?.sdk.minimum[credentials];
  return found && minimum !== undefined && isOlder(found.version, minimum) ? minimum : null;
}

/** Behind a blank, at the start, or within the brackets that some services put around it. */
const tokens = /(?:^|[\s[(])([a-z0-9-]+)\/v?(\d{1,6}(?:\.\d{1,6}){1,3})/gi;

function findSdk(userAgent: string): { sdk: KnownSdk; version: string } | null {
  for (const [, token = '', version = ''] of userAgent.slice(0, longest).matchAll(tokens)) {
    const sdk = knownSdks.find(
      ({ token: known, major }) =>
        new RegExp(`^(?:${known.source})$`, 'i').test(token) &&
        (major === undefined || Number.parseInt(version) === major),
    );
    if (sdk) return { sdk, version };
  }
  return null;
}

/** Callers write what they like; CloudTrail keeps 1 KB. */
const longest = 2048;

function isOlder(version: string, minimum: string): boolean {
  const [own, needed] = [version, minimum].map((text) => text.split('.').map(Number));
  for (const [index, wanted] of (needed ?? []).entries()) {
    const part = own?.[index] ?? 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}

/** Feature codes of credential providers. */
const sources: Readonly<Record<string, Words>> = {
  '0': { en: 'instance metadata', ja: 'インスタンスメタデータ' },
  z: { en: 'container credentials', ja: 'コンテナの認証情報' },
  h: { en: 'web identity, named by the environment', ja: 'ウェブ ID (環境変数による指定)' },
  k: { en: 'web identity', ja: 'ウェブ ID' },
  q: { en: 'web identity, named by a profile', ja: 'ウェブ ID (プロファイルによる指定)' },
  g: { en: 'keys in the environment', ja: '環境変数のアクセスキー' },
};

/** Where the SDK has its credentials from, by the feature codes (`m/0`) that newer versions send; null without one. */
export function credentialSource(userAgent: string): Words | null {
  const [, codes = ''] = /(?:^|\s)m\/([A-Za-z0-9,+-]+)/.exec(userAgent.slice(0, longest)) ?? [];
  const code = codes.split(',').find((one) => Object.hasOwn(sources, one));
  return code === undefined ? null : (sources[code] ?? null);
}
