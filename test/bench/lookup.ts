/** Looking up events: side by side in slices against one sequential paginator over the same history. */
import { paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import { performance } from 'node:perf_hooks';
import { makeAwsClients } from '../../functions/aws-clients.ts';
import { groupCalls } from '../../shared/collect/aws/group-calls.ts';
import { lookUpEvents } from '../../shared/collect/aws/look-up-events.ts';
import { tokenBucket } from '../../shared/collect/aws/token-bucket.ts';
import { parseWebIdentityRecord } from '../../shared/domain/cloudtrail-record.ts';
import { eksIssuer } from '../cloud/identifiers.ts';
import { startCloud } from '../cloud/start.ts';
import { world } from '../cloud/world-builder.ts';

/** AWS answers after 3.9 s and admits 2 requests a second; both are run this many times faster, at the same ratio. */
const faster = 15;
const latencyMs = 3_900 / faster;
const requestsPerSecond = 2 * faster;

const account = '111122223333';
const region = 'eu-west-1';
const pods = 40;
const callsOfPod = 300;
/** One crash-looping pod: thousands of calls within minutes. */
const storm = 4_000;

export async function benchLookup(): Promise<{ name: string; lines: string[]; holds: boolean }> {
  const { history, window } = makeHistory();
  const cloud = await startCloud(history, {
    lookupLatencyMs: latencyMs,
    lookupsPerSecond: requestsPerSecond,
  });
  try {
    const clients = makeAwsClients({
      endpoint: cloud.endpoint,
      region,
      credentials: cloud.credentials(account),
    });
    const client = clients.cloudTrail(region);
    const sliced = await measure(async (add) => {
      const bucket = tokenBucket(requestsPerSecond);
      const signal = new AbortController().signal;
      const eventName = 'AssumeRoleWithWebIdentity';
      await lookUpEvents({ client, eventName, window, bucket, signal, onPage: add });
    });
    const requests = cloud.calls.length;
    const sequential = await measure(async (add) => {
      const query = {
        LookupAttributes: [
          { AttributeKey: 'EventName' as const, AttributeValue: 'AssumeRoleWithWebIdentity' },
        ],
        StartTime: window.from,
        EndTime: window.to,
      };
      for await (const page of paginateLookupEvents({ client }, query)) add(page.Events ?? []);
    });
    return describe(sliced, sequential, requests, cloud.calls.length - requests);
  } finally {
    await cloud.close();
  }
}

function makeHistory() {
  const now = new Date();
  const issuer = eksIssuer(region, 'prod');
  const builder = world({ now }).account(account, { regions: [region, 'us-east-1'] });
  for (let pod = 0; pod < pods; pod++) {
    const subject = `system:serviceaccount:team-${pod}:app`;
    const minutesAgo = { from: 1_435 - pod, to: 3 + pod };
    builder.called({ role: `app-${pod}`, subject, issuer, count: callsOfPod, minutesAgo });
    builder.denied({
      role: `once-${pod}`,
      subject,
      issuer,
      minutesAgo: { from: pod * 35 + 7, to: pod * 35 + 7 },
    });
  }
  const subject = 'system:serviceaccount:shop:cart';
  builder.denied({ role: 'cart', subject, issuer, count: storm, minutesAgo: { from: 307, to: 300 } });
  return { history: builder.build(), window: { from: new Date(now.getTime() - 24 * 3600 * 1000), to: now } };
}

interface Measured {
  ms: number;
  events: number;
  /** The denials found, as JSON. */
  denials: string;
}

type Events = Parameters<Parameters<typeof lookUpEvents>[0]['onPage']>[0];

async function measure(read: (add: (events: Events) => void) => Promise<void>): Promise<Measured> {
  const groups = groupCalls();
  let events = 0;
  const started = performance.now();
  await read((page) => {
    events += page.length;
    for (const event of page) {
      const parsed = parseWebIdentityRecord(event.CloudTrailEvent ?? '');
      if (parsed.ok) groups.add(parsed.record, { eventId: event.EventId ?? null, time: '', region });
    }
  });
  return { ms: performance.now() - started, events, denials: JSON.stringify(groups.denials()) };
}

function describe(sliced: Measured, sequential: Measured, requests: number, pages: number) {
  const speedUp = sequential.ms / sliced.ms;
  const overMinimum = sliced.ms / 1000 / (pages / requestsPerSecond);
  const same = sliced.denials === sequential.denials && sliced.events === sequential.events;
  const found = (JSON.parse(sliced.denials) as unknown[]).length;
  return {
    name: 'LookupEvents in slices',
    lines: [
      `${sequential.events} events in ${pages} pages, ${latencyMs} ms latency, ${requestsPerSecond} requests a second (AWS: 3,900 ms and 2, the same ratio)`,
      `one paginator: ${seconds(sequential.ms)}; slices: ${seconds(sliced.ms)} with ${requests} requests`,
      `${speedUp.toFixed(1)} times faster (at least 5), ${overMinimum.toFixed(2)} of the rate limit's own minimum (at most 1.2)`,
      same ? `the same ${found} denials with the same counts` : 'THE DENIALS DIFFER',
    ],
    holds: same && found === pods + 1 && speedUp >= 5 && overMinimum <= 1.2,
  };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
