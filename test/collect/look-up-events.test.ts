import { lookUpEvents, type Event, type LookedUp } from '../../shared/collect/aws/look-up-events.ts';
import { tokenBucket } from '../../shared/collect/aws/token-bucket.ts';
import { eksIssuer } from '../cloud/identifiers.ts';
import { RecordedSeries } from '../cloud/event-series.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { world, type WorldBuilder } from '../cloud/world-builder.ts';
import type { Behaviour } from '../cloud/world.ts';
import { account, clientsOf, gapsOf, observe, reading, valueOf } from './observe.ts';
import { saying } from '../saying.ts';

const region = 'eu-west-1';
const issuer = eksIssuer(region, 'prod');
const subject = 'system:serviceaccount:shop:cart';

/** A day with steady calls, calls that happened once, and a storm. */
function busyDay(): WorldBuilder {
  const builder = world().account(account, { regions: [region, 'us-east-1'] });
  builder.called({ role: 'steady', subject, issuer, count: 500, minutesAgo: { from: 1435, to: 3 } });
  for (let n = 0; n < 20; n++) {
    builder.denied({
      role: `once-${n}`,
      subject,
      issuer,
      minutesAgo: { from: n * 70 + 11, to: n * 70 + 11 },
    });
  }
  return builder.denied({ role: 'storm', subject, issuer, count: 700, minutesAgo: { from: 312, to: 310 } });
}

const eventsOfBusyDay = 500 + 20 + 700;

interface Read extends LookedUp {
  ids: string[];
  times: number[];
  requests: number;
  outcomes: string[];
}

/** Looks the day up in one region; `onPage` may stop it. */
async function read(
  builder: WorldBuilder,
  options: {
    behaviour?: Partial<Behaviour>;
    rate?: number;
    prepare?: (cloud: RunningCloud) => void;
    onPage?: (stop: () => void, pages: number, cloud: RunningCloud) => void;
  } = {},
): Promise<Read> {
  const cloud = await startCloud(builder.build(), { lookupsPerSecond: Infinity, ...options.behaviour });
  const found: Event[] = [];
  const controller = new AbortController();
  let pages = 0;
  try {
    options.prepare?.(cloud);
    const result = await lookUpEvents({
      client: clientsOf(cloud).cloudTrail(region),
      eventName: 'AssumeRoleWithWebIdentity',
      window: { from: builder.minutesAgo(1440), to: builder.now },
      bucket: tokenBucket(options.rate ?? 1_000),
      signal: controller.signal,
      onPage(events) {
        found.push(...events);
        options.onPage?.(() => controller.abort(), ++pages, cloud);
      },
    });
    const ids = found.map(({ EventId }) => EventId ?? '');
    const times = found.map(({ EventTime }) => (EventTime?.getTime() ?? 0) / 1000);
    const outcomes = cloud.calls.map(({ outcome }) => outcome);
    return { ...result, ids, times, requests: cloud.calls.length, outcomes };
  } finally {
    await cloud.close();
  }
}

function expectEveryEventOnce({ ids, events, uncovered, error }: Read): void {
  expect({ error, uncovered }).toEqual({ error: null, uncovered: [] });
  expect(events).toBe(eventsOfBusyDay);
  expect(ids).toHaveLength(eventsOfBusyDay);
  expect(new Set(ids).size).toBe(eventsOfBusyDay);
}

