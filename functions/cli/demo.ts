/** `clusterwhy demo`: the real audit of both clouds, simulated on this machine, with its mail, and nothing left running. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderHtml } from '../../shared/render/html.tsx';
import { renderText } from '../../shared/render/text.ts';
import type { Report } from '../../shared/report.ts';
import { rules } from '../../shared/rules/index.ts';
import type { GoogleCloud } from '../../test/cloud/google/start-google-cloud.ts';
import type { RunningCloud } from '../../test/cloud/start.ts';
import { readGoogleSettings } from '../../shared/google-settings.ts';
import { environment, readSettings } from '../../shared/settings.ts';
import { auditReport, type Collector } from '../audit-report.ts';
import { makeAwsClients } from '../aws-clients.ts';
import { sendReport } from '../delivery.ts';
import { makeGoogleClients } from '../google-auth.ts';
import { accountCollector } from '../run-audit.ts';
import { projectsCollector } from '../run-gcp-audit.ts';
import { startProgress, type ProgressView } from './progress.ts';
import type { Session } from './session.ts';

const account = '111122223333';

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

export async function demo(session: Session): Promise<number> {
  session.log(
    'info',
    'This demo audits a simulated AWS and a simulated Google Cloud on this machine. It needs no account and no network.',
  );
  const clouds = await startClouds();
  try {
    const report = await auditClouds(session, clouds);
    await session.write(renderText(report, session));
    const folder = await mkdtemp(join(tmpdir(), 'clusterwhy-demo-'));
    await mail(session, clouds.aws, report, folder);
    await session.write(`\n${(await save(clouds.aws, report, folder)).join('\n')}\n`);
  } finally {
    await clouds.close();
  }
  return 0;
}

/** Only the report of what the demo audits. */
export async function demoReport(session: Session): Promise<Report> {
  const clouds = await startClouds();
  try {
    return await auditClouds(session, clouds);
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
  return { aws, google, close: () => Promise.all([aws.close(), google.close()]) };
}

async function auditClouds(session: Session, { aws, google }: Clouds): Promise<Report> {
  const progress = await startProgress(session, 'Reading the simulated AWS and Google Cloud');
  try {
    const collectors = [accountOf(aws, progress), await projectsOf(google, progress)];
    return await auditReport({ collectors, rules, sinceMs: 86_400_000 });
  } finally {
    progress.stop();
  }
}

function accountOf(cloud: RunningCloud, progress: ProgressView): Collector {
  return accountCollector({
    clients: makeAwsClients(cloud.clientOptions(account)),
    lookupRate,
    discoveryBaseUrl: cloud.discoveryBaseUrl,
    kubernetes: true,
    onProgress: (step) => progress.show(step),
  });
}

/** What a user would set up is set up: a principal that must reach its cluster, and what earlier runs saw. */
async function projectsOf(cloud: GoogleCloud, progress: ProgressView): Promise<Collector> {
  const { canaries, history } = cloud.world;
  return projectsCollector({
    clients: await makeGoogleClients(readGoogleSettings(cloud.environment())),
    pace: { requestsPerSecond: googleRate, logRequestsPerSecond: googleRate },
    canaries: canaries.map((canary) => ({
      ...canary,
      project: canary.principal.replace(/^.*@(.*)\.iam\.gserviceaccount\.com$/, '$1'),
    })),
    history: { state: 'whole', value: history },
    kubernetes: true,
    connect: true,
    kubernetesAccess: { publicCa: cloud.publicCa, timeoutMs: 5_000 },
    onProgress: (step) => progress.show(step),
  });
}

/** Sends the report to the mail server that runs beside the simulated AWS. */
async function mail(session: Session, { smtp }: RunningCloud, report: Report, folder: string): Promise<void> {
  const settings = readSettings({
    [environment.mailFrom]: 'clusterwhy <clusterwhy@shop.example>',
    [environment.mailTo]: 'cluster-admins@shop.example',
    [environment.smtpUrl]: `smtp://${smtp.host}:${smtp.port}`,
  });
  const results = await sendReport(report, settings, { aws: {}, marksFolder: join(folder, 'state') });
  for (const { channel, state } of results) session.log('info', `${channel}: ${state}`);
}

/** Saves the page and the mail that was received; says what is where. */
async function save({ smtp }: RunningCloud, report: Report, folder: string): Promise<string[]> {
  const [received] = smtp.mails;
  if (!received)
    throw new Error('The demo sent its mail, but its mail server received none; please report this');
  const { default: PostalMime } = await import('postal-mime');
  const { subject = '', html = '' } = await PostalMime.parse(received.raw);
  const files = { 'report.html': renderHtml(report), 'mail.eml': received.raw, 'mail.html': html };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return [
    `The report as a page:    ${join(folder, 'report.html')}`,
    `The mail it was sent as: ${join(folder, 'mail.eml')}`,
    `The mail's HTML:         ${join(folder, 'mail.html')}`,
    `The mail's subject:      ${subject}`,
  ];
}
