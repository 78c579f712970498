/** Compares a rendering with the file that was looked at and found good. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `UPDATE_GOLDEN=1 npm test -- test/render` writes the files anew; look at the difference before committing it. */
export function expectGolden(name: string, rendered: string): void {
  const path = fileURLToPath(new URL(`golden/${name}`, import.meta.url));
  if (process.env['UPDATE_GOLDEN']) writeFileSync(path, rendered);
  if (!existsSync(path)) throw new Error(`There is no golden file ${name}: make it with UPDATE_GOLDEN=1`);
  expect(rendered).toBe(readFileSync(path, 'utf8'));
}
