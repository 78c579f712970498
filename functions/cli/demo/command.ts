/**
 * `clusterwhy demo`: days of the deployed auditor on this machine, over two simulated clouds, with their mails, and nothing
 * left running: the Cloud Function reads Google Cloud, the Lambda functions read AWS and tell what both found.
 */
import { usualStackName } from '../../../shared/deployment.ts';
import { columnsOf, padColumns } from '../../../shared/render/wrap.ts';
import type { Report } from '../../../shared/report.ts';
import { audit } from '../audit.ts';
import { history } from '../history.ts';
import { openSession, type Session } from '../session.ts';
import { findingOf, mutesKey, repair } from './between-days.ts';
import { bucket, lambdaVariables } from './demo-clouds.ts';
import { afterLastRun, playDays, withDemo, type Day, type Play } from './play-days.ts';
import { saveFiles, type SavedFiles } from './save-files.ts';
import { heading, indented, tellDay, tellDeeds } from './tell-day.ts';
import { withVariables } from './use-variables.ts';
import { demoFault } from './demo-fault.ts';

export async function demo(session: Session): Promise<number> {
  session.log('info', session.says.demo.begin);
  await withDemo(session, async (play) => {
    const days = await playDays(play, {
      before: (day, deeds) => session.write(tellDeeds(day, deeds, session)),
      async after(day) {
        for (const { channel, state } of day.delivered)
          session.log('info', `  ${session.says.audit.delivered(channel, state)}`);
        await session.write(tellDay(day, session));
      },
    });
    const last = days.at(-1);
    if (last) await recheck(play, last);
    await showHistory(play);
    await session.write(fileLines(session, await saveFiles(play, days)));
  });
  return 0;
}

/** Only the report of the first day that the demo audits. */
export async function demoReport(session: Session): Promise<Report> {
  return withDemo(session, async (play) => {
    const [first] = await playDays(play, {}, 1);
    if (!first) throw demoFault({ en: 'The demo has no day', ja: 'デモに日がありません' });
    return first.report;
  });
}

/** What a person does who repaired something and does not want to wait until tomorrow. */
async function recheck(play: Play, { report }: Day): Promise<void> {
  const { session, clouds } = play;
  const { demo: says } = session.says;
  const finding = findingOf(report, 'eks/irsa-trust-subject', 'external-dns');
  await afterLastRun(play, () => repair(clouds, finding));
  const check = finding.rule;
  await session.write(
    `\n${[heading(says.recheck, session), ...indented(says.rechecked(finding.id), session)].join('\n')}\n`,
  );
  await session.write(`  $ clusterwhy audit --aws --check ${check} --finding ${finding.id}\n`);
  await asUser(play, (user) =>
    audit(user, { aws: true, check: [check], finding: finding.id, since: 86_400_000, kubernetes: 'auto' }),
  );
}

async function showHistory(play: Play): Promise<void> {
  const { session } = play;
  const days = 2;
  await session.write(
    `\n${heading(session.says.demo.history, session)}\n  $ clusterwhy history --bucket ${bucket} --days ${days}\n`,
  );
  await asUser(play, (user) => history(user, { bucket, stack: usualStackName, days, output: 'text' }));
}

/** Runs a command as somebody whose credentials are for the simulated AWS. */
async function asUser(play: Play, run: (session: Session) => Promise<unknown>): Promise<void> {
  const { session, clouds } = play;
  const variables = lambdaVariables(clouds, { language: session.language, mutes: mutesKey });
  // How far the reading has come was shown before.
  const told = {
    color: session.colorAllowed,
    quiet: true,
    lang: session.language,
    logLevel: 'warn',
  } as const;
  await afterLastRun(play, () =>
    withVariables(variables, () => run(openSession({ ...session, env: process.env }, told))),
  );
}

function fileLines(session: Session, saved: SavedFiles): string {
  const { demo: says } = session.says;
  const lines = [
    [says.index, saved.index],
    [says.page, saved.page],
    ...saved.reports.map((path, index) => [index === 0 ? says.report : '', path] as const),
    ...saved.mails.map((path, index) => [says.mailOf(index + 1), path] as const),
    [says.html, saved.html],
  ] as const;
  const columns = Math.max(...lines.map(([label]) => columnsOf(label)));
  const named = lines.map(([label, value]) => `  ${padColumns(label, columns)} ${value}`);
  return `\n${[heading(says.files, session), ...named].join('\n')}\n`;
}
