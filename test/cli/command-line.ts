/** The built command line as its users start it: a process with arguments, streams and an environment. */
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

export interface RunOptions {
  /** Added to an environment that knows no cloud. */
  env?: Record<string, string>;
  /** What it reads on standard input. */
  input?: string | Buffer;
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CommandLine {
  /** A fresh folder; also the process's home and working directory. */
  folder: string;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  start(args: readonly string[], options?: RunOptions): ChildProcessWithoutNullStreams;
  remove(): Promise<void>;
}

/** Builds the command line into a folder from which its dependencies are found. */
export async function buildCommandLine(): Promise<CommandLine> {
  const cache = resolve('node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const built = await mkdtemp(join(cache, 'clusterwhy-'));
  const folder = await mkdtemp(join(tmpdir(), 'clusterwhy-test-'));
  await promisify(execFile)(process.execPath, ['build.mjs', built]);
  const start: CommandLine['start'] = (args, { env = {} } = {}) =>
    spawn(process.execPath, [join(built, 'cli/main.js'), ...args], {
      cwd: folder,
      env: { ...bareEnvironment(folder), ...env },
    });
  return {
    folder,
    start,
    run: async (args, options = {}) => {
      const child = start(args, options);
      child.stdin.on('error', () => undefined); // it need not read what it is given
      child.stdin.end(options.input ?? '');
      return ended(child);
    },
    remove: async () => {
      for (const path of [built, folder]) await rm(path, { recursive: true, force: true });
    },
  };
}

/** Waits until the process has ended and everything that it wrote is there. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const code = new Promise<number | null>((done) => child.once('close', done));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

/** No credentials, no configuration files, no metadata service. */
function bareEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TMPDIR: home,
    AWS_CONFIG_FILE: join(home, 'no-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'no-credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
