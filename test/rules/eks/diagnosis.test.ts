/** The diagnosis that all rules of web identity share: nothing is lost, nothing is told twice, nothing is accused blindly. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { groupCalls } from '../../../shared/collect/aws/group-calls.ts';
import { parseWebIdentityRecord } from '../../../shared/domain/cloudtrail-record.ts';
import type { Denial } from '../../../shared/domain/web-identity.ts';
import { applyRule } from '../../../shared/evaluate.ts';
import type { FactName, Observation } from '../../../shared/observation.ts';
import { makeReport } from '../../../shared/report.ts';
import { rules } from '../../../shared/rules/index.ts';
import { ailing } from './ailing.ts';
import { expectClosed, findingsOf, identityOf } from './test-eks-rule.ts';
import {
  cluster,
  denial,
  githubIssuer,
  issuerOf,
  nameOf,
  observe,
  otherAccount,
  policy,
  prod,
  prodIssuer,
  prodProvider,
  provider,
  providerArn,
  role,
  roleArn,
  sa,
  serviceAccount,
  time,
  trusts,
  trustsService,
} from './world.ts';
import { inLanguage, quoted } from '../../../shared/words.ts';

const facts = [
  'clusters',
  'oidcProviders',
  'roles',
  'namedRoles',
  'denials',
  'issuerDiscovery',
  'serviceAccounts',
] as const satisfies readonly FactName[];

function without(observation: Observation, unread: readonly FactName[]): Observation {
  const gap = { location: null, why: quoted('access was denied') };
  const readings = Object.fromEntries(
    unread.map((name) => [name, { state: 'unread' as const, gaps: [gap] }]),
  );
  return { ...observation, readings: { ...observation.readings, ...readings } };
}

describe('a denial', () => {
  const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
  const hostile = oneOf(
    '<img src=x>',
    '$(id)',
    '\u001b[31m',
    'a\nb',
    '__proto__',
    'constructor',
    '\u202e',
    '',
  );
  const roleArns = fc.oneof(
    { weight: 6, arbitrary: oneOf(roleArn('app'), roleArn('card'), roleArn('node'), roleArn('broken')) },
    {
      weight: 3,
      arbitrary: oneOf(roleArn('gone'), roleArn('app', '/team/'), roleArn('app', '/', otherAccount)),
    },
    {
      weight: 2,
      arbitrary: oneOf(null, 'app', 'arn:aws:iam::1:role/app', 'arn:aws-cn:iam::111122223333:role/app'),
    },
    hostile,
    fc.string(),
  );
  const subjects = fc.oneof(
    { weight: 6, arbitrary: oneOf(sa('shop/cart'), sa('shop/card'), sa('team-b/builder')) },
    oneOf(null, 'repo:shop/web', 'system:serviceaccount:', 'system:serviceaccount:<b>:x'),
    hostile,
    fc.string(),
  );
  const providers = fc.oneof(
    { weight: 6, arbitrary: oneOf(prodProvider, providerArn(issuerOf('green')), null) },
    oneOf(
      providerArn(githubIssuer),
      'accounts.google.com',
      'arn:aws:iam::1:oidc-provider/oidc.eks.eu-west-1',
    ),
    hostile,
  );
  const errors = fc.oneof(
    { weight: 6, arbitrary: fc.constant(['AccessDenied', 'An unknown error occurred'] as const) },
    oneOf(
      ['InvalidIdentityToken', `No OpenIDConnect provider found in your account for ${prodIssuer}`] as const,
      [
        'InvalidIdentityToken',
        'No OpenIDConnect provider found in your account for https://evil.example',
      ] as const,
      ['InvalidIdentityToken', 'No OpenIDConnect provider found in your account'] as const,
      ['InvalidIdentityToken', 'Incorrect token audience'] as const,
      ['InvalidIdentityToken', null] as const,
      ['ExpiredToken', 'Token expired'] as const,
      ['IDPCommunicationError', null] as const,
      ['IDPRejectedClaim', null] as const,
      ['ValidationError', 'Request ARN is invalid'] as const,
      ['ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration'] as const,
      ['ValidationError', null] as const,
      ['RegionDisabled', 'STS is not activated in this region'] as const,
      ['ThrottlingException', null] as const,
      ['SomethingNew', '<b>'] as const,
    ),
  );
  const calls = fc.record({
    roleArn: roleArns,
    subject: subjects,
    provider: providers,
    audience: oneOf('sts.amazonaws.com', 'vault', null, ''),
    error: errors,
    call: fc.record({
      sourceIp: oneOf('203.0.113.10', '10.0.0.1', 'AWS Internal', null),
      vpcEndpointId: oneOf(null, 'vpce-1'),
      sessionName: oneOf(null, 'app', '$(id)'),
      userAgent: oneOf(null, '<script>'),
      host: oneOf(null, 'sts.amazonaws.com', '[::1]'),
      time: oneOf(null, '2026-01-01T05:00:00Z', 'no time'),
    }),
  });

  const green = cluster('green');
  const base = observe({
    clusters: [prod, green],
    providers: [
      provider(prodIssuer),
      provider(issuerOf('green'), { clientIds: ['vault', 'sts.amazonaws.com'] }),
    ],
    roles: [
      role('app', trusts(prodIssuer, sa('shop/cart'))),
      role('card', trusts(prodIssuer, sa('shop/card'), 'sts.amazon.com')),
      role('node', trustsService('ec2.amazonaws.com')),
      role('broken', '{"Version":'),
    ],
    named: { [roleArn('gone')]: { state: 'missing' } },
    serviceAccounts: { [prod.arn]: [serviceAccount('shop/cart', { 'eks.amazonaws.com/role-arn': 'app' })] },
  });
  const worlds = fc
    .record({
      unread: fc.subarray([...facts].filter((fact) => fact !== 'denials')),
      noProvider: fc.boolean(),
    })
    .map(({ unread, noProvider }) => ({
      noProvider,
      unread,
      world: without(
        noProvider
          ? { ...base, readings: { ...base.readings, oidcProviders: { state: 'whole' as const, value: [] } } }
          : base,
        unread,
      ),
    }));

  /** What the product promises of a denial, said anew: a workload's, and not over. */
  function isToBeTold(
    { subject, provider, errorCode, errorMessage, audience }: Denial,
    takes: string[],
  ): boolean {
    if (/^Throttling/.test(errorCode)) return false;
    const issuer = provider ?? (/(?:for )(https:\S+)/.exec(errorMessage ?? '')?.[1] || null);
    const workload = subject?.startsWith('system:serviceaccount:') ?? false;
    if (
      !workload &&
      !(issuer === null
        ? subject === null
        : /oidc\.eks\.eu-west-1\.amazonaws\.com\/id\/[0-9A-F]{32}$/.test(issuer))
    )
      return false;
    const ours =
      issuer !== null && [prodIssuer, issuerOf('green')].some((own) => issuer.endsWith(nameOf(own)));
    return !(
      errorMessage === 'Incorrect token audience' &&
      ours &&
      audience !== null &&
      takes.includes(audience)
    );
  }

  it('of a workload that is not over is told by exactly one finding, and no rule throws', () => {
    fc.assert(
      fc.property(
        fc.array(calls, { minLength: 1, maxLength: 8 }),
        worlds,
        (generated, { world, unread, noProvider }) => {
          // Each denial has a power of eight of events: the digits of a sum tell what is in it, and how often.
          const denials = generated.map(({ error: [errorCode, errorMessage], call, ...parts }, index) =>
            denial({ ...parts, errorCode, errorMessage, events: 8 ** (index + 1) }, call),
          );
          const given = {
            ...world,
            readings: {
              ...world.readings,
              denials: { state: 'whole' as const, value: { denials, callers: [], events: 1, unparsed: 0 } },
            },
          };
          const takesOf = ({ provider: arn }: Denial) =>
            noProvider || unread.includes('oidcProviders')
              ? []
              : arn?.endsWith(nameOf(issuerOf('green')))
                ? ['vault', 'sts.amazonaws.com']
                : ['sts.amazonaws.com'];
          const expected = denials.filter((each) => isToBeTold(each, takesOf(each)));
          const told = findingsOf(given).map(({ problem }) => problem.denial?.events ?? 0);
          expect(told.reduce((a, b) => a + b, 0)).toBe(expected.reduce((sum, { events }) => sum + events, 0));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is judged whatever its fields hold', () => {
    const anything = fc.record({
      roleArn: fc.option(fc.string({ maxLength: 3_000 })),
      subject: fc.option(fc.string({ unit: 'binary' })),
      provider: fc.option(fc.string()),
      audience: fc.option(fc.string()),
      errorCode: fc.string(),
      errorMessage: fc.option(fc.string()),
    });
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 5 }), (parts) => {
        const report = makeReport({
          observations: [observe({ denials: parts.map((part) => denial(part)) })],
          rules,
          runId: 'run',
          version: '1.0.0',
          startedAt: time,
          finishedAt: time,
        });
        expect(report.outcomes.filter(({ status }) => status === 'broken')).toEqual([]);
        expect(new Set(report.findings.map(({ id }) => id)).size).toBe(report.findings.length);
        for (const { cause } of report.findings) expect(cause.length).toBeLessThan(2_000);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a denial that was recorded', () => {
  const explain = (record: object) => {
    const parsed = parseWebIdentityRecord(record);
    if (!parsed.ok) return null;
    const groups = groupCalls();
    groups.add(parsed.record, { eventId: 'event', time, region: 'us-west-2' });
    return findingsOf(observe({ denials: groups.denials() })).map(({ rule, problem }) => ({
      rule,
      id: problem.subject.id,
      cause: problem.cause,
    }));
  };

  /** What AWS's article on denied AssumeRoleWithWebIdentity shows of its record. */
  const article = {
    eventVersion: '1.08',
    userIdentity: { type: 'WebIdentityUser', userName: 'system:serviceaccount:serverless:aws-sdk' },
    eventName: 'AssumeRoleWithWebIdentity',
    errorCode: 'AccessDenied',
    errorMessage: 'An unknown error occurred',
    requestParameters: {
      roleArn: 'arn:aws:iam::11112222333:role/AccessEC2role',
      roleSessionName: 'botocore-session-1675698641',
    },
  };
  const explained = [
    {
      rule: 'eks/irsa-role-arn-malformed',
      id: 'arn:aws:iam::11112222333:role/AccessEC2role',
      cause:
        'serverless/aws-sdk asks for "arn:aws:iam::11112222333:role/AccessEC2role", which has an account of 11 digits; an account has 12.',
    },
  ];

  it("in AWS's article has eleven digits in its account", () => {
    expect(explain(article)).toEqual(explained);
  });

  const folder = join(import.meta.dirname, '../../../../shared/data/cloudtrail');
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const found = names.length > 0 ? it : it.skip;
  found(
    `is explained as its publisher does${names.length > 0 ? '' : ' (skipped: no recorded events beside the repository)'}`,
    () => {
      const records = names.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as object);
      const answers = names.map((name, index) => [name, explain(records[index] ?? {})] as const);
      for (const [name, answer] of answers)
        expect(answer).toEqual(name.startsWith('irsa_AssumeRoleWithWebIdentity') ? explained : null);
    },
  );
});

describe('a fault that was seen and is latent as well', () => {
  it('is told once', () => {
    const swapped = prodProvider.replace('oidc.eks.eu-west-1', 'oidc.eu-west-1.eks');
    const trust = policy({
      Effect: 'Allow',
      Principal: { Federated: swapped },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          [`${nameOf(prodIssuer)}:sub`]: [sa('shop/cart'), sa('shop/web')],
          [`${nameOf(prodIssuer)}:aud`]: 'sts.amazonaws.com',
        },
      },
    });
    const annotated = serviceAccount('shop/cart', { 'eks.amazonaws.com/role-arn': roleArn('app') });
    const given = observe({
      roles: [role('app', trust)],
      denials: [denial()],
      serviceAccounts: { [prod.arn]: [annotated] },
    });
    const found = findingsOf(given);
    expect(found.map(({ rule }) => rule)).toEqual(['eks/irsa-trust-provider']);
    expect(found[0]?.problem).toMatchObject({
      cause: expect.stringMatching(/shop\/cart, shop\/web of cluster prod/) as string,
      denial: { events: 12 },
    });
  });
});

