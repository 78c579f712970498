/** What the Cloud Function delivers, with the real SDKs and mail client against both simulated clouds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gkeDelivery } from '../../functions/gke-delivery.ts';
import { googleIdentityToken } from '../../functions/google-auth.ts';
import { googleTrustPolicy } from '../../shared/domain/google-federation.ts';
import { readGoogleSettings } from '../../shared/google-settings.ts';
import { reportSchema } from '../../shared/report.ts';
import { readSettings } from '../../shared/settings.ts';
import { startGoogleCloud, type GoogleCloud } from '../cloud/google/start-google-cloud.ts';
import { healthyWorld as healthyProjects } from '../cloud/google/worlds/healthy.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { healthyWorld } from '../cloud/worlds/healthy.ts';
import { sampleReport } from '../render/sample-report.ts';
import { googleEnvironment, withEnvironment } from './function-environment.ts';

const account = '111122223333';
const roleArn = `arn:aws:iam::${account}:role/clusterwhy-google`;
const topicArn = `arn:aws:sns:eu-west-1:${account}:clusterwhy`;
/** As the simulated metadata server names its service account. */
const serviceAccountId = '112233445566778899001';
const bucket = 'clusterwhy-reports';

let aws: RunningCloud;
let google: GoogleCloud;
let folder: string;
let restore: () => void;
beforeAll(async () => {
  google = await startGoogleCloud(healthyProjects(new Date()));
  folder = mkdtempSync(join(tmpdir(), 'gke-delivery-'));
  restore = withEnvironment({
    ...googleEnvironment(folder),
    GCE_METADATA_HOST: new URL(google.endpoints.METADATA ?? '').host,
    AWS_REGION: 'eu-west-1',
  });
});
afterAll(async () => {
  restore();
  rmSync(folder, { recursive: true });
  await google.close();
});
beforeEach(async () => {
  aws = await startCloud(healthyWorld());
  // Which the role does not have: what does not exist is then answered as what is forbidden.
  aws.account(account).refusals.push({ action: 's3:ListBucket' });
  trust({ serviceAccountId, audience: 'clusterwhy' });
});
afterEach(() => aws.close());

function trust(given: Parameters<typeof googleTrustPolicy>[0]): void {
  const { roles } = aws.account(account);
  const [known] = roles;
  if (!known) throw new Error('the healthy world has roles');
  const trustPolicy = JSON.stringify(googleTrustPolicy(given));
  roles.push({ ...known, arn: roleArn, name: 'clusterwhy-google', trustPolicy });
}

let runs = 0;

function delivery(env: Record<string, string>, googleEnv = google.environment(null)) {
  return gkeDelivery({
    settings: readSettings(env),
    identityToken: (audience) => googleIdentityToken(readGoogleSettings(googleEnv), audience),
    marksFolder: join(folder, `marks-${++runs}`),
    endpoint: aws.endpoint,
  });
}

const throughAws = {
  CLUSTERWHY_BUCKET: bucket,
  CLUSTERWHY_TOPIC_ARN: topicArn,
  CLUSTERWHY_AWS_ROLE_ARN: roleArn,
};

it('puts the report into its one place in the bucket and publishes it, with no key', async () => {
  await delivery(throughAws)?.(sampleReport);
  const objects = aws.s3.get(bucket);
  const keys = [...(objects?.keys() ?? [])];
  expect(keys.filter((key) => !key.includes('/deliveries/'))).toEqual(['reports/google/latest.json']);
  expect(keys.filter((key) => !key.startsWith('reports/google/'))).toEqual([]);
  const stored = objects?.get('reports/google/latest.json')?.body.toString() ?? '';
  expect(reportSchema.parse(JSON.parse(stored))).toEqual(sampleReport);
  expect(aws.sns.map((message) => message.topicArn)).toEqual([topicArn]);
  expect(new Set(aws.calls.map(({ action, outcome }) => `${action} ${outcome}`))).toEqual(
    new Set(['sts:AssumeRoleWithWebIdentity ok', 's3:PutObject ok', 'sns:Publish ok']),
  );
  const session = `arn:aws:sts::${account}:assumed-role/clusterwhy-google/clusterwhy-gke`;
  const callers = aws.calls.filter(({ action }) => !action.startsWith('sts:')).map(({ caller }) => caller);
  expect(new Set(callers)).toEqual(new Set([session]));
});

it('writes over the last report, and sends the same run once', async () => {
  const deliver = delivery(throughAws);
  await deliver?.(sampleReport);
  await deliver?.(sampleReport);
  expect(aws.sns).toHaveLength(1);
  await deliver?.({ ...sampleReport, runId: 'the-next-day' });
  const stored = aws.s3.get(bucket)?.get('reports/google/latest.json')?.body.toString() ?? '';
  expect([aws.sns.length, (JSON.parse(stored) as { runId: string }).runId]).toEqual([2, 'the-next-day']);
});

it.each([
  ['another service account', { serviceAccountId: '998877665544332211009', audience: 'clusterwhy' }],
  ['another audience', { serviceAccountId, audience: 'somebody-else' }],
])('says what the trust policy must name where it lets in %s', async (_, given) => {
  aws.account(account).roles.pop();
  trust(given);
  await expect(delivery(throughAws)?.(sampleReport)).rejects.toThrow(
    /Cannot take on arn:aws:iam::111122223333:role\/clusterwhy-google: .*accounts\.google\.com:sub and "clusterwhy" as accounts\.google\.com:oaud/,
  );
  expect([aws.s3.get(bucket)?.size ?? 0, aws.sns.length]).toEqual([0, 0]);
});

it('says that a person cannot be identified to AWS', async () => {
  await expect(delivery(throughAws, google.environment())?.(sampleReport)).rejects.toThrow(
    /Cannot get an identity token from Google: these credentials are none of a service account/,
  );
});

it('mails by itself where there is no AWS, with a password that is not in the address', async () => {
  const env = {
    CLUSTERWHY_MAIL_FROM: 'clusterwhy@shop.example',
    CLUSTERWHY_MAIL_TO: 'ops@shop.example, security@shop.example',
    CLUSTERWHY_SMTP_URL: `smtp://${aws.smtp.host}:${aws.smtp.port}`,
  };
  await delivery(env)?.(sampleReport);
  expect(aws.smtp.mails).toHaveLength(2);
  expect(aws.calls).toEqual([]);
});

it('is none where no channel is set up', () => {
  expect(delivery({})).toBeNull();
  expect(delivery({ CLUSTERWHY_AWS_ROLE_ARN: roleArn })).toBeNull();
});

const mail = { CLUSTERWHY_MAIL_FROM: 'a@b.example', CLUSTERWHY_MAIL_TO: 'c@d.example' };

it.each<[string, Record<string, string>, RegExp]>([
  ['a bucket without a role', { CLUSTERWHY_BUCKET: bucket }, /set CLUSTERWHY_AWS_ROLE_ARN/],
  ['a topic without a role', { CLUSTERWHY_TOPIC_ARN: topicArn }, /set CLUSTERWHY_AWS_ROLE_ARN/],
  ['mail through SES', mail, /through SES: set CLUSTERWHY_SMTP_URL/],
  [
    'a password in a secret of AWS',
    { ...mail, CLUSTERWHY_SMTP_URL: 'smtps://x@y.example', CLUSTERWHY_SMTP_PASSWORD_SECRET: 's' },
    /give CLUSTERWHY_SMTP_PASSWORD from Secret Manager/,
  ],
])('refuses %s when it starts', (_, env, message) => {
  expect(() => delivery(env)).toThrow(message);
});
