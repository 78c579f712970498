/** Log files for the tests of scanning, and what a plain parser finds in them. */
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { FileScanner, type FileScannerOptions } from '../../shared/collect/archive/scan-file.ts';
import type { Hit, JsonObject, Search } from '../../shared/collect/archive/search.ts';

/** Text that misleads who looks for separators and keys without minding strings and depth. */
const hostileText = fc.oneof(
  fc.constantFrom(
    '"errorCode":"AccessDenied"',
    '"},{"eventVersion":"1.08","errorCode":"AccessDenied"},{',
    '\\"errorCode\\":',
    'errorCode',
    'Code"',
    ',"errorCode" : ',
    ']}',
    '[{"eventVersion"',
    '[',
    '[[',
    '\\',
    '\\\\"',
    '{"Records":[',
    '日本語 🔑 ünïcödé \u2028\u0000',
  ),
  fc.string({ maxLength: 20 }),
);

const { value: anyValue } = fc.letrec<{ value: unknown; event: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    hostileText,
    fc.constantFrom(null, true, 0, -1.5e3),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(tie('event'), { maxLength: 2 }),
    fc.dictionary(fc.oneof(hostileText, fc.constantFrom('eventVersion', 'Records')), tie('value'), {
      maxKeys: 3,
    }),
    tie('event'),
  ),
  event: fc.record({
    eventVersion: fc.constant('1.08'),
    eventTime: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'),
    errorCode: fc.oneof(fc.constant('AccessDenied'), hostileText),
    eventID: fc.uuid(),
    requestParameters: fc.record({ roleSessionName: fc.constantFrom('a', 'b"c') }),
  }),
}));

const identity = fc.constantFrom<JsonObject>(
  { type: 'WebIdentityUser', userName: 'system:serviceaccount:shop:cart' },
  { type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/a/b' },
);

/** Records in the order that AWS writes, some without an error, some in another order. */
const record = fc
  .tuple(
    identity,
    fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z'),
    fc.option(fc.constantFrom('AccessDenied', 'ExpiredTokenException'), { nil: undefined }),
    fc.constantFrom('An unknown error occurred', 'Token expired 17', 'Token expired 18'),
    fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: anyValue }),
    fc.uuid(),
    fc.constantFrom('session-1', 'session-2', 'other"session'),
    fc.boolean(),
  )
  .map(([userIdentity, eventTime, errorCode, errorMessage, more, eventID, roleSessionName, reversed]) => {
    const made = {
      eventVersion: '1.09',
      userIdentity,
      eventTime,
      eventName: 'AssumeRoleWithWebIdentity',
      ...(errorCode !== undefined && { errorCode, errorMessage }),
      requestParameters: { roleArn: 'arn:aws:iam::111122223333:role/cart', roleSessionName, more },
      responseElements: null,
      requestID: eventID,
      eventID,
    };
    return reversed && more !== undefined ? Object.fromEntries(Object.entries(made).reverse()) : made;
  });

/** A whole log file as text, in one of the forms in which they are met. */
export const logFile = fc
  .tuple(
    fc.array(record, { maxLength: 25 }),
    fc.constantFrom<'compact' | 'indented' | 'spaced' | 'headed' | 'tailed'>(
      'compact',
      'compact',
      'compact',
      'indented',
      'spaced',
      'headed',
      'tailed',
    ),
    anyValue,
  )
  .map(([Records, form, extra]) => {
    if (form === 'indented') return JSON.stringify({ Records }, null, 2);
    if (form === 'headed') return JSON.stringify({ extra, Records });
    if (form === 'tailed') return JSON.stringify({ Records, extra });
    const compact = JSON.stringify({ Records });
    return form === 'spaced' ? ` \n${compact.replace('{"Records":[', '{ "Records" : [ ')}\n` : compact;
  });

/** The text as bytes on disk: plain, compressed, or in several gzip members. */
export const storage = fc.constantFrom<(text: string) => Buffer>(
  (text) => Buffer.from(text),
  (text) => gzipSync(text),
  (text) => {
    const bytes = Buffer.from(text);
    const cut = Math.floor(bytes.length / 3);
    return Buffer.concat([gzipSync(bytes.subarray(0, cut)), gzipSync(bytes.subarray(cut))]);
  },
);

function searchWith(onRead: (record: JsonObject) => void): Search<JsonObject> {
  return {
    tokens: ['errorCode'],
    read(found) {
      onRead(found);
      return typeof found['errorCode'] === 'string' ? found : null;
    },
    readsText: () => false,
  };
}

/** What tells one refused call from another. */
function told(found: JsonObject): string {
  const { eventTime, eventID, errorMessage, errorCode, userIdentity, requestParameters } = found;
  const { roleSessionName } = (requestParameters ?? {}) as JsonObject;
  return JSON.stringify([eventID, eventTime, errorMessage, errorCode, userIdentity, roleSessionName]);
}

function toldHit({ found, values }: Hit<JsonObject>): string {
  if (values === null) return told(found);
  const { roleSessionName, ...others } = values;
  return told({ ...found, ...others, requestParameters: { roleSessionName } });
}

/** What a scan finds, sorted; throws where it does. */
export function scanned(
  bytes: Uint8Array,
  options: FileScannerOptions = {},
  onRead: (record: JsonObject) => void = () => undefined,
): string[] {
  const hits: string[] = [];
  const sink = { add: (hit: Hit<JsonObject>) => void hits.push(toldHit(hit)) };
  new FileScanner(searchWith(onRead), options).scan({ bytes }, () => {
    hits.length = 0; // what a first attempt found does not count
    return sink;
  });
  return hits.sort();
}

/** What parsing the whole text finds, sorted; throws where it is no JSON. */
export function parsed(text: string): string[] {
  const { Records } = JSON.parse(text.trim()) as { Records: JsonObject[] };
  return Records.filter(({ errorCode }) => typeof errorCode === 'string')
    .map(told)
    .sort();
}