describe('lookUpEvents()', () => {
  it('finds every event once, in slices side by side', async () => {
    const result = await read(busyDay(), { behaviour: { lookupLatencyMs: 40 } });
    expectEveryEventOnce(result);
    expect(result.requests).toBeGreaterThan(Math.ceil(eventsOfBusyDay / 50));
  });

  it('asks one question of a quiet region that answers before the next turn', async () => {
    const builder = world().account(account, { regions: [region] });
    const result = await read(builder, { rate: 1 });
    expect(result).toMatchObject({ requests: 1, events: 0, uncovered: [], error: null });
  });

  it('loses no page when AWS throttles', async () => {
    const error = { code: 'ThrottlingException', status: 400, message: 'Rate exceeded' };
    const result = await read(busyDay(), {
      prepare: (cloud) => cloud.fail('cloudtrail:LookupEvents', { times: 6, error }),
    });
    expectEveryEventOnce(result);
    expect(result.outcomes.filter((outcome) => outcome === 'ThrottlingException')).toHaveLength(6);
  });

  it('loses no page when others use up the quota', async () => {
    const result = await read(busyDay(), { behaviour: { lookupsPerSecond: 30 }, rate: 200 });
    expectEveryEventOnce(result);
  });

  it('gives up after it was throttled throughout', async () => {
    const error = { code: 'ThrottlingException', status: 400 };
    const result = await read(busyDay(), {
      rate: 100_000,
      prepare: (cloud) => cloud.fail('cloudtrail:LookupEvents', { times: 1_000, error }),
    });
    expect(result).toMatchObject({ events: 0, error: { name: 'ThrottlingException' } });
    expect(result.uncovered).toHaveLength(1);
  });

  it.each([
    ['an error of the service', { error: { code: 'InternalFailure', status: 500 } }],
    ['a connection that breaks', { hangUp: 'before' as const }],
  ])('asks again after %s', async (_name, fault) => {
    const result = await read(busyDay(), {
      prepare: (cloud) => cloud.fail('cloudtrail:LookupEvents', { times: 3, ...fault }),
    });
    expectEveryEventOnce(result);
  });

  it('takes slices up again where their page tokens are no longer good', async () => {
    const result = await read(busyDay(), {
      behaviour: { lookupLatencyMs: 10 },
      // One more series of events makes the cloud refuse the tokens that it gave before.
      onPage: (_stop, pages, cloud) =>
        pages === 5 && cloud.account(account).history.push({ region, series: new RecordedSeries() }),
    });
    expect(result.outcomes).toContain('InvalidNextTokenException');
    expectEveryEventOnce(result);
  });

  it('stops at a refusal and says what it has not read', async () => {
    const error = { code: 'AccessDeniedException', status: 400 };
    const result = await read(busyDay(), {
      behaviour: { lookupLatencyMs: 20 },
      prepare: (cloud) => cloud.fail('cloudtrail:LookupEvents', { times: 1_000, error }),
    });
    expect(result).toMatchObject({ events: 0, pages: 0, error: { name: 'AccessDeniedException' } });
    expect(result.uncovered).toHaveLength(1);
    expect(result.requests).toBeLessThan(40);
  });

  it('says, when it is stopped, exactly where events may be that it has not read', async () => {
    const builder = busyDay();
    const complete = await read(builder);
    const stopped = await read(builder, {
      behaviour: { lookupLatencyMs: 10 },
      onPage: (stop, pages) => pages === 12 && stop(),
    });
    expect(stopped.error).toBeNull();
    expect(stopped.events).toBeGreaterThan(0);
    expect(stopped.events).toBeLessThan(eventsOfBusyDay);
    const isOpen = (second: number) =>
      stopped.uncovered.some(({ from, to }) => from <= second && second <= to);
    const covered = (times: number[]) => times.filter((time) => !isOpen(time)).length;
    expect(covered(stopped.times)).toBe(covered(complete.times));
  });

  it('passes on what its caller throws', async () => {
    const failing = read(busyDay(), {
      onPage: () => {
        throw new TypeError('a fault of our own');
      },
    });
    await expect(failing).rejects.toThrow('a fault of our own');
  });
});

describe('denials', () => {
  it('are all found, with their counts', async () => {
    const observed = await observe(busyDay(), { behaviour: { lookupLatencyMs: 20 } });
    const { denials, callers, events } = valueOf(observed, 'denials');
    expect(events).toBe(eventsOfBusyDay);
    expect(callers).toMatchObject([{ events: 500 }]);
    expect(denials).toHaveLength(21);
    expect(denials.filter((denial) => denial.events === 1)).toHaveLength(20);
    expect(denials.find((denial) => denial.events === 700)?.roleArn).toMatch(/:role\/storm$/);
  });

  it('are unread where there is no time at all', async () => {
    const observed = await observe(busyDay(), { deadline: new Date(Date.now() - 1) });
    expect(reading(observed, 'denials').state).toBe('unread');
    expect(gapsOf(observed, 'denials')).toMatchObject([
      {
        location: 'eu-west-1',
        why: saying(/time for reading events ended after 0 events/),
      },
      { location: 'us-east-1' },
    ]);
    expect(reading(observed, 'roles').state).toBe('whole');
  });

  it('are read in part where the time ends, and say which part is missing', async () => {
    const observed = await observe(busyDay(), {
      regions: [region],
      deadline: new Date(Date.now() + 4_000),
      lookupRate: 20,
      prepare: (cloud) => {
        cloud.fail('cloudtrail:LookupEvents', { region, delayMs: 1 });
        cloud.fail('cloudtrail:LookupEvents', { region, delayMs: 6_000, times: 100 });
      },
    });
    expect(reading(observed, 'denials').state).toBe('partial');
    const { window } = observed.observation;
    const [gap, ...others] = gapsOf(observed, 'denials').filter(({ location }) => location === region);
    expect(others).toEqual([]);
    expect(gap?.why.en).toMatch(/time for reading events ended after \d+ events were read/);
    expect(gap?.from).toBe(window.from.replace(/\.\d+/, ''));
    expect(Date.parse(gap?.to ?? '')).toBeLessThan(Date.parse(window.to));
    expect(valueOf(observed, 'denials').events).toBeGreaterThan(0);
  });

  it('count what cannot be understood, and say so', async () => {
    const builder = busyDay();
    const odd = { eventName: 'AssumeRoleWithWebIdentity', eventTime: builder.minutesAgo(30).toISOString() };
    builder.recorded(
      region,
      ...[1, 2].map((n) => ({ ...odd, eventID: `odd-${n}`, userIdentity: {} }) as never),
    );
    const observed = await observe(builder);
    expect(valueOf(observed, 'denials')).toMatchObject({ events: eventsOfBusyDay + 2, unparsed: 2 });
    expect(gapsOf(observed, 'denials')).toMatchObject([
      {
        location: region,
        why: saying(/^2 of 1222 events could not be understood/),
      },
    ]);
  });

  it('say that the history does not reach back further than 90 days', async () => {
    const observed = await observe(busyDay(), { hours: 100 * 24 });
    const [gap] = gapsOf(observed, 'denials');
    expect(gap?.why.en).toMatch(/90 days/);
    expect(Date.parse(gap?.to ?? '') - Date.parse(gap?.from ?? '')).toBe(10 * 24 * 3600 * 1000);
  });
});
