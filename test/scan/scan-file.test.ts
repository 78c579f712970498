/** Scanning one file finds exactly what parsing the whole of it finds, whatever stands in it. */
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { wholeInflater } from '../../shared/collect/archive/inflater.ts';
import { logFile, parsed, scanned, storage } from './log-files.ts';

const runs = 400;

describe('a whole file', () => {
  it('gives the refused calls that a parser finds in it, and no other', () => {
    fc.assert(
      fc.property(logFile, storage, fc.constantFrom(2_048, 8_192, 65_536), (text, store, windowBytes) => {
        expect(scanned(store(text), { windowBytes })).toEqual(parsed(text));
      }),
      { numRuns: runs },
    );
  });

  it('gives the same without the undocumented part of zlib', () => {
    fc.assert(
      fc.property(logFile, (text) => {
        const found = scanned(gzipSync(text), { inflater: wholeInflater(), windowBytes: 8_192 });
        expect(found).toEqual(parsed(text));
      }),
      { numRuns: 50 },
    );
  });
});

describe('a machine without vectors for WebAssembly', () => {
  it('gives the same, the long way', () => {
    fc.assert(
      fc.property(logFile, storage, (text, store) => {
        expect(scanned(store(text), { finder: null })).toEqual(parsed(text));
      }),
      { numRuns: 50 },
    );
  });
});

describe('calls that differ only in time, ids, session and the text of the error', () => {
  it('are parsed once and told each for itself', () => {
    const call = (second: number) => ({
      eventVersion: '1.09',
      userIdentity: { userName: 'system:serviceaccount:shop:cart' },
      eventTime: `2026-01-01T00:00:0${second}Z`,
      errorCode: 'ExpiredTokenException',
      errorMessage: `Token expired: ${second}`,
      requestParameters: { roleSessionName: `session-${second}` },
      eventID: `id-${second}`,
    });
    const reads: unknown[] = [];
    const records = [1, 2, 3, 4].map(call);
    const found = scanned(file(...records), {}, (record) => reads.push(record['eventID']));
    expect(found).toEqual(parsed(file(...records).toString()));
    expect(reads).toEqual(['id-1']);
  });
});

describe('a file that was cut off', () => {
  it('is refused wherever its JSON ends', () => {
    fc.assert(
      fc.property(logFile, fc.double({ min: 0, max: 1, noNaN: true }), (text, share) => {
        const whole = Buffer.from(text.trimEnd());
        const part = whole.subarray(0, Math.floor(share * (whole.length - 1)));
        expect(() => scanned(gzipSync(part), { windowBytes: 4_096 })).toThrow(/^it/);
      }),
      { numRuns: runs },
    );
  });

  it('is refused wherever its compressed data ends', () => {
    fc.assert(
      fc.property(logFile, fc.double({ min: 0, max: 1, noNaN: true }), (text, share) => {
        const whole = gzipSync(text);
        const part = whole.subarray(0, Math.floor(share * (whole.length - 1)));
        expect(() => scanned(part)).toThrow(/^it/);
      }),
      { numRuns: 100 },
    );
  });
});

const one = { eventVersion: '1.09', errorCode: 'AccessDenied', eventID: 'one' };
const fake = { eventVersion: '1.08', errorCode: 'AccessDenied', eventID: 'fake' };
const file = (...records: unknown[]) => Buffer.from(JSON.stringify({ Records: records }));
const idsIn = (bytes: Uint8Array, windowBytes = 65_536) =>
  scanned(bytes, { windowBytes }).map((line) => (JSON.parse(line) as string[])[0]);

describe('an event within another event', () => {
  it.each([
    ['in an array', { events: [fake, fake] }],
    ['as a value', { event: fake }],
    ['after something else in an array', { events: ['x', fake] }],
    ['deep below', { a: [[{ b: [{ c: [fake] }] }]] }],
  ])('%s is not counted', (_, requestParameters) => {
    const other = { eventVersion: '1.09', eventID: 'other', requestParameters };
    expect(idsIn(file(one, other, one))).toEqual(['one', 'one']);
    expect(idsIn(file(one, { ...other, errorCode: 'AccessDenied' }))).toEqual(['one', 'other']);
  });

  it('is not counted where thousands of them reach over many windows', () => {
    const other = { eventVersion: '1.09', requestParameters: { events: Array(2_000).fill(fake) } };
    expect(idsIn(file(one, other, one), 8_192)).toEqual(['one', 'one']);
  });
});

describe('an odd file', () => {
  it('with records of more than a megabyte is read', () => {
    const long = { ...one, eventID: 'long', userAgent: '日"\\'.repeat(400_000) };
    expect(idsIn(gzipSync(file(one, long, one)))).toEqual(['long', 'one', 'one']);
  });

  it('with a byte order mark is read', () => {
    expect(idsIn(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), file(one)]))).toEqual(['one']);
  });

  it('without records gives none', () => {
    expect(idsIn(file())).toEqual([]);
  });

  it('with zeroes after its compressed data is read, as other programs read it', () => {
    expect(idsIn(Buffer.concat([gzipSync(file(one)), Buffer.alloc(512)]))).toEqual(['one']);
  });

  it.each<[string, Buffer, RegExp]>([
    ['is empty', Buffer.alloc(0), /it is empty/],
    ['is XML', Buffer.from('<?xml version="1.0"?><Error/>'), /it is no JSON/],
    [
      'is a digest',
      Buffer.from('{"awsAccountId":"111122223333","logFiles":[{"errorCode":"x"}]}'),
      /no "Records"/,
    ],
    ['holds a line for each event', Buffer.from('{"errorCode":"x"}\n{"errorCode":"y"}'), /no log file/],
    ['is a list of events', Buffer.from('[{"errorCode":"x"}]'), /no log file/],
    ['has another checksum', damaged(gzipSync(file(one)), -6), /its checksum is wrong/],
    ['has another length', damaged(gzipSync(file(one)), -2), /its checksum is wrong/],
    ['has bytes behind it', Buffer.concat([gzipSync(file(one)), Buffer.from('more')]), /no gzip follow/],
    ['has brackets that do not fit', Buffer.from('{"Records":[{"errorCode":"x"]}]}'), /well-formed/],
  ])('that %s is refused with the reason', (_, bytes, reason) => {
    expect(() => scanned(bytes)).toThrow(reason);
  });

  it('does not spoil the one after it', () => {
    const whole = gzipSync(file(one));
    expect(() => scanned(whole.subarray(0, 40))).toThrow(/cut off/);
    expect(idsIn(whole)).toEqual(['one']);
  });

  it('that inflates without end is given up', () => {
    const bomb = gzipSync(
      Buffer.concat([Buffer.from('{"Records":['), Buffer.alloc(100 * 1024 * 1024, 0x20)]),
    );
    expect(() => scanned(bomb)).toThrow(/more than 300 times its size/);
    expect(() => scanned(bomb, { inflater: wholeInflater() })).toThrow(/more than 300 times its size/);
  });

  it('of brackets only costs no more than its length', () => {
    const text = JSON.stringify({
      Records: [
        { ...one, userAgent: '[' },
        { eventVersion: '1', a: 0 },
      ],
    });
    const nested = text.replace('"a":0', `"a":${'['.repeat(200_000)}${']'.repeat(200_000)}`);
    expect(idsIn(Buffer.from(nested))).toEqual(['one']);
  });
});

function damaged(bytes: Buffer, at: number): Buffer {
  const index = bytes.length + at;
  return Buffer.from(bytes.map((byte, i) => (i === index ? byte ^ 0xff : byte)));
}
