/** Pages of a list, and the opaque tokens that lead from one to the next. */

export interface Page<Item> {
  items: Item[];
  /** Where the next page begins; undefined after the last. */
  next: string | undefined;
}

/** The page that begins at a token; null where the token is none of ours. `limit` is the most items in it. */
export function pageOf<Item>(
  all: Item[],
  limit: number,
  token: string | null | undefined,
): Page<Item> | null {
  const start = token ? readToken(token) : 0;
  if (start === null || start > all.length) return null;
  const end = start + Math.max(1, limit);
  return { items: all.slice(start, end), next: end < all.length ? writeToken(end) : undefined };
}

function writeToken(start: number): string {
  return Buffer.from(`page/${start}`).toString('base64url');
}

function readToken(token: string): number | null {
  const start = /^page\/(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  return start === undefined ? null : Number(start);
}
