/** The files that are derived from others: rule index, catalogue page, permission page, JSON Schema of the report, WebAssembly. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stderr, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { knownErrors } from '../../shared/explain/known-errors.ts';
import { makeAssemblyModule } from './assembly-module.ts';
import { findRules } from './find-rules.ts';
import { makeErrorsPage } from './errors-page.ts';
import { makePermissionsPage } from './permissions-page.ts';
import { makeReportSchema } from './report-schema.ts';
import { makeRulesIndex } from './rules-index.ts';
import { makeRulesPage } from './rules-page.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Writes what is not current; with `check` it writes nothing and answers 1 where something is not. */
export async function generate({ check }: { check: boolean }): Promise<number> {
  const rules = await findRules(join(root, 'shared/rules'));
  const files = {
    'shared/rules/index.ts': makeRulesIndex(rules),
    'docs/rules.md': makeRulesPage(rules.map(({ rule }) => rule)),
    'docs/errors.md': makeErrorsPage(knownErrors),
    'docs/permissions.md': makePermissionsPage(),
    'schema/report.schema.json': makeReportSchema(),
    'shared/collect/archive/assembly-module.ts': await makeAssemblyModule(
      join(root, 'shared/collect/archive/assembly'),
    ),
  };
  const stale = Object.entries(files).filter(([path, text]) => currentText(path) !== text);
  for (const [path, text] of stale)
    if (check) stderr.write(`${path} is not current: run "npm run generate" and commit it\n`);
    else await write(path, text);
  return check && stale.length > 0 ? 1 : 0;
}

function currentText(path: string): string | null {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  stdout.write(`wrote ${path}\n`);
}
