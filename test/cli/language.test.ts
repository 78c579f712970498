/** Everything that the command line says of itself, in English and in Japanese. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Command } from 'commander';
import stringWidth from 'string-width';
import { readCanaries } from '../../shared/google-canary.ts';
import { readGoogleSettings } from '../../shared/google-settings.ts';
import { saidBy } from '../../shared/localized-error.ts';
import { parseMutes } from '../../shared/mutes-file.ts';
import { readSettings } from '../../shared/settings.ts';
import { cliMessagesIn } from '../../functions/cli/messages/messages-in.ts';
import { makeProgram } from '../../functions/cli/program.ts';
import type { Streams } from '../../functions/cli/session.ts';
import type { ScanReport } from '../../shared/scan-report.ts';
import { podIdentityRecord } from '../cloud/instance-record.ts';
import { runHere } from './in-process.ts';

const japanese = /[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]/u;

const streams: Streams = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: {} };
const program = (language: 'en' | 'ja'): Command => makeProgram(streams, language).command;
const commands = program('en').commands.map((command) => command.name());

/** What stays as it is: options and what they take, variables, files, addresses, commands. */
function namesIn(text: string): string[] {
  const names = text.matchAll(
    /--?[a-z][a-z-]*|<[^>]+>|\[[a-z.]+\]|\b[A-Z][A-Za-z]*_[A-Z_]+\b|s3:\/\/[\w./-]+|(?<=\n {2})(?:clusterwhy|aws|kubectl|gcloud) [^\n]*|\.\w+\b|\b\d+[mhd]\b|"[^"]*"/g,
  );
  return [...new Set(Array.from(names, ([name]) => name.replace(/ {2,}.*$/, '').trim()))].sort();
}

describe('help in Japanese', () => {
  it.each(['', ...commands])('of "%s" names what the English one names', async (name) => {
    const [en, ja] = await Promise.all(
      ['en', 'ja'].map((language) => runHere([...(name ? [name] : []), '--help', '--lang', language])),
    );
    expect([en?.code, ja?.code, en?.stderr, ja?.stderr]).toEqual([0, 0, '', '']);
    expect(en?.stdout).not.toMatch(japanese);
    expect(ja?.stdout).toMatch(/^使用方法: clusterwhy/);
    // A line may end within a name only where the name has a space.
    const [expected, found] = [en, ja].map((help) =>
      namesIn(help?.stdout.replaceAll(/\n {12,}/g, ' ') ?? ''),
    );
    expect(found).toEqual(expected);
  });

  it('describes every command, argument and option', () => {
    const root = program('ja');
    const described = [root, ...root.commands].flatMap((command) => [
      [command.name(), command.description()],
      ...command.registeredArguments.map((one) => [`${command.name()} ${one.name()}`, one.description]),
      ...command.options.map(({ flags, description }) => [`${command.name()} ${flags}`, description]),
    ]);
    expect(described.filter(([, text]) => !japanese.test(text ?? ''))).toEqual([]);
  });

  it.each(['', ...commands])('of "%s" fits into 80 columns down to its examples', async (name) => {
    const { stdout } = await runHere([...(name ? [name] : []), '--help', '--lang=ja']);
    const [text = ''] = stdout.split(/\n例:\n/);
    expect(text.split('\n').filter((line) => stringWidth(line) > 80)).toEqual([]);
  });

  it('aligns what stands beside the options, which the terminal sees in columns', async () => {
    const { stdout } = await runHere(['rules', '--help', '--lang', 'ja']);
    const starts = Array.from(
      stdout.matchAll(/^( {2}--[a-z-]+(?: <[a-z]+>)? {2,})\S/gm),
      ([, start]) => start?.length,
    );
    expect(starts.length).toBeGreaterThan(4);
    expect(new Set(starts).size).toBe(1);
  });

  it('is what the setting of the environment asks for', async () => {
    const set = await runHere(['--help'], { env: { CLUSTERWHY_LANG: 'ja' } });
    const given = await runHere(['--lang', 'ja', '--help']);
    expect(set).toEqual(given);
    const overridden = await runHere(['--help', '--lang', 'en'], { env: { CLUSTERWHY_LANG: 'ja' } });
    expect(overridden).toEqual(await runHere(['--help']));
  });
});

