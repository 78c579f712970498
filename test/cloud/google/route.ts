/** Routes of a simulated API: method and path template, and what answers. */
import { invalid } from './google-error.ts';
import type { Principal } from './world.ts';

/** One request, as a handler sees it. */
export interface Call {
  params: Record<string, string>;
  query: URLSearchParams;
  body: Record<string, unknown>;
  /** The body as it was sent. */
  text: string;
  headers: Record<string, string | string[] | undefined>;
  /** Who holds the token that was sent; null where the route is public and none was sent. */
  caller: Principal | null;
  /**
   * Notes the permission as used and refuses the call where the caller lacks it.
   * `project` is whose perimeter it lies in; `message` replaces the usual refusal's.
   */
  demand: (permission: string, resource: string, options?: { project?: string; message?: string }) => void;
}

export interface Route {
  method: string;
  pattern: RegExp;
  names: string[];
  /** Whether the path ends in a custom verb, `:getIamPolicy`. */
  verb: boolean;
  /** The query parameters that it takes; others are refused, as Google's servers refuse them. */
  query: string[];
  /** The fields that its body may have; null for any. */
  fields: string[] | null;
  /** Whether a call without a valid token is let through. */
  open: boolean;
  /** Whether the body is content rather than a message: it is not parsed. */
  raw: boolean;
  handle: (call: Call) => unknown;
}

/**
 * `route('GET /v1/projects/{project}/roles/{role}', handler)`. `{name}` is one path segment, which may hold colons.
 * A `:verb` at the end is literal. Query parameters follow as in `?pageSize&pageToken`.
 */
export function route(
  template: string,
  handle: (call: Call) => unknown,
  { open = false, raw = false, fields }: { open?: boolean; raw?: boolean; fields?: string[] } = {},
): Route {
  const [method = 'GET', rest = '/'] = template.split(' ');
  const [path = '/', parameters = ''] = rest.split('?');
  const names: string[] = [];
  const source = path.replaceAll(/\{(\w+)\}|([.+?^$()|[\]\\])/g, (_, name: string, special: string) => {
    if (special) return `\\${special}`;
    names.push(name);
    return '([^/]+?)';
  });
  return {
    method,
    pattern: new RegExp(`^${source}$`),
    names,
    verb: /:\w+$/.test(path),
    query: parameters.split('&').filter(Boolean),
    fields: fields ?? (method === 'GET' ? [] : null),
    open,
    raw,
    handle,
  };
}

/** Those that every method takes. */
const everywhere = ['alt', 'fields', 'key', 'prettyPrint', 'quotaUser', '$.xgafv'];

/** Refuses what the method does not take: a client that asks wrongly is to be noticed here. */
export function checkArguments({ query, fields }: Route, given: Call): void {
  const parameter = [...given.query.keys()].find(
    (name) => !query.includes(name) && !everywhere.includes(name),
  );
  if (parameter !== undefined) throw unknownName(parameter, 'Cannot bind query parameter.');
  const field = Object.keys(given.body).find((name) => fields && !fields.includes(name));
  if (field !== undefined) throw unknownName(field, 'Cannot find field.');
}

function unknownName(name: string, problem: string): Error {
  return invalid(`Invalid JSON payload received. Unknown name "${name}": ${problem}`);
}

/** The route of a request and its parameters, or null. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } | null {
  // A segment may hold colons, so the routes with a verb come first.
  const verbsFirst = [...routes].sort((a, b) => Number(b.verb) - Number(a.verb));
  for (const route of verbsFirst) {
    if (route.method !== method) continue;
    const match = route.pattern.exec(path);
    if (!match) continue;
    const values = match.slice(1).map(decodeURIComponent);
    return {
      route,
      params: Object.fromEntries(route.names.map((name, index) => [name, values[index] ?? ''])),
    };
  }
  return null;
}
