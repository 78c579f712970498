/** `clusterwhy audit` against the simulated AWS: exit codes, forms, files, and one line for what cannot work. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { chmod, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDeliveryClients } from '../../functions/aws-clients.ts';
import { openBucket } from '../../shared/deliver/bucket.ts';
import { moveLatest } from '../../shared/deliver/latest-report.ts';
import { reportKey } from '../../shared/deliver/report-key.ts';
import { recordReport } from '../../shared/deliver/stored-report.ts';
import type { Finding, Report } from '../../shared/report.ts';
import { expiredCredentialsOf } from '../cloud/credentials.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { deniedWorld } from '../cloud/worlds/denied.ts';
import { faultyWorld } from '../cloud/worlds/faulty.ts';
import { healthyWorld } from '../cloud/worlds/healthy.ts';
import { buildCommandLine, ended, type CommandLine } from './command-line.ts';

const account = '111122223333';
const brief = ['audit', '--since', '2h', '--region', 'eu-west-1'];

let cli: CommandLine;
let healthy: RunningCloud;
let faulty: RunningCloud;
let denied: RunningCloud;
beforeAll(async () => {
  cli = await buildCommandLine();
  healthy = await startCloud(healthyWorld(), { lookupsPerSecond: Infinity });
  faulty = await startCloud(faultyWorld({ stormEvents: 20 }), { lookupsPerSecond: Infinity });
  denied = await startCloud(deniedWorld(), { lookupsPerSecond: Infinity });
});
afterAll(async () => {
  await Promise.all([healthy, faulty, denied].map((cloud) => cloud.close()));
  await cli.remove();
});

function environment(cloud: RunningCloud, more: Record<string, string> = {}): Record<string, string> {
  return {
    ...cloud.environment(account),
    CLUSTERWHY_OIDC_DISCOVERY_URL: cloud.discoveryBaseUrl,
    CLUSTERWHY_LOOKUP_RATE: '100',
    ...more,
  };
}

async function audit(cloud: RunningCloud, more: string[] = [], env: Record<string, string> = {}) {
  return cli.run([...brief, ...more], { env: environment(cloud, env) });
}

describe('the exit code', () => {
  it('is 0 where everything was looked at and nothing found', async () => {
    const { code, stdout, stderr } = await audit(healthy);
    expect(stdout).toContain(account);
    expect({ code, warnings: stderr.match(/warning/gi) }).toEqual({ code: 0, warnings: null });
  });

  it('is 3 where there are findings, and 0 of these with --exit-zero', async () => {
    const { code, stdout } = await audit(faulty, ['--output', 'json']);
    const report = JSON.parse(stdout) as Report;
    expect(code).toBe(3);
    expect(report.findings.length).toBeGreaterThan(10);
    expect(report.outcomes.filter(({ status }) => status === 'broken')).toEqual([]);
    expect((await audit(faulty, ['--exit-zero', '--check', 'irsa-trust-wildcard'])).code).toBe(0);
  });

  it('is 4 where nothing was found because AWS did not let it look, and each missing permission is named', async () => {
    const { code, stdout } = await audit(denied, ['--output', 'json']);
    const { findings, coverage, outcomes } = JSON.parse(stdout) as Report;
    expect({ code, findings }).toEqual({ code: 4, findings: [] });
    const unexplained = coverage.filter(({ complete, why }) => complete || !why);
    // No role, provider or cluster was seen, so there may have been no issuer to ask.
    expect(unexplained.filter(({ fact }) => fact !== 'issuerDiscovery')).toEqual([]);
    const missing = new Set(coverage.flatMap(({ missingPermission }) => missingPermission ?? []));
    expect([...missing].sort()).toEqual([
      'cloudtrail:LookupEvents',
      'eks:ListClusters',
      'iam:ListOpenIDConnectProviders',
      'iam:ListRoles',
    ]);
    expect(outcomes.map(({ status }) => status)).not.toContain('pass');
    expect((await audit(denied, ['--exit-zero'])).code).toBe(0);
  });

  it('counts only findings of the severity that is asked for', async () => {
    const one = ['--check', 'oidc-provider-orphaned', '--output', 'json'];
    const all = await audit(faulty, one);
    const none = await audit(faulty, [...one, '--severity', 'critical']);
    expect([all.code, none.code]).toEqual([3, 0]);
    const { findings, summary } = JSON.parse(none.stdout) as Report;
    expect([findings, Object.values(summary.bySeverity)]).toEqual([[], [0, 0, 0, 0, 0]]);
    expect(none.stderr).toMatch(/1 finding below "critical" is not shown/);
  });
});

describe('--check and --finding', () => {
  it('judge by these rules only, and look for this finding only', async () => {
    const checked = await audit(faulty, [
      '--check',
      'eks/irsa-trust-wildcard,irsa-trust-action',
      '--output',
      'json',
    ]);
    const { findings, outcomes } = JSON.parse(checked.stdout) as Report;
    expect(new Set(outcomes.map(({ rule }) => rule))).toEqual(
      new Set(['eks/irsa-trust-wildcard', 'eks/irsa-trust-action']),
    );
    const [finding] = findings;
    const still = await audit(faulty, ['--finding', finding!.id, '--output', 'json']);
    expect(still.code).toBe(3);
    expect((JSON.parse(still.stdout) as Report).findings.map(({ id }) => id)).toEqual([finding!.id]);
    const gone = await audit(healthy, ['--finding', finding!.id]);
    expect(gone.code).toBe(0);
    expect(gone.stderr).toContain(`There is no finding ${finding!.id} in what was looked at`);
  });
});

describe('--check reads only what its rules judge by', () => {
  it('and makes no claim about refused calls that it did not look for', async () => {
    const before = faulty.calls.length;
    const { stdout } = await audit(faulty, ['--check', 'eks/cluster-unhealthy']);
    const called = faulty.calls.slice(before).map(({ action }) => action);
    expect(called).toContain('eks:ListClusters');
    for (const action of ['cloudtrail:LookupEvents', 'iam:ListRoles']) expect(called).not.toContain(action);
    expect(stdout).not.toContain('No refused call was seen');
  });
});

describe('--finding, where the deployed auditor keeps its reports', () => {
  const name = 'clusterwhy-reports';

  it('says of a finding of the last report that it is resolved, or still open', async () => {
    const { gone, stays } = await storeLatest(
      JSON.parse((await audit(faulty, ['--output', 'json'])).stdout) as Report,
    );
    const env = { CLUSTERWHY_BUCKET: name };
    const one = ['--check', gone.rule, '--output', 'json'];
    const first = await audit(faulty, [...one, '--finding', gone.id], env);
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ findings: [{ id: gone.id, change: 'resolved' }] });
    const second = await audit(faulty, [...one, '--finding', stays.id], env);
    expect(second.code).toBe(3);
    expect(JSON.parse(second.stdout)).toMatchObject({ findings: [{ id: stays.id, change: 'open' }] });
    faulty.s3.get(name)?.clear();
  });

  /** Leaves in the bucket what a run does that found all of this and one thing more. */
  async function storeLatest(report: Report): Promise<{ gone: Finding; stays: Finding }> {
    const stays = report.findings.find(({ denial }) => denial === null)!;
    const gone = { ...stays, id: '0123456789abcdef', cause: 'It was so yesterday.' };
    const run = { runId: 'before', startedAt: report.startedAt };
    const { s3 } = makeDeliveryClients(faulty.clientOptions(account));
    const bucket = openBucket(s3, name);
    const last = await recordReport(bucket, { ...report, ...run, findings: [...report.findings, gone] });
    const scope = { accounts: [account], regions: null, clusters: null, checks: null };
    const key = reportKey(last, 'report.json');
    await moveLatest(bucket, scope, { ...run, key, toldAt: null, isOwed: false });
    s3.destroy();
    return { gone, stays };
  }
});

