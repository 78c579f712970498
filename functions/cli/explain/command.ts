/** `clusterwhy explain`: what a pasted error, a log or a CloudTrail record means, and what to do. */
import { explain, type Explained } from '../../../shared/explain/explanation.ts';
import { knownErrors } from '../../../shared/explain/known-errors.ts';
import { ErrorScanner } from '../../../shared/explain/scan-errors.ts';
import { renderExplanations } from '../../../shared/render/explanation-text.ts';
import type { Session } from '../session.ts';
import type { LiveAnswer, LiveOptions } from './live.ts';
import { UserError } from '../user-error.ts';
import { readText } from './read-text.ts';

export interface ExplainOptions extends LiveOptions {
  output: 'text' | 'json';
  live?: boolean;
}

/** The exit code is 0, whether an error was recognised or not. */
export async function explainText(
  session: Session,
  args: readonly string[],
  options: ExplainOptions,
): Promise<number> {
  refuseWithoutLive(options);
  const { pieces, missingFile } = await readText(args, session.stdin);
  const scanner = new ErrorScanner(knownErrors);
  for await (const piece of pieces) scanner.push(piece);
  const scan = scanner.finish();
  if (missingFile !== null && scan.errors.length === 0)
    session.log('warn', session.says.explain.noFile(missingFile));
  if (!options.live) await writeExplained(session, explain(scan, session.language), options);
  else {
    const { lookAtClouds } = await import('./live.ts');
    await writeLive(session, await lookAtClouds(session, scan, options), options);
  }
  return 0;
}

function refuseWithoutLive({ live, profile, region, project }: ExplainOptions): void {
  const given = Object.entries({ profile, region, project }).find(([, value]) => value !== undefined)?.[0];
  if (live || given === undefined) return;
  throw new UserError(`Cannot use --${given} without --live: it says where to look; add --live, or drop it`);
}

async function writeExplained(
  session: Session,
  explained: Explained,
  { output }: ExplainOptions,
): Promise<void> {
  if (output === 'json') await session.write(`${JSON.stringify(explained, null, 2)}\n`);
  else await session.write(renderExplanations(explained, session));
}

/** The explanation, then the findings of an audit that are about what the text names. */
async function writeLive(
  session: Session,
  { explained, report, notes }: LiveAnswer,
  { output }: ExplainOptions,
): Promise<void> {
  for (const note of notes) session.log('warn', note);
  if (output === 'json') {
    await session.write(`${JSON.stringify({ ...explained, live: { report, notes } }, null, 2)}\n`);
    return;
  }
  await session.write(renderExplanations(explained, session));
  if (!report) return;
  const { renderText } = await import('../../../shared/render/text.ts');
  await session.write(`\n\n${renderText(report, session)}`);
  if (report.findings.length === 0) session.log('warn', session.says.explain.nothing);
}
