/** `clusterwhy scan` and `clusterwhy audit --trail` against the simulated AWS. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, watch } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Finding, Report } from '../../shared/report.ts';
import { rules } from '../../shared/rules/index.ts';
import type { ScanReport } from '../../shared/scan-report.ts';
import { buildCommandLine, ended, type CommandLine } from '../cli/command-line.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { faultyWorld } from '../cloud/worlds/faulty.ts';
import { putObject, writeTrail } from './trail.ts';

const account = '111122223333';
const bucket = 'org-trail';
const organization = 'o-abcdefghij';

let cli: CommandLine;
let cloud: RunningCloud;
/** What the event history tells. */
let audited: Report;
beforeAll(async () => {
  cli = await buildCommandLine();
  cloud = await startCloud(faultyWorld({ stormEvents: 20 }), { lookupsPerSecond: Infinity });
  writeTrail(cloud, account, { bucket, prefix: 'trails/', organization });
  audited = JSON.parse((await run(brief)).stdout) as Report;
}, 60_000);
afterAll(async () => {
  await cloud.close();
  await cli.remove();
});

function run(args: string[], env: Record<string, string> = {}) {
  const environment = cloud.environment(account);
  return cli.run(args, {
    env: {
      ...environment,
      CLUSTERWHY_OIDC_DISCOVERY_URL: cloud.discoveryBaseUrl,
      CLUSTERWHY_LOOKUP_RATE: '100',
      ...env,
    },
  });
}

async function scanned(args: string[]): Promise<ScanReport> {
  const { stdout, stderr } = await run(['scan', ...args, '--output', 'json']);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as ScanReport;
}

/** A short window, and two of the regions. */
const part = ['--since', '150m', '--region', 'eu-west-1,us-east-1'];
/** The rules that judge refused calls of web identity. */
const brief = ['audit', '--aws', '--output', 'json', ...part, '--check', ruleIds().join(',')];
/** One rule needs few facts. */
const quick = ['audit', '--aws', '--output', 'json', ...part, '--check', 'irsa-trust-subject'];
const place = `s3://${bucket}/trails`;
const spaced = (text: string) => text.replaceAll(/\s+/g, ' ');

function ruleIds(): string[] {
  return rules.filter(({ needs }) => 'denials' in needs).map(({ id }) => id);
}

/** What the run called since then, each once. */
function calledSince(start: number): string[] {
  return [...new Set(cloud.calls.slice(start).map(({ action }) => action))].sort();
}