describe('--mute', () => {
  const write = async (text: string) => {
    const path = join(cli.folder, 'mutes.yaml');
    await writeFile(path, text);
    return path;
  };
  const one = ['--check', 'oidc-provider-orphaned'];

  it('keeps a finding from the exit code, and counts it', async () => {
    const path = await write(
      '- {rule: eks/oidc-provider-orphaned, reason: until the move, expires: 2999-12-31}',
    );
    const { code, stdout } = await audit(faulty, [...one, '--mute', path]);
    expect(code).toBe(0);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/1 finding muted, not counted.*until the move/);
  });

  it('counts nothing for a part of the report that has none of what was muted', async () => {
    const path = await write('- {rule: eks/oidc-provider-orphaned, reason: b, expires: 2020-12-31}');
    const { code, stdout } = await audit(faulty, [...one, '--severity', 'critical', '--mute', path]);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/expired|counted again/);
  });

  it('lets a mute that has expired speak up', async () => {
    const path = await write(
      '- {rule: eks/oidc-provider-orphaned, reason: until the move, expires: 2020-12-31}',
    );
    const { code, stdout } = await audit(faulty, [...one, '--mute', path]);
    expect(code).toBe(3);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/1 mute has expired: 1 finding counted again\./);
  });

  it.each([
    ['a broken file', '- {rule: a', /^clusterwhy: Cannot use the mutes of .*: It is neither YAML nor JSON/],
    ['a mute without an end', '- {rule: a, reason: b}', /Mute 1 lacks its expires/],
    ['no file', null, /There is no such file/],
  ])('refuses %s before anything is read', async (_, text, line) => {
    const path = text === null ? 'missing.yaml' : await write(text);
    const before = faulty.calls.length;
    const { code, stderr } = await audit(faulty, [...one, '--mute', path, '--quiet']);
    expect([code, faulty.calls.length]).toEqual([1, before]);
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});

