/** `npm run screenshots`: pictures of page and mail for the README, from the demo's world. */
import { argv, env, stderr } from 'node:process';
import { takeScreenshots } from './screenshots/take-screenshots.ts';

// The SDK's notice about versions of Node is for its own developers.
env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

try {
  await takeScreenshots(argv.slice(2));
} catch (error) {
  stderr.write(`screenshots: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
