/** A principal that must reach a GKE cluster, as people configure it: in JSON, or in an argument. */
import * as z from 'zod/mini';
import { LocalizedError } from './localized-error.ts';
import { describeIssues } from './schema-issues.ts';
import type { Localized } from './words.ts';

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

/** What the fields hold. */
const forms = {
  project: { en: 'must be the id of a project', ja: 'プロジェクト ID を指定してください' },
  cluster: { en: 'must be the name of a cluster', ja: 'クラスターの名前を指定してください' },
  principal: {
    en: 'must be as in serviceAccount:EMAIL or user:EMAIL',
    ja: 'serviceAccount:EMAIL または user:EMAIL の形式で指定してください',
  },
  location: { en: 'must be a region or a zone', ja: 'リージョンまたはゾーンを指定してください' },
  permissions: {
    en: 'must be a permission of GKE, as container.clusters.get',
    ja: 'container.clusters.get のような GKE の権限を指定してください',
  },
};

/** `my-project`, or `example.com:my-project` for domain-scoped ones. */
export const projectId = z
  .string()
  .check(z.regex(/^([a-z0-9.-]{1,253}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/, forms.project.en));

export const clusterName = z.string().check(z.regex(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/, forms.cluster.en));

const principal = z
  .string()
  .check(z.regex(/^(serviceAccount|user|group):[^\s:@]+@[^\s:@]+$/, forms.principal.en));
const location = z.string().check(z.regex(/^[a-z]+-[a-z]+\d+(-[a-z])?$/, forms.location.en));
const permission = z.string().check(z.regex(/^container(\.\w+){2}$/, forms.permissions.en));

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
 * @throws {LocalizedError} that holds the argument and what is wrong with it
 */
export function readCanaries(texts: readonly string[], project?: string): Canary[] {
  return texts.map((written) => {
    const values = { ...(project !== undefined && { project }), ...valuesOf(written) };
    const missing = ['principal', 'cluster', 'project'].find((name) => !Object.hasOwn(values, name));
    if (missing !== undefined) throw refusal(written, isMissing(missing));
    const parsed = canarySchema.safeParse(values);
    if (!parsed.success) throw refusal(written, wrongValues(parsed.error));
    return canaryOf(parsed.data);
  });
}

function valuesOf(written: string): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = {};
  const permissions: string[] = [];
  for (const part of written.split(',')) {
    const [, name, value] = /^\s*([a-z]+)=(.+?)\s*$/.exec(part) ?? [];
    if (name === undefined || value === undefined)
      throw refusal(written, {
        en: `"${part}" is not of the form name=value; give it as principal=serviceAccount:EMAIL,cluster=NAME`,
        ja: `"${part}" は name=value の形式ではありません。principal=serviceAccount:EMAIL,cluster=NAME の形式で指定してください`,
      });
    if (name === 'permission') permissions.push(value);
    else if (Object.hasOwn(values, name)) throw refusal(written, twice(name));
    else values[name] = value;
  }
  return permissions.length > 0 ? { ...values, permissions } : values;
}

function isMissing(name: string): Localized {
  return {
    en: `its ${name} is missing; add ${name}=…`,
    ja: `${name} がありません。${name}=… を追加してください`,
  };
}

function twice(name: string): Localized {
  return { en: `"${name}" is given twice`, ja: `"${name}" が 2 回指定されています` };
}

/** In Japanese only by the field: what else a schema finds, the library says in English. */
function wrongValues(error: z.core.$ZodError): Localized {
  const fields = error.issues.slice(0, 3).map((issue) => {
    if (issue.code === 'unrecognized_keys') return `${issue.keys.join('、')} は使用できません`;
    const [field = ''] = issue.path.map(String);
    const known = Object.entries(forms).find(([name]) => name === field);
    return `"${issue.path.join('.')}": ${known?.[1].ja ?? issue.message}`;
  });
  return { en: describeIssues(error), ja: fields.join('; ') };
}

function refusal(written: string, why: Localized): LocalizedError {
  return new LocalizedError({
    en: `Cannot use --canary ${written}: ${why.en}`,
    ja: `--canary ${written} を使用できません: ${why.ja}`,
  });
}
