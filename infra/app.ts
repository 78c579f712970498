/** What `cdk` runs: one stack, and one for each region that forwards to it, once the settings are known to be right. */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { forwardingStacks } from './forwarding-stack.ts';
import { readStackSettings, type StackSettings } from './settings.ts';
import { AuditorStack } from './stack.ts';

// Otherwise the CDK would write what there is when the process ends, even after a wrong setting.
const app = new App({ autoSynth: false });
const settings = settingsOf(app);
if (settings) {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const auditor = new AuditorStack(app, settings);
  for (const stack of forwardingStacks(app, settings)) stack.addStackDependency(auditor);
  app.synth();
}

/** Undefined after a wrong setting was told in one line, without the stack trace of this program. */
function settingsOf({ node }: App): StackSettings | undefined {
  try {
    const context = node.getAllContext() as Record<string, unknown>;
    // The region of the credentials, as `cdk` found it.
    return readStackSettings(context, process.env['CDK_DEFAULT_REGION']);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
    return undefined;
  }
}
