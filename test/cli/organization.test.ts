/** An organization on the command line: every account by hand, and the templates that members are rolled out with. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awsPermissions } from '../../shared/collect/aws/account.ts';
import { reportSchema } from '../../shared/report.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { managementAccount, memberAccount, organizationWorld } from '../cloud/worlds/organization.ts';
import { buildCommandLine, type CommandLine } from './command-line.ts';

let cli: CommandLine;
let cloud: RunningCloud;
beforeAll(async () => {
  cli = await buildCommandLine();
  cloud = await startCloud(organizationWorld({ accounts: 7 }));
}, 60_000);
afterAll(() => Promise.all([cli.remove(), cloud.close()]));

const part = '--region eu-west-1,us-east-1 --since 1h --check eks/irsa-trust-subject'.split(' ');

function audit(...args: string[]) {
  const env = {
    ...cloud.environment(managementAccount),
    CLUSTERWHY_OIDC_DISCOVERY_URL: cloud.discoveryBaseUrl,
  };
  return cli.run(['audit', '--aws-organization', ...part, ...args], { env });
}

it('audits every account, and tells those that let nobody in', async () => {
  const { code, stdout, stderr } = await audit('--external-id', 'an-external-id', '--output', 'json');
  const report = reportSchema.parse(JSON.parse(stdout));
  expect(code).toBe(3);
  expect(report.organization).toMatchObject({ accounts: 7, failed: 1, leftOut: 0 });
  expect(report.findings.map(({ account }) => account)).toEqual([memberAccount(3)]);
  expect(report.coverage.find(({ fact }) => fact === 'account')?.account).toBe(memberAccount(5));
  expect(stderr).toMatch(/7 of 7 accounts/);
}, 60_000);

it('is let in nowhere without the external id, and says so of every account', async () => {
  const { code, stdout } = await audit('--output', 'json');
  const report = reportSchema.parse(JSON.parse(stdout));
  expect([code, report.organization?.failed]).toEqual([4, 6]);
}, 60_000);

it.each([
  [['audit', '--external-id', 'abc'], /--external-id without --aws-organization/],
  [['audit', '--aws-organization', '--gcp'], /--gcp with --aws-organization/],
  [['audit', '--aws-organization', '--member-role', 'a/b'], /--member-role a\/b: it must be the name/],
  [['member-role', '--auditor-roles', 'me'], /--auditor-roles me: it must be ARNs of IAM roles/],
  [['member-role', '--template', 'capture', '--bus-arn', 'x'], /--bus-arn x: it must be the ARN/],
])('refuses %j', async (args, message) => {
  const { code, stdout, stderr } = await cli.run(args);
  expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({
    code: 1,
    stdout: '',
    lines: 1,
  });
  expect(stderr).toMatch(message);
});

interface Template {
  Parameters: Record<string, { Default?: string }>;
  Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
}

async function template(...args: string[]): Promise<Template> {
  const { code, stdout } = await cli.run(['member-role', ...args]);
  expect(code).toBe(0);
  return JSON.parse(stdout) as Template;
}

describe('the template of the role', () => {
  it('lets in the roles of the auditor alone, with the external id, to read and nothing else', async () => {
    const role = 'arn:aws:iam::111122223333:role/clusterwhy-audit';
    const { Parameters, Resources } = await template('--auditor-roles', role, '--external-id', '7f3a');
    const { Properties } = Resources['Role']!;
    expect([Parameters['AuditorRoles']?.Default, Parameters['ExternalId']?.Default]).toEqual([role, '7f3a']);
    expect(Properties['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: { Ref: 'AuditorRoles' } },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'sts:ExternalId': { Ref: 'ExternalId' } } },
        },
      ],
    });
    const [{ PolicyDocument }] = Properties['Policies'] as [
      { PolicyDocument: { Statement: { Action: string[] }[] } },
    ];
    expect(PolicyDocument.Statement.flatMap(({ Action }) => Action).sort()).toEqual(awsPermissions());
  });
});

describe('the template of capture', () => {
  it('forwards every kind of refused call to the bus', async () => {
    const { Resources } = await template('--template', 'capture');
    const rules = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Events::Rule');
    expect(rules).toHaveLength(4);
    for (const { Properties } of rules) {
      expect(Properties['State']).toBe('ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS');
      expect(Properties['Targets']).toMatchObject([{ Arn: { Ref: 'DenialBusArn' } }]);
    }
  });
});

const hasLint = spawnSync('cfn-lint', ['--version']).status === 0;
(hasLint ? it : it.skip)(
  'cfn-lint finds nothing in the templates',
  async () => {
    for (const kind of ['role', 'capture']) {
      const file = join(cli.folder, `${kind}.json`);
      writeFileSync(file, JSON.stringify(await template('--template', kind)));
      execFileSync('cfn-lint', [file], { stdio: 'pipe' });
    }
  },
  60_000,
);
