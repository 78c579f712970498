/** `npm run deploy:gke -- --project ID --region REGION …`: deploys the auditor to Google Cloud; `--dry-run` only prints how. */
import { deploySteps } from '../infra/google/deploy-steps.ts';
import { readDeployment } from '../infra/google/deployment.ts';
import { printStep, runSteps } from '../infra/google/step.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);

try {
  const deployment = readDeployment(process.argv.slice(2));
  const steps = deploySteps(deployment);
  if (deployment.dryRun) for (const step of steps) say(printStep(step));
  else runSteps(steps, say);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