describe('the forms of the report', () => {
  it('JSON is valid by the published schema', async () => {
    const schema = JSON.parse(readFileSync('schema/report.schema.json', 'utf8')) as object;
    const { stdout } = await audit(faulty, ['--output', 'json']);
    const validate = new Ajv2020({ strict: false }).compile(schema);
    expect([validate(JSON.parse(stdout)), validate.errors]).toEqual([true, null]);
  });

  it('HTML and CSV are written whole to a file, and nothing but the file is left in its folder', async () => {
    const folder = join(cli.folder, 'reports');
    await mkdir(folder);
    const page = await audit(faulty, ['--output', 'html', '--output-file', join(folder, 'report.html')]);
    const table = await audit(faulty, [
      '--output',
      'csv',
      '--output-file',
      join(folder, 'report.csv'),
      '--quiet',
    ]);
    expect([page.code, page.stdout, table.code, table.stdout, table.stderr]).toEqual([3, '', 3, '', '']);
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toMatch(/^<!doctype html>[^]*<\/html>\s*$/i);
    expect((await readFile(join(folder, 'report.csv'), 'utf8')).split('\r\n').length).toBeGreaterThan(10);
    expect((await readdir(folder)).sort()).toEqual(['report.csv', 'report.html']);
  });

  it('several files at once are told apart by their endings', async () => {
    const folder = join(cli.folder, 'several');
    await mkdir(folder);
    const paths = ['report.html', 'report.json', 'report.csv', 'report.ocsf', 'report.txt', 'report.out'];
    const files = paths.flatMap((name) => ['--output-file', join(folder, name)]);
    const { code, stdout } = await audit(faulty, [
      '--check',
      'oidc-provider-orphaned',
      '--output',
      'ocsf',
      ...files,
    ]);
    expect([code, stdout]).toEqual([3, '']);
    const begins = await Promise.all(
      paths.map(async (name) => (await readFile(join(folder, name), 'utf8')).slice(0, 15)),
    );
    expect(begins).toEqual([
      '<!doctype html>',
      '{\n  "schemaVers',
      '"status","sever',
      '{"category_uid"',
      expect.stringMatching(/^clusterwhy \d/),
      '{"category_uid"',
    ]);
    const twice = await audit(faulty, ['--output-file', paths[0]!, '--output-file', paths[0]!]);
    expect([twice.code, twice.stderr]).toEqual([1, expect.stringMatching(/Cannot write report\.html twice/)]);
  });

  it('a symbolic link and a device stay what they are', async () => {
    const real = join(cli.folder, 'real.txt');
    const link = join(cli.folder, 'link.txt');
    await writeFile(real, 'old');
    await symlink(real, link);
    const check = ['--check', 'irsa-trust-wildcard'];
    await audit(faulty, [...check, '--output-file', link]);
    expect(await readFile(real, 'utf8')).toContain('eks/irsa-trust-wildcard');
    expect((await audit(faulty, [...check, '--output-file', '/dev/null'])).code).toBe(3);
    expect(await readFile('/dev/null', 'utf8')).toBe('');
  });

  it('text has no control character through a pipe', async () => {
    const { stdout } = await audit(faulty);
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  });
});

