/** The settings of the stack, read from CDK context (`-c schedule='rate(12 hours)'`) and checked before anything is made. */
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { usualGoogleAudience, usualStackName } from '../shared/deployment.ts';
import { audiencePattern, serviceAccountIdPattern } from '../shared/domain/google-federation.ts';
import {
  accountPattern,
  externalIdPattern,
  roleNamePattern,
  tagPattern,
  unitPattern,
  usualMemberRole,
  type OrganizationSettings,
} from '../shared/organization-settings.ts';
import { allowedTrail, trailPattern } from '../shared/settings.ts';
import { gapsOf } from './schedule.ts';
import {
  address,
  list,
  matching,
  oneOf,
  optional,
  optionalNumber,
  readSetting,
  refusal,
  setting,
  shown,
  wholeNumber,
  type Setting,
} from './setting.ts';

const mailAddress = /^[!#-'*+\-/-9=?A-Z^-~.]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/;
const domain = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/i;
const region = /^[a-z]{2,4}(-[a-z]+)+-\d$/;
const addresses = 'mail addresses separated by commas, such as ops@example.com,dev@example.com';

const unitForms =
  'organizational units by id or path, separated by commas, such as ou-ab12-cdefgh34,/Production';

/** Every setting, by its context key. */
export const settings = {
  stackName: matching(
    usualStackName,
    /^[A-Za-z][A-Za-z0-9-]{0,63}$/,
    'letters, digits and hyphens, a letter first, at most 64',
  ),
  email: list(mailAddress, addresses),
  alarmEmail: list(mailAddress, addresses),
  schedule: matching('cron(0 6 * * ? *)', /^(cron|rate)\(.*\)$/, scheduleForms()),
  timezone: setting('UTC', readTimezone, 'the name of a time zone, such as UTC or Europe/Stockholm'),
  flexibleWindowMinutes: wholeNumber(15, 0, 60),
  regions: list(region, 'regions separated by commas, such as eu-west-1,us-east-1'),
  clusters: list(
    /^(arn:aws[a-z-]*:eks:[a-z0-9-]+:\d{12}:cluster\/)?[A-Za-z0-9][\w-]{0,99}$/,
    'names or ARNs of EKS clusters separated by commas',
  ),
  since: setting<string | null>(
    null,
    readSince,
    'a span of minutes, hours or days, such as 90m, 24h or 7d, at most 90d',
  ),
  mailFrom: optional(mailAddress, 'a mail address, such as clusterwhy@example.com'),
  mailTo: list(mailAddress, addresses),
  mailUnsubscribe: address('mailto:', 'https:'),
  sesIdentity: optional(
    new RegExp(`${mailAddress.source}|${domain.source}`, 'i'),
    'a domain or a mail address, such as example.com',
  ),
  sesConfigurationSet: optional(/^[\w-]{1,64}$/, 'the name of a configuration set of SES'),
  smtpUrl: setting<string | null>(
    null,
    readSmtpUrl,
    'smtps://USER@HOST:PORT or smtp://USER@HOST:PORT, without a password: that is kept in Secrets Manager',
  ),
  reportUrl: address('https:'),
  lang: oneOf('EN', ['EN', 'JA']),
  mutes: optional(
    /^(?!\/)[\w!.'()/-]{1,1024}$/,
    'the key of an object in the bucket of the reports, such as settings/mutes.yaml',
  ),
  runbookUrl: matching(
    'infra/runbook.md',
    /^(https:\/\/[\w.:/~%?=&@+-]+|[\w./-]+)$/,
    'the address at which operators read runbook.md, https://…',
  ),
  reportDays: wholeNumber(400, 1, 36_500),
  objectLockDays: optionalNumber(1, 36_500),
  objectLockMode: oneOf('GOVERNANCE', ['GOVERNANCE', 'COMPLIANCE']),
  logDays: setting(90, readLogDays, `a number of days that CloudWatch Logs knows: ${logDays().join(', ')}`),
  logLevel: oneOf('INFO', ['DEBUG', 'INFO', 'WARN', 'ERROR']),
  reservedConcurrency: optionalNumber(1, 1000),
  oidcDiscoveryUrl: address('https:', 'http:'),
  lookupRate: optional(
    /^[12]$|^[01]\.[1-9]$/,
    'requests a second, at most the 2 that AWS allows, such as 1 or 0.5',
  ),
  trail: optional(trailPattern, allowedTrail.en),
  trailKey: optional(
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]{1,128}$/,
    'the ARN of a KMS key, arn:aws:kms:REGION:ACCOUNT:key/ID',
  ),
  kubernetes: oneOf('AUTO', ['AUTO', 'NEVER']),
  accessEntries: list(
    /^[A-Za-z0-9][\w-]{0,99}$/,
    "names of EKS clusters in the stack's region, separated by commas",
  ),
  vpcSubnets: list(
    /^subnet-[0-9a-f]{8,17}$/,
    'ids of subnets separated by commas, such as subnet-0123456789abcdef0',
  ),
  vpcSecurityGroups: list(/^sg-[0-9a-f]{8,17}$/, 'ids of security groups separated by commas'),
  captureRegions: list(region, 'regions separated by commas, such as eu-west-1,us-east-1'),
  captureMessagesAnHour: wholeNumber(4, 1, 60),
  captureCoolDownHours: wholeNumber(24, 1, 720),
  captureConcurrency: setting(2, readConcurrency, '0 for none, or a whole number from 2 to 100'),
  organization: oneOf('NO', ['NO', 'YES']),
  organizationId: optional(/^o-[a-z0-9]{10,32}$/, 'the id of an AWS organization, such as o-ab12cd34ef'),
  memberRole: matching(usualMemberRole, roleNamePattern, 'the name of an IAM role, without its path'),
  externalId: optional(externalIdPattern, 'letters, digits and +=,.@:/-, at least two'),
  ownerTag: optional(/^[\w .:/+@-]{1,128}$/, 'the key of a tag of accounts'),
  accountsAtATime: wholeNumber(20, 1, 1000),
  accounts: list(accountPattern, 'account ids separated by commas'),
  withoutAccounts: list(accountPattern, 'account ids separated by commas'),
  units: list(unitPattern, unitForms),
  withoutUnits: list(unitPattern, unitForms),
  accountTags: list(tagPattern, 'tags separated by commas, such as stage=prod'),
  withoutAccountTags: list(tagPattern, 'tags separated by commas, such as stage=prod'),
  googleServiceAccountId: optional(
    serviceAccountIdPattern,
    'the unique id of a Google service account: 15 to 25 digits, in quotes where they stand in a file',
  ),
  googleAudience: matching(
    usualGoogleAudience,
    audiencePattern,
    'the audience of identity tokens: letters, digits and ._:/@-',
  ),
};

/** The settings of the stack, checked. Lists are empty, and other values null, where there is none. */
export type StackSettings = { [Key in keyof typeof settings]: (typeof settings)[Key]['usual'] } & {
  /**
   * The longest time between two runs and two hours, in hours: how far back events are read unless `since` says
   * otherwise, and when the lack of a run raises the alarm.
   */
  watchHours: number;
  /** The region of the stack; null where it is not known yet. */
  region: string | null;
};

/** What is given, as it was checked one by one. */
type GivenSettings = Omit<StackSettings, 'watchHours' | 'region'>;

/**
 * Reads the settings from CDK context.
 * @param region of the stack, where it is known
 * @throws {Error} that names the key, the value and what is allowed.
 */
export function readStackSettings(
  context: Readonly<Record<string, unknown>>,
  region?: string,
): StackSettings {
  refuseUnknownKeys(context);
  const entries = Object.entries(settings).map(([key, one]) => [
    key,
    readSetting(key, context[key], one as Setting<unknown>),
  ]);
  const values = Object.fromEntries(entries) as GivenSettings;
  checkMail(values);
  checkRetention(values);
  checkNetwork(values);
  checkTrail(values);
  checkGoogle(values);
  checkOrganization(values);
  if (values.captureRegions.length > 0 && region === undefined)
    throw refusal(
      'captureRegions',
      values.captureRegions.join(','),
      'left out, or the region of the stack be known: set AWS_REGION, or choose a profile that has one',
    );
  return { ...values, watchHours: watchHours(values), region: region ?? null };
}

/** Other keys belong to the CDK, whose names hold a colon or a slash, or to nobody: then they are misspelt. */
function refuseUnknownKeys(context: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(context).find((key) => !Object.hasOwn(settings, key) && !/[:/]/.test(key));
  if (unknown === undefined) return;
  const known = Object.keys(settings).join(', ');
  throw new Error(
    `Cannot use ${shown(unknown, context[unknown])}: there is no such setting; there are ${known}`,
  );
}

function checkMail(values: GivenSettings): void {
  const { mailFrom, mailTo, sesIdentity, smtpUrl, sesConfigurationSet } = values;
  const needsSender = { mailTo: mailTo.join(',') || null, sesIdentity, smtpUrl, sesConfigurationSet };
  for (const [key, value] of Object.entries(needsSender)) {
    if (value !== null && mailFrom === null)
      throw refusal(key, value, 'left out, or mailFrom be given too: mail needs a sender');
  }
  if (mailFrom !== null && mailTo.length === 0)
    throw refusal('mailFrom', mailFrom, 'left out, or mailTo be given too: mail needs a recipient');
  for (const [key, value] of Object.entries({ sesIdentity, sesConfigurationSet })) {
    if (value !== null && smtpUrl !== null)
      throw refusal(key, value, 'left out where smtpUrl is given: mail goes through one of the two');
  }
  if (sesIdentity !== null && !sendsFor(sesIdentity.toLowerCase(), (mailFrom ?? '').toLowerCase()))
    throw refusal('sesIdentity', sesIdentity, `${mailFrom} or its domain, for that is mailFrom`);
}

function sendsFor(identity: string, sender: string): boolean {
  if (identity.includes('@')) return sender === identity;
  return sender.endsWith(`@${identity}`) || sender.endsWith(`.${identity}`);
}

function checkNetwork({ vpcSubnets, vpcSecurityGroups }: GivenSettings): void {
  if (vpcSubnets.length > 0 && vpcSecurityGroups.length === 0)
    throw refusal('vpcSubnets', vpcSubnets.join(','), 'left out, or vpcSecurityGroups be given too');
  if (vpcSecurityGroups.length > 0 && vpcSubnets.length === 0)
    throw refusal('vpcSecurityGroups', vpcSecurityGroups.join(','), 'left out, or vpcSubnets be given too');
}

function checkTrail({ trail, trailKey }: GivenSettings): void {
  if (trailKey !== null && trail === null)
    throw refusal('trailKey', trailKey, 'left out, or trail be given too');
}

function checkRetention({ objectLockDays, objectLockMode, reportDays }: GivenSettings): void {
  if (objectLockDays !== null && objectLockDays > reportDays)
    throw refusal(
      'objectLockDays',
      objectLockDays,
      `at most reportDays (${reportDays}), for what is locked cannot expire`,
    );
  if (objectLockDays === null && objectLockMode === 'COMPLIANCE')
    throw refusal('objectLockMode', objectLockMode, 'left out, or objectLockDays given too');
}

function checkGoogle({ googleServiceAccountId, googleAudience }: GivenSettings): void {
  if (googleServiceAccountId === null && googleAudience !== usualGoogleAudience)
    throw refusal('googleAudience', googleAudience, 'left out, or googleServiceAccountId be given too');
}

/** What is for an organization only would be passed over in silence. */
function checkOrganization(values: GivenSettings): void {
  if (values.organization === 'YES') return;
  for (const key of ofOrganizations) {
    const value = values[key];
    if (value !== null && value.length > 0)
      throw refusal(key, String(value), 'left out, or organization=yes be given too');
  }
}

const ofOrganizations = [
  'organizationId',
  'externalId',
  'ownerTag',
  'accounts',
  'withoutAccounts',
  'units',
  'withoutUnits',
  'accountTags',
  'withoutAccountTags',
] as const;

function watchHours({ schedule, timezone }: GivenSettings): number {
  const gaps = gapsOf(schedule, timezone);
  if (!gaps || gaps.shortest < 1) throw refusal('schedule', schedule, scheduleForms());
  return Math.ceil(gaps.longest) + 2;
}

function scheduleForms(): string {
  return 'rate(12 hours) or cron(MINUTES HOURS DATE MONTH WEEKDAY *) with ? for DATE or WEEKDAY, such as cron(0 6 * * ? *), and with an hour or more between runs';
}

function readTimezone(text: string): string | undefined {
  // Offsets such as +01:00 are known to Intl and unknown to EventBridge.
  if (!/^[A-Za-z]/.test(text)) return undefined;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions();
    // Another name of the same zone is kept; only its own one is put into the right case.
    return timeZone.toLowerCase() === text.toLowerCase() ? timeZone : text;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** CloudTrail keeps its event history for 90 days. */
function readSince(text: string): string | undefined {
  const [, amount, unit = ''] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  const days = Number(amount) / ({ m: 1440, h: 24, d: 1 }[unit] ?? 1);
  return days <= 90 ? text : undefined;
}

function readSmtpUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isServer = url && /^smtps?:$/.test(url.protocol) && url.hostname !== '' && url.password === '';
  return isServer && /^smtps?:\/\/[!-~]+$/.test(text) && !url.search && !url.hash && url.pathname.length <= 1
    ? text
    : undefined;
}

/** One would be too few: SQS hands batches to two at least. */
function readConcurrency(text: string): number | undefined {
  const value = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
  return value === 0 || (value >= 2 && value <= 100) ? value : undefined;
}

function readLogDays(text: string): number | undefined {
  return logDays().find((days) => String(days) === text);
}

function logDays(): number[] {
  return Object.values(RetentionDays).filter(
    (days): days is RetentionDays => typeof days === 'number' && days < RetentionDays.INFINITE,
  );
}

/** What the functions are told of the organization; null where only the account itself is audited. */
export function organizationSettings(settings: StackSettings): OrganizationSettings | null {
  if (settings.organization === 'NO') return null;
  const { memberRole, externalId, ownerTag } = settings;
  const { accounts, units, accountTags, withoutAccounts, withoutUnits, withoutAccountTags } = settings;
  return {
    roleName: memberRole,
    externalId,
    ownerTag,
    include: { accounts, units, tags: accountTags },
    exclude: { accounts: withoutAccounts, units: withoutUnits, tags: withoutAccountTags },
  };
}
