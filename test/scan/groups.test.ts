/** What is told of refused calls does not depend on how the events lie in files, nor on when and by whom those are read. */
import fc from 'fast-check';
import { RefusedCalls } from '../../shared/collect/archive/refused-calls.ts';
import { makeBatchScanner, type ScanFilter } from '../../shared/collect/archive/scan-batch.ts';
import type { JsonObject } from '../../shared/collect/archive/search.ts';

const account = '111122223333';
const provider = `arn:aws:iam::${account}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A`;

const webIdentity = fc
  .record({
    error: fc.constantFrom(null, 'AccessDenied', 'ExpiredTokenException'),
    text: fc.constantFrom('Token expired 17', 'Token expired 18', 'Token expired: 1234567890', '期限切れ"'),
    role: fc.constantFrom('cart', 'shop'),
    session: fc.constantFrom('s1', 's2', 'long'),
    duration: fc.constantFrom(900, 3600),
  })
  .map(({ error, text, role, session, duration }): JsonObject => ({
    userIdentity: {
      userName: 'system:serviceaccount:shop:cart',
      identityProvider: provider,
      principalId: `${provider}:sts.amazonaws.com:system:serviceaccount:shop:cart`,
    },
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRoleWithWebIdentity',
    ...(error !== null && { errorCode: error, errorMessage: text }),
    requestParameters: {
      roleArn: `arn:aws:iam::${account}:role/${role}`,
      roleSessionName: session,
      ...(error === null && { durationSeconds: duration }),
    },
  }));

const podIdentity = fc
  .record({ node: fc.nat(1), cluster: fc.constantFrom('blue', 'green'), text: fc.constantFrom('one', 'two') })
  .map(({ node, cluster, text }): JsonObject => ({
    userIdentity: { principalId: `AROA:i-0123456789abcdef${node}` },
    eventSource: 'eks-auth.amazonaws.com',
    eventName: 'AssumeRoleForPodIdentity',
    errorCode: 'AccessDenied',
    errorMessage: text,
    requestParameters: { clusterName: cluster },
  }));

/** The resource stands in the text alone. */
function refusedSend(queue: string): JsonObject {
  const caller = `arn:aws:sts::${account}:assumed-role/cart/botocore`;
  return {
    userIdentity: {
      arn: caller,
      principalId: 'AROA:botocore',
      sessionContext: {
        sessionIssuer: { arn: `arn:aws:iam::${account}:role/cart` },
        webIdFederationData: { federatedProvider: provider },
      },
    },
    eventSource: 'sqs.amazonaws.com',
    eventName: 'SendMessage',
    errorCode: 'AccessDenied',
    errorMessage: `User: ${caller} is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:eu-west-1:${account}:${queue} because no identity-based policy allows the sqs:SendMessage action`,
    requestParameters: null,
  };
}

const second = fc.nat(29).map((value) => `2026-01-01T00:00:${String(value).padStart(2, '0')}Z`);
const call = fc.oneof(webIdentity, podIdentity, fc.constantFrom('a', 'b').map(refusedSend));
const circumstances = fc.record({
  eventTime: fc.oneof(
    { weight: 9, arbitrary: second },
    { weight: 1, arbitrary: fc.constantFrom('2026-01-01T00:00:05.7Z', '2026-01-01T09:00:05+09:00', 'when?') },
  ),
  awsRegion: fc.constantFrom('eu-west-1', 'us-east-1'),
  sourceIPAddress: fc.nat(8).map((host) => `10.0.0.${host}`),
});

/** In the order of CloudTrail, each with an id of its own. */
function eventOf(told: JsonObject, around: JsonObject, index: number): JsonObject {
  const { userIdentity, ...others } = told;
  const id = String(index).padStart(6, '0');
  return {
    eventVersion: '1.09',
    userIdentity,
    ...around,
    ...others,
    eventID: id,
    recipientAccountId: account,
  };
}

const events = fc
  .array(fc.tuple(call, circumstances), { minLength: 1, maxLength: 120, size: 'max' })
  .map((all) => all.map(([told, around], index) => eventOf(told, around, index)));

/** An order in which the events lie, and how many of them lie in a file. */
const split = fc.record({
  order: fc.array(fc.nat(), { minLength: 120, maxLength: 120 }),
  lengths: fc.array(fc.nat(40), { minLength: 1, maxLength: 40 }),
});

const filter = fc.constantFrom<ScanFilter>(
  { callers: true },
  { callers: true, from: '2026-01-01T00:00:05Z', to: '2026-01-01T00:00:20Z' },
);

const compact = (records: readonly JsonObject[]) => ({
  bytes: Buffer.from(JSON.stringify({ Records: records })),
});
/** In a form that is read the long way, by which no event is told by another one. */
const headed = (record: JsonObject) => ({
  bytes: Buffer.from(JSON.stringify({ head: 0, Records: [record] })),
});

function oneByOne(all: readonly JsonObject[], wanted: ScanFilter): RefusedCalls {
  const calls = new RefusedCalls();
  calls.join(makeBatchScanner(wanted)(all.map(headed)).calls);
  return calls;
}

/** By two scanners in turn, as by two threads. */
function inParts(
  all: readonly JsonObject[],
  { order, lengths }: { order: number[]; lengths: number[] },
  wanted: ScanFilter,
): RefusedCalls {
  const scanners = [makeBatchScanner(wanted), makeBatchScanner(wanted)];
  const left = all.map((event, index) => ({ event, place: order[index] ?? 0 }));
  const shuffled = left.sort((a, b) => a.place - b.place).map(({ event }) => event);
  const calls = new RefusedCalls();
  for (let turn = 0; shuffled.length > 0; turn++) {
    const length = 1 + (lengths[turn % lengths.length] ?? 0);
    const files = [shuffled.splice(0, length), shuffled.splice(0, length)].map(compact);
    const scanned = scanners[turn % 2]?.(files);
    if (scanned) calls.join(scanned.calls);
  }
  return calls;
}

describe('refused calls', () => {
  it('make the same groups in whatever files, batches, threads and order they come', () => {
    fc.assert(
      fc.property(events, split, filter, (all, parts, wanted) => {
        expect(inParts(all, parts, wanted).byAccount()).toEqual(oneByOne(all, wanted).byAccount());
      }),
      { numRuns: 60 },
    );
  });

  it('of services are told apart by the resource that only the text of the error names', () => {
    const around = { eventTime: '2026-01-01T00:00:00Z', awsRegion: 'eu-west-1' };
    const all = ['a', 'b', 'b'].map((queue, index) => eventOf(refusedSend(queue), around, index));
    const calls = new RefusedCalls();
    calls.join(makeBatchScanner({})([compact(all)]).calls);
    const told = calls.byAccount()[0]?.serviceDenials.map(({ resource, events: count }) => [resource, count]);
    expect(told).toEqual([
      [`arn:aws:sqs:eu-west-1:${account}:a`, 1],
      [`arn:aws:sqs:eu-west-1:${account}:b`, 2],
    ]);
  });
});
