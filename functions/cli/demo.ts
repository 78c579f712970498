/**
 * `clusterwhy demo`: the deployed auditor on this machine, over two simulated clouds, with its mail, and nothing left
 * running: the Cloud Function reads Google Cloud, the Lambda functions read AWS and tell what both found.
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBucket } from '../../shared/deliver/bucket.ts';
import { readReport } from '../../shared/deliver/stored-report.ts';
import { usualGoogleAudience } from '../../shared/deployment.ts';
import { googleTrustPolicy } from '../../shared/domain/google-federation.ts';
import { renderText } from '../../shared/render/text.ts';
import { columnsOf, padColumns } from '../../shared/render/wrap.ts';
import type { Report } from '../../shared/report.ts';
import type { GoogleCloud } from '../../test/cloud/google/start-google-cloud.ts';
import type { RunningCloud } from '../../test/cloud/start.ts';
import { environment } from '../../shared/settings.ts';
import { makeDeliveryClients } from '../aws-clients.ts';
import { clusterHistoryKey } from '../cluster-history.ts';
import type { DigestAnswer } from '../digest.ts';
import { startProgress } from './progress.ts';
import type { Session } from './session.ts';

const account = '111122223333';
const bucket = 'clusterwhy-reports';
const topicArn = `arn:aws:sns:eu-west-1:${account}:clusterwhy`;
const googleRole = 'clusterwhy-google';

/** As the simulated metadata server names the service account of the Cloud Function. */
const googleServiceAccountId = '112233445566778899001';

/** Requests a second of the simulated CloudTrail: AWS allows 2, with which the demo's storm would take a quarter of an hour. */
const lookupRate = 500;

/** Requests a second to the simulated Google Cloud, for the same reason: the real one is asked 12 times. */
const googleRate = 1000;

/** Denials of the crash-looping pod: as many as can be read within a few seconds. */
const stormEvents = 10_000;

/** The two simulated clouds. */
interface Clouds {
  aws: RunningCloud;
  google: GoogleCloud;
  close(): Promise<unknown>;
}

/** A day of the auditor: its report, and where its files are. */
interface Day {
  report: Report;
  /** Key of `report.json` in the bucket. */
  key: string;
  delivered: DigestAnswer['delivered'];
}

export async function demo(session: Session): Promise<number> {
  session.log('info', session.says.demo.begin);
  const clouds = await startClouds();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'clusterwhy-demo-'));
    const day = await runDay(session, clouds, folder);
    await session.write(renderText(day.report, session));
    for (const { channel, state } of day.delivered) session.log('info', `${channel}: ${state}`);
    await session.write(`\n${(await save(session, clouds.aws, day, folder)).join('\n')}\n`);
  } finally {
    await clouds.close();
  }
  return 0;
}

/** Only the report of what the demo audits. */
export async function demoReport(session: Session): Promise<Report> {
  const clouds = await startClouds();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'clusterwhy-demo-'));
    return (await runDay(session, clouds, folder)).report;
  } finally {
    await clouds.close();
  }
}

async function startClouds(): Promise<Clouds> {
  const { startCloud } = await import('../../test/cloud/start.ts');
  const { faultyWorld } = await import('../../test/cloud/worlds/faulty.ts');
  const { startGoogleCloud } = await import('../../test/cloud/google/start-google-cloud.ts');
  const { faultyWorld: faultyProjects } = await import('../../test/cloud/google/worlds/faulty.ts');
  const google = await startGoogleCloud(faultyProjects(new Date()), { largestPage: 100 });
  const aws = await startCloud(faultyWorld({ stormEvents }), { lookupsPerSecond: lookupRate });
  letInGoogle(aws);
  rememberEarlierRuns(aws, google);
  return { aws, google, close: () => Promise.all([aws.close(), google.close()]) };
}

/** The role that the stack makes for the Cloud Function. */
function letInGoogle(aws: RunningCloud): void {
  const { roles } = aws.account(account);
  const [known] = roles;
  if (!known) throw new Error('The simulated account has no roles');
  const trust = googleTrustPolicy({
    serviceAccountId: googleServiceAccountId,
    audience: usualGoogleAudience,
  });
  const arn = `arn:aws:iam::${account}:role/${googleRole}`;
  roles.push({ ...known, arn, name: googleRole, path: '/', trustPolicy: JSON.stringify(trust) });
}

