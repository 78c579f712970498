import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runCommandLine } from '../../functions/cli/run-command-line.ts';
import type { Streams } from '../../functions/cli/session.ts';
import type { Ended, RunOptions } from './command-line.ts';

/**
 * The command line in this process, through pipes, with nothing in its environment but what is given. For what ends
 * before a cloud is asked: clients would read the environment of this process.
 */
export async function runHere(
  args: readonly string[],
  { env = {}, input = '' }: RunOptions = {},
): Promise<Ended> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(input);
  const said = Promise.all([text(stdout), text(stderr)]);
  const code = await runCommandLine(args, { stdin, stdout, stderr, env } as unknown as Streams);
  for (const stream of [stdout, stderr]) stream.end();
  const [out, err] = await said;
  return { code, stdout: out, stderr: err };
}