describe('a trail in S3', () => {
  it('gives the refused calls of its files, and exit code 3', async () => {
    const start = cloud.calls.length;
    const { code, stdout } = await run(['scan', place]);
    expect(code).toBe(3);
    expect(spaced(stdout)).toMatch(
      /read \d+ log files of s3:\/\/org-trail\/trails: .+ refused calls \(\d+ distinct\)/,
    );
    expect(stdout).toContain('system:serviceaccount:');
    expect(calledSince(start)).toEqual(['s3:GetObject', 's3:ListBucket']);
  });

  it('gives the denials that the event history gives', async () => {
    const { summary, window } = audited;
    const bounds = ['--since', window.from, '--until', window.to, '--region', 'eu-west-1,us-east-1'];
    const { denials } = await scanned([place, ...bounds]);
    const webIdentity = denials.filter(({ kind }) => kind === 'web-identity');
    const calls = webIdentity.reduce((sum, denial) => sum + denial.calls, 0);
    expect(webIdentity.length).toBeGreaterThan(10);
    expect([webIdentity.length, calls]).toEqual([summary.denials, summary.denialEvents]);
  });

  it('lists only the prefixes of the account, the region and the days that are asked for', async () => {
    const start = cloud.calls.length;
    const whole = await scanned([place]);
    const all = cloud.calls.length - start;
    const part = await scanned([place, '--account', account, '--region', 'eu-west-1', '--since', '3h']);
    expect(part.summary.files).toBeLessThan(whole.summary.files / 2);
    expect(cloud.calls.length - start - all).toBeLessThan(all);
    expect(part.denials.every(({ regions }) => regions.join() === 'eu-west-1')).toBe(true);
    const none = await run(['scan', place, '--account', '999900001111']);
    expect(none.code).toBe(4);
    expect(spaced(none.stdout)).toMatch(/There is no log file of CloudTrail in s3:\/\/org-trail\/trails/);
  });

  it.each([
    [
      'no such bucket',
      's3://nobody',
      /^clusterwhy: Cannot list s3:\/\/nobody\/: there is no such bucket; .+\n$/,
    ],
    ['no possible name', 's3://No_Bucket/x', /^clusterwhy: "s3:\/\/No_Bucket\/x" names no bucket: .+\n$/],
  ])('that has %s is told in one line', async (_, address, line) => {
    const { code, stdout, stderr } = await run(['scan', address, '--quiet']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(line);
  });

  it('that may not be listed is told in one line with the permission', async () => {
    cloud.fail('s3:ListBucket', { error: { code: 'AccessDenied', status: 403 } });
    const { code, stderr } = await run(['scan', place, '--quiet']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^clusterwhy: Cannot list s3:.+: s3:ListBucket was denied .+\n$/);
  });

  it('of which several days may not be listed is told in one line, for the first of them', async () => {
    cloud.fail('s3:ListBucket', { times: 8, error: { code: 'AccessDenied', status: 403 } });
    const region = `${place}/AWSLogs/${organization}/${account}/CloudTrail/eu-west-1`;
    const days = ['--since', '2026-01-01', '--until', '2026-01-09'];
    const { code, stderr } = await run(['scan', region, ...days, '--quiet']);
    cloud.state.faults.clear(); // it may have ended before all of its requests were answered
    expect(code).toBe(1);
    expect(stderr).toMatch(/^clusterwhy: Cannot list s3:.+\/2026\/01\/01\/: s3:ListBucket was denied .+\n$/);
  });

  it('names an object that is damaged, or may not be read, and reads the others', async () => {
    const key = `trails/AWSLogs/${organization}/${account}/CloudTrail/eu-west-1/2020/01/01/damaged.json.gz`;
    putObject(cloud, bucket, key, gzipSync('{"Records":[').subarray(0, 20));
    const { summary, notRead } = await scanned([place]);
    cloud.s3.get(bucket)?.delete(key);
    expect(summary.denials).toBeGreaterThan(10);
    expect(notRead).toEqual([{ file: `s3://${bucket}/${key}`, why: 'its compressed data is cut off' }]);
    cloud.fail('s3:GetObject', { error: { code: 'AccessDenied', status: 403 } });
    const refused = await scanned([place]);
    expect(refused.notRead).toHaveLength(1);
    expect(refused.notRead[0]?.why).toMatch(/^s3:GetObject was denied/);
  });
});

describe('--diagnose', () => {
  it('gives the same proven findings as an audit of the account', async () => {
    const { code, stdout } = await run(['scan', place, ...part, '--diagnose', '--output', 'json']);
    const after = JSON.parse(stdout) as Report;
    expect(code).toBe(3);
    expect(denialsOf(after)).toEqual(denialsOf(audited));
    expect(denialsOf(after).filter(({ fix }) => fix.verified).length).toBeGreaterThan(3);
    const line = after.coverage.find(({ fact }) => fact === 'denials');
    expect(line).toMatchObject({ complete: true, why: `read from the log files in ${place}` });
  }, 60_000);
});

/** What is found out about refused calls of web identity. */
function denialsOf({ findings }: Report) {
  return findings
    .filter(({ denial }) => denial !== null)
    .filter(({ rule }) => ruleIds().includes(rule as never))
    .map(({ id, rule, cause, fix }: Finding) => ({ id, rule, cause, fix }));
}

describe('audit --trail', () => {
  it('reads the trail in place of the event history, and says so', async () => {
    const start = cloud.calls.length;
    const { code, stdout } = await run([...quick, '--trail', place]);
    const { coverage, summary } = JSON.parse(stdout) as Report;
    expect(code).toBe(3);
    expect(summary.denials).toBeGreaterThan(10);
    expect(coverage).toContainEqual(
      expect.objectContaining({
        fact: 'denials',
        complete: true,
        why: `read from the log files in ${place}`,
      }),
    );
    expect(calledSince(start)).toEqual(expect.arrayContaining(['s3:GetObject', 's3:ListBucket']));
  });

  it('tells people too where the denials were read', async () => {
    const { stdout } = await run([...quick, '--output', 'text'], { CLUSTERWHY_TRAIL: place });
    expect(spaced(stdout)).toContain(`denials (read from the log files in ${place})`);
  });

  it('leaves the denials unread where the trail is not there, and says why', async () => {
    const { stdout } = await run([...quick, '--trail', 's3://nobody']);
    const { coverage } = JSON.parse(stdout) as Report;
    const line = coverage.find(({ fact }) => fact === 'denials');
    expect(line).toMatchObject({ complete: false, why: expect.stringMatching(/no such bucket/) as string });
  });
});

/** Waits until the file has content. */
async function appears(path: string): Promise<void> {
  const watcher = watch(dirname(path));
  while (!existsSync(path) || statSync(path).size === 0) await once(watcher, 'change');
  watcher.close();
}

describe('files on disk', () => {
  const records = (ids: string[]) =>
    gzipSync(
      JSON.stringify({
        Records: ids.map((eventID) => ({
          eventVersion: '1.09',
          userIdentity: { type: 'WebIdentityUser', userName: 'system:serviceaccount:shop:=cart' },
          eventTime: '2026-01-01T00:00:00Z',
          eventSource: 'sts.amazonaws.com',
          eventName: 'AssumeRoleWithWebIdentity',
          awsRegion: 'eu-west-1',
          errorCode: 'AccessDenied',
          requestParameters: { roleArn: `arn:aws:iam::${account}:role/cart` },
          eventID,
          recipientAccountId: account,
        })),
      }),
    );

  async function folderWith(name: string, files: Record<string, string | Buffer>): Promise<string> {
    const folder = join(cli.folder, name);
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    return folder;
  }

  it('are read below a folder, plain and compressed, without digests and insights', async () => {
    const folder = await folderWith('mixed', {
      'a/CloudTrail/x.json.gz': records(['a']),
      'b/y.json': '{"Records":[]}',
      'CloudTrail-Digest/z.json.gz': 'no log file',
      'notes.txt': 'no log file',
    });
    const { summary, notRead } = await scanned([folder]);
    expect({ files: summary.files, calls: summary.refusedCalls, notRead }).toEqual({
      files: 2,
      calls: 1,
      notRead: [],
    });
  });

  it('become a table in which nothing is a formula', async () => {
    const folder = await folderWith('table', { 'x.json.gz': records(['=id']) });
    const { stdout } = await run(['scan', folder, '--output', 'csv']);
    expect(stdout).toMatch(/^"status","kind","account".+\r\n"refused","web-identity","111122223333",/);
    expect(stdout).toContain(`"'=id"`);
  });

  it('that are not there are told in one line', async () => {
    const { code, stderr } = await run(['scan', 'nowhere', '--quiet']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^clusterwhy: Cannot read nowhere: there is no such file or folder; .+\n$/);
  });

  it('that cannot be read are told in the order of their names, and end no scan with --resume', async () => {
    const folder = await folderWith('links', { 'x.json.gz': records(['a']), 'm.json.gz': 'damaged' });
    for (const name of ['z.json', 'b.json']) await symlink('nowhere', join(folder, name));
    const args = [folder, '--resume', join(cli.folder, 'links-state.json')];
    for (const { summary, notRead } of [await scanned(args), await scanned(args)]) {
      expect(summary.refusedCalls).toBe(1);
      expect(notRead.map(({ file }) => file?.slice(folder.length + 1))).toEqual([
        'b.json',
        'm.json.gz',
        'z.json',
      ]);
    }
  });

  it('give exit code 0 where nothing was refused, and 4 where a file is damaged', async () => {
    const folder = await folderWith('quiet', { 'x.json': '{"Records":[]}' });
    expect((await run(['scan', folder])).code).toBe(0);
    await folderWith('quiet', { 'y.json.gz': records(['a']).subarray(0, 50) });
    expect((await run(['scan', folder])).code).toBe(4);
    expect((await run(['scan', folder, '--exit-zero'])).code).toBe(0);
  });

  it.each([
    [['--since', '2026-02-01', '--until', '2026-01-01'], /--since must be before --until/],
    [['--since', 'yesterday'], /"yesterday" is no moment for --since/],
    [['--account', '12'], /"12" is no account/],
    [['--output', 'html'], /add --diagnose/],
  ])('with %j are refused in one line', async (args, line) => {
    const { code, stderr } = await run(['scan', '.', ...args]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^clusterwhy: .+\n$/);
    expect(stderr).toMatch(line);
  });

  describe('with --resume', () => {
    it('are counted once, and new ones are added', async () => {
      const folder = await folderWith('growing', { 'a.json.gz': records(['a1', 'a2']) });
      const state = join(cli.folder, 'state.json');
      await scanned([folder, '--resume', state]);
      await folderWith('growing', { 'b.json.gz': records(['b1']), 'c.json.gz': 'damaged' });
      const second = await scanned([folder, '--resume', state]);
      await folderWith('growing', { 'c.json.gz': records(['c1']) });
      const third = await scanned([folder, '--resume', state]);
      const calls = [second, third].map(({ summary }) => [
        summary.refusedCalls,
        summary.files,
        summary.filesReadBefore,
      ]);
      expect(calls).toEqual([
        [3, 3, 1],
        [4, 3, 2],
      ]);
      expect(second.notRead).toHaveLength(1);
      expect(third.notRead).toEqual([]);
      expect(third.denials[0]?.sampleEventIds).toEqual(['a1', 'a2', 'b1', 'c1']);
    });

    it('are counted once where the process was killed between them', async () => {
      const names = Array.from({ length: 64 }, (_, index) => `${index + 100}.json.gz`);
      const folder = await folderWith(
        'killed',
        Object.fromEntries(names.map((name) => [name, records([name])])),
      );
      // A pipe that nobody writes to holds up the last batch.
      const pipe = join(cli.folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      await symlink(pipe, join(folder, 'last.json.gz'));
      const state = join(cli.folder, 'killed-state.json');
      const child = cli.start(['scan', folder, '--resume', state, '--quiet']);
      const exit = ended(child);
      await appears(state);
      child.kill('SIGKILL');
      await exit;
      await rm(join(folder, 'last.json.gz'));
      await folderWith('killed', { 'last.json.gz': records(['last']) });
      const { summary } = await scanned([folder, '--resume', state]);
      expect([summary.refusedCalls, summary.files]).toEqual([65, 65]);
      expect(summary.filesReadBefore).toBeGreaterThan(0);
    });

    it('refuse the state of another scan, and a file that is none', async () => {
      const folder = await folderWith('other', { 'a.json.gz': records(['a1']) });
      const state = join(cli.folder, 'other-state.json');
      await scanned([folder, '--resume', state]);
      const other = await run(['scan', folder, '--resume', state, '--region', 'eu-west-1', '--quiet']);
      expect([other.code, other.stderr]).toEqual([
        1,
        expect.stringMatching(/belongs to a scan with other arguments/),
      ]);
      await writeFile(state, 'notes of mine');
      const none = await run(['scan', folder, '--resume', state, '--quiet']);
      expect([none.code, none.stderr]).toEqual([
        1,
        expect.stringMatching(/is no file that "clusterwhy scan/),
      ]);
      expect(await readFile(state, 'utf8')).toBe('notes of mine');
    });
  });
});

it('has a help of its own, with examples', async () => {
  const { code, stdout } = await run(['scan', '--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/Examples:\n {2}clusterwhy scan s3:/);
});
