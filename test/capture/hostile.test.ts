/** What strangers can put into an event, or into the queue. */
import fc from 'fast-check';
import { joinDenials } from '../../shared/capture/denial-of-record.ts';
import { PoisonError, readCapturedEvent } from '../../shared/capture/captured-event.ts';
import { SeenEvents, spanOf } from '../../shared/capture/seen-events.ts';
import { asEvent, refusedRecord } from './capture-setup.ts';

const record = refusedRecord({ number: 1, time: new Date('2026-03-02T09:00:00Z') });

it('is read, or refused as poison, and nothing else', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
      try {
        readCapturedEvent(body);
      } catch (error) {
        expect(error).toBeInstanceOf(PoisonError);
        expect((error as Error).message.length).toBeLessThan(400);
      }
    }),
  );
});

it('is read whatever type its fields have', () => {
  const field = fc.constantFrom(...Object.keys(record));
  fc.assert(
    fc.property(fc.dictionary(field, fc.jsonValue()), (changes) => {
      const event = { ...asEvent(record), detail: { ...record, ...changes } };
      const read = readCapturedEvent(JSON.stringify(event));
      if (read) expect(read.denialId).toMatch(/^[\da-f]{32}$/);
    }),
  );
});

it.each(['<script>', "'; DROP", '\u202e\u0000', '__proto__', 'constructor', '\ud800'])(
  'names no denial after %j, but by a hash',
  (text) => {
    const hostile = {
      ...record,
      requestParameters: { roleArn: text, roleSessionName: text },
      userAgent: text,
    };
    const read = readCapturedEvent(JSON.stringify(asEvent(hostile)));
    expect(read?.denialId).toMatch(/^[\da-f]{32}$/);
    expect(read?.denial).toHaveProperty('roleArn', text);
  },
);

it('joins denials to the same whole, in whatever order they come', () => {
  const at = (minute: number) =>
    readCapturedEvent(
      JSON.stringify(
        asEvent(refusedRecord({ number: minute, time: new Date(Date.UTC(2026, 2, 2, 9, minute)) })),
      ),
    )!.denial;
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(59), { minLength: 1, maxLength: 12 }), (minutes) => {
      const joined = minutes.map(at).reduce(joinDenials);
      const times = minutes.map((minute) => `2026-03-02T09:${String(minute).padStart(2, '0')}:00Z`).sort();
      expect(joined).toMatchObject({
        events: minutes.length,
        firstSeen: times[0],
        lastSeen: times.at(-1),
      });
      expect(joined.sampleEventIds.length).toBe(Math.min(5, minutes.length));
    }),
  );
});

it('knows an event that it saw, from its bytes too, and no other', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uuid(), { minLength: 2 }), ([first = '', ...others]) => {
      const seen = new SeenEvents(null);
      for (const id of others) expect(seen.add(id)).toBe(true);
      const again = new SeenEvents(seen.toBytes());
      for (const id of others) expect(again.add(id)).toBe(false);
      expect(again.add(first)).toBe(true);
    }),
  );
});

it('remembers a flood within the size of an item', () => {
  const seen = new SeenEvents(null);
  for (let number = 0; number < 30_000; number++) seen.add(`event-${number}`);
  expect(seen.toBytes().byteLength).toBe(150_000);
  expect(seen.add('event-29999')).toBe(true);
  expect(spanOf('2026-03-02T09:17:59Z')).toBe('2026-03-02T09:10');
});
