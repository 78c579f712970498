#!/usr/bin/env node
/** The command line's entry: arguments in, one exit code out, and never a stack trace. */
import { argv, env, exit, stderr, stdin, stdout } from 'node:process';
import { CommanderError } from 'commander';
import { failureLine } from './failure.ts';
import { makeProgram } from './program.ts';
import { inspectError, isClosedPipe, writeError } from './session.ts';

// The SDK's notice about versions of Node is for its own developers; it would stand between progress and result.
env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
// Whether this is a machine of Google's is seen in its firmware: asking the network takes seconds where it is none.
if (!env['GCE_METADATA_HOST'] && !env['GCE_METADATA_IP']) env['METADATA_SERVER_DETECTION'] ??= 'bios-only';

process.once('SIGINT', () => stop('interrupted', 130));
process.once('SIGTERM', () => stop('terminated', 143));
// What fails outside of any promise is told in one line too.
process.once('uncaughtException', (error) => exit(fail(failureLine(error))));
// Without a listener a closed pipe would end the process with a stack; each write learns of it by itself.
for (const stream of [stdout, stderr]) stream.on('error', ignoreClosedPipe);

const exitCode = await run(argv.slice(2));
await Promise.all([stdout, stderr].map(flush));
exit(exitCode);

async function run(args: string[]): Promise<number> {
  const program = makeProgram({ stdin, stdout, stderr, env });
  const silent = { writeErr: () => undefined }; // what it complains of is told below, in one line
  for (const command of [program.command, ...program.command.commands])
    command.configureOutput(silent).exitOverride();
  try {
    if (args.length === 0)
      return fail(
        'No command was given: "clusterwhy demo" shows what it does, "clusterwhy --help" lists the commands',
      );
    await program.command.parseAsync(args, { from: 'user' });
    return program.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : fail(usage(error, args));
    if (program.session?.logs('debug')) stderr.write(`${inspectError(error)}\n`);
    return fail(failureLine(error));
  }
}

/** Commander's message as one sentence, with the help to turn to. */
function usage({ message }: CommanderError, args: readonly string[]): string {
  const said = message
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  const command =
    /^[a-z][a-z-]*$/.test(args[0] ?? '') && !said.startsWith('unknown command') ? ` ${args[0] ?? ''}` : '';
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}; see "clusterwhy${command} --help"`;
}

function fail(line: string): number {
  stderr.write(`clusterwhy: ${line}\n`);
  return 1;
}

function stop(how: string, exitCode: number): void {
  stderr.write(`\nclusterwhy: ${how}\n`);
  exit(exitCode);
}

/** Where writing is not immediate, exit would cut off what was not yet taken. */
async function flush(stream: NodeJS.WriteStream): Promise<void> {
  if (!stream.writable) return;
  await new Promise<void>((resolve) => void stream.write('', () => resolve()));
}

function ignoreClosedPipe(error: Error): void {
  if (isClosedPipe(error)) return;
  throw writeError(error);
}
