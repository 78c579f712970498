/** The settings of the program, read from environment variables: the one home of their names. */
import { usualGoogleAudience } from './deployment.ts';
import { LocalizedError } from './localized-error.ts';
import { refusedSetting } from './refused-setting.ts';
import { languages, type Language, type Localized } from './words.ts';

/** The names of the environment variables; infra sets exactly those. */
export const environment = {
  bucket: 'CLUSTERWHY_BUCKET',
  topicArn: 'CLUSTERWHY_TOPIC_ARN',
  mailFrom: 'CLUSTERWHY_MAIL_FROM',
  mailTo: 'CLUSTERWHY_MAIL_TO',
  mailTransport: 'CLUSTERWHY_MAIL_TRANSPORT',
  mailUnsubscribe: 'CLUSTERWHY_MAIL_UNSUBSCRIBE',
  smtpUrl: 'CLUSTERWHY_SMTP_URL',
  smtpPassword: 'CLUSTERWHY_SMTP_PASSWORD',
  smtpPasswordSecret: 'CLUSTERWHY_SMTP_PASSWORD_SECRET',
  awsRoleArn: 'CLUSTERWHY_AWS_ROLE_ARN',
  awsAudience: 'CLUSTERWHY_AWS_AUDIENCE',
  reportUrl: 'CLUSTERWHY_REPORT_URL',
  language: 'CLUSTERWHY_LANG',
  mutes: 'CLUSTERWHY_MUTES',
  organization: 'CLUSTERWHY_ORGANIZATION',
  oidcDiscoveryUrl: 'CLUSTERWHY_OIDC_DISCOVERY_URL',
  lookupRate: 'CLUSTERWHY_LOOKUP_RATE',
  kubernetes: 'CLUSTERWHY_KUBERNETES',
  denialsTable: 'CLUSTERWHY_DENIALS_TABLE',
  auditFunction: 'CLUSTERWHY_AUDIT_FUNCTION',
  digestFunction: 'CLUSTERWHY_DIGEST_FUNCTION',
  messagesAnHour: 'CLUSTERWHY_MESSAGES_AN_HOUR',
  coolDownHours: 'CLUSTERWHY_COOL_DOWN_HOURS',
  captureRegions: 'CLUSTERWHY_CAPTURE_REGIONS',
  trail: 'CLUSTERWHY_TRAIL',
  /** These three are read by the logger and the metrics of Powertools for AWS Lambda themselves. */
  serviceName: 'POWERTOOLS_SERVICE_NAME',
  metricsNamespace: 'POWERTOOLS_METRICS_NAMESPACE',
  logLevel: 'POWERTOOLS_LOG_LEVEL',
} as const;

export interface MailAddress {
  /** Shown beside the address; empty where there is none. */
  name: string;
  /** `ops@example.com`, printable ASCII. */
  address: string;
}

export interface SmtpSettings {
  host: string;
  port: number;
  /** TLS from the first byte (`smtps:`); otherwise STARTTLS where the server offers it. */
  secure: boolean;
  /** Null where the server wants no login. */
  user: string | null;
  /** From the URL, else from a variable of its own; null where there is none. */
  password: string | null;
  /** Name or ARN of the secret that holds the password instead. */
  passwordSecret: string | null;
}

export interface MailSettings {
  from: MailAddress;
  /** At least one. */
  to: MailAddress[];
  transport: { kind: 'ses' } | ({ kind: 'smtp' } & SmtpSettings);
  /** `mailto:` or `https:` address for a List-Unsubscribe header; null where readers cannot take themselves off. */
  unsubscribe: string | null;
}

/** The AWS role that the program takes on with an identity token of Google. */
export interface FederationSettings {
  roleArn: string;
  /** What the token is made for; the role's trust policy demands it. */
  audience: string;
}

export interface Settings {
  /** S3 bucket of the reports and the marks of their delivery. */
  bucket: string | null;
  /** SNS topic. */
  topicArn: string | null;
  mail: MailSettings | null;
  /** Where people open the stored reports: the key of the page in the bucket is put behind it. */
  reportUrl: string | null;
  /** Of mail, page and messages. */
  language: Language;
  /** Key of the file of mutes in the bucket. */
  mutes: string | null;
  /** Answers for the public discovery documents of clusters' issuers, instead of the issuers themselves. */
  oidcDiscoveryUrl: string | null;
  /** LookupEvents requests a second in each region; AWS allows 2 for all tools of an account together. */
  lookupRate: number;
  /** Whether the clusters' own API servers are asked, where they answer. */
  kubernetes: boolean;
  /** How the auditor of Google Cloud comes to AWS; null where it does not. */
  federation: FederationSettings | null;
  /** DynamoDB table of the denials that were captured as they happened; null where none are. */
  denialsTable: string | null;
  /** Regions in which they are captured. */
  captureRegions: string[];
  /** Where a trail writes (`s3://BUCKET/PREFIX`), which is read in place of the event history; null where none is. */
  trail: string | null;
}

