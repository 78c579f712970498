/** scripts/lockcheck.mjs: a lockfile that lacks a platform package is refused. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'clusterwhy-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

function check(packages: object) {
  const path = join(folder, 'lock.json');
  writeFileSync(path, JSON.stringify({ packages }));
  return spawnSync(process.execPath, ['scripts/lockcheck.mjs', path], { encoding: 'utf8' });
}

const tool = { version: '1.0.0', optionalDependencies: { '@tool/linux': '1.0.0', '@tool/mac': '1.0.0' } };

it('accepts a lockfile whose optional packages are all there, beside a package or above it', () => {
  const { status, stdout } = check({
    '': {},
    'node_modules/a/node_modules/tool': tool,
    'node_modules/a/node_modules/@tool/linux': {},
    'node_modules/@tool/mac': {},
  });
  expect([status, stdout]).toEqual([0, expect.stringMatching(/is complete\n$/)]);
});

it('names what is missing', () => {
  const { status, stderr } = check({
    '': {},
    'node_modules/tool': tool,
    'node_modules/@tool/linux': {},
    'node_modules/b/node_modules/@tool/mac': {},
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/node_modules\/tool@1\.0\.0 lacks @tool\/mac\n$/);
});
