/** Paging as Google's list methods do it: `pageSize` or `maxResults`, and an opaque `pageToken`. */
import { invalid } from './google-error.ts';

/** The largest page of every list; small, so that every reader has to page. */
export interface PageSizes {
  largest: number;
}

/** One page of the items, and the token of the next. */
export function page<T>(
  items: readonly T[],
  token: string | null,
  size: string | null,
  { largest }: PageSizes,
): { items: T[]; nextPageToken?: string } {
  const start = token ? decode(token) : 0;
  const wanted = Number(size) > 0 ? Number(size) : largest;
  const end = start + Math.min(wanted, largest);
  return { items: items.slice(start, end), ...(end < items.length ? { nextPageToken: pageToken(end) } : {}) };
}

/** The token of the page that begins here. */
export function pageToken(offset: number): string {
  return Buffer.from(`offset:${offset}`).toString('base64url');
}

function decode(token: string): number {
  const offset = /^offset:(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (!offset) throw invalid('The page token is invalid.');
  return Number(offset[1]);
}
