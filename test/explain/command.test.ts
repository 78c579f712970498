/** `clusterwhy explain` as its users start it: arguments, files, pipes, forms and failures. */
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { knownErrors } from '../../shared/explain/known-errors.ts';
import type { Explained } from '../../shared/explain/explanation.ts';
import { makeErrorsPage } from '../../scripts/generate/errors-page.ts';
import { buildCommandLine, ended, type CommandLine } from '../cli/command-line.ts';

const denied =
  'botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity';

let cli: CommandLine;
beforeAll(async () => {
  cli = await buildCommandLine();
}, 60_000);
afterAll(() => cli.remove());

const plain = (text: string) => text.replaceAll(/\s+/g, ' ');

async function kindsOf(args: readonly string[], input?: string | Buffer) {
  const run = await cli.run(['explain', '--output', 'json', ...args], input === undefined ? {} : { input });
  const { explanations } = JSON.parse(run.stdout) as Explained;
  return [run.code, run.stderr, explanations.map(({ kind }) => kind)];
}

describe('what is read', () => {
  it('an argument, several arguments, standard input, "-", or a file', async () => {
    const file = join(cli.folder, 'pod.log');
    await writeFile(file, `starting\n${denied}\n`);
    const expected = [0, '', ['aws-web-identity-denied']];
    expect(await kindsOf([denied])).toEqual(expected);
    expect(await kindsOf(denied.split(' '))).toEqual(expected);
    expect(await kindsOf([], denied)).toEqual(expected);
    expect(await kindsOf(['-'], denied)).toEqual(expected);
    expect(await kindsOf(['pod.log'])).toEqual(expected);
  });

  it('nothing, which is said: the command before the pipe may have failed', async () => {
    const { code, stdout } = await cli.run(['explain'], { input: '' });
    expect([code, plain(stdout)]).toEqual([0, expect.stringMatching(/^Nothing was read: the text is empty/)]);
  });

  it('not two files at once, for their names would be read as an error', async () => {
    await writeFile(join(cli.folder, 'one.log'), denied);
    const { code, stdout, stderr } = await cli.run(['explain', 'one.log', 'two.log']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^clusterwhy: Cannot read one\.log beside other arguments: name one file/);
  });

  it('UTF-16 with its mark or without, as PowerShell writes it', async () => {
    const little = Buffer.from(denied, 'utf16le');
    const marked = Buffer.from(`\ufeff${denied}`, 'utf16le');
    const expected = [0, '', ['aws-web-identity-denied']];
    for (const input of [little, marked, Buffer.from(little).swap16(), Buffer.from(marked).swap16()])
      expect(await kindsOf([], input)).toEqual(expected);
  });

  it('what is no text at all, in which there is no error', async () => {
    const input = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7919) % 256));
    const { code, stdout } = await cli.run(['explain'], { input });
    expect([code, plain(stdout)]).toEqual([
      0,
      expect.stringMatching(/^There is no error that clusterwhy knows/),
    ]);
  });

  it('a name of no file is read as text, and that is said', async () => {
    const { code, stdout, stderr } = await cli.run(['explain', 'logs/pod.log']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^There is no error that clusterwhy knows in 1 line/);
    expect(stderr).toMatch(/^There is no file logs\/pod\.log/);
  });

  it('a directory or a compressed file is one line that says what to do', async () => {
    await mkdir(join(cli.folder, 'logs'), { recursive: true });
    await writeFile(join(cli.folder, 'pod.log.gz'), gzipSync(denied));
    const folder = await cli.run(['explain', 'logs']);
    const zipped = await cli.run(['explain', 'pod.log.gz']);
    expect([folder.code, zipped.code]).toEqual([1, 1]);
    expect(folder.stderr).toMatch(/^clusterwhy: Cannot read logs: it is a directory; .+\n$/);
    expect(zipped.stderr).toMatch(/^clusterwhy: Cannot read pod\.log\.gz: it is compressed; .*zcat.+\n$/);
  });

  it('a log of 60 MB on a pipe, in memory that does not grow with it', async () => {
    const child = cli.start(['explain', '--output', 'json'], {
      env: { NODE_OPTIONS: '--max-old-space-size=48' },
    });
    const result = ended(child);
    const lines = Buffer.from(
      '2026-01-01T06:00:00Z INFO order processed, permission ok, status=200\n'.repeat(15_000),
    );
    for (let written = 0; written < 60; written++)
      if (!child.stdin.write(lines)) await once(child.stdin, 'drain');
    child.stdin.end(`2026-01-01T07:00:00Z ERROR ${denied}\n`);
    const { code, stdout } = await result;
    const { lines: count, explanations } = JSON.parse(stdout) as Explained;
    expect([code, count]).toEqual([0, 60 * 15_000 + 1]);
    expect(explanations.map(({ first }) => first)).toEqual([{ line: 900_001, time: '2026-01-01T07:00:00Z' }]);
  }, 60_000);
});

