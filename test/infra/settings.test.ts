import { readFileSync } from 'node:fs';
import { readStackSettings, settings } from '../../infra/settings.ts';

const mail = { mailFrom: 'why@example.com', mailTo: 'ops@example.com' };

describe('the settings of the stack', () => {
  it('are usable without a single one', () => {
    const usual = readStackSettings({});
    expect(usual).toMatchObject({
      stackName: 'clusterwhy',
      schedule: 'cron(0 6 * * ? *)',
      timezone: 'UTC',
      watchHours: 26,
      reservedConcurrency: null,
      objectLockDays: null,
      email: [],
    });
  });

  it('take lists and numbers as text and as JSON', () => {
    const given = {
      email: ['a@example.com', 'b@example.com'],
      logDays: 30,
      regions: ' eu-west-1, us-east-1,',
    };
    expect(readStackSettings(given)).toMatchObject({
      email: ['a@example.com', 'b@example.com'],
      logDays: 30,
      regions: ['eu-west-1', 'us-east-1'],
    });
  });

  it("leave the CDK's own keys alone", () => {
    const own = { '@aws-cdk/core:checkSecretUsage': true, 'aws:cdk:bundling-stacks': [] };
    expect(readStackSettings(own)).toEqual(readStackSettings({}));
  });

  it.each<[key: string, value: unknown, allowed: RegExp, others?: Record<string, unknown>]>([
    ['emial', 'ops@example.com', /no such setting; there are .*\bemail\b/],
    ['toString', 'x', /no such setting/],
    ['stackName', '1st', /letters, digits and hyphens/],
    ['stackName', 'a'.repeat(65), /at most 64/],
    ['email', 'ops', /mail addresses separated by commas/],
    ['email', 'ops@example.com;dev@example.com', /separated by commas/],
    ['email', '', /mail addresses/],
    ['email', true, /mail addresses/],
    ['email', { to: 'ops@example.com' }, /mail addresses/],
    ['alarmEmail', 'ops@example.com\nbcc: x@example.com', /mail addresses/],
    ['schedule', 'daily', /cron\(MINUTES HOURS DATE MONTH WEEKDAY \*\)/],
    ['schedule', 'cron(0 6 * * *)', /cron\(MINUTES/],
    ['schedule', 'rate(5 minutes)', /an hour or more between runs/],
    ['timezone', 'Europe/Atlantis', /name of a time zone/],
    ['timezone', '+01:00', /name of a time zone/],
    ['flexibleWindowMinutes', '61', /whole number from 0 to 60/],
    ['flexibleWindowMinutes', 7.5, /whole number/],
    ['regions', 'Ireland', /regions separated by commas/],
    ['regions', 'eu-west-1 us-east-1', /separated by commas/],
    ['clusters', 'a b', /EKS clusters/],
    ['since', '24', /90m, 24h or 7d/],
    ['trail', 'org-trail', /s3:\/\/BUCKET or/],
    ['trail', 's3://org-trail/*', /s3:\/\/BUCKET or/],
    ['trail', 's3://org-trail//x', /s3:\/\/BUCKET or/],
    ['trailKey', 'alias/trail', /ARN of a KMS key/, { trail: 's3://org-trail' }],
    ['trailKey', 'arn:aws:kms:eu-west-1:111122223333:key/0a1b', /trail be given too/],
    ['since', '91d', /at most 90d/],
    ['mailFrom', 'why', /a mail address/, { mailTo: 'ops@example.com' }],
    ['mailFrom', 'why@example.com', /left out, or mailTo/],
    ['mailTo', 'ops@example.com', /left out, or mailFrom/],
    ['mailUnsubscribe', 'ops@example.com', /mailto: or https:/],
    ['sesIdentity', 'example.com', /left out, or mailFrom/],
    ['sesIdentity', 'example.org', /why@example.com or its domain/, mail],
    ['sesIdentity', 'xample.com', /or its domain/, mail],
    ['sesIdentity', 'y@example.com', /or its domain/, mail],
    ['sesIdentity', 'localhost', /a domain or a mail address/, mail],
    ['sesIdentity', 'example.com', /left out where smtpUrl/, { ...mail, smtpUrl: 'smtps://u@example.com' }],
    ['sesConfigurationSet', 'a b', /configuration set/, mail],
    ['smtpUrl', 'mail.example.com', /smtps:\/\/USER@HOST/, mail],
    ['smtpUrl', 'smtps://mail.example.com', /left out, or mailFrom/],
    ['reportUrl', 'http://reports.example.com/', /begins with https:/],
    ['mutes', '/mutes.yaml', /such as settings\/mutes\.yaml/],
    ['mutes', 'mutes*', /such as settings\/mutes\.yaml/],
    ['reportUrl', 'https://reports.example.com/<b>', /begins with https:/],
    ['runbookUrl', "https://example.com/'{}", /runbook\.md/],
    ['reportDays', '0', /from 1 to 36500/],
    ['objectLockDays', 401, /at most reportDays \(400\)/],
    ['objectLockMode', 'COMPLIANCE', /objectLockDays given too/],
    ['objectLockMode', 'strict', /GOVERNANCE or COMPLIANCE/, { objectLockDays: 1 }],
    ['logDays', '31', /CloudWatch Logs knows: 1, 3, 5, 7, 14, 30/],
    ['logLevel', 'loud', /DEBUG or INFO or WARN or ERROR/],
    ['reservedConcurrency', '0', /whole number from 1/],
    ['reservedConcurrency', 'ten', /whole number from 1/],
    ['oidcDiscoveryUrl', 'ftp://example.com', /https: or http:/],
  ])('refuse %s=%j, and say what is allowed', (key, value, allowed, others = {}) => {
    const message = messageOf(() => readStackSettings({ ...others, [key]: value }));
    expect(message).toMatch(allowed);
    expect(message).toContain(`Cannot use ${key}=`);
    expect(message).not.toContain('\n');
    if (typeof value === 'string') expect(message).toContain(JSON.stringify(value));
  });

  it.each(['hunter2', 'a@b', 'a/b', 'a:b#c'])('keep the password %s out of the message', (password) => {
    const smtpUrl = `smtps://user:${password}@mail.example.com`;
    const message = messageOf(() => readStackSettings({ ...mail, smtpUrl }));
    expect(message).toMatch(
      /^Cannot use smtpUrl="smtps:\/\/user:\*\*\*@mail.*: it must be .*without a password/,
    );
    expect(message).not.toContain(password);
  });

  it('are cut short in a message', () => {
    expect(messageOf(() => readStackSettings({ schedule: 'x'.repeat(1e6) })).length).toBeLessThan(500);
  });

  it.each([
    ['example.com', 'why@example.com'],
    ['example.com', 'why@mail.example.com'],
    ['why@example.com', 'Why@Example.com'],
  ])('let the identity %s send as %s', (sesIdentity, mailFrom) => {
    expect(readStackSettings({ ...mail, mailFrom, sesIdentity })).toMatchObject({ sesIdentity });
  });

  it('watch for as long as the longest gap, and two hours', () => {
    const hours = (schedule: string, timezone = 'UTC') =>
      readStackSettings({ schedule, timezone }).watchHours;
    expect(hours('rate(12 hours)')).toBe(14);
    expect(hours('rate(90 minutes)')).toBe(4);
    expect(hours('cron(0 6 ? * MON-FRI *)')).toBe(74);
    expect(hours('cron(0 6 * * ? *)', 'europe/stockholm')).toBe(27);
  });

  it('are all explained in the README', () => {
    const readme = readFileSync('README.md', 'utf8');
    const explained = Object.keys(settings).filter((key) => readme.includes(`\`${key}\``));
    expect(explained).toEqual(Object.keys(settings));
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}