/** Of the function that captures denials as they happen. */
export interface CaptureSettings {
  denialsTable: string;
  /** Names of the functions that read and judge, and that send. */
  auditFunction: string;
  digestFunction: string;
  messagesAnHour: number;
  /** Hours for which a cause that was told is not told again. */
  coolDownHours: number;
}

/** Reads one setting; empty and blank count as absent. */
type Read = (name: string) => string | null;

/**
 * Reads the settings from environment variables.
 * @throws {Error} that names the variable, its value and what is allowed; passwords are not shown.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const read: Read = (name) => env[name]?.trim() || null;
  return {
    bucket: matching(read, environment.bucket, /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, {
      en: 'the name of an S3 bucket',
      ja: 'S3 バケットの名前',
    }),
    topicArn: matching(read, environment.topicArn, /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/, {
      en: 'the ARN of a standard SNS topic (arn:aws:sns:REGION:ACCOUNT:NAME)',
      ja: '標準 SNS トピックの ARN (arn:aws:sns:REGION:ACCOUNT:NAME)',
    }),
    mail: readMail(read),
    reportUrl: readUrl(read, environment.reportUrl, ['https:', 'http:']),
    language: readLanguage(env),
    mutes: matching(read, environment.mutes, /^(?!\/)[\w!.'()/-]{1,1024}$/, {
      en: 'the key of an object in the bucket of the reports, such as settings/mutes.yaml',
      ja: 'レポートのバケットにあるオブジェクトのキー (settings/mutes.yaml など)',
    }),
    oidcDiscoveryUrl: readUrl(read, environment.oidcDiscoveryUrl, ['https:', 'http:']),
    lookupRate: Number(
      matching(read, environment.lookupRate, /^(?=.*[1-9])\d{1,4}(\.\d)?$/, {
        en: 'requests a second, such as 2 or 0.5',
        ja: '1 秒あたりのリクエスト数 (2、0.5 など)',
      }) ?? 2,
    ),
    kubernetes:
      matching(read, environment.kubernetes, /^(auto|never)$/, oneOf(['"auto"', '"never"'])) !== 'never',
    federation: readFederation(read),
    denialsTable: matching(read, environment.denialsTable, tableName, nameOfTable),
    captureRegions: (read(environment.captureRegions) ?? '').split(',').filter(Boolean),
    trail: matching(read, environment.trail, trailPattern, allowedTrail),
  };
}

/**
 * The language that is set; English where none is.
 * @throws {Error} that names the variable, its value and what is allowed.
 */
export function readLanguage(env: Readonly<Record<string, string | undefined>>): Language {
  const value = env[environment.language]?.trim() || 'en';
  const known = languages.find((one) => one === value);
  if (known) return known;
  throw refusedSetting(environment.language, value, oneOf(languages));
}

const tableName = /^[\w.-]{3,255}$/;
const nameOfTable = { en: 'the name of a DynamoDB table', ja: 'DynamoDB テーブルの名前' };

