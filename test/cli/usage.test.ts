/** What the command line says without a cloud: help, catalogue, permissions, and one line for each wrong use. */
import { inLanguage } from '../../shared/words.ts';
import { awsPermissions } from '../../shared/collect/aws/account.ts';
import { gcpPermissions } from '../../shared/collect/gcp/google-project.ts';
import { rules } from '../../shared/rules/index.ts';
import { buildCommandLine, ended, type CommandLine } from './command-line.ts';
import { runHere } from './in-process.ts';

let cli: CommandLine;
beforeAll(async () => {
  cli = await buildCommandLine();
});
afterAll(() => cli.remove());

describe('wrong usage is one line and exit code 1', () => {
  it.each<[string, string[], RegExp]>([
    ['no command', [], /No command was given.*clusterwhy demo/],
    ['an unknown command', ['adit'], /Unknown command 'adit'.*audit/],
    ['an unknown option', ['audit', '--sinc', '5h'], /--sinc.*--since.*clusterwhy audit --help/],
    ['an option of another command', ['rules', '--region', 'eu-west-1'], /--region.*clusterwhy rules --help/],
    ['an option without its value', ['audit', '--since'], /--since.*missing/],
    ['a span of time without a unit', ['audit', '--since', '24'], /"24" is no span.*90m, 24h or 7d/],
    ['a span of time beyond the history', ['audit', '--since', '91d'], /at most 90d/],
    ['a span of no time', ['audit', '--since', '0h'], /"0h" is no span/],
    ['a region that is none', ['audit', '--region', 'Ireland'], /"Ireland" is no region.*eu-west-1/],
    ['an empty list', ['audit', '--region', ','], /--region.*empty/],
    ['an unknown severity', ['audit', '--severity', 'urgent'], /'urgent'.*critical, high/],
    ['an unknown form', ['audit', '--output', 'xml'], /'xml'.*text, json, html, csv/],
    ['an unknown log level', ['audit', '--log-level', 'loud'], /'loud'.*error, warn/],
    ['a finding that is none', ['audit', '--finding', 'xyz'], /'xyz'.*16 hexadecimal/],
    ['an unknown rule', ['audit', '--check', 'irsa-role-mising'], /did you mean eks\/irsa-role-missing/],
    [
      'a rule like no other',
      ['rules', 'zzzzzzzzzzzz'],
      /There is no rule "zzzzzzzzzzzz" \("clusterwhy rules"/,
    ],
    ['too many arguments', ['rules', 'a', 'b'], /too many arguments/i],
    ['an unknown cloud', ['permissions', 'azure'], /'azure'.*aws/],
    [
      'a file in no directory',
      ['audit', '--output-file', 'no/such/report.txt'],
      /its directory does not exist/,
    ],
    ['a file without a name', ['audit', '--output-file', ''], /Cannot write the report: its name is empty/],
    ['a file that is a directory', ['audit', '--output-file', '.'], /it is a directory/],
    ['nowhere to deliver to', ['audit', '--deliver'], /CLUSTERWHY_TOPIC_ARN/],
  ])('%s', async (_, args, line) => {
    const { code, stdout, stderr } = await runHere(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^clusterwhy: .+\n$/);
    expect(stderr).toMatch(line);
  });

  it('also of the process', async () => {
    const { code, stdout, stderr } = await cli.run(['audit', '--since', '24']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^clusterwhy: .*"24" is no span.*\n$/);
  });

  it('a setting that is wrong names the variable and what is allowed', async () => {
    const { code, stderr } = await runHere(['audit'], { env: { CLUSTERWHY_TOPIC_ARN: 'alerts' } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^clusterwhy: .*CLUSTERWHY_TOPIC_ARN.*"alerts".*the ARN of .*SNS topic.*\n$/);
  });
});

describe('without credentials, in Japanese', () => {
  const signIn = ['aws login', 'aws sso login', 'AWS_PROFILE', '--profile'];
  const ofGoogle = ['gcloud auth application-default login', 'GOOGLE_APPLICATION_CREDENTIALS'];
  it.each<[string, string[], RegExp, string[]]>([
    ['an audit of both', ['audit'], /監査できません.*認証情報も見つかりません/, [...signIn, ...ofGoogle]],
    ['an audit of AWS', ['audit', '--aws'], /認証情報が見つかりません/, signIn],
    ['an audit of Google Cloud', ['audit', '--gcp'], /認証情報が見つかりません/, ofGoogle],
    ['a run', ['invoke', '--region', 'eu-west-1'], /スタック clusterwhy が見つかりません/, signIn],
  ])('%s says how to sign in', async (_, args, line, names) => {
    const { code, stdout, stderr } = await cli.run([...args, '--lang', 'ja', '--quiet']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^clusterwhy: .+\n$/);
    expect(stderr).toMatch(line);
    for (const name of names) expect(stderr).toContain(name);
  });
});

describe('help', () => {
  it.each([['--help'], ['audit', '--help'], ['can-assume', '--help'], ['demo', '--help']])(
    'of %j goes to standard output with exit code 0',
    async (...args) => {
      const { code, stdout, stderr } = await cli.run(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: clusterwhy/);
    },
  );

  it('of audit shows examples and the default of every option that has one', async () => {
    const { stdout } = await runHere(['audit', '--help']);
    expect(stdout).toMatch(/Examples:\n {2}clusterwhy audit/);
    expect(stdout).toContain('default: 24h');
  });
});

describe('rules', () => {
  it('lists every rule with its severity', async () => {
    const { code, stdout } = await runHere(['rules']);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(rules.length);
    for (const [index, { id, severity, title }] of rules.entries())
      expect(lines[index]?.split(/ {2,}/)).toEqual([id, severity, inLanguage(title, 'en')]);
  });

  it('describes one rule, with or without its cloud', async () => {
    const whole = await runHere(['rules', 'eks/irsa-trust-subject']);
    const short = await runHere(['rules', 'irsa-trust-subject']);
    expect(whole).toEqual(short);
    expect(whole.stdout).toMatch(/^eks\/irsa-trust-subject {2}high\n/);
    expect(whole.stdout).toContain('https://');
  });

  it('are printed as JSON', async () => {
    const { stdout } = await runHere(['rules', '--output', 'json']);
    const printed = JSON.parse(stdout) as { id: string; needs: object }[];
    expect(printed.map(({ id }) => id)).toEqual(rules.map(({ id }) => id));
    expect(printed[0]?.needs).toEqual(rules[0]?.needs);
  });

  it('a reader that goes away is no failure', async () => {
    const child = cli.start(['rules', '--output', 'json']);
    child.stdout.destroy();
    child.stdin.end();
    const code = new Promise((done) => child.once('close', done));
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    expect({ code: await code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('permissions', () => {
  it('of AWS are an IAM policy of what the readers declare', async () => {
    const { code, stdout } = await runHere(['permissions', 'aws']);
    const policy = JSON.parse(stdout) as { Version: string; Statement: { Action: string[] }[] };
    expect([code, policy.Version]).toEqual([0, '2012-10-17']);
    expect(policy.Statement.flatMap(({ Action }) => Action).sort()).toEqual(awsPermissions().sort());
  });

  it('of Google Cloud are a custom role as gcloud takes it', async () => {
    const { code, stdout } = await runHere(['permissions', 'gcp']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      title: 'clusterwhy auditor',
      description: expect.any(String) as unknown,
      stage: 'GA',
      includedPermissions: gcpPermissions(),
    });
  });

  it('are those of both clouds where none is named', async () => {
    const [both, aws, gcp] = await Promise.all(
      [['permissions'], ['permissions', 'aws'], ['permissions', 'gcp']].map(
        async (args) => JSON.parse((await runHere(args)).stdout) as unknown,
      ),
    );
    expect(both).toEqual({ aws, gcp });
  });

  it('hold none that writes', async () => {
    const { stdout } = await runHere(['permissions']);
    expect(stdout).not.toMatch(/:(Create|Put|Update|Delete|Add|Attach|Set|Tag)/);
    expect(stdout).not.toMatch(/\.(create|update|delete|set|enable|disable|undelete|actAs)\w*"/);
  });
});

describe('a terminal', () => {
  it('is told the version', async () => {
    const { code, stdout } = await cli.run(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('gets no colour through a pipe', async () => {
    const { stdout } = await ended(cli.start(['rules', 'irsa-role-missing'], { env: { FORCE_COLOR: '1' } }));
    expect(stdout).not.toContain('\u001b');
  });
});
