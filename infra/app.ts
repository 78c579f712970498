/** What `cdk` runs: one stack, once its settings are known to be right. */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readStackSettings, type StackSettings } from './settings.ts';
import { AuditorStack } from './stack.ts';

// Otherwise the CDK would write what there is when the process ends, even after a wrong setting.
const app = new App({ autoSynth: false });
const settings = settingsOf(app);
if (settings) {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  new AuditorStack(app, settings);
  app.synth();
}

/** Undefined after a wrong setting was told in one line, without the stack trace of this program. */
function settingsOf({ node }: App): StackSettings | undefined {
  try {
    return readStackSettings(node.getAllContext() as Record<string, unknown>);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
    return undefined;
  }
}
