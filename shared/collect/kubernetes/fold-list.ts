/** Reads a list of a cluster's API server page by page, and keeps of each page only what is made of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { tooLong, type KubernetesAnswer } from './request.ts';
import { KubernetesError, troubleOf } from './trouble.ts';

/** Sends a GET for a path with its query. */
export type Get = (path: string) => Promise<KubernetesAnswer>;

/** Makes one result of many items. */
export interface Fold<Item, Result> {
  add(item: Item): void;
  result(): Result;
}

const itemsAPage = 500;
/** More than the largest clusters have pods. */
const mostItems = 300_000;

/**
 * Folds a whole list. A continue token expires after some minutes (410 Gone): the list is then read once more from its
 * beginning, with a new fold.
 * @throws {KubernetesError} where it could not be read to its end.
 */
export async function foldList<Item, Result>(
  get: Get,
  path: string,
  begin: () => Fold<Item, Result>,
): Promise<Result> {
  for (let restarts = 0; restarts < 2; restarts++) {
    const fold = begin();
    if ((await foldPages(get, path, fold)) === 'whole') return fold.result();
  }
  throw new KubernetesError({ kind: 'other', said: expiredTwice });
}

const expiredTwice = {
  en: 'its list expired twice while it was read (410 Gone)',
  ja: '読み取り中に一覧の有効期限が 2 回切れました (410 Gone)',
};
const noList = {
  en: 'it answered something that is no list',
  ja: '応答が一覧ではありませんでした',
};
const tooManyItems = {
  en: `its list has more than ${mostItems} items`,
  ja: `一覧の項目が ${mostItems} 件を超えています`,
};

interface Page<Item> {
  items?: Item[] | null;
  metadata?: { continue?: string };
}

async function foldPages<Item, Result>(
  get: Get,
  path: string,
  fold: Fold<Item, Result>,
): Promise<'whole' | 'expired'> {
  let next = '';
  for (let items = 0; items < mostItems;) {
    const page = await getPage<Item>(get, path, next, itemsAPage);
    if (page === 'expired') return 'expired';
    const own = page.items ?? [];
    if (!Array.isArray(own)) throw new KubernetesError({ kind: 'other', said: noList });
    for (const item of own) fold.add(item);
    items += own.length;
    next = page.metadata?.continue ?? '';
    if (next === '') return 'whole';
  }
  throw new KubernetesError({ kind: 'other', said: tooManyItems });
}

/** A page whose answer is too long is asked for again with fewer items: one object may have a megabyte. */
async function getPage<Item>(
  get: Get,
  path: string,
  next: string,
  limit: number,
): Promise<Page<Item> | 'expired'> {
  const query = `limit=${limit}${next ? `&continue=${encodeURIComponent(next)}` : ''}`;
  const answer = await patiently(get, `${path}${path.includes('?') ? '&' : '?'}${query}`);
  if (answer.state === 'unreachable' && answer.code === tooLong && limit > 1)
    return getPage(get, path, next, Math.floor(limit / 5));
  if (answer.state === 'answered' && answer.status === 410 && next !== '') return 'expired';
  return objectOf<Page<Item>>(answer);
}

/** One object of a cluster's API server; null where it has none of that name. */
export async function getObject<T>(get: Get, path: string): Promise<T | null> {
  const answer = await patiently(get, path);
  if (answer.state === 'answered' && answer.status === 404) return null;
  return objectOf<T>(answer);
}

function objectOf<T>(answer: KubernetesAnswer): T {
  const trouble = troubleOf(answer);
  if (trouble) throw new KubernetesError(trouble);
  return (answer as { body: T }).body;
}

const waitsMs = [500, 2_000];

/** Asks again where the server is busy, or a connection that was kept had been closed meanwhile. */
async function patiently(get: Get, path: string): Promise<KubernetesAnswer> {
  for (const wait of waitsMs) {
    const answer = await get(path);
    if (!isPassing(answer)) return answer;
    await sleep(wait);
  }
  return get(path);
}

function isPassing(answer: KubernetesAnswer): boolean {
  if (answer.state === 'answered') return answer.status === 429 || answer.status >= 500;
  return answer.code === 'ECONNRESET' || answer.code === 'EPIPE';
}
