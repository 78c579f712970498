/** Reads one refused call as EventBridge delivers it ("AWS API Call via CloudTrail"), whatever it lacks. */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { isoSeconds } from '../domain/cloudtrail-record.ts';
import { denialOfRecord, type AnyDenial, type DenialKind } from './denial-of-record.ts';

/** A refused call, as a denial of its own with one event. */
export interface CapturedEvent {
  /** CloudTrail's id of the event; the same in every copy of it. */
  eventId: string;
  /** When the call was made, ISO 8601 UTC to the second. */
  time: string;
  /** Account whose trail recorded it. */
  account: string;
  /** Which denial it belongs to: a hash of account, kind and what makes two calls one denial. */
  denialId: string;
  kind: DenialKind;
  denial: AnyDenial;
}

/** The message is no event that EventBridge would send; another attempt would fail alike. */
export class PoisonError extends Error {
  override name = 'PoisonError';
}

/** docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
const envelopeSchema = z.object({
  id: z.string(),
  account: z.string().check(z.regex(/^\d{12}$/)),
  time: z.string(),
  region: z.string().check(z.regex(/^[a-z0-9-]{4,40}$/)),
  detail: z.record(z.string(), z.unknown()),
});

/**
 * Reads the body of one message; null for a call that was not refused, or is of no workload.
 * @throws {PoisonError} where the body is no event of EventBridge.
 */
export function readCapturedEvent(body: string): CapturedEvent | null {
  const { id, account, region, detail, time: delivered } = parseEnvelope(body);
  const time = isoSeconds(text(detail['eventTime'])) ?? isoSeconds(delivered);
  if (time === null)
    throw new PoisonError(
      `Cannot use the event ${shown(id)}: it has no time; look at it in the dead letters`,
    );
  const found = denialOfRecord(detail, { eventId: text(detail['eventID']) ?? id, time, region });
  if (!found) return null;
  const { kind, key, denial } = found;
  return {
    eventId: denial.sampleEventIds[0] ?? id,
    time,
    account,
    denialId: hash([account, kind, key]),
    kind,
    denial,
  };
}

function parseEnvelope(body: string): z.infer<typeof envelopeSchema> {
  try {
    return envelopeSchema.parse(JSON.parse(body));
  } catch (error) {
    throw new PoisonError(
      `Cannot read a message of the queue: it is no event of EventBridge (${shown(body)}); look at it in the dead letters`,
      { cause: error },
    );
  }
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function shown(value: string): string {
  return JSON.stringify(value.slice(0, 100));
}
