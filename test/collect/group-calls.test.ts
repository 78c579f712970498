import fc from 'fast-check';
import { groupCalls, type CallGroups } from '../../shared/collect/aws/group-calls.ts';
import type { WebIdentityRecord } from '../../shared/domain/cloudtrail-record.ts';

const refused: WebIdentityRecord = {
  eventId: 'e0',
  time: '2026-01-01T00:00:00Z',
  sourceIp: '192.0.2.1',
  vpcEndpointId: null,
  sessionName: 'session',
  durationSeconds: null,
  userAgent: 'agent',
  host: 'sts.eu-west-1.amazonaws.com',
  region: 'eu-west-1',
  roleArn: 'arn:aws:iam::111122223333:role/cart',
  subject: 'system:serviceaccount:shop:cart',
  provider: 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1',
  audience: 'sts.amazonaws.com',
  errorCode: 'AccessDenied',
  errorMessage: 'An unknown error occurred',
};
const found = { eventId: null, time: '2026-01-01T12:00:00Z', region: 'us-east-1' };

function grouped(...records: Partial<WebIdentityRecord>[]): CallGroups {
  const groups = groupCalls();
  for (const record of records) groups.add({ ...refused, ...record }, found);
  return groups;
}

/** The n-th second of a day. */
function second(n: number): string {
  return new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString().replace('.000', '');
}

describe('groupCalls() of refused calls', () => {
  it('keeps one denial for a storm of one pod', () => {
    const groups = groupCalls();
    for (let n = 0; n < 100_000; n++) {
      const addressed = { sourceIp: `192.0.2.${n % 200}`, sessionName: `session-${n}` };
      groups.add({ ...refused, ...addressed, eventId: `e${n}`, time: second(n % 86_400) }, found);
    }
    const [denial, ...others] = groups.denials();
    expect(others).toEqual([]);
    expect(denial).toMatchObject({ events: 100_000, firstSeen: second(0), lastSeen: second(86_399) });
    expect(denial?.sampleEventIds).toHaveLength(5);
    expect(denial?.sourceIps).toHaveLength(5);
  });

  it.each<[string, Partial<WebIdentityRecord>]>([
    ['role', { roleArn: 'arn:aws:iam::111122223333:role/other' }],
    ['missing role', { roleArn: null }],
    ['subject', { subject: 'system:serviceaccount:shop:other' }],
    ['provider', { provider: 'accounts.google.com' }],
    ['audience', { audience: 'other' }],
    ['error code', { errorCode: 'ExpiredToken' }],
  ])('tells denials with another %s apart', (_name, other) => {
    expect(grouped({}, other).denials()).toHaveLength(2);
  });

  it('tells other errors apart by their message, and AccessDenied not', () => {
    const messages = [{ errorMessage: 'one' }, { errorMessage: 'two' }];
    expect(grouped(...messages).denials()).toHaveLength(1);
    const invalid = messages.map((message) => ({ ...message, errorCode: 'InvalidIdentityToken' }));
    expect(grouped(...invalid).denials()).toHaveLength(2);
  });

  it('takes messages that differ in times and request ids for one, and shows the newest', () => {
    const expired = (n: number) => ({
      time: second(n),
      errorCode: 'ExpiredToken',
      errorMessage: `Token expired: current date/time ${1_704_727_025 + n} must be before the expiration date/time 1704574064 (3fa85f64-5717-4562-b3fc-2c963f66af${10 + n})`,
    });
    const [denial, ...others] = grouped(expired(2), expired(3), expired(1)).denials();
    expect(others).toEqual([]);
    expect(denial).toMatchObject({ events: 3, errorMessage: expired(3).errorMessage });
  });

  it('keeps messages apart that name different issuers', () => {
    const issuer = (id: string) => ({
      errorCode: 'InvalidIdentityToken',
      errorMessage: `No OpenIDConnect provider found in your account for https://oidc.eks.eu-west-1.amazonaws.com/id/${id}`,
    });
    expect(grouped(issuer('AB12'), issuer('CD34')).denials()).toHaveLength(2);
  });

  it('keeps the newest call, its message, the newest samples and all regions', () => {
    const calls = [4, 1, 6, 0, 5, 2, 3].map((n) => ({
      eventId: `e${n}`,
      time: second(n),
      sourceIp: `192.0.2.${n}`,
      region: n === 6 ? 'us-east-1' : 'eu-west-1',
      userAgent: `agent ${n}`,
    }));
    const [denial] = grouped(...calls).denials();
    expect(denial).toMatchObject({
      sampleEventIds: ['e6', 'e5', 'e4', 'e3', 'e2'],
      sourceIps: ['192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5', '192.0.2.6'],
      regions: ['eu-west-1', 'us-east-1'],
      latest: { eventId: 'e6', time: second(6), userAgent: 'agent 6', region: 'us-east-1' },
    });
  });

  it('fills what the record lacks from where it was found', () => {
    const [denial] = grouped({ time: null, region: null }).denials();
    expect(denial).toMatchObject({ firstSeen: found.time, lastSeen: found.time, regions: ['us-east-1'] });
    expect(denial?.latest).toMatchObject({ time: found.time, region: 'us-east-1', eventId: 'e0' });
  });

  it('gives the same denials in whatever order the calls come', () => {
    const call = fc.record({
      eventId: fc.uuid(),
      time: fc.integer({ min: 0, max: 20 }).map(second),
      sourceIp: fc.integer({ min: 0, max: 9 }).map((n) => `192.0.2.${n}`),
      roleArn: fc.constantFrom('arn:aws:iam::111122223333:role/a', 'arn:aws:iam::111122223333:role/b', null),
      errorCode: fc.constantFrom('AccessDenied', 'ExpiredToken'),
      region: fc.constantFrom('eu-west-1', 'us-east-1'),
    });
    const calls = fc.uniqueArray(call, { selector: ({ eventId }) => eventId, maxLength: 40 });
    const shuffled = calls.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(grouped(...other).denials()).toEqual(grouped(...one).denials());
      }),
    );
  });

  it('counts and does not keep what goes beyond its limit', () => {
    const groups = groupCalls(2);
    for (const roleArn of ['a', 'b', 'c', 'd', 'a']) groups.add({ ...refused, roleArn }, found);
    expect(groups.denials().map(({ roleArn, events }) => [roleArn, events])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
    expect(groups.left()).toBe(2);
  });
});

describe('groupCalls() of successful calls', () => {
  const succeeded = { errorCode: null, errorMessage: null };

  it('keeps one caller for each role, subject and provider', () => {
    const groups = grouped(
      { ...succeeded, time: second(2), durationSeconds: 3600 },
      { ...succeeded, time: second(3), durationSeconds: null },
      { ...succeeded, time: second(1), durationSeconds: 7200 },
    );
    expect(groups.denials()).toEqual([]);
    expect(groups.callers()).toEqual([
      {
        roleArn: refused.roleArn,
        subject: refused.subject,
        provider: refused.provider,
        audience: refused.audience,
        events: 3,
        lastSeen: second(3),
        longestDurationSeconds: 7200,
        userAgents: ['agent'],
        sessions: [{ name: 'session', time: second(3) }],
      },
    ]);
  });

  it.each([{ roleArn: null }, { subject: null }])('refuses a success with %j', (lacking) => {
    const groups = groupCalls();
    expect(groups.add({ ...refused, ...succeeded, ...lacking }, found)).toBe(false);
    expect(groups.callers()).toEqual([]);
  });
});
