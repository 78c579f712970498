/** `npm run screenshots`: pictures of page and mail for the README, from the demo's world. */
import { argv, stderr } from 'node:process';
import { takeScreenshots } from './screenshots/take-screenshots.ts';

try {
  await takeScreenshots(argv.slice(2));
} catch (error) {
  stderr.write(`screenshots: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
