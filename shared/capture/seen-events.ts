/** Remembers which events were counted, in a few bytes for each: six of the hash of its id. */
import { createHash } from 'node:crypto';

/** Two of 25,000 ids share six bytes once in a million times; then one event is not counted. */
const idBytes = 6;

/** Ids that one item can hold: 150 KB of the 400 that DynamoDB takes, for every write costs by its size. */
const mostIds = 25_000;

/** Events of ten minutes are remembered together: a copy of an event has the same time. */
const spanMs = 600_000;

/** How long copies are known as such. */
export const rememberedMs = 3 * 86_400_000;

export class SeenEvents {
  readonly #ids: Set<string>;

  constructor(bytes: Uint8Array | null) {
    const hex = Buffer.from(bytes ?? []).toString('hex');
    const count = Math.floor(hex.length / idBytes / 2);
    this.#ids = new Set(
      Array.from({ length: count }, (_, index) => hex.slice(index * idBytes * 2, (index + 1) * idBytes * 2)),
    );
  }

  /** Whether the event is none that was seen; it is from now on. Of a flood beyond bounds, copies count as events. */
  add(eventId: string): boolean {
    const id = createHash('sha256')
      .update(eventId)
      .digest('hex')
      .slice(0, idBytes * 2);
    if (this.#ids.has(id)) return false;
    if (this.#ids.size < mostIds) this.#ids.add(id);
    return true;
  }

  toBytes(): Uint8Array {
    return Buffer.from([...this.#ids].join(''), 'hex');
  }
}

/** The ten minutes in which an event was made, `2026-01-01T06:10`. */
export function spanOf(time: string): string {
  return new Date(Math.floor(Date.parse(time) / spanMs) * spanMs).toISOString().slice(0, 16);
}
