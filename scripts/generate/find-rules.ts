import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyRule } from '../../shared/rule.ts';

export interface FoundRule {
  /** Path below `shared/rules/`, `eks/irsa-role-missing.ts`. */
  path: string;
  rule: AnyRule;
}

/** Every rule there is, by path. A file whose name begins with `_`, and a folder, is no rule. */
export async function findRules(folder: string): Promise<FoundRule[]> {
  const paths = ['eks', 'gke'].flatMap((cloud) =>
    readdirSync(join(folder, cloud), { withFileTypes: true })
      .filter((entry) => entry.isFile() && /^[^_.].*\.ts$/.test(entry.name))
      .map((entry) => `${cloud}/${entry.name}`),
  );
  return Promise.all(paths.sort().map(async (path) => ({ path, rule: await loadRule(folder, path) })));
}

async function loadRule(folder: string, path: string): Promise<AnyRule> {
  const { default: rule } = (await import(pathToFileURL(join(folder, path)).href)) as { default?: AnyRule };
  const id = path.replace(/\.ts$/, '');
  if (rule?.id === id) return rule;
  throw new Error(
    rule
      ? `Cannot list shared/rules/${path}: its rule's id is "${rule.id}" and must be "${id}"`
      : `Cannot list shared/rules/${path}: it has no rule as its default export; begin its name with "_" if it is none`,
  );
}
