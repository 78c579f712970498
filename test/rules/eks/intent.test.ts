/** Intent before grant: a denial is not a request, and no text of ours lets a stranger in. */
import { evaluateTrust } from '../../../shared/domain/trust-policy.ts';
import type { Problem } from '../../../shared/rule.ts';
import type { Observation } from '../../../shared/observation.ts';
import { expectClosed, findingsOf } from './test-eks-rule.ts';
import {
  allow,
  allowSubject,
  blueIssuer,
  caller,
  cluster,
  denial,
  issuerOf,
  nameOf,
  observe,
  observeApp,
  policy,
  prod,
  prodIssuer,
  prodProvider,
  provider,
  role,
  roleArn,
  sa,
  serviceAccount,
  trusts,
  trustsService,
  type Account,
  type Differences,
  type Json,
} from './world.ts';

const app = roleArn('app');
const { sub, aud } = { sub: `${nameOf(prodIssuer)}:sub`, aud: `${nameOf(prodIssuer)}:aud` };
const right = { [aud]: 'sts.amazonaws.com' };
const accounts = (...list: Account[]) => ({ serviceAccounts: { [prod.arn]: list } });

/** The problem of the role app. */
function problemOf(given: Observation): Problem {
  const found = findingsOf(given).filter(({ problem }) => problem.subject.id === app);
  if (!found[0] || found.length > 1) throw new Error(`${found.length} findings of the role`);
  return found[0].problem;
}

/** What is offered to shop/cart, refused by this trust policy. */
const offered = (trust: unknown, differences: Differences = {}) =>
  problemOf(observeApp(trust, { denials: [denial()], ...differences })).fix;

function letsIn(policy: unknown, subject: string, issuer = prodIssuer): boolean {
  const claims = { sub: subject, aud: ['sts.amazonaws.com'] };
  return evaluateTrust(policy, { issuer, roleArn: app, claims, context: {} }).verdict === 'Allowed';
}

const granting = /update-assume-role-policy|create-open-id|add-client-id|put-role|attach-role/;

describe('a stranger', () => {
  const stranger = sa('team-b/builder');
  /** Policies that do not speak of the stranger, each with a fault of its own besides. */
  const policies: Record<string, Json> = {
    'of a role for another service account': trusts(prodIssuer, sa('platform/admin')),
    'of a role that asks for no subject, and whose action is wrong': policy(
      allow(prodIssuer, { StringEquals: right }, { Action: 'sts:AssumeRole' }),
    ),
    'of a role that asks for no subject, and whose audience is wrong': policy(
      allow(prodIssuer, { StringEquals: { [aud]: 'sts.amazon.com' } }),
    ),
    'of a role with a wildcard for the namespace': trusts(prodIssuer, 'system:serviceaccount:*:*'),
    'of a role with a wildcard for anybody': trusts(prodIssuer, '*'),
    'of a role with a variable that the caller fills': {
      ...policy(
        allow(prodIssuer, {
          StringLike: { [sub]: 'system:serviceaccount:${sts:RoleSessionName}:builder' },
          StringEquals: right,
        }),
      ),
      Version: '2008-10-17',
    },
    'of a role for a node': trustsService('ec2.amazonaws.com'),
    'of a role of a cluster that is gone': trusts(blueIssuer, sa('platform/admin')),
    'of a role that only excludes others': policy(
      allow(prodIssuer, { StringNotEquals: { [sub]: stranger }, StringEquals: right }),
    ),
    'of a role whose Deny meets it': policy(
      allowSubject(prodIssuer, sa('platform/admin')),
      allow(prodIssuer, { StringLike: { [sub]: 'system:serviceaccount:team-*:*' } }, { Effect: 'Deny' }),
    ),
    'of a role with a condition on the address': policy(
      allow(prodIssuer, {
        StringEquals: { [sub]: sa('platform/admin'), ...right },
        IpAddress: { 'aws:SourceIp': '198.51.100.0/24' },
      }),
    ),
    'whose number is another': trusts(prodIssuer, sa('team-b/builder2')),
    'whose team is another': trusts(prodIssuer, sa('team-a/builder')),
  };

  it.each(Object.entries(policies))('%s gets no command that grants, seen or latent', (_, trust) => {
    const call = { sessionName: 'team-b' };
    const differences = { discovery: { [blueIssuer]: { state: 'gone' as const } } };
    const annotated = serviceAccount('team-b/builder', { 'eks.amazonaws.com/role-arn': app });
    for (const given of [
      observeApp(trust, { ...differences, denials: [denial({ subject: stranger }, call)], ...accounts() }),
      observeApp(trust, { ...differences, ...accounts(annotated) }),
    ]) {
      const told = findingsOf(given).filter(({ problem }) => problem.workload?.namespace === 'team-b');
      expect(told).toHaveLength(1);
      for (const { problem } of told) {
        expect(problem.fix).toMatchObject({
          verified: false,
          summary: expect.stringMatching(
            /^Advice: If this caller should not have the role app, nothing is broken/,
          ) as string,
          commands: [
            'kubectl annotate serviceaccount builder --namespace team-b eks.amazonaws.com/role-arn-',
          ],
        });
        expect([problem.cause, problem.fix.summary].join('\n')).not.toMatch(granting);
      }
    }
  });

  it('is not let in by the repair for those who are meant', () => {
    const trust = trusts(prodIssuer, [sa('shop/crat'), 'system:serviceaccount:mail:*']);
    const { fix } = problemOf(
      observeApp(trust, {
        denials: [
          denial(),
          denial({ subject: sa('mail/sender') }),
          denial({ subject: stranger, events: 9_999 }),
        ],
        ...accounts(serviceAccount('shop/cart')),
      }),
    );
    expect(fix.verified).toBe(true);
    expect([sa('shop/cart'), stranger].map((subject) => letsIn(fix.policy, subject))).toEqual([true, false]);
  });

  it('is many: no policy is shown that lets them all in, and few commands', () => {
    const denials = Array.from({ length: 50 }, (_, index) => denial({ subject: sa(`team/w${index}`) }));
    const { fix } = problemOf(observeApp(trusts(prodIssuer, sa('platform/admin')), { denials }));
    expect(fix.policy).toBeUndefined();
    expect(fix.commands).toHaveLength(10);
    expect(fix.summary).toMatch(
      /^Advice: If these 50 callers should not have the role app, nothing is broken/,
    );
  });
});

