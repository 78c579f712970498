import { applyRule } from '../../../shared/evaluate.ts';
import {
  permissionCheckKey,
  type PermissionCheck,
  type ServiceDenial,
} from '../../../shared/domain/service-denial.ts';
import type { Observation } from '../../../shared/observation.ts';
import rule from '../../../shared/rules/eks/permission-missing.ts';
import { testRule, type RuleCases } from '../rule-tester.ts';
import { testTelling, toldIn } from './test-eks-rule.ts';
import { nameOf, observe, prod, prodIssuer, role, roleArn, sa, trusts } from './world.ts';
import { quoted } from '../../../shared/words.ts';

const topic = 'arn:aws:sns:eu-west-1:111122223333:orders';
const app = roleArn('app');

/** shop/cart of prod, refused sns:Publish for want of a policy. */
function refused(changes: Partial<ServiceDenial> = {}): ServiceDenial {
  return {
    roleArn: app,
    session: 'web-identity',
    namespace: 'shop',
    serviceAccount: 'cart',
    cluster: 'prod',
    action: 'sns:Publish',
    resource: topic,
    errorCode: 'AccessDenied',
    errorMessage: null,
    policyType: 'identity',
    explicit: false,
    policyArn: null,
    events: 12,
    firstSeen: '2026-01-01T04:00:00Z',
    lastSeen: '2026-01-01T05:00:00Z',
    sampleEventIds: ['00000000-0000-4000-8000-000000000009'],
    regions: ['eu-west-1'],
    userAgent: 'Boto3/1.35.8',
    vpcEndpointId: null,
    ...changes,
  };
}

/** IAM refuses it, and allows it with the narrowest grant. */
function checked(changes: Partial<PermissionCheck> = {}): PermissionCheck {
  return {
    decision: 'implicitDeny',
    allowedByOrganizations: true,
    allowedByBoundary: null,
    matchedPolicies: [],
    invalid: [],
    allowedWithGrant: true,
    decoded: null,
    ...changes,
  };
}

function given(...refusals: (ServiceDenial | [ServiceDenial, PermissionCheck])[]): Observation {
  const pairs = refusals.map((one) => (Array.isArray(one) ? one : ([one, null] as const)));
  const permissionChecks = Object.fromEntries(
    pairs.flatMap(([denial, check]) => (check ? [[permissionCheckKey(denial), check]] : [])),
  );
  const denials = pairs.map(([denial]) => denial);
  const names = new Set(denials.map(({ roleArn: arn }) => arn.split('/').at(-1) ?? ''));
  return observe({
    roles: [...names].map((name) => role(name, trusts(prodIssuer, sa('shop/cart')))),
    facts: { serviceDenials: { denials, events: 100, unparsed: 0 }, permissionChecks },
  });
}

const untold = { policyType: null, explicit: null } as const;