/** The characters of S3's safe keys, and none that mean more in a policy's ARN. */
export const trailPattern = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/(?!\/)[\w!.'()/=+@:-]*)?$/;
export const allowedTrail = {
  en: 'the place of a trail, s3://BUCKET or s3://BUCKET/PREFIX',
  ja: '証跡の場所 (s3://BUCKET または s3://BUCKET/PREFIX)',
};

/**
 * Reads the settings of the capture, all of which must be there.
 * @throws {Error} that names the variable, its value and what is allowed.
 */
export function readCaptureSettings(env: Readonly<Record<string, string | undefined>>): CaptureSettings {
  const read = (name: string, pattern: RegExp, allowed: Localized): string => {
    const value = env[name]?.trim() ?? '';
    if (!pattern.test(value)) throw refusedSetting(name, value, allowed);
    return value;
  };
  const functionName = (name: string) =>
    read(name, /^[\w:-]{1,170}$/, { en: 'the name of a Lambda function', ja: 'Lambda 関数の名前' });
  const number = (name: string) =>
    Number(
      read(name, /^[1-9]\d{0,3}$/, { en: 'a whole number from 1 to 9999', ja: '1 から 9999 までの整数' }),
    );
  return {
    denialsTable: read(environment.denialsTable, tableName, nameOfTable),
    auditFunction: functionName(environment.auditFunction),
    digestFunction: functionName(environment.digestFunction),
    messagesAnHour: number(environment.messagesAnHour),
    coolDownHours: number(environment.coolDownHours),
  };
}

function readFederation(read: Read): FederationSettings | null {
  const roleArn = matching(
    read,
    environment.awsRoleArn,
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/,
    {
      en: 'the ARN of an IAM role (arn:aws:iam::ACCOUNT:role/NAME)',
      ja: 'IAM ロールの ARN (arn:aws:iam::ACCOUNT:role/NAME)',
    },
  );
  const audience = matching(read, environment.awsAudience, /^[\w.:/@-]{1,255}$/, {
    en: 'an audience of letters, digits and ._:/@-',
    ja: '英数字と ._:/@- からなるオーディエンス',
  });
  return roleArn === null ? null : { roleArn, audience: audience ?? usualGoogleAudience };
}

function readMail(read: Read): MailSettings | null {
  const from = read(environment.mailFrom);
  const to = read(environment.mailTo);
  if (from === null && to === null) return null;
  if (from === null || to === null) {
    const [set, missing] =
      from === null ? [environment.mailTo, environment.mailFrom] : [environment.mailFrom, environment.mailTo];
    throw new LocalizedError({
      en: `Cannot send mail: ${set} is set and ${missing} is not; set both or none`,
      ja: `メールを送信できません: ${set} は設定されていますが、${missing} が設定されていません。両方設定するか、どちらも設定しないでください`,
    });
  }
  return {
    from: readAddress(environment.mailFrom, from),
    to: readAddresses(environment.mailTo, to),
    transport: readTransport(read),
    unsubscribe: readUrl(read, environment.mailUnsubscribe, ['mailto:', 'https:']),
  };
}

function readTransport(read: Read): MailSettings['transport'] {
  const kind = read(environment.mailTransport) ?? (read(environment.smtpUrl) === null ? 'ses' : 'smtp');
  if (kind === 'ses') return { kind };
  if (kind !== 'smtp') throw refusedSetting(environment.mailTransport, kind, oneOf(['"ses"', '"smtp"']));
  return { kind, ...readSmtp(read) };
}

function readSmtp(read: Read): SmtpSettings {
  const given = read(environment.smtpUrl) ?? '';
  const url = URL.canParse(given) ? new URL(given) : null;
  const secure = url?.protocol === 'smtps:';
  const isWhole = url && (secure || url.protocol === 'smtp:') && url.hostname && !url.search && !url.hash;
  if (!isWhole || url.pathname.length > 1)
    throw refusedSetting(
      environment.smtpUrl,
      withoutPassword(given),
      oneOf(['smtp://USER:PASSWORD@HOST:PORT', 'smtps://…']),
    );
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    user: decoded(url.username),
    password: decoded(url.password) ?? read(environment.smtpPassword),
    passwordSecret: read(environment.smtpPasswordSecret),
  };
}

function decoded(part: string): string | null {
  if (part === '') return null;
  try {
    return decodeURIComponent(part);
  } catch (error) {
    throw new LocalizedError(
      {
        en: `Cannot use ${environment.smtpUrl}: user and password must be percent-encoded (%25 for %, %40 for @)`,
        ja: `${environment.smtpUrl} は使用できません: ユーザーとパスワードはパーセントエンコードしてください (% は %25、@ は %40)`,
      },
      { cause: error },
    );
  }
}

function withoutPassword(url: string): string {
  return url.replace(/^([^:/?#]*:\/*)[^/?#]*@/, '$1***@');
}

function readAddresses(name: string, value: string): MailAddress[] {
  const parts = value.split(',').filter((part) => part.trim() !== '');
  if (parts.length === 0) throw refusedSetting(name, value, allowedAddresses);
  const addresses = parts.map((part) => readAddress(name, part));
  const unique = new Map(addresses.map((one) => [one.address.toLowerCase(), one]));
  return [...unique.values()];
}

const allowedAddresses = {
  en: 'mail addresses in ASCII, such as ops@example.com or Ops <ops@example.com>',
  ja: 'ASCII のメールアドレス (ops@example.com、Ops <ops@example.com> など)',
};

/** `ops@example.com` or `Ops <ops@example.com>`; what could end a header is refused. */
function readAddress(name: string, value: string): MailAddress {
  const parts = /^(?:"?([^"<>\p{Cc}]*?)"?\s*<([^<>]*)>|([^<>]*))$/u.exec(value.trim());
  const address = (parts?.[2] ?? parts?.[3] ?? '').trim();
  if (!/^[!#-'*+\-/-9=?A-Z^-~.]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/.test(address))
    throw refusedSetting(name, value, allowedAddresses);
  return { name: (parts?.[1] ?? '').trim(), address };
}

function matching(read: Read, name: string, pattern: RegExp, allowed: Localized): string | null {
  const value = read(name);
  if (value !== null && !pattern.test(value)) throw refusedSetting(name, value, allowed);
  return value;
}

function readUrl(read: Read, name: string, protocols: string[]): string | null {
  const value = read(name);
  if (value === null) return null;
  const isAllowed = URL.canParse(value) && protocols.includes(new URL(value).protocol);
  // Printable ASCII only: such an address is put into headers and messages as it is.
  if (!isAllowed || !/^[!-~]+$/.test(value) || /[<>,"]/.test(value))
    throw refusedSetting(name, value, {
      en: `an address that begins with ${protocols.join(' or ')}`,
      ja: `${protocols.join(' または ')} で始まるアドレス`,
    });
  return value;
}

function oneOf(values: readonly string[]): Localized {
  return { en: values.join(' or '), ja: values.join(' または ') };
}
