/** Who calls, what they may, what goes wrong on purpose; and the log of permissions that were used. */
import type { GoogleError } from './google-error.ts';
import { outsidePerimeter, permissionDenied, unauthenticated } from './google-error.ts';
import type { GoogleWorld, Principal } from './world.ts';

/** One use of a permission. */
export interface Use {
  permission: string;
  resource: string;
  principal: string;
  allowed: boolean;
}

/** One request that arrived. */
export interface Arrival {
  api: string;
  method: string;
  path: string;
  /** `x-goog-user-project`; null where the caller named no quota project. */
  quotaProject: string | null;
}

/** Makes the next requests that match fail. */
export interface Fault {
  api: string;
  /** Matches the path; absent for every path. */
  path?: RegExp;
  /** How many requests; infinite unless said. */
  times?: number;
  /** What they are answered with, or `cut`: the connection is closed without an answer. */
  answer: GoogleError | 'cut';
}

const reading = /\.(get|list|getIamPolicy|searchAllResources|connect)$/;

export class Access {
  readonly uses: Use[] = [];
  readonly arrivals: Arrival[] = [];
  private readonly faults: Required<Fault>[] = [];
  private readonly world: GoogleWorld;

  constructor(world: GoogleWorld) {
    this.world = world;
  }

  /** The distinct permissions that one principal asked for, sorted. */
  permissionsUsed(principal = this.world.auditor.email): string[] {
    const own = this.uses.filter((use) => use.principal === principal);
    return [...new Set(own.map(({ permission }) => permission))].sort();
  }

  fail(fault: Fault): void {
    this.faults.push({ times: Infinity, path: /./, ...fault });
  }

  /** What this request must fail with, if anything. */
  faultFor(api: string, path: string): GoogleError | 'cut' | null {
    const fault = this.faults.find((each) => each.api === api && each.times > 0 && each.path.test(path));
    if (!fault) return null;
    fault.times--;
    return fault.answer;
  }

  /** The holder of a bearer token, or null without one. */
  authenticate(authorization: string | undefined): Principal | null {
    if (!authorization) return null;
    const token = /^Bearer (.+)$/.exec(authorization)?.[1]?.trim() ?? '';
    const principal = this.world.tokens.get(token);
    if (!principal) throw unauthenticated();
    return principal;
  }

  demand(
    caller: Principal | null,
    permission: string,
    resource: string,
    { project, message }: { project?: string; message?: string } = {},
  ): void {
    if (!caller) throw unauthenticated();
    const closed = project !== undefined && caller.may === 'read' && this.world.perimeter.has(project);
    const allowed = !closed && this.may(caller, permission, resource);
    this.uses.push({ permission, resource, principal: caller.email, allowed });
    if (closed)
      throw outsidePerimeter(this.world.findProject(project)?.number ?? '0', permission.split('.')[0] ?? '');
    if (!allowed) throw permissionDenied(permission, resource, message);
  }

  /** Whether somebody has a permission, without noting it. */
  may({ may, also = [] }: Principal, permission: string, resource: string): boolean {
    if (may === 'all') return true;
    if (may !== 'read') return may.includes(permission);
    // What is kept in buckets is nobody's to read but for a grant of its own.
    if (permission.startsWith('storage.'))
      return also.some((grant) => grant.permission === permission && resource.startsWith(grant.resource));
    const refused = this.world.refusals.some(
      (refusal) => refusal.permission === permission && resource.startsWith(refusal.resource),
    );
    return reading.test(permission) && !refused;
  }
}