const cases: RuleCases = {
  healthy: observe,
  passes: {
    'a call that a pod makes with the role of its node': given(refused({ session: 'node' })),
    'an instance that was refused, beside no workload': given(
      refused({ session: 'node', action: 'ec2:CreateTags', events: 1 }),
    ),
  },
  fails: {
    'an action that no policy allows': {
      given: given([refused(), checked()]),
      finds: {
        [app]:
          /^Role app of shop\/cart is refused sns:Publish on arn:aws:sns:eu-west-1:111122223333:orders, because no policy of the role allows it\.$/,
      },
    },
    'several actions of one role, as one': {
      given: given(
        [refused(), checked()],
        [refused({ action: 'sns:Subscribe', serviceAccount: 'web', events: 2 }), checked()],
      ),
      finds: { [app]: /^Role app is refused sns:Publish on \S+ and 1 more call, because no policy/ },
    },
    'one that IAM was not asked about': {
      given: given(refused()),
      finds: { [app]: /no policy of the role allows it/ },
    },
    'a statement that denies': {
      given: given(refused({ explicit: true, policyArn: 'arn:aws:iam::111122223333:policy/guard' })),
      finds: { [`${app} identity deny`]: /because a policy of the role denies it\.$/ },
    },
    'a boundary': {
      given: given(refused({ policyType: 'boundary' })),
      finds: { [`${app} boundary`]: /the permissions boundary of the role does not allow it/ },
    },
    'a service control policy': {
      given: given(refused({ policyType: 'scp', explicit: true })),
      finds: { [`${app} scp deny`]: /a service control policy of the organization denies it/ },
    },
    'a resource control policy': {
      given: given(refused({ policyType: 'rcp', explicit: true })),
      finds: { [`${app} rcp deny`]: /a resource control policy of the organization denies it/ },
    },
    'the policy of an endpoint': {
      given: given(refused({ policyType: 'vpc-endpoint', vpcEndpointId: 'vpce-0123' })),
      finds: { [`${app} vpc-endpoint`]: /the policy of the VPC endpoint vpce-0123 does not allow it/ },
    },
    'the policy of a session': {
      given: given(refused({ policyType: 'session', session: 'pod-identity' })),
      finds: { [`${app} session`]: /the policy that its session was made with does not allow it/ },
    },
    'the policy of the resource': {
      given: given(refused({ policyType: 'resource' })),
      finds: { [`${app} resource`]: /the policy of the resource does not allow it/ },
    },
    'the trust of another role': {
      given: given(
        refused({ policyType: 'role-trust', action: 'sts:AssumeRole', resource: roleArn('other') }),
      ),
      finds: { [`${app} role-trust`]: /the trust policy of the role that it wants to assume/ },
    },
    'nobody says which policy': {
      given: given(refused({ ...untold, resource: null })),
      finds: {
        [`${app} untold`]: /^Role app of shop\/cart is refused sns:Publish, because AWS does not say/,
      },
    },
    'two kinds of policies': {
      given: given(refused(), refused({ action: 'sns:CreateTopic', policyType: 'boundary' })),
      finds: { [app]: /sns:Publish/, [`${app} boundary`]: /sns:CreateTopic/ },
    },
  },
  unknowns: {
    'a call that all policies allow which the simulator knows': {
      given: given([refused(untold), checked({ decision: 'allowed' })]),
      why: /which its policies allow today/,
    },
  },
};
testRule(rule, cases);
testTelling(rule, cases);

function only(observation: Observation) {
  const [problem, ...others] = applyRule(rule, observation).problems;
  expect(others).toEqual([]);
  if (!problem) throw new Error('nothing was found');
  return toldIn(problem, 'en');
}

it.each([
  ['boundary', 'the permissions boundary of the role does not allow it', { allowedByBoundary: false }],
  [
    'scp',
    'a service control policy of the organization does not allow it',
    { allowedByOrganizations: false },
  ],
  ['identity deny', 'a policy of the role denies it', { decision: 'explicitDeny' as const }],
])('takes the %s from the simulator where the message does not tell', (kind, words, changes) => {
  const { subject, cause } = only(given([refused(untold), checked(changes)]));
  expect([subject.id, cause]).toEqual([`${app} ${kind}`, expect.stringContaining(words)]);
});

describe('a role that is another one today', () => {
  const withRoles = (roles: ReturnType<typeof role>[], state: 'whole' | 'partial' = 'whole'): Observation => {
    const observation = given([refused(), checked()]);
    const gaps = [{ location: null, why: quoted('The list broke off') }];
    const reading = state === 'whole' ? { state, value: roles } : { state, value: roles, gaps };
    return { ...observation, readings: { ...observation.readings, roles: reading } };
  };
  const trust = trusts(prodIssuer, sa('shop/cart'));

  it('is not accused of what was refused to the one that is gone', () => {
    expect(applyRule(rule, withRoles([])).problems).toEqual([]);
    expect(applyRule(rule, withRoles([role('other', trust)])).problems).toEqual([]);
  });

  it('is not accused of what was refused before it was made anew', () => {
    const anew = role('app', trust, { createdAt: '2026-01-01T05:30:00Z' });
    expect(applyRule(rule, withRoles([anew])).problems).toEqual([]);
    const before = role('app', trust, { createdAt: '2026-01-01T04:30:00Z' });
    expect(only(withRoles([before])).subject.id).toBe(app);
  });

  it('is known by its name, whatever its path; a list that broke off proves nothing', () => {
    expect(only(withRoles([role('app', trust, { path: '/teams/' })])).subject.id).toBe(app);
    expect(only(withRoles([], 'partial')).subject.id).toBe(app);
  });

  it('is not looked for in this account where it is of another', () => {
    const foreign = given(refused({ roleArn: 'arn:aws:iam::999988887777:role/app' }));
    const readings = { ...foreign.readings, roles: { state: 'whole' as const, value: [] } };
    expect(applyRule(rule, { ...foreign, readings }).problems).toHaveLength(1);
  });
});

