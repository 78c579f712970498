/** The stack that audits a whole organization. */
import { organizationPermissions } from '../../shared/collect/aws/organization/members.ts';
import { readOrganizationSettings } from '../../shared/organization-settings.ts';
import { environment } from '../../shared/settings.ts';
import { readStackSettings } from '../../infra/settings.ts';
import {
  at,
  definitionOf,
  organizationContext,
  resourceOf,
  resourcesOf,
  statementsOf,
  synthesize,
  textOf,
} from './synthesize.ts';

const template = synthesize(organizationContext);

const variablesOf = (name: string) =>
  at(resourceOf(template, 'AWS::Lambda::Function', name)[1].Properties, 'Environment', 'Variables') as Record<
    string,
    string
  >;

function statementsFor(name: string) {
  const [, { Properties }] = resourceOf(template, 'AWS::Lambda::Function', name);
  return statementsOf(template, (Properties['Role'] as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0]);
}

it('tells its functions whom to audit, in words that they accept', () => {
  for (const name of ['Plan', 'Audit'])
    expect(
      readOrganizationSettings(environment.organization, variablesOf(name)[environment.organization]),
    ).toEqual({
      roleName: 'auditor-reads',
      externalId: '7f3ab2',
      ownerTag: 'team',
      include: { accounts: [], units: ['/Production', 'ou-ab12-cdefgh34'], tags: [] },
      exclude: { accounts: ['444455556666'], units: [], tags: [] },
    });
});

it('lets the plan list the organization and read clusters, and both take on the role of members alone', () => {
  const plan = statementsFor('Plan').flatMap(({ Action }) => Action);
  expect(plan).toEqual(
    expect.arrayContaining([...organizationPermissions, 'eks:ListClusters', 'sts:AssumeRole']),
  );
  expect(plan.filter((action) => action.startsWith('iam:'))).toEqual([]);
  for (const name of ['Plan', 'Audit']) {
    const assume = statementsFor(name).filter(({ Action }) => Action.includes('sts:AssumeRole'));
    expect(assume.flatMap(({ Resource }) => Resource.map(textOf))).toEqual([
      'arn:${AWS::Partition}:iam::*:role/auditor-reads',
    ]);
  }
});

it('reads the accounts from the bucket, as many side by side as the settings say, whatever becomes of them', () => {
  const { AuditAccounts, Digest } = definitionOf(template).States as unknown as Record<
    string,
    Record<string, unknown>
  >;
  expect(AuditAccounts).toMatchObject({
    Type: 'Map',
    MaxConcurrency: 40,
    ToleratedFailurePercentage: 100,
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
    ItemReader: { ReaderConfig: { InputType: 'JSON' }, Parameters: { 'Key.$': '$.accountsKey' } },
    ResultWriter: { Parameters: { Prefix: 'reports/map' } },
  });
  expect(Digest?.['Parameters']).toMatchObject({
    'organization.$': '$.organization',
    'results.$': '$.results',
  });
});

it('lets the state machine start itself, read the plan and write what came of it', () => {
  const [role] = resourcesOf(template, 'AWS::IAM::Role').find(([id]) => id.startsWith('WorkflowRole')) ?? [
    '',
  ];
  const actions = statementsOf(template, role).flatMap(({ Action }) => Action);
  expect(actions).toEqual(
    expect.arrayContaining([
      'states:StartExecution',
      'states:DescribeExecution',
      's3:GetObject',
      's3:PutObject',
    ]),
  );
});

it('takes refused calls from the accounts of the organization alone', () => {
  const [, { Properties }] = resourceOf(template, 'AWS::Events::EventBusPolicy');
  expect(Properties['Statement']).toMatchObject({
    Action: 'events:PutEvents',
    Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-ab12cd34ef' } },
  });
  expect(Object.keys(template.Outputs)).toEqual(expect.arrayContaining(['AuditorRoleArns', 'DenialBusArn']));
});

it.each([
  [{ ownerTag: 'team' }, /ownerTag="team".*or organization=yes be given too/],
  [{ withoutUnits: '/Sandbox' }, /withoutUnits="\/Sandbox".*organization=yes/],
  [{ organization: 'yes', units: 'Sandbox' }, /units="Sandbox": it must be organizational units/],
  [{ organization: 'yes', accountsAtATime: '0' }, /accountsAtATime="0": it must be a whole number/],
])('refuses %j', (context, message) => {
  expect(() => readStackSettings(context, 'eu-west-1')).toThrow(message);
});
