/** How the stack lets the auditor into clusters: access entries and a VPC, neither of which it makes unasked. */
import { readStackSettings } from '../../infra/settings.ts';
import { readSettings } from '../../shared/settings.ts';
import { at, resourceOf, resourcesOf, statementsOf, synthesize, textOf } from './synthesize.ts';

const inVpc = {
  vpcSubnets: 'subnet-0123456789abcdef0,subnet-0fedcba9876543210',
  vpcSecurityGroups: 'sg-0123456789abcdef0',
};
const unasked = synthesize();
const asked = synthesize({ ...inVpc, accessEntries: 'prod,staging-2', kubernetes: 'never' });

function roleOf(name: string, template = asked): string {
  const [, { Properties }] = resourceOf(template, 'AWS::Lambda::Function', name);
  return (Properties['Role'] as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0];
}

describe('access entries', () => {
  it('are not made unasked', () => {
    expect(resourcesOf(unasked, 'AWS::EKS::AccessEntry')).toEqual([]);
  });

  it('let the role of the audit see what is viewed, and into the group, in each cluster that is named', () => {
    const entries = resourcesOf(asked, 'AWS::EKS::AccessEntry').map(([, { Properties }]) => Properties);
    expect(entries.map(({ ClusterName }) => ClusterName)).toEqual(['prod', 'staging-2']);
    for (const entry of entries) {
      expect(entry).toMatchObject({
        PrincipalArn: { 'Fn::GetAtt': [roleOf('Audit'), 'Arn'] },
        KubernetesGroups: ['clusterwhy'],
        AccessPolicies: [{ AccessScope: { Type: 'cluster' } }],
      });
      expect(textOf(at(entry, 'AccessPolicies', 0, 'PolicyArn'))).toBe(
        'arn:${AWS::Partition}:eks::aws:cluster-access-policy/AmazonEKSViewPolicy',
      );
    }
  });
});

describe('the VPC', () => {
  it('is nobody’s unasked, and takes no permission', () => {
    for (const [, { Properties }] of resourcesOf(unasked, 'AWS::Lambda::Function'))
      expect(Properties).not.toHaveProperty('VpcConfig');
    expect(JSON.stringify(statementsOf(unasked, roleOf('Audit', unasked)))).not.toMatch(/NetworkInterface\b/);
  });

  it('holds the audit alone', () => {
    const [, { Properties }] = resourceOf(asked, 'AWS::Lambda::Function', 'Audit');
    expect(Properties['VpcConfig']).toEqual({
      SubnetIds: inVpc.vpcSubnets.split(','),
      SecurityGroupIds: ['sg-0123456789abcdef0'],
    });
    for (const name of ['Plan', 'Digest'])
      expect(resourceOf(asked, 'AWS::Lambda::Function', name)[1].Properties).not.toHaveProperty('VpcConfig');
  });

  it('takes the permissions that Lambda needs for its interfaces, which the code itself is denied', () => {
    const statements = statementsOf(asked, roleOf('Audit')).filter(({ Sid }) => /Attach/.test(Sid ?? ''));
    expect(statements).toEqual([
      {
        Sid: 'AttachToVpc',
        Effect: 'Allow',
        Action: [
          'ec2:AssignPrivateIpAddresses',
          'ec2:CreateNetworkInterface',
          'ec2:DeleteNetworkInterface',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSubnets',
          'ec2:UnassignPrivateIpAddresses',
        ],
        Resource: ['*'],
      },
      {
        Sid: 'CodeMayNotAttach',
        Effect: 'Deny',
        Action: [
          'ec2:AssignPrivateIpAddresses',
          'ec2:CreateNetworkInterface',
          'ec2:DeleteNetworkInterface',
          'ec2:UnassignPrivateIpAddresses',
        ],
        Resource: ['*'],
        Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } },
      },
    ]);
  });

  it('has its permissions before the function is made', () => {
    const [, { DependsOn }] = resourceOf(asked, 'AWS::Lambda::Function', 'Audit');
    expect(DependsOn).toContainEqual(expect.stringMatching(/^AuditRoleDefaultPolicy/) as string);
  });
});

describe('the settings of Kubernetes', () => {
  it('tell the function what the stack was told', () => {
    const variables = (template: typeof asked) => {
      const [, { Properties }] = resourceOf(template, 'AWS::Lambda::Function', 'Audit');
      return at(Properties, 'Environment', 'Variables') as Record<string, string>;
    };
    const kubernetes = ({ CLUSTERWHY_KUBERNETES = '' }: Record<string, string>) =>
      readSettings({ CLUSTERWHY_KUBERNETES }).kubernetes;
    expect(kubernetes(variables(unasked))).toBe(true);
    expect(kubernetes(variables(asked))).toBe(false);
  });

  it.each([
    [{ vpcSubnets: 'subnet-0123456789abcdef0' }, /vpcSubnets=.*or vpcSecurityGroups be given too/],
    [{ vpcSecurityGroups: 'sg-0123456789abcdef0' }, /vpcSecurityGroups=.*or vpcSubnets be given too/],
    [{ ...inVpc, vpcSubnets: 'vpc-0123456789abcdef0' }, /ids of subnets/],
    [
      { accessEntries: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod' },
      /names of EKS clusters in the stack's region/,
    ],
    [{ kubernetes: 'sometimes' }, /AUTO or NEVER/],
  ])('refuse %j', (context, why) => {
    expect(() => readStackSettings(context)).toThrow(why);
  });
});
