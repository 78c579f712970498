/**
 * Remembers what was delivered, so that a report goes out once on each channel.
 *
 * A delivery is a claim (record), a message (send) and a mark. Claims are numbered; each is made by creating a name
 * that does not exist yet, which only one of several processes can do. A claim ends with the mark `sent`, with
 * `refused` (nothing was sent) or `unsure` (nobody knows). A claim that has none of these and is older than its lease
 * belongs to a program that died between record and mark.
 */
import { createHash, randomUUID } from 'node:crypto';

export interface DeliveryKey {
  runId: string;
  /** Id of the channel. */
  channel: string;
}

export type Claim =
  /** This process may send now. */
  | { state: 'claimed'; attempt: number; possiblySentBefore: boolean }
  /** The message went out and was marked. */
  | { state: 'sent' }
  /** Another process is sending, or has died so recently that this cannot be told. */
  | { state: 'held'; forMs: number };

export interface Marks {
  /** Claims the right to send. */
  record(key: DeliveryKey): Promise<Claim>;
  /** Remembers that the message went out. */
  mark(key: DeliveryKey): Promise<void>;
  /** Gives a claim back: nothing was sent, or nobody knows. */
  withdraw(key: DeliveryKey, attempt: number, outcome: 'refused' | 'unsure'): Promise<void>;
}

/** Where marks are kept: names with a text that can be created once and never change. */
export interface MarkStore {
  /** Creates a name; false where it exists already. */
  create(name: string, text: string): Promise<boolean>;
  /** Null where the name does not exist. */
  read(name: string): Promise<{ text: string; writtenMs: number } | null>;
}

export interface MarkOptions {
  /** How long a claim keeps others from sending, in milliseconds: longer than sending can take. */
  leaseMs?: number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** Five minutes: sending is given up after one, and the rest is for slow marks and differing clocks. */
export const usualLeaseMs = 5 * 60_000;

/** Keeps marks in a store. */
export function makeMarks(
  store: MarkStore,
  { leaseMs = usualLeaseMs, now = Date.now }: MarkOptions = {},
): Marks {
  return {
    record: (key) => record(store, folderOf(key), (writtenMs) => writtenMs + leaseMs - now()),
    async mark(key) {
      await store.create(`${folderOf(key)}/sent`, describe(key));
    },
    async withdraw(key, attempt, outcome) {
      await store.create(`${folderOf(key)}/${attempt}.${outcome}`, describe(key));
    },
  };
}

async function record(
  store: MarkStore,
  folder: string,
  remainingMs: (writtenMs: number) => number,
): Promise<Claim> {
  let possiblySentBefore = false;
  for (let attempt = 1; ; attempt++) {
    const isOurs = await claim(store, `${folder}/${attempt}.claim`);
    // Nothing can have been sent before the first claim; before a later one its holder may have finished after all.
    const isFirst = isOurs && attempt === 1;
    if (!isFirst && (await store.read(`${folder}/sent`))) return { state: 'sent' };
    if (isOurs) return { state: 'claimed', attempt, possiblySentBefore };
    const end = await endOf(store, folder, attempt, remainingMs);
    if (typeof end === 'object') return end;
    possiblySentBefore ||= end === 'unsure';
  }
}

/** A claim holds a token, for the answer to the request that created it may have been lost and the request repeated. */
async function claim(store: MarkStore, name: string): Promise<boolean> {
  const token = randomUUID();
  return (await store.create(name, token)) || (await store.read(name))?.text === token;
}

async function endOf(
  store: MarkStore,
  folder: string,
  attempt: number,
  remainingMs: (writtenMs: number) => number,
): Promise<'refused' | 'unsure' | { state: 'held'; forMs: number }> {
  if (await store.read(`${folder}/${attempt}.refused`)) return 'refused';
  if (await store.read(`${folder}/${attempt}.unsure`)) return 'unsure';
  const made = await store.read(`${folder}/${attempt}.claim`);
  const forMs = made ? remainingMs(made.writtenMs) : 0;
  return forMs > 0 ? { state: 'held', forMs } : 'unsure';
}

/** A name that is safe as a path and as an S3 key, readable, and different for different keys. */
function folderOf({ runId, channel }: DeliveryKey): string {
  return `deliveries/${safe(runId)}/${safe(channel)}`;
}

function safe(text: string): string {
  const readable = text.replaceAll(/[^A-Za-z0-9@_-]+/g, '-').slice(0, 80);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${readable}-${hash}`;
}

function describe(key: DeliveryKey): string {
  return JSON.stringify(key);
}
