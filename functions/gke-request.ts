/** What the GKE auditor may be asked, over HTTP and by message. */
import * as z from 'zod/mini';
import type { Canary } from './run-gcp-audit.ts';
import { parseSince } from './since.ts';

/** Somebody asked for something impossible; the message says what is allowed. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
}

export interface GkeRequest {
  projects?: string[];
  /** `folders/…` or `organizations/…`. */
  scope?: string;
  sinceMs: number;
  clusters?: string[];
  kubernetes: boolean;
  connect: boolean;
  canaries: Canary[];
  deliver: boolean;
}

/** `my-project`, or `example.com:my-project` for domain-scoped ones. */
const projectId = z
  .string()
  .check(z.regex(/^([a-z0-9.-]{1,253}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'must be the id of a project'));
const digits = z.string().check(z.regex(/^\d{1,20}$/, 'must be digits'));
const clusterName = z
  .string()
  .check(z.regex(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/, 'must be the name of a cluster'));
const principal = z
  .string()
  .check(
    z.regex(
      /^(serviceAccount|user|group):[^\s:@]+@[^\s:@]+$/,
      'must be as in serviceAccount:EMAIL or user:EMAIL',
    ),
  );

const requestSchema = z.strictObject({
  projects: z.optional(z.array(projectId).check(z.minLength(1), z.maxLength(5000))),
  organization: z.optional(digits),
  folder: z.optional(digits),
  since: z.optional(z.string()),
  clusters: z.optional(z.array(clusterName).check(z.minLength(1), z.maxLength(1000))),
  kubernetes: z.optional(z.boolean()),
  connect: z.optional(z.boolean()),
  canaries: z.optional(
    z.array(
      z.strictObject({
        project: projectId,
        principal,
        cluster: clusterName,
        location: z.optional(
          z.string().check(z.regex(/^[a-z]+-[a-z]+\d+(-[a-z])?$/, 'must be a region or a zone')),
        ),
        permissions: z.optional(
          z.array(z.string().check(z.regex(/^container(\.\w+){2}$/))).check(z.minLength(1)),
        ),
      }),
    ),
  ),
  deliver: z.optional(z.boolean()),
});

/**
 * @param body parsed JSON; nothing at all asks for everything
 * @param ownProject what is audited where nothing is named; null for all that the credentials see
 * @throws {InvalidRequestError}
 */
export function parseGkeRequest(body: unknown, ownProject: string | null): GkeRequest {
  const parsed = requestSchema.safeParse(body ?? {});
  if (!parsed.success) throw new InvalidRequestError(`Cannot audit: ${issuesOf(parsed.error)}`);
  const { projects, organization, folder, since = '24h', clusters, canaries = [], ...rest } = parsed.data;
  if ([projects, organization, folder].filter(Boolean).length > 1)
    throw new InvalidRequestError(
      'Cannot audit: name "projects", an "organization" or a "folder", only one of them',
    );
  const named = projects ?? (organization || folder || !ownProject ? undefined : [ownProject]);
  return {
    ...(named ? { projects: named } : {}),
    ...(organization ? { scope: `organizations/${organization}` } : {}),
    ...(folder ? { scope: `folders/${folder}` } : {}),
    sinceMs: spanOf(since),
    ...(clusters ? { clusters } : {}),
    kubernetes: rest.kubernetes ?? false,
    connect: rest.connect ?? false,
    canaries: canaries.map(({ location, permissions, ...canary }) => ({
      ...canary,
      location: location ?? null,
      permissions: permissions ?? ['container.clusters.get'],
    })),
    deliver: rest.deliver ?? false,
  };
}

function spanOf(since: string): number {
  try {
    return parseSince(since);
  } catch (cause) {
    throw new InvalidRequestError(`Cannot audit: "since": ${(cause as Error).message}`, { cause });
  }
}

type Issue = z.core.$ZodIssue;

function issuesOf({ issues }: z.core.$ZodError): string {
  return issues
    .slice(0, 3)
    .map((issue) => {
      const path = issue.path.join('.');
      return path ? `"${path}": ${describe(issue)}` : describe(issue);
    })
    .join('; ');
}

/** The library's small edition has no words of its own for these. */
function describe(issue: Issue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${issue.keys.map((key) => JSON.stringify(key)).join(', ')} is not known`;
    case 'invalid_type':
      return `must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    case 'too_small':
      return `must hold at least ${issue.minimum}`;
    case 'too_big':
      return `must hold at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}
