/** A principal that must reach a cluster, as people configure it for the function and the command line. */
import * as z from 'zod/mini';

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