describe('a language', () => {
  it('may stand before the command', async () => {
    const before = await runHere(['--lang', 'ja', 'rules', 'irsa-role-missing']);
    const behind = await runHere(['rules', 'irsa-role-missing', '--lang', 'ja']);
    expect(before).toEqual(behind);
    expect(before.stdout).toMatch(japanese);
  });

  it.each([
    ['given', ['rules', '--lang', 'fr'], {}],
    ['set', ['rules'], { CLUSTERWHY_LANG: 'fr' }],
    ['given, with Japanese set', ['rules', '--lang', 'fr'], { CLUSTERWHY_LANG: 'ja' }],
  ])('that is not known is refused in English where it is %s', async (_, args, env) => {
    const { code, stdout, stderr } = await runHere(args, { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^clusterwhy: [ -~]*\bfr\b[ -~]*\ben\b.*\bja\b[ -~]*\n$/);
  });

  it('by itself is no command', async () => {
    const { code, stdout, stderr } = await runHere(['--lang', 'ja']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^clusterwhy: コマンドが指定されていません: .*"clusterwhy --help".*\n$/);
  });

  it('in front of a command leads to the help of that', async () => {
    const { stderr } = await runHere(['--lang', 'ja', 'audit', '--sinc', '5h']);
    expect(stderr).toContain('"clusterwhy audit --help" を参照してください');
  });

  it('behind -- is a part of the text', async () => {
    const { code, stdout, stderr } = await runHere(['explain', '--', '--lang', 'ja']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toMatch(japanese);
  });
});

/** Each with what both languages must name. */
const misuses: [name: string, args: string[], names: string[]][] = [
  ['no command', [], ['clusterwhy demo', 'clusterwhy --help']],
  ['an unknown command', ['adit'], ["'adit'", 'audit', '"clusterwhy --help"']],
  ['a command like no other', ['zzzzzzzz'], ["'zzzzzzzz'"]],
  ['an unknown option', ['audit', '--sinc', '5h'], ["'--sinc'", '--since', '"clusterwhy audit --help"']],
  ['an option without its value', ['audit', '--since'], ["'--since <span>'"]],
  [
    'options that exclude each other',
    ['audit', '--project', 'shop-prod', '--organization', '1'],
    ["'--organization <number>'", "'--project <ids>'"],
  ],
  ['a missing argument', ['scan'], ["'place'", '"clusterwhy scan --help"']],
  ['too many arguments', ['rules', 'a', 'b'], ["'rules'", '1', '2']],
  [
    'a choice that is none',
    ['audit', '--severity', 'urgent'],
    ["'urgent'", 'critical, high, medium, low, info'],
  ],
  ['an argument that is none', ['permissions', 'azure'], ["'azure'", 'aws, gcp, kubernetes']],
  [
    'a quote in a value',
    ['audit', '--severity', "it's is invalid. No"],
    ["it's is invalid. No", 'critical, high'],
  ],
  ['a span of time', ['audit', '--since', '24'], ['--since <span>', '"24"', '90m', '24h', '7d', '90d']],
  ['a region', ['audit', '--region', 'Ireland'], ['"Ireland"', 'eu-west-1']],
  ['an empty list', ['audit', '--region', ','], ['--region <regions>', "','"]],
  ['an account', ['scan', '.', '--account', '12'], ['"12"', '12']],
  ['a number of threads', ['scan', '.', '--threads', '0'], ["'0'", '64']],
  ['a project', ['audit', '--project', 'X'], ['"X"', 'shop-prod']],
  ['an organization', ['audit', '--organization', 'x'], ['gcloud organizations list']],
  ['a number of days', ['history', '--days', '0'], ["'0'", '30']],
  ['a finding', ['audit', '--finding', 'xyz'], ["'xyz'", '16']],
  [
    'a rule',
    ['audit', '--check', 'irsa-role-mising'],
    ['"irsa-role-mising"', 'eks/irsa-role-missing', 'clusterwhy rules'],
  ],
  ['a form without findings', ['scan', '.', '--output', 'html'], ['--diagnose', '--severity', 'json', 'csv']],
  ['a bucket', ['scan', 's3://'], ['"s3://"', 's3://BUCKET/PREFIX']],
  ['a moment', ['scan', '.', '--since', 'monday'], ['"monday"', '--since', '2026-01-31T06:00:00Z', '7d']],
  [
    'moments in the wrong order',
    ['scan', '.', '--since', '2026-02-01', '--until', '2026-01-01'],
    ['2026-02-01T00:00:00Z', '2026-01-01T00:00:00Z', '--since', '--until'],
  ],
  ['Athena over a folder', ['scan', '.', '--athena-sql'], ['--athena-sql', 's3://BUCKET/PREFIX']],
  ['Athena without bounds', ['scan', 's3://trail', '--athena-sql'], ['--account', '--region', '--since']],
  [
    'files of one name',
    ['audit', '--output-file', 'a.txt', '--output-file', 'a.txt'],
    ['a.txt', '--output-file'],
  ],
  [
    'a file in no directory',
    ['audit', '--output-file', 'no/such/report.txt'],
    ['no/such/report.txt', '--output-file'],
  ],
  ['a file without a name', ['audit', '--output-file', ''], ['--output-file']],
  ['a file that is a directory', ['audit', '--output-file', '.'], ['--output-file']],
  ['no file of mutes', ['audit', '--mute', 'mutes.yaml'], ['mutes.yaml']],
  [
    'a canary of nobody',
    ['audit', '--gcp', '--canary', 'cluster=shop'],
    ['--canary cluster=shop', 'principal'],
  ],
  [
    'a canary in no place',
    ['audit', '--gcp', '--canary', 'principal=user:a@b.c,cluster=shop,project=shop-prod,location=Europe'],
    ['"location"'],
  ],
  [
    'nowhere to deliver to',
    ['audit', '--deliver'],
    ['CLUSTERWHY_TOPIC_ARN', 'CLUSTERWHY_MAIL_FROM', 'CLUSTERWHY_MAIL_TO', 'CLUSTERWHY_BUCKET'],
  ],
  [
    'an option of the other cloud',
    ['audit', '--gcp', '--region', 'eu-west-1'],
    ['--region', '--gcp', '--aws'],
  ],
  [
    'Google Cloud beside an organization',
    ['audit', '--aws-organization', '--gcp'],
    ['--gcp', '--aws-organization'],
  ],
  ['an external id by itself', ['audit', '--external-id', '7f3a'], ['--external-id', '--aws-organization']],
  ['an external id of one letter', ['member-role', '--external-id', 'x'], ['--external-id x', '+=,.@:/-']],
  [
    'an option of the other template',
    ['member-role', '--bus-arn', 'arn:aws:events:eu-west-1:111122223333:event-bus/x'],
    ['--bus-arn', '--template role', '--template capture'],
  ],
  [
    'a payload that is no JSON',
    ['invoke', '--payload', '{'],
    ['--payload', 'JSON', '{"regions":["eu-west-1"],"since":"6h","deliver":true}'],
  ],
  [
    'a payload with another key',
    ['invoke', '--payload', '{"region":"eu-west-1"}'],
    ['region', '"eu-west-1"', 'regions (["eu-west-1"])', 'runId'],
  ],
  ['a payload with another span', ['invoke', '--payload', '{"since":"1y"}'], ['since', '"1y"', '90d']],
  ['what --live takes', ['explain', '--region', 'eu-west-1', 'x'], ['--region', '--live']],
  ['an explanation of a directory', ['explain', '.'], ['.']],
  ['no policy', ['can-assume'], ['--trust-policy FILE', '--role ARN', '--batch FILE']],
  ['two policies', ['can-assume', '--role', 'x', '--trust-policy', 'y'], ['--trust-policy', '--role']],
  [
    'no issuer',
    ['can-assume', '--role', 'x'],
    ['--issuer', 'aws eks describe-cluster --query cluster.identity.oidc.issuer'],
  ],
  ['an issuer that is none', ['can-assume', '--role', 'x', '--issuer', 'x'], ['"x"', 'https', '"iss"']],
  [
    'no caller',
    ['can-assume', '--role', 'x', '--issuer', 'https://a.b'],
    ['--service-account NAMESPACE/NAME', '--subject', '"sub"'],
  ],
  [
    'a service account',
    ['can-assume', '--role', 'x', '--issuer', 'https://a.b', '--service-account', 'X'],
    ['"X"', 'NAMESPACE/NAME', 'shop/cart'],
  ],
  [
    'a context',
    ['can-assume', '--role', 'x', '--issuer', 'https://a.b', '--subject', 's', '--context', 'x'],
    ['"x"', 'KEY=VALUE', 'aws:SourceIp=192.0.2.10'],
  ],
  ['a role', ['can-assume', '--role', 'x', '--issuer', 'https://a.b', '--subject', 's'], ['"x"', 'ARN']],
  [
    'no file of a policy',
    ['can-assume', '--trust-policy', 'no.json', '--issuer', 'https://a.b', '--subject', 's'],
    ['no.json', 'ENOENT'],
  ],
  ['a batch and more', ['can-assume', '--batch', '-', '--role', 'x'], ['--batch', '--role']],
  ['no file of a batch', ['can-assume', '--batch', 'no.jsonl'], ['no.jsonl', '"-"']],
  ['no folder', ['scan', 'no-such-folder', '--quiet'], ['no-such-folder']],
];

describe('what is wrong is told in one line, in both languages', () => {
  it.each(misuses)('%s', async (_, args, names) => {
    const [en, ja] = await Promise.all([runHere(args), runHere(args, { env: { CLUSTERWHY_LANG: 'ja' } })]);
    for (const { code, stdout, stderr } of [en, ja]) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^clusterwhy: .+\n$/);
      for (const name of names) expect(stderr).toContain(name);
    }
    expect(en.stderr).not.toMatch(japanese);
    expect(ja.stderr.replace(/^clusterwhy: /, '')).toMatch(japanese);
    // No English sentence is left, but for what a system or a library said.
    expect(ja.stderr).not.toMatch(/\b(cannot|give|must|was given|is no|there is|see)\b/i);
  });

  it('a setting', async () => {
    const env = { CLUSTERWHY_TOPIC_ARN: 'alerts', CLUSTERWHY_LANG: 'ja' };
    const { code, stderr } = await runHere(['audit'], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^clusterwhy: CLUSTERWHY_TOPIC_ARN="alerts" は使用できません: 標準 SNS トピックの ARN \(arn:aws:sns:REGION:ACCOUNT:NAME\) を指定してください\n$/,
    );
  });
});

