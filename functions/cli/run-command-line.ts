/** One command line: arguments in, results and failures on its streams, and an exit code. */
import { CommanderError, type OutputConfiguration } from 'commander';
import { printableLine } from '../../shared/render/printable.ts';
import type { Language } from '../../shared/words.ts';
import { chooseLanguage } from './choose-language.ts';
import { failureLine } from './failure.ts';
import { cliMessagesIn } from './messages/messages-in.ts';
import { makeProgram } from './program.ts';
import { inspectError, type Streams } from './session.ts';
import { usageLine } from './usage-line.ts';

/** Never throws: a failure is one line on the standard error, and 1. */
export async function runCommandLine(args: readonly string[], streams: Streams): Promise<number> {
  const language = chooseLanguage(args, streams.env);
  const program = makeProgram(streams, language);
  for (const command of [program.command, ...program.command.commands])
    command.configureOutput(outputOn(streams)).exitOverride();
  try {
    await program.command.parseAsync(args, { from: 'user' });
    return program.exitCode;
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? 0 : fail(streams, misuse(error, args, language));
    if (program.session?.logs('debug')) streams.stderr.write(`${inspectError(error)}\n`);
    return fail(streams, failureLine(error, language));
  }
}

function misuse(error: CommanderError, args: readonly string[], language: Language): string {
  // Commander's way to say that there is no command.
  if (error.code === 'commander.help') return cliMessagesIn(language).ending.noCommand;
  return usageLine(error, args, language);
}

/** Where help goes; what commander complains of is told in one line of ours. */
function outputOn({ stdout }: Streams): OutputConfiguration {
  return {
    writeOut: (text) => void stdout.write(text),
    writeErr: () => undefined,
    getOutHelpWidth: () => (stdout.isTTY ? stdout.columns : 80),
  };
}

/** The exit code of a failure, which it tells. */
export function fail({ stderr }: Pick<Streams, 'stderr'>, line: string): number {
  stderr.write(`clusterwhy: ${printableLine(line)}\n`);
  return 1;
}
