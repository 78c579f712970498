/** `clusterwhy invoke`: starts the deployed auditor, follows it, and prints the report of its run. */
import type { SFNClient } from '@aws-sdk/client-sfn';
import { openBucket } from '../../shared/deliver/bucket.ts';
import { readReport } from '../../shared/deliver/stored-report.ts';
import type { Report } from '../../shared/report.ts';
import type { AwsClientSettings } from '../aws-clients.ts';
import { makeDeliveryClients } from '../aws-clients.ts';
import type { DigestAnswer } from '../digest.ts';
import { readStart } from '../event.ts';
import { resultOf } from '../report-result.ts';
import { makeWorkflowClients } from '../workflow-clients.ts';
import { exitCode } from './audit.ts';
import { findStateMachine } from './find-state-machine.ts';
import { followExecution, type Ended } from './follow-execution.ts';
import type { Session } from './session.ts';
import { UserError } from './user-error.ts';
import { checkOutputFiles, writeReport, type OutputOptions } from './write-report.ts';

export interface InvokeOptions extends OutputOptions {
  profile?: string;
  region?: string;
  /** Name of the deployed stack. */
  stack: string;
  /** ARN; the stack's own where absent. */
  stateMachine?: string;
  /** JSON. */
  payload: string;
  wait?: boolean;
  exitZero?: boolean;
}

/** Exit code: without `--wait` 0 once the run has begun; with it that of an audit, and 1 where the run failed. */
export async function invoke(session: Session, options: InvokeOptions): Promise<number> {
  const payload = readPayload(options.payload);
  await checkOutputFiles(options);
  const aws = awsSettings(options);
  const { sfn, cloudFormation } = makeWorkflowClients(aws);
  const arn = options.stateMachine ?? (await findStateMachine(cloudFormation, options.stack));
  const execution = await start(sfn, arn, payload);
  session.log('info', session.says.invoke.begun(execution));
  if (!options.wait) {
    await session.write(`${execution}\n`);
    return 0;
  }
  session.log('info', session.says.invoke.goesOn);
  const report = await fetchReport(aws, await followExecution(sfn, execution, session));
  await writeReport(session, options, report);
  return exitCode(session, resultOf(report), options.exitZero ?? false);
}

function readPayload(text: string): string {
  try {
    readStart(JSON.parse(text));
    return text;
  } catch (error) {
    const why = error instanceof SyntaxError ? `it is no JSON (${error.message})` : (error as Error).message;
    throw new UserError(
      `Cannot use --payload: ${why}; give an object such as {"regions":["eu-west-1"],"since":"6h","deliver":true}`,
      { cause: error },
    );
  }
}

/** What is named by an ARN is called in the region that the ARN says. */
function awsSettings({ profile, region, stateMachine }: InvokeOptions): AwsClientSettings {
  const where = region ?? stateMachine?.split(':')[3];
  return { ...(profile && { profile }), ...(where && { region: where }) };
}

async function start(sfn: SFNClient, stateMachineArn: string, input: string): Promise<string> {
  const { StartExecutionCommand } = await import('@aws-sdk/client-sfn');
  try {
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input }));
    return executionArn ?? '';
  } catch (error) {
    throw new UserError(
      `Cannot start ${stateMachineArn}: ${(error as Error).message}; check --state-machine or --stack, --region, and that you may call states:StartExecution on it`,
      { cause: error },
    );
  }
}

/** The whole report of the run, from the bucket that its last step names. */
async function fetchReport(aws: AwsClientSettings, { execution, output }: Ended): Promise<Report> {
  const { bucket, key } = output as Partial<DigestAnswer>;
  if (!bucket || !key)
    throw new UserError(
      `The run ${execution} succeeded and names no report: it is not the state machine of clusterwhy, or of another version`,
    );
  const region = execution.split(':')[3];
  const { s3 } = makeDeliveryClients({ ...aws, ...(region && { region }) });
  const report = await readReport(openBucket(s3, bucket), key);
  if (report) return report;
  throw new UserError(`The run succeeded, but its report is gone: there is no s3://${bucket}/${key}`);
}
