/** Pages of a list, as an API server cuts them: `limit`, and a `continue` token that expires. */
import type { ObjectSeries, Resource } from './resources.ts';

export interface PageRequest {
  resource: Resource;
  series: ObjectSeries[];
  /** Of the request; the server may give fewer items. */
  query: URLSearchParams;
  largestPage: number;
}

export function listPage({ resource, series, query, largestPage }: PageRequest): object {
  const start = startOf(query.get('continue'));
  const asked = Number(query.get('limit') ?? 0) || Infinity;
  const end = start + Math.min(asked, largestPage);
  const total = series.reduce((sum, { count }) => sum + count, 0);
  const next = end < total ? { continue: tokenFor(end), remainingItemCount: total - end } : {};
  const { group, kind } = resource;
  return {
    kind: `${kind}List`,
    apiVersion: group === '' ? 'v1' : `${group}/v1`,
    metadata: { resourceVersion: '4711', ...next },
    items: [...itemsFrom(series, start, Math.min(end, total))],
  };
}

function* itemsFrom(series: ObjectSeries[], start: number, end: number): Generator<object> {
  let before = 0;
  for (const { count, at } of series) {
    for (let index = Math.max(0, start - before); index < count && before + index < end; index++)
      yield at(index);
    before += count;
    if (before >= end) return;
  }
}

function tokenFor(start: number): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 4711, start })).toString('base64url');
}

function startOf(token: string | null): number {
  if (!token) return 0;
  return (JSON.parse(Buffer.from(token, 'base64url').toString()) as { start: number }).start;
}

/** Those of the namespace that the selectors choose: equality and inequality, as kubectl and the auditor use them. */
export function selected(
  series: ObjectSeries[],
  namespace: string | null,
  query: URLSearchParams,
): ObjectSeries[] {
  return series.filter(
    (one) =>
      (namespace === null || one.namespace === namespace) &&
      meets(one.labels, query.get('labelSelector')) &&
      meets(one.fields, query.get('fieldSelector')),
  );
}

function meets(values: Record<string, string>, selector: string | null): boolean {
  return (selector ?? '')
    .split(',')
    .filter((term) => term !== '')
    .every((term) => {
      const [, key = '', operator, value] = /^([^!=]+)(!=|==?)(.*)$/.exec(term) ?? [];
      return operator === '!=' ? values[key] !== value : values[key] === value;
    });
}