describe('a near miss', () => {
  it('is granted where the name that is allowed is absent from the cluster', () => {
    const fix = offered(trusts(prodIssuer, sa('shop/card')), accounts(serviceAccount('shop/cart')));
    expect(fix).toMatchObject({ verified: true, commands: [expect.stringMatching(granting) as string] });
    expect(fix.summary).toMatch(/shop:card, which the policy names, does not exist in the cluster/);
    expect(letsIn(fix.policy, sa('shop/cart'))).toBe(true);
  });

  it.each<[string, Differences, RegExp]>([
    [
      'exists in the cluster',
      accounts(serviceAccount('shop/card')),
      /exists in the cluster: this is another/,
    ],
    [
      'calls from elsewhere',
      { ...accounts(), callers: [caller({ subject: sa('shop/card'), provider: 'elsewhere' })] },
      /exists and calls: this is another/,
    ],
    [
      'is refused another role',
      { ...accounts(), denials: [denial(), denial({ subject: sa('shop/card'), roleArn: roleArn('x') })] },
      /exists and calls: this is another/,
    ],
    ['was not looked for', {}, /was not read; if it does not, this is a misspelling/],
    ['was looked for in another cluster', { serviceAccounts: { 'arn:other': [] } }, /was not read/],
  ])('is advice where the name that is allowed %s', (_, differences, why) => {
    const fix = offered(trusts(prodIssuer, sa('shop/card')), differences);
    expect(fix).toMatchObject({
      verified: false,
      commands: [expect.stringMatching(/^kubectl annotate/) as string],
    });
    expect(fix.summary).toMatch(/^Advice: If this caller should not have the role app, nothing is broken/);
    expect(fix.summary).toMatch(why);
  });

  it('is advice where another near name exists', () => {
    const fix = offered(
      trusts(prodIssuer, [sa('shop/card'), sa('shop/carts')]),
      accounts(serviceAccount('shop/carts')),
    );
    expect(fix.verified).toBe(false);
  });

  it.each([
    ['a number', 'shop/cart1', 'shop/cart2'],
    ['a letter for a team', 'team-a/app', 'team-b/app'],
    ['two letters for a region', 'shop/cart-eu', 'shop/cart-us'],
    ['a short namespace', 'ci/app', 'qa/app'],
    ['both parts, a letter each', 'shop/card', 'ship/cart'],
  ])('is not one that differs by %s', (_, allowed, called) => {
    const fix = offered(trusts(prodIssuer, sa(allowed)), {
      denials: [denial({ subject: sa(called) })],
      ...accounts(serviceAccount(called)),
    });
    expect(fix.verified).toBe(false);
  });

  it.each([
    ['upper case', 'system:serviceaccount:Shop:Cart'],
    ['a slash', 'system:serviceaccount:shop/cart'],
    ['no prefix', 'shop:cart'],
    ['white space', `${sa('shop/cart')} `],
    ['part of the prefix', 'serviceaccount:shop:cart'],
  ])('that no cluster can issue needs no look at the cluster: %s', (_, allowed) => {
    const given = observeApp(trusts(prodIssuer, allowed), { denials: [denial()] });
    const { fix } = problemOf(given);
    expect(fix.verified).toBe(true);
    expect(fix.summary).toMatch(/is no subject that a cluster can issue, and is recognisably this one/);
    expectClosed(given);
  });
});

