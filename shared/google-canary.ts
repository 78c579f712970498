/** A principal that must reach a GKE cluster, as people configure it: in JSON, or in an argument. */
import * as z from 'zod/mini';
import { describeIssues } from './schema-issues.ts';

export interface Canary {
  /** Id of the cluster's project. */
  project: string;
  /** `serviceAccount:…`, `user:…`, `group:…`. */
  principal: string;
  cluster: string;
  /** Null where the name is unique in the project. */
  location: string | null;
  permissions: string[];
}

/** `my-project`, or `example.com:my-project` for domain-scoped ones. */
export const projectId = z
  .string()
  .check(z.regex(/^([a-z0-9.-]{1,253}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'must be the id of a project'));

export const clusterName = z
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
const location = z.string().check(z.regex(/^[a-z]+-[a-z]+\d+(-[a-z])?$/, 'must be a region or a zone'));
const permission = z
  .string()
  .check(z.regex(/^container(\.\w+){2}$/, 'must be a permission of GKE, as container.clusters.get'));

export const canarySchema = z.strictObject({
  project: projectId,
  principal,
  cluster: clusterName,
  location: z.optional(location),
  permissions: z.optional(z.array(permission).check(z.minLength(1))),
});

/** What is left out is filled in. */
export function canaryOf({ location, permissions, ...canary }: z.infer<typeof canarySchema>): Canary {
  return {
    ...canary,
    location: location ?? null,
    permissions: permissions ?? ['container.clusters.get'],
  };
}

/**
 * Reads canaries as they are written in arguments: `principal=serviceAccount:EMAIL,cluster=NAME`, and where one likes
 * `location=`, `project=` and, several times, `permission=`.
 * @param project that of the canaries which name none; they must where it is absent
 * @throws {Error} that holds the argument and what is wrong with it
 */
export function readCanaries(texts: readonly string[], project?: string): Canary[] {
  return texts.map((written) => {
    const values = { ...(project !== undefined && { project }), ...valuesOf(written) };
    const missing = ['principal', 'cluster', 'project'].find((name) => !Object.hasOwn(values, name));
    if (missing !== undefined) throw refusal(written, `its ${missing} is missing; add ${missing}=…`);
    const parsed = canarySchema.safeParse(values);
    if (!parsed.success) throw refusal(written, describeIssues(parsed.error));
    return canaryOf(parsed.data);
  });
}

function valuesOf(written: string): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = {};
  const permissions: string[] = [];
  for (const part of written.split(',')) {
    const [, name, value] = /^\s*([a-z]+)=(.+?)\s*$/.exec(part) ?? [];
    if (name === undefined || value === undefined)
      throw refusal(
        written,
        `"${part}" is not of the form name=value; give it as principal=serviceAccount:EMAIL,cluster=NAME`,
      );
    if (name === 'permission') permissions.push(value);
    else if (Object.hasOwn(values, name)) throw refusal(written, `"${name}" is given twice`);
    else values[name] = value;
  }
  return permissions.length > 0 ? { ...values, permissions } : values;
}

function refusal(written: string, why: string): Error {
  return new Error(`Cannot use --canary ${written}: ${why}`);
}
