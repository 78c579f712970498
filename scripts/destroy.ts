/** `npm run destroy`: removes the deployed stack; the reports stay, unless `-- --delete-reports` says otherwise. */
import { spawnSync } from 'node:child_process';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { S3Client } from '@aws-sdk/client-s3';
import { readDestroyArguments } from './destroy/arguments.ts';
import { destroyStack } from './destroy/destroy-stack.ts';

const given = readDestroyArguments(process.argv.slice(2));
const config = given.profile === undefined ? {} : { profile: given.profile };

try {
  process.exitCode = await destroyStack(given, {
    cloudFormation: new CloudFormationClient(config),
    s3: new S3Client(config),
    runCdk(args) {
      const { status } = spawnSync(process.execPath, ['node_modules/aws-cdk/bin/cdk', ...args], {
        stdio: 'inherit',
      });
      return status ?? 1;
    },
    say: (line) => process.stdout.write(`${line}\n`),
  });
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
