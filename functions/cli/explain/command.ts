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
  throw new UserError({
    en: `Cannot use --${given} without --live: it says where to look; add --live, or drop it`,
    ja: `--${given} は --live なしでは使用できません: 確認する場所を指定するオプションです。--live を追加するか、外してください`,
  });
}

async function writeExplained(
  session: Session,
  explained: Explained,
  { output }: ExplainOptions,
): Promise<void> {
  if (output === 'json') await session.write(`${JSON.stringify(explained, null, 2)}\n`);
  else await session.write(renderExplanations(explained, session));
}

/** What the clouds show, the explanation, and then the findings of an audit that are about what the text names. */
async function writeLive(session: Session, live: LiveAnswer, { output }: ExplainOptions): Promise<void> {
  const { explained, ...shown } = live;
  if (output === 'json') {
    await session.write(`${JSON.stringify({ ...explained, live: shown }, null, 2)}\n`);
    return;
  }
  const { renderAnswer } = await import('./answer-text.ts');
  if (live.answers.length > 0) await session.write(`${renderAnswer(session, live)}\n\n`);
  await session.write(renderExplanations(explained, session));
  if (!live.report) return;
  const { renderText } = await import('../../../shared/render/text.ts');
  await session.write(`\n\n${renderText(live.report, session)}`);
}