/** What the Cloud Function saw on the days before. */
function rememberEarlierRuns({ s3 }: RunningCloud, { world: { history } }: GoogleCloud): void {
  const body = Buffer.from(JSON.stringify(Object.fromEntries(history)));
  const kept = { contentType: 'application/json', lastModified: new Date(), metadata: {}, etag: '"demo"' };
  s3.get(bucket)?.set(clusterHistoryKey, { body, ...kept });
}

async function runDay(session: Session, { aws, google }: Clouds, folder: string): Promise<Day> {
  const { runFunctions } = await import('./run-functions.ts');
  const progress = await startProgress(session, session.says.demo.day);
  try {
    const { key, delivered } = await runFunctions({
      lambda: { ...lambdaVariables(aws), [environment.language]: session.language },
      google: {
        ...google.environment(null),
        ...googleVariables(google, folder),
        [environment.language]: session.language,
      },
      endpoint: aws.endpoint,
      body: googleRequest(google),
      marksFolder: join(folder, 'state'),
      reading: {
        pace: { requestsPerSecond: googleRate, logRequestsPerSecond: googleRate },
        kubernetesAccess: { publicCa: google.publicCa, timeoutMs: 5_000 },
      },
      onCall: (name) => progress.say(name),
    });
    const { s3 } = makeDeliveryClients(aws.clientOptions(account));
    const report = await readReport(openBucket(s3, bucket), key);
    if (!report) throw new Error(`The demo stored no report at ${key}; please report this`);
    return { report, key, delivered };
  } finally {
    progress.stop();
  }
}

/** As the stack sets them. */
function lambdaVariables(aws: RunningCloud): Record<string, string> {
  const { smtp, discoveryBaseUrl } = aws;
  return {
    ...aws.environment(account),
    [environment.bucket]: bucket,
    [environment.topicArn]: topicArn,
    [environment.mailFrom]: 'clusterwhy <clusterwhy@shop.example>',
    [environment.mailTo]: 'cluster-admins@shop.example',
    [environment.smtpUrl]: `smtp://${smtp.host}:${smtp.port}`,
    [environment.oidcDiscoveryUrl]: discoveryBaseUrl,
    [environment.lookupRate]: String(lookupRate),
    [environment.logLevel]: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
  };
}

/** As `deploy:gke` sets them: the report goes into the bucket on AWS, whose digest tells it. */
function googleVariables({ endpoints }: GoogleCloud, folder: string): Record<string, string> {
  return {
    // A machine of Google's, whose only credentials are those of its metadata server.
    GCE_METADATA_HOST: new URL(endpoints['METADATA'] ?? '').host,
    METADATA_SERVER_DETECTION: 'assume-present',
    HOME: folder,
    APPDATA: folder,
    CLOUDSDK_CONFIG: folder,
    [environment.bucket]: bucket,
    [environment.awsRoleArn]: `arn:aws:iam::${account}:role/${googleRole}`,
    AWS_REGION: 'eu-west-1',
  };
}

/** What a user would ask for on a schedule: principals that must reach their clusters, and how each is reached. */
function googleRequest({ world: { canaries } }: GoogleCloud): object {
  return {
    since: '24h',
    deliver: true,
    kubernetes: true,
    connect: true,
    canaries: canaries.map((canary) => ({
      ...canary,
      project: canary.principal.replace(/^.*@(.*)\.iam\.gserviceaccount\.com$/, '$1'),
    })),
  };
}

/** Saves the page and the mail that was received; says what is where. */
async function save(
  { says: { demo: says } }: Session,
  { smtp, s3 }: RunningCloud,
  { key }: Day,
  folder: string,
): Promise<string[]> {
  const [received] = smtp.mails;
  const page = s3.get(bucket)?.get(key.replace(/json$/, 'html'))?.body;
  if (!received || !page)
    throw new Error(
      'The demo delivered its report, but there is no mail or no page of it; please report this',
    );
  const { default: PostalMime } = await import('postal-mime');
  const { subject = '', html = '' } = await PostalMime.parse(received.raw);
  const files = { 'report.html': page, 'mail.eml': received.raw, 'mail.html': html };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const lines = [
    [says.page, join(folder, 'report.html')],
    [says.mail, join(folder, 'mail.eml')],
    [says.html, join(folder, 'mail.html')],
    [says.subject, subject],
  ] as const;
  const columns = Math.max(...lines.map(([label]) => columnsOf(label)));
  return lines.map(([label, value]) => `${padColumns(label, columns)} ${value}`);
}
