import fc from 'fast-check';
import { pageRequest, Slices, type Slice } from '../../shared/collect/aws/slices.ts';

const start = Date.UTC(2026, 0, 1) / 1000;

/** An event of the history; the real time of a call is finer than the second that CloudTrail tells. */
interface Happened {
  id: string;
  ms: number;
}

interface Page {
  Events: { EventId: string; EventTime: Date }[];
  NextToken?: string;
}

/** Answers as LookupEvents documents: newest first, both ends included, at most 50 events and a token. */
function lookUp(history: Happened[], slice: Slice, wholeSeconds: boolean): Page {
  const {
    StartTime,
    EndTime,
    NextToken,
    MaxResults = 50,
  } = pageRequest(slice, {
    AttributeKey: 'EventName',
    AttributeValue: 'Any',
  });
  const told = ({ ms }: Happened) => Math.floor(ms / 1000) * 1000;
  const timeOf = (event: Happened) => (wholeSeconds ? told(event) : event.ms);
  const [from, to] = [Number(StartTime), Number(EndTime)];
  const within = history.filter((event) => timeOf(event) >= from && timeOf(event) <= to);
  const offset = Number(NextToken ?? 0);
  const events = within.slice(offset, offset + MaxResults);
  const next = offset + events.length;
  return {
    Events: events.map((event) => ({ EventId: event.id, EventTime: new Date(told(event)) })),
    ...(next < within.length && { NextToken: String(next) }),
  };
}

/** Reads the window with some requests under way at a time; `pick` says which of them is answered next. */
function readAll(
  slices: Slices,
  underWay: number,
  answer: (slice: Slice) => Page,
  pick: (choices: number) => number,
) {
  const found: string[] = [];
  const asked: { slice: Slice; page: Page }[] = [];
  let requests = 0;
  for (;;) {
    while (asked.length < underWay && slices.hasWork()) {
      const slice = slices.next();
      if (!slice) break;
      asked.push({ slice, page: answer(slice) });
      requests++;
    }
    const [answered] = asked.splice(pick(asked.length), 1);
    if (!answered) return { found, requests };
    found.push(...slices.take(answered.slice, answered.page).map(({ EventId }) => EventId ?? ''));
  }
}

const oldestFirst = () => 0;

/** Events at some seconds after the start, newest first. */
function history(times: number[]): Happened[] {
  const happened = times.map((seconds, index) => ({
    id: `e${index}`,
    ms: Math.round((start + seconds) * 1000),
  }));
  return happened.sort((a, b) => b.ms - a.ms);
}

function idsOf(happened: Happened[]): string[] {
  return happened.map(({ id }) => id).sort();
}