describe('an account with one of every fault', () => {
  const given = ailing();
  const whole = findingsOf(given);

  it('has findings of every rule but those of a missing right', () => {
    const silent = rules
      .map(({ id }) => id)
      .filter((id) => id.startsWith('eks/irsa') && !whole.some(({ rule }) => rule === id));
    expect(silent).toEqual([]);
  });

  it('gives each finding an identity of its own', () => {
    expect(new Set(whole.map(identityOf)).size).toBe(whole.length);
  });

  it('is closed by the proven fixes', () => expectClosed(given));

  it('is accused of nothing else where any of its facts were not read', () => {
    const about = (rule: string, id: string) => `${rule} ${id}`;
    const known = new Set(
      whole.flatMap(({ rule, problem: { subject, alsoWrong = [], evidence } }) => [
        about(rule, subject.id),
        // What a worse fault hides is told beside it, of the roles that it names.
        ...alsoWrong.flatMap((other) => [
          about(other, subject.id),
          ...evidence.flatMap(({ value }) =>
            inLanguage(value, 'en')
              .split(', ')
              .map((arn) => about(other, arn)),
          ),
        ]),
      ]),
    );
    for (let bits = 1; bits < 2 ** facts.length; bits++) {
      const unread = facts.filter((_, index) => bits & (2 ** index));
      const partial = without(given, unread);
      for (const { rule, problem } of findingsOf(partial))
        if (rule !== 'eks/irsa-undecided' && !known.has(about(rule, problem.subject.id)))
          throw new Error(
            `Without ${unread.join(', ')} it accuses ${problem.subject.id}: ${rule} ${problem.cause}`,
          );
      for (const rule of rules.filter(({ id }) => id.startsWith('eks/')))
        if (unread.some((fact) => /^(whole|partial|optional)$/.test(rule.needs[fact] ?? '')))
          expect(applyRule(rule, partial).status).toMatch(/^(fail|unknown)$/);
    }
  });
});
