/** `clusterwhy demo`: the real audit of a simulated AWS on this machine, with its mail, and nothing left running. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderHtml } from '../../shared/render/html.tsx';
import { renderText } from '../../shared/render/text.ts';
import type { Report } from '../../shared/report.ts';
import { rules } from '../../shared/rules/index.ts';
import type { RunningCloud } from '../../test/cloud/start.ts';
import { environment, readSettings } from '../../shared/settings.ts';
import { makeAwsClients } from '../aws-clients.ts';
import { sendReport } from '../delivery.ts';
import { runAudit } from '../run-audit.ts';
import { startProgress } from './progress.ts';
import type { Session } from './session.ts';

const account = '111122223333';

/** Requests a second of the simulated CloudTrail: AWS allows 2, with which the demo's storm would take a quarter of an hour. */
const lookupRate = 500;

/** Denials of the crash-looping pod: as many as can be read within a few seconds. */
const stormEvents = 10_000;

export async function demo(session: Session): Promise<number> {
  session.log(
    'info',
    'This demo audits a simulated AWS on this machine. It needs no account and no network.',
  );
  const { startCloud } = await import('../../test/cloud/start.ts');
  const { faultyWorld } = await import('../../test/cloud/worlds/faulty.ts');
  const cloud = await startCloud(faultyWorld({ stormEvents }), { lookupsPerSecond: lookupRate });
  try {
    const report = await auditCloud(session, cloud);
    await session.write(renderText(report, session));
    const folder = await mkdtemp(join(tmpdir(), 'clusterwhy-demo-'));
    await mail(session, cloud, report, folder);
    await session.write(`\n${(await save(cloud, report, folder)).join('\n')}\n`);
  } finally {
    await cloud.close();
  }
  return 0;
}

async function auditCloud(session: Session, cloud: RunningCloud): Promise<Report> {
  const progress = await startProgress(session, 'Reading the simulated AWS');
  try {
    return await runAudit({
      clients: makeAwsClients(cloud.clientOptions(account)),
      rules,
      sinceMs: 86_400_000,
      lookupRate,
      discoveryBaseUrl: cloud.discoveryBaseUrl,
      onProgress: (step) => progress.show(step),
    });
  } finally {
    progress.stop();
  }
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