describe('what is said', () => {
  it('names what the text names in commands that can be pasted, and marks what it does not name', async () => {
    const text =
      'Error calling AssumeRole for role arn:aws:iam::111122223333:role/cart\n ---> Not authorized to perform sts:AssumeRoleWithWebIdentity';
    const { stdout } = await cli.run(['explain', text]);
    expect(stdout).toContain('\naws iam get-role --role-name cart --query Role.AssumeRolePolicyDocument\n');
    expect(plain(stdout)).toContain('SERVICE_ACCOUNT kubectl get pod POD_NAME');
    expect(plain(stdout)).toContain('STS would say InvalidIdentityToken');
  });

  it('finds what is missing with commands that hold what is known, and nothing that a command sets itself', async () => {
    const text =
      "Retry budget exhausted: Google Compute Engine: Required permission 'compute.regions.get' for 'projects/shop-prod/regions/europe-west1'.";
    const { stdout } = await cli.run(['explain', text]);
    expect(plain(stdout)).toContain(
      'POOL_NAME gcloud container node-pools list --cluster=CLUSTER_NAME --location=europe-west1 ',
    );
    expect(stdout).not.toMatch(/^ {2}(PROJECT_NUMBER|PROJECT_ID|COMPUTE_LOCATION) /m);
  });

  it('tells a storm once, with its count and its first and last line', async () => {
    const { stdout } = await cli.run(['explain'], { input: `${denied}\n`.repeat(300) });
    expect(plain(stdout)).toContain('Seen 300 times, first in line 1, last in line 300');
  });

  it('gives a terminal no control character of the text', async () => {
    const { stdout } = await cli.run(['explain'], {
      input: `\u001b[2J\u202eNode pool "\u001b[31mweb" requires recreation`,
    });
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
  });

  it('is silent towards a reader that goes away', async () => {
    const child = cli.start(['explain', denied]);
    child.stdout.destroy();
    child.stdin.end();
    const code = new Promise((done) => child.once('close', done));
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    expect({ code: await code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('is in Japanese with --lang ja and with CLUSTERWHY_LANG, and names the same', async () => {
    const text =
      'Error calling AssumeRole for role arn:aws:iam::111122223333:role/cart\n ---> Not authorized to perform sts:AssumeRoleWithWebIdentity';
    const asked = await cli.run(['explain', '--lang', 'ja', text]);
    const set = await cli.run(['explain', text], { env: { CLUSTERWHY_LANG: 'ja' } });
    expect(set).toEqual(asked);
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    expect(asked.stdout).toMatch(/^STS がサービスアカウントによるロールの引き受けを拒否しました\n/);
    expect(plain(asked.stdout)).toContain('対象 ロール arn:aws:iam::111122223333:role/cart 内容 ');
    expect(asked.stdout).toContain(
      '\naws iam get-role --role-name cart --query Role.AssumeRolePolicyDocument\n',
    );
    const unknown = await cli.run(['explain', '--lang', 'ja', 'all is well']);
    expect(plain(unknown.stdout)).toMatch(/^1 行の中に clusterwhy が知っているエラーはないため/);
  });

  it('has the English fields in JSON, and the Japanese beside them where it was asked for', async () => {
    const read = async (...args: string[]) =>
      (JSON.parse((await cli.run(['explain', '--output', 'json', ...args, denied])).stdout) as Explained)
        .explanations[0];
    const english = await read();
    const { translated, ...rest } = (await read('--lang', 'ja'))!;
    expect(rest).toEqual(english);
    expect(translated?.language).toBe('ja');
    expect(translated?.title).toMatch(/^STS が/);
  });

  it('has a help of its own with examples, and refuses forms that it does not have', async () => {
    const help = await cli.run(['explain', '--help']);
    expect([help.code, help.stdout]).toEqual([
      0,
      expect.stringMatching(/^Usage: clusterwhy explain[^]*Examples:\n.*kubectl logs/),
    ]);
    const region = await cli.run(['explain', '--region', 'eu-west-1', denied]);
    expect([region.code, region.stderr]).toEqual([1, expect.stringMatching(/--region without --live/)]);
    const csv = await cli.run(['explain', '--output', 'csv', denied]);
    expect([csv.code, csv.stderr]).toEqual([
      1,
      expect.stringMatching(/^clusterwhy: .*'csv'.*text, json.*\n$/),
    ]);
  });
});

it('the list in the documentation is that of the kinds', async () => {
  expect(await readFile('docs/errors.md', 'utf8')).toBe(makeErrorsPage(knownErrors));
});
