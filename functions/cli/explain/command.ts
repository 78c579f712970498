/** `clusterwhy explain`: what a pasted error, a log or a CloudTrail record means, and what to do. */
import { explain, type Explained } from '../../../shared/explain/explanation.ts';
import { knownErrors } from '../../../shared/explain/known-errors.ts';
import { ErrorScanner } from '../../../shared/explain/scan-errors.ts';
import { renderExplanations } from '../../../shared/render/explanation-text.ts';
import type { Session } from '../session.ts';
import { readText } from './read-text.ts';

export interface ExplainOptions {
  output: 'text' | 'json';
}

/** The exit code is 0, whether an error was recognised or not. */
export async function explainText(
  session: Session,
  args: readonly string[],
  options: ExplainOptions,
): Promise<number> {
  const { pieces, missingFile } = await readText(args, session.stdin);
  const scanner = new ErrorScanner(knownErrors);
  for await (const piece of pieces) scanner.push(piece);
  const explained = explain(scanner.finish());
  if (missingFile !== null && explained.explanations.length === 0)
    session.log('warn', `There is no file ${missingFile}: it was read as the text of an error`);
  await writeExplained(session, explained, options);
  return 0;
}

async function writeExplained(
  session: Session,
  explained: Explained,
  { output }: ExplainOptions,
): Promise<void> {
  if (output === 'json') await session.write(`${JSON.stringify(explained, null, 2)}\n`);
  else await session.write(renderExplanations(explained, session));
}