/** Texts that cannot be used, with what both languages must name. */
const unusable: [name: string, read: () => unknown, names: string[]][] = [
  ['no language', () => readSettings({ CLUSTERWHY_LANG: 'fr' }), ['CLUSTERWHY_LANG="fr"', 'en', 'ja']],
  [
    'half a mail',
    () => readSettings({ CLUSTERWHY_MAIL_FROM: 'a@b.example' }),
    ['CLUSTERWHY_MAIL_FROM', 'CLUSTERWHY_MAIL_TO'],
  ],
  [
    'an address',
    () => readSettings({ CLUSTERWHY_MAIL_FROM: 'x', CLUSTERWHY_MAIL_TO: 'y' }),
    ['CLUSTERWHY_MAIL_FROM="x"', 'ops@example.com'],
  ],
  [
    'a mail server',
    () =>
      readSettings({
        CLUSTERWHY_MAIL_FROM: 'a@b.example',
        CLUSTERWHY_MAIL_TO: 'a@b.example',
        CLUSTERWHY_SMTP_URL: 'x',
      }),
    ['CLUSTERWHY_SMTP_URL="x"', 'smtp://USER:PASSWORD@HOST:PORT', 'smtps://'],
  ],
  [
    'a page',
    () => readSettings({ CLUSTERWHY_REPORT_URL: 'x' }),
    ['CLUSTERWHY_REPORT_URL="x"', 'https:', 'http:'],
  ],
  ['a rate', () => readSettings({ CLUSTERWHY_LOOKUP_RATE: '0' }), ['"0"', '2', '0.5']],
  ['a trail', () => readSettings({ CLUSTERWHY_TRAIL: 'x' }), ['"x"', 's3://BUCKET/PREFIX']],
  [
    'an API',
    () => readGoogleSettings({ CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: 'x' }),
    ['CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM="x"', 'https://iam.googleapis.com/'],
  ],
  [
    'a canary twice',
    () => readCanaries(['cluster=a,cluster=b']),
    ['--canary cluster=a,cluster=b', '"cluster"'],
  ],
  [
    'a canary without names',
    () => readCanaries(['x']),
    ['--canary x', '"x"', 'principal=serviceAccount:EMAIL,cluster=NAME'],
  ],
  [
    'a canary of an unknown field',
    () => readCanaries(['principal=user:a@b.c,cluster=shop,zone=x'], 'shop-prod'),
    ['zone'],
  ],
  ['mutes that are no list', () => parseMutes('rule: x'), ['eks/irsa-trust-too-broad', '2027-01-31']],
  ['mutes that are no YAML', () => parseMutes('{'), ['YAML', 'JSON']],
  ['a mute that is a text', () => parseMutes('[x]'), ['1', 'eks/irsa-trust-too-broad']],
  ['a mute of an unknown field', () => parseMutes('[{rul: x}]'), ['"rul"', 'rule', 'expires']],
  ['a mute by an alias', () => parseMutes('- &a {rule: x}\n- *a'), ['YAML', '"*name"']],
  ['mutes in two documents', () => parseMutes('[]\n---\n[]'), ['YAML', '"---"']],
  ['a mute of everything', () => parseMutes('[{reason: x, expires: 2027-01-31}]'), ['rule', 'cluster']],
  ['a mute without a reason', () => parseMutes('[{rule: x, expires: 2027-01-31}]'), ['reason']],
  [
    'a mute that expires some day',
    () => parseMutes('[{rule: x, reason: y, expires: soon}]'),
    ['"soon"', '2027-01-31T12:00:00Z'],
  ],
];

