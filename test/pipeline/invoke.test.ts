/** `clusterwhy invoke` against the deployed state machine. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stackOutputs, usualStackName } from '../../shared/deployment.ts';
import { reportSchema } from '../../shared/report.ts';
import { buildCommandLine, type CommandLine, type Ended } from '../cli/command-line.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { faultyWorld } from '../cloud/worlds/faulty.ts';
import { account, assemble, bucket, Deployment, region, type Assembly } from './deployment.ts';

const machineArn = `arn:aws:states:${region}:${account}:stateMachine:auditor`;
const payload = JSON.stringify({
  regions: ['eu-west-1'],
  since: '2h',
  checks: ['eks/irsa-trust-wildcard'],
  deliver: true,
});

let cli: CommandLine;
let cloud: RunningCloud;
let assembly: Assembly;
let deployed: Deployment;
beforeAll(async () => {
  cli = await buildCommandLine();
  cloud = await startCloud(faultyWorld({ stormEvents: 20 }), { lookupsPerSecond: Infinity });
  assembly = assemble({ oidcDiscoveryUrl: cloud.discoveryBaseUrl });
  deployed = new Deployment(assembly, cloud);
  cloud.state.stateMachines.set(machineArn, (input, onStep) => deployed.run(input, onStep));
  cloud.state.stacks.set(usualStackName, { [stackOutputs.stateMachineArn]: machineArn });
  cloud.state.stacks.set('another', { Something: 'else' });
}, 120_000);
afterAll(async () => {
  deployed.close();
  assembly.remove();
  await Promise.all([cli.remove(), cloud.close()]);
});

function invoke(...args: string[]): Promise<Ended> {
  return cli.run(['invoke', ...args], { env: cloud.environment(account) });
}

it('starts a run, follows its steps, and prints its report', async () => {
  const { code, stdout, stderr } = await invoke('--payload', payload, '--wait', '--output', 'json');
  const report = reportSchema.parse(JSON.parse(stdout));
  expect(code).toBe(3);
  expect(new Set(report.outcomes.map(({ rule }) => rule))).toEqual(new Set(['eks/irsa-trust-wildcard']));
  expect(stderr).toMatch(
    /A run begins: arn:aws:states:.*\n.* Plan\n.* AuditAccounts\n.* AuditAccount\n.* Digest\n/s,
  );
  expect([cloud.sns.length, cloud.ses.length]).toEqual([1, 1]);
}, 60_000);

it('only starts it without --wait, and says what was started', async () => {
  const { code, stdout, stderr } = await invoke(
    '--state-machine',
    machineArn,
    '--payload',
    payload,
    '--quiet',
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const execution = cloud.state.executions.get(stdout.trim());
  expect(execution).toMatchObject({ machineArn });
  for (; !execution!.end;) await new Promise((resolve) => setTimeout(resolve, 50));
}, 60_000);

it('writes the page to a file, and shows no steps where it may not read them', async () => {
  cloud.account(account).refusals.push({ action: 'states:GetExecutionHistory' });
  try {
    const file = join(cli.folder, 'run.html');
    const ended = await invoke(
      '--wait',
      '--payload',
      payload,
      '--output',
      'html',
      '--output-file',
      file,
      '--exit-zero',
    );
    expect(ended).toMatchObject({ code: 0, stdout: '' });
    expect(ended.stderr.match(/The steps cannot be shown/g)).toHaveLength(1);
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/);
  } finally {
    cloud.account(account).refusals.pop();
  }
}, 60_000);

it('tells why a run failed', async () => {
  const { code, stderr } = await invoke('--wait', '--payload', '{"checks":["eks/nothing-of-the-kind"]}');
  expect(code).toBe(1);
  expect(stderr).toMatch(/ended as FAILED \(EventError: Cannot use the event: checks: There is no rule/);
}, 60_000);

describe('an audit by hand beside it', () => {
  const args =
    'audit --aws --region eu-west-1 --since 2h --check eks/irsa-trust-wildcard --output json'.split(' ');

  it.each<[string, Record<string, string>, string, RegExp]>([
    ['compares with its last report where the bucket is named', { CLUSTERWHY_BUCKET: bucket }, 'open', /^/],
    ['knows of no earlier report without the bucket', {}, 'new', /^/],
    [
      'says so where the bucket cannot be read',
      { CLUSTERWHY_BUCKET: 'nobody-has-this' },
      'new',
      /Everything is shown as new: Cannot read s3:\/\/nobody-has-this/,
    ],
  ])(
    '%s',
    async (_, variables, change, said) => {
      await deployed.run(JSON.parse(payload));
      const env = {
        ...cloud.environment(account),
        CLUSTERWHY_OIDC_DISCOVERY_URL: cloud.discoveryBaseUrl,
        ...variables,
      };
      const { code, stdout, stderr } = await cli.run(args, { env });
      const { findings } = reportSchema.parse(JSON.parse(stdout));
      expect([code, [...new Set(findings.map((finding) => finding.change))]]).toEqual([3, [change]]);
      expect(stderr).toMatch(said);
    },
    60_000,
  );
});

describe('what it cannot do is one line that says what to do', () => {
  it.each<[string, string[], RegExp]>([
    [
      'a payload that is no JSON',
      ['--payload', '{regions'],
      /Cannot use --payload: it is no JSON .*give an object/,
    ],
    ['a payload that is not known', ['--payload', '{"region":"x"}'], /region is "x", which is not known/],
    [
      'a stack that is not there',
      ['--stack', 'nowhere'],
      /Cannot find the stack nowhere: .*does not exist; give the --region/,
    ],
    ['a stack of something else', ['--stack', 'another'], /The stack another names no state machine/],
    [
      'a state machine that is not there',
      ['--state-machine', `${machineArn}s`],
      /Cannot start arn:.*auditors: .*Does Not Exist.*check --state-machine/,
    ],
    [
      'a file that cannot be written',
      ['--output-file', '/nowhere/at/all'],
      /Cannot write \/nowhere\/at\/all/,
    ],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await invoke(...args);
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({
      code: 1,
      stdout: '',
      lines: 1,
    });
    expect(stderr).toMatch(message);
  });
});
