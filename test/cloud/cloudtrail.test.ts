import {
  CloudTrailClient,
  LookupEventsCommand,
  type Event,
  type LookupEventsCommandInput,
} from '@aws-sdk/client-cloudtrail';
import { startCloud, type RunningCloud } from './start.ts';
import { world, type WorldBuilder } from './world-builder.ts';
import type { Behaviour } from './world.ts';
import { prodIssuer, shop } from './worlds/healthy.ts';

const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const subject = 'system:serviceaccount:shop:cart';
const byName = (AttributeValue: string) => [{ AttributeKey: 'EventName' as const, AttributeValue }];

let cloud: RunningCloud;
let client: CloudTrailClient;
async function start(build: (world: WorldBuilder) => WorldBuilder, behaviour: Partial<Behaviour> = {}) {
  const empty = world({ now }).account(shop, { regions: ['eu-west-1', 'us-east-1'] });
  cloud = await startCloud(build(empty).build(), { lookupsPerSecond: Infinity, ...behaviour });
  client = new CloudTrailClient({ ...cloud.clientOptions(shop), maxAttempts: 1 });
}
afterEach(async () => {
  client.destroy();
  await cloud.close();
});

async function lookUp(input: LookupEventsCommandInput = {}): Promise<{ pages: number[]; events: Event[] }> {
  const pages: number[] = [];
  const events: Event[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new LookupEventsCommand({ ...input, NextToken }));
    pages.push(page.Events?.length ?? 0);
    events.push(...(page.Events ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  return { pages, events };
}

it('gives pages of 50, newest first, every event once', async () => {
  await start((empty) =>
    empty
      .denied({ role: 'a', subject, issuer: prodIssuer, count: 70, minutesAgo: { from: 100, to: 10 } })
      .called({ role: 'b', subject, issuer: prodIssuer, count: 51, minutesAgo: { from: 80, to: 10 } }),
  );
  const { pages, events } = await lookUp();
  expect(pages).toEqual([50, 50, 21]);
  expect(new Set(events.map(({ EventId }) => EventId)).size).toBe(121);
  const times = events.map(({ EventTime }) => EventTime?.getTime() ?? 0);
  expect(times).toEqual([...times].sort((a, b) => b - a));
});

it('records a denial as CloudTrail does: everything but the reason', async () => {
  await start((empty) =>
    empty.denied({
      role: 'shop-cart',
      subject,
      issuer: prodIssuer,
      sessionName: 'pod',
      userAgent: 'Boto3/1.35.8',
    }),
  );
  const [event] = (await lookUp()).events;
  const roleArn = `arn:aws:iam::${shop}:role/shop-cart`;
  const provider = `arn:aws:iam::${shop}:oidc-provider/${prodIssuer.slice(8)}`;
  expect(event).toMatchObject({
    EventName: 'AssumeRoleWithWebIdentity',
    EventSource: 'sts.amazonaws.com',
    ReadOnly: 'true',
    Username: subject,
    Resources: [{ ResourceType: 'AWS::IAM::Role', ResourceName: roleArn }],
  });
  const record = JSON.parse(event?.CloudTrailEvent ?? '') as Record<string, unknown>;
  expect(record).toMatchObject({
    userIdentity: {
      type: 'WebIdentityUser',
      principalId: `${provider}:sts.amazonaws.com:${subject}`,
      userName: subject,
      identityProvider: provider,
    },
    eventSource: 'sts.amazonaws.com',
    awsRegion: 'eu-west-1',
    errorCode: 'AccessDenied',
    errorMessage: 'An unknown error occurred',
    requestParameters: { roleArn, roleSessionName: 'pod' },
    responseElements: null,
    resources: [{ accountId: shop, type: 'AWS::IAM::Role', ARN: roleArn }],
    recipientAccountId: shop,
    tlsDetails: { clientProvidedHostHeader: 'sts.eu-west-1.amazonaws.com' },
  });
  expect(record['requestParameters']).not.toHaveProperty('durationSeconds');
  expect(record['userIdentity']).not.toHaveProperty('arn');
});

it('keeps the calls of the global endpoint in us-east-1', async () => {
  await start((empty) => empty.denied({ role: 'a', subject, issuer: prodIssuer, endpoint: 'global' }));
  expect((await lookUp()).events).toHaveLength(0);
  const virginia = new CloudTrailClient(cloud.clientOptions(shop, 'us-east-1'));
  const { Events } = await virginia.send(new LookupEventsCommand({}));
  expect(Events?.[0]?.CloudTrailEvent).toContain('"clientProvidedHostHeader":"sts.amazonaws.com"');
  virginia.destroy();
});

it('takes both ends of the span of time for inside', async () => {
  await start((empty) =>
    empty.denied({ role: 'a', subject, issuer: prodIssuer, count: 11, minutesAgo: { from: 20, to: 10 } }),
  );
  const at = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  const within = async (from: number, to: number) =>
    (await lookUp({ StartTime: at(from), EndTime: at(to) })).events.length;
  expect(await within(20, 10)).toBe(11);
  expect(await within(15, 15)).toBe(1);
  expect(await within(15, 12)).toBe(4);
  expect(await within(9, 1)).toBe(0);
});

it('finds by event name, user name, resource and id', async () => {
  await start((empty) =>
    empty
      .denied({ role: 'a', subject, issuer: prodIssuer, count: 3 })
      .denied({ role: 'b', subject: 'system:serviceaccount:shop:web', issuer: prodIssuer, count: 2 }),
  );
  const count = async (AttributeKey: 'Username' | 'ResourceName' | 'EventId', AttributeValue: string) =>
    (await lookUp({ LookupAttributes: [{ AttributeKey, AttributeValue }] })).events.length;
  const [newest] = (await lookUp({ LookupAttributes: byName('AssumeRoleWithWebIdentity') })).events;
  expect((await lookUp({ LookupAttributes: byName('AssumeRole') })).events).toHaveLength(0);
  expect(await count('Username', subject)).toBe(3);
  expect(await count('ResourceName', `arn:aws:iam::${shop}:role/b`)).toBe(2);
  expect(await count('EventId', newest?.EventId ?? '')).toBe(1);
});

it.each<[string, LookupEventsCommandInput, string]>([
  ['an end before the start', { StartTime: now, EndTime: new Date(0) }, 'InvalidTimeRangeException'],
  ['a page of 51', { MaxResults: 51 }, 'InvalidMaxResultsException'],
  ['a page of none', { MaxResults: 0 }, 'InvalidMaxResultsException'],
  ['a token that it never gave', { NextToken: 'made up' }, 'InvalidNextTokenException'],
  [
    'two attributes',
    { LookupAttributes: [...byName('a'), ...byName('b')] },
    'InvalidLookupAttributesException',
  ],
])('refuses %s', async (_, input, name) => {
  await start((empty) => empty);
  await expect(client.send(new LookupEventsCommand(input))).rejects.toMatchObject({ name });
});

it('refuses the token of another query', async () => {
  await start((empty) => empty.denied({ role: 'a', subject, issuer: prodIssuer, count: 3 }));
  const { NextToken } = await client.send(new LookupEventsCommand({ MaxResults: 1 }));
  const other = new LookupEventsCommand({ NextToken, LookupAttributes: byName('AssumeRoleWithWebIdentity') });
  await expect(client.send(other)).rejects.toMatchObject({ name: 'InvalidNextTokenException' });
});

it('forgets what is older than 90 days', async () => {
  const day = 24 * 60;
  await start((empty) =>
    empty.denied({
      role: 'a',
      subject,
      issuer: prodIssuer,
      count: 2,
      minutesAgo: { from: 91 * day, to: 89 * day },
    }),
  );
  expect((await lookUp()).events).toHaveLength(1);
});

it('throttles each region of each account by itself', async () => {
  await start((empty) => empty, { lookupsPerSecond: 1e-9 });
  await client.send(new LookupEventsCommand({}));
  await expect(client.send(new LookupEventsCommand({}))).rejects.toMatchObject({
    name: 'ThrottlingException',
    message: 'Rate exceeded',
  });
  const virginia = new CloudTrailClient({ ...cloud.clientOptions(shop, 'us-east-1'), maxAttempts: 1 });
  await expect(virginia.send(new LookupEventsCommand({}))).resolves.toBeDefined();
  virginia.destroy();
});

it('serves a million events without making them', async () => {
  await start((empty) =>
    empty.denied({
      role: 'a',
      subject,
      issuer: prodIssuer,
      count: 1_000_000,
      minutesAgo: { from: 1430, to: 5 },
    }),
  );
  const hour = {
    StartTime: new Date(now.getTime() - 120 * 60_000),
    EndTime: new Date(now.getTime() - 119 * 60_000),
  };
  const { events } = await lookUp(hour);
  expect(events.length).toBeGreaterThan(690);
  expect(events.length).toBeLessThan(720);
  expect(new Set(events.map(({ EventId }) => EventId)).size).toBe(events.length);
});

it('serves odd records as they are', async () => {
  await start((empty) =>
    empty.recorded('eu-west-1', { userIdentity: null, requestParameters: null }, { resources: [] }),
  );
  const { events } = await lookUp({ LookupAttributes: byName('AssumeRoleWithWebIdentity') });
  const records = events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent ?? '') as object);
  expect(records).toContainEqual(expect.objectContaining({ userIdentity: null, requestParameters: null }));
  expect(records).toHaveLength(2);
});

it('is as slow as it is told to be', async () => {
  await start((empty) => empty, { lookupLatencyMs: 80 });
  const before = performance.now();
  await client.send(new LookupEventsCommand({}));
  expect(performance.now() - before).toBeGreaterThan(75);
});
