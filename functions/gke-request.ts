/** What the GKE auditor may be asked, over HTTP and by message. */
import * as z from 'zod/mini';
import { canaryOf, canarySchema, clusterName, projectId, type Canary } from '../shared/google-canary.ts';
import { describeIssues } from '../shared/schema-issues.ts';
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
  /** Whether people are told: always, never, or of news, and after a week of silence. */
  deliver: boolean | 'news';
}

const digits = z.string().check(z.regex(/^\d{1,20}$/, 'must be digits'));

const requestSchema = z.strictObject({
  projects: z.optional(z.array(projectId).check(z.minLength(1), z.maxLength(5000))),
  organization: z.optional(digits),
  folder: z.optional(digits),
  since: z.optional(z.string()),
  clusters: z.optional(z.array(clusterName).check(z.minLength(1), z.maxLength(1000))),
  kubernetes: z.optional(z.boolean()),
  connect: z.optional(z.boolean()),
  canaries: z.optional(z.array(canarySchema)),
  deliver: z.optional(z.union([z.boolean(), z.literal('news')], 'must be true, false or "news"')),
});

/** One step of a run over more projects than one call could audit. */
export type GkeStep = { run: string } & (
  { step: 'plan'; request: unknown } | { step: 'audit'; batch: number } | { step: 'digest' }
);

const run = z.string().check(z.regex(/^[\w-]{1,100}$/, 'must be letters, digits, - and _'));

const stepSchema = z.discriminatedUnion('step', [
  z.strictObject({ step: z.literal('plan'), run, request: z.unknown() }),
  z.strictObject({ step: z.literal('audit'), run, batch: z.int().check(z.minimum(1), z.maximum(9999)) }),
  z.strictObject({ step: z.literal('digest'), run }),
]);

/** Whether the body asks for a step, rather than for an audit. */
export function isStep(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'step' in body;
}

/** @throws {InvalidRequestError} */
export function parseGkeStep(body: unknown): GkeStep {
  const parsed = stepSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError(`Cannot do a step of a run: ${describeIssues(parsed.error)}`);
}

/**
 * @param body parsed JSON; nothing at all asks for everything
 * @param ownProject what is audited where nothing is named; null for all that the credentials see
 * @throws {InvalidRequestError}
 */
export function parseGkeRequest(body: unknown, ownProject: string | null): GkeRequest {
  const parsed = requestSchema.safeParse(body ?? {});
  if (!parsed.success) throw new InvalidRequestError(`Cannot audit: ${describeIssues(parsed.error)}`);
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
    canaries: canaries.map(canaryOf),
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