describe('standard error', () => {
  it('tells how far the reading has come, in plain lines', async () => {
    const { stderr } = await audit(healthy);
    expect(stderr).toMatch(/^ {2}eu-west-1: reading$/m);
    expect(stderr).toMatch(/^ {2}eu-west-1: \d+ clusters?$/m);
    expect(stderr).toMatch(/^ {2}eu-west-1: [\d,]+ events?, 100 % of the window$/m);
    expect(stderr).not.toContain('\u001b');
  });

  it.each([['--quiet'], ['--log-level=warn']])('is empty with %s', async (option) => {
    expect((await audit(healthy, [option])).stderr).toBe('');
  });
});

describe('what cannot work is one line and exit code 1, before anything is read', () => {
  it.each<[string, string[], Record<string, string>, RegExp]>([
    [
      'no credentials',
      [],
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      /no credentials were found.*--profile/,
    ],
    [
      'credentials that AWS does not know',
      [],
      { AWS_ACCESS_KEY_ID: 'AKIANOBODY' },
      /does not accept the credentials/,
    ],
    ['an endpoint that does not answer', [], { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }, /check the network/],
    [
      'a profile that is not there',
      ['--profile', 'nobody'],
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      /no credentials were found/,
    ],
  ])('%s', async (_, more, env, line) => {
    const { code, stdout, stderr } = await audit(healthy, ['--quiet', ...more], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^clusterwhy: .+\n$/);
    expect(stderr).toMatch(line);
  });

  it('expired credentials', async () => {
    const { accessKeyId, secretAccessKey, sessionToken = '' } = expiredCredentialsOf(account);
    const { code, stderr } = await audit(healthy, ['--quiet'], {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^clusterwhy: .*credentials have expired.*sign in again.*\n$/);
  });

  it('a file that could not be written makes no call', async () => {
    const before = healthy.calls.length;
    const { code, stderr } = await audit(healthy, ['--output-file', 'missing/report.txt']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^clusterwhy: Cannot write missing\/report\.txt: its directory does not exist; .+\n$/,
    );
    expect(healthy.calls.length).toBe(before);
  });

  it('a directory that became read-only while it was reading', async () => {
    if (process.getuid?.() === 0) return expectUnwritableAsRoot();
    const folder = join(cli.folder, 'locked');
    await mkdir(folder);
    await chmod(folder, 0o555);
    const { code, stderr } = await audit(healthy, ['--output-file', join(folder, 'report.txt')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/permission was denied/);
  });

  /** Nobody denies root a write; a file in the place of a directory does. */
  async function expectUnwritableAsRoot(): Promise<void> {
    await writeFile(join(cli.folder, 'file'), '');
    const { code, stderr } = await audit(healthy, ['--output-file', join(cli.folder, 'file/report.txt')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/a part of its path is no directory/);
  }
});

describe('a person who stops it', () => {
  it('gets one line and exit code 130 for Ctrl-C', async () => {
    const child = cli.start(brief, { env: environment(healthy) });
    child.stderr.once('data', () => child.kill('SIGINT'));
    const { code, stdout, stderr } = await ended(child);
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/\nclusterwhy: interrupted\n$/);
  });

  it('gets the same exit code where the reader of the report has gone', async () => {
    const child = cli.start(brief, { env: environment(faulty) });
    child.stdout.destroy();
    const stderr: Buffer[] = [];
    child.stderr.on('data', (data: Buffer) => stderr.push(data));
    const code = await new Promise((done) => child.once('close', done));
    expect(code).toBe(3);
    expect(Buffer.concat(stderr).toString()).not.toMatch(/EPIPE|Error/);
  });
});

describe('--deliver', () => {
  const channels = {
    CLUSTERWHY_TOPIC_ARN: `arn:aws:sns:eu-west-1:${account}:clusterwhy`,
    CLUSTERWHY_MAIL_FROM: 'clusterwhy@shop.example',
    CLUSTERWHY_MAIL_TO: 'ops@shop.example',
  };
  const one = ['--check', 'irsa-trust-wildcard', '--deliver'];

  it('sends by every channel that the environment names, and remembers it in the home of the user', async () => {
    const smtp = { CLUSTERWHY_SMTP_URL: `smtp://127.0.0.1:${faulty.smtp.port}` };
    const { code, stdout, stderr } = await audit(faulty, one, { ...channels, ...smtp });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^sns:arn:aws:sns:eu-west-1:111122223333:clusterwhy: sent$/m);
    expect(stderr).toMatch(/^smtp:ops@shop\.example: sent$/m);
    expect([faulty.sns.length, faulty.smtp.mails.length]).toEqual([1, 1]);
    expect(faulty.sns[0]?.message).toContain('eks/irsa-trust-wildcard');
    expect(stdout).toContain('eks/irsa-trust-wildcard');
    const marks = await readdir(join(cli.folder, '.local/state/clusterwhy'), { recursive: true });
    expect(marks.filter((name) => name.endsWith('sent'))).toHaveLength(2);
  });

  it('stores the report in the bucket, and the marks beside it', async () => {
    const { code } = await audit(faulty, one, { CLUSTERWHY_BUCKET: 'clusterwhy-reports' });
    const keys = [...(faulty.s3.get('clusterwhy-reports')?.keys() ?? [])];
    expect(code).toBe(3);
    expect(
      keys.filter((key) => /^reports\/\d{4}\/\d\d\/\d\d\/.+\/report\.(json|html)$/.test(key)),
    ).toHaveLength(2);
    expect(keys.filter((key) => /^deliveries\/.+\/sent$/.test(key))).toHaveLength(1);
  });

  it('prints the report, names the channel that failed on one line, and exits with 1', async () => {
    const wrong = { CLUSTERWHY_TOPIC_ARN: `arn:aws:sns:eu-west-1:${account}:nobody` };
    const { code, stdout, stderr } = await audit(faulty, [...one, '--quiet'], { ...channels, ...wrong });
    expect(code).toBe(1);
    expect(stdout).toContain('eks/irsa-trust-wildcard');
    expect(stderr).toMatch(
      /^clusterwhy: Cannot deliver report \S+ on 1 of 2 channels: sns:arn:\S+:nobody: .+\n$/,
    );
    expect(faulty.ses).toHaveLength(1);
  });
});

describe('the actions called', () => {
  it('are among those that `clusterwhy permissions aws` prints', async () => {
    const { stdout } = await cli.run(['permissions', 'aws']);
    const { Statement } = JSON.parse(stdout) as { Statement: { Action: string[] }[] };
    const allowed = new Set(Statement.flatMap(({ Action }) => Action));
    const before = faulty.calls.length;
    await audit(faulty);
    const called = new Set(faulty.calls.slice(before).map(({ action }) => action));
    expect([...called].filter((action) => !allowed.has(action))).toEqual([]);
    expect(called.size).toBeGreaterThan(5);
  });
});