describe('a wildcard under StringEquals', () => {
  it('admits the service account of its namespace that calls, by name', () => {
    const fix = offered(trusts(prodIssuer, 'system:serviceaccount:shop:*'));
    expect(fix.summary).toMatch(
      /"system:serviceaccount:shop:\*" was meant for system:serviceaccount:shop:cart/,
    );
    expect(['shop/cart', 'shop/web', 'mail/cart'].map((name) => letsIn(fix.policy, sa(name)))).toEqual([
      true,
      false,
      false,
    ]);
    expect(JSON.stringify(fix.policy).match(/\*/g)).toHaveLength(1);
  });

  it('admits twenty of them by one command', () => {
    const names = Array.from({ length: 20 }, (_, index) => sa(`shop/w${index}`));
    const given = observeApp(trusts(prodIssuer, 'system:serviceaccount:shop:*'), {
      denials: names.map((subject) => denial({ subject })),
    });
    const { fix } = problemOf(given);
    expect(fix.commands).toHaveLength(1);
    expect(names.every((subject) => letsIn(fix.policy, subject))).toBe(true);
    expectClosed(given);
  });
});

describe('a policy written for another cluster', () => {
  const trust = trusts(blueIssuer, sa('shop/cart'));
  const gone = { discovery: { [blueIssuer]: { state: 'gone' as const } } };

  it('is granted where that cluster is gone: this one replaced it', () => {
    const fix = offeredOf(
      'eks/irsa-trust-other-cluster',
      observeApp(trust, { denials: [denial()], ...gone }),
    );
    expect(fix?.verified).toBe(true);
    expect(letsIn(fix?.policy, sa('shop/cart'))).toBe(true);
    expect(letsIn(fix?.policy, sa('shop/web'))).toBe(false);
  });

  it.each<[string, Json, Differences, RegExp]>([
    ['lives', trust, { otherAccountsIssuers: [blueIssuer] }, /is a live cluster of its own/],
    ['answers', trust, { discovery: { [blueIssuer]: { state: 'answers' } } }, /could not be decided/],
    ['may live', trust, {}, /could not be decided/],
    [
      'had another service account',
      trusts(blueIssuer, sa('shop/web')),
      gone,
      /does not name this service account/,
    ],
  ])('is advice where that cluster %s', (_, trust, differences, why) => {
    const given = observeApp(trust, { denials: [denial()], ...differences });
    const fix = offeredOf('eks/irsa-trust-other-cluster', given);
    expect(fix).toMatchObject({ verified: false, summary: expect.stringMatching(why) as string });
    expect(fix?.commands.join()).not.toMatch(granting);
  });

  it('is advice for the cluster of a partner, however dead the old one is', () => {
    const partner = issuerOf('partner');
    const given = observeApp(trust, {
      denials: [denial({ provider: prodProvider.replace(nameOf(prodIssuer), nameOf(partner)) })],
      providers: [provider(prodIssuer), provider(partner)],
      otherAccountsIssuers: [partner],
      ...gone,
    });
    const fix = offeredOf('eks/irsa-trust-other-cluster', given);
    expect(fix).toMatchObject({
      verified: false,
      summary: expect.stringMatching(/is not this account's/) as string,
    });
  });

  const offeredOf = (rule: string, given: Observation) =>
    findingsOf(given).find((found) => found.rule === rule)?.problem.fix;
});

describe('fixes of one role', () => {
  it('do not undo each other: each holds what the others repair', () => {
    const green = issuerOf('green');
    const swapped = (issuer: string) => ({
      Principal: { Federated: `${prodProvider.split('/')[0]}/${nameOf(issuer)}/` },
    });
    const given = observeApp(
      policy(
        allowSubject(prodIssuer, sa('shop/cart'), undefined, swapped(prodIssuer)),
        allowSubject(green, sa('shop/cart'), undefined, swapped(green)),
      ),
      { clusters: [prod, cluster('green')], providers: [provider(prodIssuer), provider(green)] },
    );
    const fixes = findingsOf(given).map(({ problem }) => problem.fix);
    expect(fixes).toHaveLength(2);
    for (const { policy } of fixes)
      expect([prodIssuer, green].map((issuer) => letsIn(policy, sa('shop/cart'), issuer))).toEqual([
        true,
        true,
      ]);
  });

  it('leave a service-linked role alone, which nobody but AWS can edit', () => {
    const path = '/aws-service-role/x.amazonaws.com/';
    const given = observe({
      roles: [role('AWSServiceRoleForX', trustsService('x.amazonaws.com'), { path })],
      denials: [denial({ roleArn: roleArn('AWSServiceRoleForX', path) })],
    });
    const [found] = findingsOf(given);
    expect(found?.problem.fix).toMatchObject({
      verified: false,
      summary: expect.stringMatching(/AWS owns the role/) as string,
    });
    expect(found?.problem.fix.policy).toBeUndefined();
  });
});