describe('Slices', () => {
  it('finds every event exactly once, however the answers interleave', () => {
    const length = fc.integer({ min: 1, max: 60 });
    const share = fc.noBias(fc.integer({ min: 0, max: 999_999 })).map((n) => n / 1_000_000);
    const burst = fc.record({ at: share, count: fc.integer({ max: 180, min: 1 }) });
    const scenario = fc.record({
      length,
      quiet: fc.array(share, { maxLength: 60 }),
      bursts: fc.array(burst, { maxLength: 4 }),
      underWay: fc.integer({ min: 1, max: 12 }),
      picks: fc.infiniteStream(fc.nat()),
      wholeSeconds: fc.boolean(),
    });
    fc.assert(
      fc.property(scenario, ({ length, quiet, bursts, underWay, picks, wholeSeconds }) => {
        const bursting = bursts.flatMap(({ at, count }) =>
          Array.from({ length: count }, (_, n) => at * length * (1 - n / 9e4)),
        );
        const happened = history([...quiet.map((at) => at * length), ...bursting]);
        const slices = new Slices({ from: start, to: start + length });
        const pick = (choices: number) => Number(picks.next().value) % Math.max(1, choices);
        const { found } = readAll(slices, underWay, (slice) => lookUp(happened, slice, wholeSeconds), pick);
        expect(found.sort()).toEqual(idsOf(happened));
        expect(slices.uncovered()).toEqual([]);
        expect(slices.covered).toBe(1);
        expect(slices.events).toBe(happened.length);
      }),
      { numRuns: 300 },
    );
  });

  it('asks hardly more than it must of an even history', () => {
    const day = 86_400;
    const happened = history(Array.from({ length: 10_000 }, (_, n) => (n * day) / 10_000));
    const slices = new Slices({ from: start, to: start + day });
    const { found, requests } = readAll(slices, 8, (slice) => lookUp(happened, slice, true), oldestFirst);
    expect(found).toHaveLength(10_000);
    expect(requests).toBeLessThanOrEqual(1.1 * (10_000 / 50));
  });

  it('keeps eight requests under way until little is left', () => {
    const day = 86_400;
    const happened = history(Array.from({ length: 10_000 }, (_, n) => (n * day) / 10_000));
    const slices = new Slices({ from: start, to: start + day });
    const widths: number[] = [];
    let asked: { slice: Slice; page: Page }[] = [];
    // Every round, all requests under way are answered at once.
    do {
      for (const { slice, page } of asked) slices.take(slice, page);
      asked = [];
      for (
        let slice = slices.next();
        slice && asked.length < 8;
        slice = asked.length < 8 ? slices.next() : undefined
      ) {
        asked.push({ slice, page: lookUp(happened, slice, true) });
      }
      widths.push(asked.length);
    } while (asked.length > 0);
    expect(widths.filter((width) => width === 8).length).toBeGreaterThanOrEqual(0.85 * (10_000 / 50 / 8));
  });

  it('asks once of a window without events whose answer comes at once', () => {
    const slices = new Slices({ from: start, to: start + 3600 });
    const { requests } = readAll(slices, 1, () => ({ Events: [] }), oldestFirst);
    expect(requests).toBe(1);
  });

  it('does not count an event again that a later page of the same second repeats', () => {
    const slices = new Slices({ from: start, to: start + 1 });
    const event = (id: string) => ({ EventId: id, EventTime: new Date(start * 1000) });
    const pages: Page[] = [
      { Events: [event('a'), event('b')], NextToken: '1' },
      { Events: [event('b'), event('c')] },
    ];
    const { found } = readAll(slices, 1, () => pages.shift() ?? { Events: [] }, oldestFirst);
    expect(found).toEqual(['a', 'b', 'c']);
  });

  it('goes on after an empty page that has a token', () => {
    const slices = new Slices({ from: start, to: start + 1 });
    const pages: Page[] = [
      { Events: [], NextToken: '1' },
      { Events: [{ EventId: 'a', EventTime: new Date(start * 1000) }] },
    ];
    const { found } = readAll(slices, 1, () => pages.shift() ?? { Events: [] }, oldestFirst);
    expect(found).toEqual(['a']);
  });

  it('takes up a slice again where its page token is no longer good', () => {
    const happened = history(Array.from({ length: 120 }, (_, n) => n / 3));
    const slices = new Slices({ from: start, to: start + 60 });
    const found: string[] = [];
    for (let slice = slices.next(); slice; slice = slices.next()) {
      found.push(...slices.take(slice, lookUp(happened, slice, false)).map(({ EventId }) => EventId ?? ''));
      if (slice.nextToken !== undefined) slices.restart(slice);
    }
    expect(found.sort()).toEqual(idsOf(happened));
  });

  it('says what was not read, with neighbours as one span', () => {
    const slices = new Slices({ from: start, to: start + 1000 });
    const [newest, oldest] = [slices.next(), slices.next()];
    expect(slices.uncovered()).toEqual([{ from: start, to: start + 1000 }]);
    if (oldest) slices.take(oldest, { Events: [] });
    expect(slices.uncovered()).toEqual([{ from: start + 501, to: start + 1000 }]);
    const events = [{ EventId: 'a', EventTime: new Date((start + 900) * 1000) }];
    if (newest) slices.take(newest, { Events: events, NextToken: '1' });
    expect(slices.uncovered()).toEqual([{ from: start + 501, to: start + 900 }]);
    expect(slices.covered).toBeCloseTo(0.6, 2);
    expect(slices.counts).toEqual({ done: 1, total: 2 });
  });
});