describe('the fix of eks/permission-missing', () => {
  it('is nothing where the policies were mended since', () => {
    const { status } = applyRule(rule, given([refused(), checked({ decision: 'allowed' })]));
    expect(status).toBe('pass');
  });

  it('grants exactly the action on the resource, proven by the simulator', () => {
    const { fix } = only(given([refused(), checked()]));
    expect(fix.verified).toBe(true);
    expect(fix.policy).toEqual({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['sns:Publish'], Resource: [topic] }],
    });
    expect(fix.commands).toEqual([
      expect.stringMatching(
        /^aws iam put-role-policy --role-name app --policy-name clusterwhy-[\da-f]{12} --policy-document file:\/\/\/dev\/stdin <<'JSON'\n/,
      ),
    ]);
  });

  it.each([
    ['IAM was not asked', refused(), null],
    ['the simulator does not allow it even so', refused(), checked({ allowedWithGrant: false })],
    ['it was not validated', refused(), checked({ invalid: null })],
  ])('is not proven where %s', (_, denial, check) => {
    const { fix } = only(given(check ? [denial, check] : denial));
    expect([fix.verified, fix.commands.length]).toEqual([false, 1]);
  });

  it('grants no wildcard for an object that a caller named like one', () => {
    const { fix } = only(given(refused({ action: 's3:GetObject', resource: 'arn:aws:s3:::files/*' })));
    expect(fix.policy).toMatchObject({ Statement: [{ Resource: ['arn:aws:s3:::files/${*}'] }] });
  });

  it.each([
    'iam:AttachRolePolicy',
    'iam:PassRole',
    'sts:AssumeRole',
    's3:PutBucketPolicy',
    'kms:CreateGrant',
  ])('grants no %s by a command', (action) => {
    const { fix } = only(given([refused({ action, resource: roleArn('app') }), checked()]));
    expect([fix.commands, fix.summary]).toEqual([
      [],
      expect.stringMatching(/^Advice: .*whoever owns the role/),
    ]);
  });

  it('grants what it can, and says what it leaves', () => {
    const observation = given(refused(), refused({ action: 'sqs:SendMessage', resource: null, events: 1 }));
    const { fix } = only(observation);
    expect(fix.policy).toMatchObject({ Statement: [{ Action: ['sns:Publish'] }] });
    expect(fix.summary).toMatch(/For sqs:SendMessage AWS does not say on what it was refused/);
  });

  it('grants on everything only what knows no resources', () => {
    const { fix } = only(given(refused({ action: 'ec2:DescribeInstances', resource: null })));
    expect(fix.policy).toMatchObject({ Statement: [{ Action: ['ec2:DescribeInstances'], Resource: ['*'] }] });
  });

  it('is one policy of bounded size for however many objects', () => {
    const many = Array.from({ length: 300 }, (_, n) =>
      refused({ resource: `arn:aws:sns:eu-west-1:111122223333:${'t'.repeat(200)}-${n}`, events: 300 - n }),
    );
    const { fix, evidence } = only(given(...many));
    expect(JSON.stringify(fix.policy).length).toBeLessThanOrEqual(6_000);
    expect(fix.summary).toMatch(/more calls do not fit into one policy/);
    expect(evidence.length).toBeLessThan(30);
  });

  it('reads the decoded message', () => {
    const decoded = {
      action: 'ec2:RunInstances',
      resource: 'arn:aws:ec2:eu-west-1:1:instance/*',
      explicit: false,
    };
    const { cause } = only(
      given([refused({ ...untold, resource: null, action: 'ec2:RunInstances' }), checked({ decoded })]),
    );
    expect(cause).toMatch(/ec2:RunInstances on arn:aws:ec2:eu-west-1:1:instance\/\*, because no policy/);
  });

  it('changes no service-linked role', () => {
    const linked = roleArn('AWSServiceRoleForX', '/aws-service-role/x.amazonaws.com/');
    expect(only(given(refused({ roleArn: linked }))).fix.commands).toEqual([]);
  });

  it('knows the cluster by its issuer as well', () => {
    expect(only(given(refused({ cluster: nameOf(prodIssuer) }))).cluster).toBe(prod.name);
    expect(only(given(refused({ cluster: 'elsewhere' }))).cluster).toBeNull();
  });

  it('keeps hostile texts on their line', () => {
    const hostile = 'arn:aws:s3:::b/\n$(rm -rf ~)`id`\'"\u202e';
    const { cause, evidence, fix } = only(given(refused({ resource: hostile, userAgent: 'a\nb' })));
    expect(cause).not.toMatch(/\n/);
    for (const { value } of evidence) expect(value).not.toMatch(/\n/);
    expect(fix.commands[0]).toContain("<<'JSON'");
  });
});
