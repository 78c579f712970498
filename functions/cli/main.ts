#!/usr/bin/env node
/** The command line's entry: arguments in, one exit code out, and never a stack trace. */
import { argv, env, exit, stderr, stdin, stdout } from 'node:process';
import { chooseLanguage } from './choose-language.ts';
import { failureLine } from './failure.ts';
import { cliMessagesIn } from './messages/messages-in.ts';
import { fail, runCommandLine } from './run-command-line.ts';
import { isClosedPipe, writeError } from './session.ts';

// The SDK's notice about versions of Node is for its own developers; it would stand between progress and result.
env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
// Whether this is a machine of Google's is seen in its firmware: asking the network takes seconds where it is none.
if (!env['GCE_METADATA_HOST'] && !env['GCE_METADATA_IP']) env['METADATA_SERVER_DETECTION'] ??= 'bios-only';

const args = argv.slice(2);
const language = chooseLanguage(args, env);
const says = cliMessagesIn(language).ending;

process.once('SIGINT', () => stop(says.interrupted, 130));
process.once('SIGTERM', () => stop(says.terminated, 143));
// What fails outside of any promise is told in one line too.
process.once('uncaughtException', (error) => exit(fail({ stderr }, failureLine(error, language))));
// Without a listener a closed pipe would end the process with a stack; each write learns of it by itself.
for (const stream of [stdout, stderr]) stream.on('error', ignoreClosedPipe);

const exitCode = await runCommandLine(args, { stdin, stdout, stderr, env });
await Promise.all([stdout, stderr].map(flush));
exit(exitCode);

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