describe('what cannot be used names the same in both languages', () => {
  it.each(unusable)('%s', (_, read, names) => {
    let said = { en: '', ja: '' };
    try {
      read();
    } catch (error) {
      said = saidBy(error);
    }
    for (const name of names) {
      expect(said.en).toContain(name);
      expect(said.ja).toContain(name);
    }
    expect(said.en).not.toMatch(japanese);
    expect(said.ja).toMatch(japanese);
  });
});

describe('steps of a run', () => {
  it.each(['Plan', 'AuditAccounts', 'AuditAccount', 'AccountFailed', 'Digest'])(
    '%s keeps its name',
    (name) => {
      expect(cliMessagesIn('en').invoke.step(name)).toBe(name);
      expect(cliMessagesIn('ja').invoke.step(name)).toMatch(
        new RegExp(`^${name}: .*${japanese.source}`, 'u'),
      );
    },
  );

  it('of another version is its name alone', () => {
    expect(cliMessagesIn('ja').invoke.step('constructor')).toBe('constructor');
  });
});

describe('results in both languages', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clusterwhy-language-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** The same command line in each language, which must end alike. */
  async function inBoth(args: readonly string[]): Promise<{ code: number | null; en: string; ja: string }> {
    const [en, ja] = [await runHere(args), await runHere([...args, '--lang', 'ja'])];
    expect([ja.code, en.stderr, ja.stderr]).toEqual([en.code, '', '']);
    expect(en.stdout).not.toMatch(japanese);
    expect(ja.stdout).toMatch(japanese);
    return { code: en.code, en: en.stdout, ja: ja.stdout };
  }

  const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
  const provider = `arn:aws:iam::111122223333:oidc-provider/${issuer}`;
  const statement = (condition: object, Effect = 'Allow') => ({
    Effect,
    Principal: { Federated: provider },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: condition,
  });
  const named = (sub: string) => ({ StringEquals: { [`${issuer}:sub`]: sub } });
  const carts = named('system:serviceaccount:shop:cart');

  it.each<[string, object[], number]>([
    ['a caller that may', [statement(carts)], 0],
    ['a misspelt caller', [statement(named('system:serviceaccount:shop:card'))], 3],
    ['a caller that is not named', [statement(named('system:serviceaccount:web:site'))], 3],
    ['a Deny', [statement(carts), statement(carts, 'Deny')], 3],
    ['a condition of the call', [statement({ ...carts, IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } })], 3],
    ['what IAM would refuse', [{ ...statement(carts), Effect: 'Maybe' }], 3],
  ])('can-assume: %s', async (_, Statement, expected) => {
    const file = join(folder, 'role.json');
    const policy = { Version: '2012-10-17', Statement };
    const arn = 'arn:aws:iam::111122223333:role/cart';
    await writeFile(file, JSON.stringify({ Role: { Arn: arn, AssumeRolePolicyDocument: policy } }));
    const caller = ['--issuer', `https://${issuer}`, '--service-account', 'shop/cart'];
    const { code, en, ja } = await inBoth(['can-assume', '--trust-policy', file, ...caller]);
    expect(code).toBe(expected);
    const values = (text: string) =>
      [...new Set(text.match(/[\w./:-]*[/:][\w./:-]*\w|^ *[[\]{}],?$|^ +\"[^\n]*$/gm))].sort();
    expect(values(ja)).toEqual(values(en));
    // Every sentence has its Japanese.
    expect(ja).not.toMatch(/Advice|trust policy|Statement \d|Fix\b/);
  });

  it('scan: callers that have no name, and files that cannot be read', async () => {
    const refused = podIdentityRecord({
      account: '111122223333',
      region: 'eu-west-1',
      role: 'nodes',
      instanceId: 'i-0123456789abcdef0',
      error: { code: 'AccessDeniedException', message: 'not for you' },
      cluster: 'shop',
    });
    const logs = join(folder, 'logs');
    await mkdir(logs);
    const record = {
      eventTime: '2026-01-01T00:00:00Z',
      eventID: 'e',
      ...refused,
      recipientAccountId: '111122223333',
    };
    await writeFile(join(logs, 'good.json.gz'), gzipSync(JSON.stringify({ Records: [record] })));
    await writeFile(join(logs, 'bad.json.gz'), gzipSync('{"Records":['));
    const { code, en, ja } = await inBoth(['scan', logs, '--quiet']);
    expect(code).toBe(3);
    expect(en).toMatch(/cluster shop, node i-0123456789abcdef0/);
    expect(ja).toMatch(/クラスター shop、ノード i-0123456789abcdef0/);
    expect(en).toMatch(/bad\.json\.gz: its JSON is cut off/);
    expect(ja).toMatch(/bad\.json\.gz: JSON が途中で切れています/);
    for (const text of [en, ja]) expect(text).toMatch(/AccessDenied {2}eks-auth:AssumeRoleForPodIdentity/);
    const json = JSON.parse((await inBoth(['scan', logs, '--quiet', '--output', 'json'])).ja) as ScanReport;
    expect(json.denials[0]).toMatchObject({
      caller: 'cluster shop, node i-0123456789abcdef0',
      translated: { language: 'ja', caller: 'クラスター shop、ノード i-0123456789abcdef0' },
    });
  });
});
