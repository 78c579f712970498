/** The generated files: what becomes a rule of the index, and what the pages say. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRules } from '../../scripts/generate/find-rules.ts';
import { makePermissionsPage } from '../../scripts/generate/permissions-page.ts';
import { makeRulesIndex } from '../../scripts/generate/rules-index.ts';
import { makeRulesPage } from '../../scripts/generate/rules-page.ts';
import { awsPermissions } from '../../shared/collect/aws/account.ts';
import { rules } from '../../shared/rules/index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clusterwhy-rules-'));
  await mkdir(join(folder, 'eks/web-identity'), { recursive: true });
  await mkdir(join(folder, 'gke'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(path: string, source: string): Promise<void> {
  await writeFile(join(folder, path), source);
}

describe('the index of the rules', () => {
  it('names every rule by its path, and neither folders nor files that begin with "_"', async () => {
    await write('gke/api-disabled.ts', `export default { id: 'gke/api-disabled' };`);
    await write('eks/irsa-role-missing.ts', `export default { id: 'eks/irsa-role-missing' };`);
    await write('eks/_shared.ts', 'throw new Error("not to be loaded");');
    await write('eks/web-identity/given.ts', 'throw new Error("not to be loaded");');
    const found = await findRules(folder);
    expect(found.map(({ path }) => path)).toEqual(['eks/irsa-role-missing.ts', 'gke/api-disabled.ts']);
    const source = makeRulesIndex(found);
    expect(source).toContain("import eksIrsaRoleMissing from './eks/irsa-role-missing.ts';");
    expect(source).toMatch(/= \[\n {2}eksIrsaRoleMissing,\n {2}gkeApiDisabled,\n\];\n$/);
  });

  it.each([
    [
      'another id than its path',
      `export default { id: 'eks/other' };`,
      /its rule's id is "eks\/other" and must be "eks\/a"/,
    ],
    ['no rule', 'export const rule = 1;', /has no rule as its default export; begin its name with "_"/],
  ])('refuses a file with %s', async (_, source, message) => {
    await write('eks/a.ts', source);
    await expect(findRules(folder)).rejects.toThrow(message);
  });
});

describe('the pages', () => {
  it('of the rules describes each one once, and every link within it leads somewhere', () => {
    const page = makeRulesPage(rules);
    for (const { id, why } of rules) {
      expect(page.split(`### \`${id}\`\n`)).toHaveLength(2);
      expect(page).toContain(why.en);
    }
    const anchors = new Set(rules.map(({ id }) => id.replace('/', '')));
    for (const [, anchor] of page.matchAll(/\]\(#([^)]*)\)/g)) expect(anchors).toContain(anchor);
  });

  it('of the permissions names each action in its table and in its policy', () => {
    const page = makePermissionsPage();
    for (const action of awsPermissions()) {
      expect(page).toContain(`\`${action}\``);
      expect(page).toContain(`"${action}"`);
    }
  });
});
