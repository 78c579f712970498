/** Routes of a simulated API: method and path template, and what answers. */
import type { Principal } from './world.ts';

/** One request, as a handler sees it. */
export interface Call {
  params: Record<string, string>;
  query: URLSearchParams;
  body: Record<string, unknown>;
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
  /** Whether a call without a valid token is let through. */
  open: boolean;
  handle: (call: Call) => unknown;
}

/**
 * `route('GET /v1/projects/{project}/roles/{role}', handler)`. `{name}` is one path segment, which may hold colons;
 * `{name=**}` is several. A `:verb` at the end is literal.
 */
export function route(template: string, handle: (call: Call) => unknown, { open = false } = {}): Route {
  const [method = 'GET', path = '/'] = template.split(' ');
  const names: string[] = [];
  const source = path.replaceAll(
    /\{(\w+)(=\*\*)?\}|([.+?^$()|[\]\\])/g,
    (_, name: string, deep: string, special: string) => {
      if (special) return `\\${special}`;
      names.push(name);
      return deep ? '(.+?)' : '([^/]+?)';
    },
  );
  return { method, pattern: new RegExp(`^${source}$`), names, verb: /:\w+$/.test(path), open, handle };
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
