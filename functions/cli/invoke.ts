/** `clusterwhy invoke`: starts the deployed auditor, follows it, and prints the report of its run. */
import type { SFNClient } from '@aws-sdk/client-sfn';
import { openBucket } from '../../shared/deliver/bucket.ts';
import { readReport } from '../../shared/deliver/stored-report.ts';
import { saidBy } from '../../shared/localized-error.ts';
import type { Report } from '../../shared/report.ts';
import type { Localized } from '../../shared/words.ts';
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
    const why = error instanceof SyntaxError ? noJson(error) : saidBy(error);
    throw new UserError(
      {
        en: `Cannot use --payload: ${why.en}; give an object such as {"regions":["eu-west-1"],"since":"6h","deliver":true}`,
        ja: `--payload を使用できません: ${why.ja}。{"regions":["eu-west-1"],"since":"6h","deliver":true} のようなオブジェクトを指定してください`,
      },
      { cause: error },
    );
  }
}

function noJson({ message }: SyntaxError): Localized {
  return { en: `it is no JSON (${message})`, ja: `JSON ではありません (${message})` };
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
    const why = (error as Error).message;
    throw new UserError(
      {
        en: `Cannot start ${stateMachineArn}: ${why}; check --state-machine or --stack, --region, and that you may call states:StartExecution on it`,
        ja: `${stateMachineArn} を開始できません: ${why}。--state-machine または --stack、--region と、これに対する states:StartExecution が許可されていることを確認してください`,
      },
      { cause: error },
    );
  }
}

/** The whole report of the run, from the bucket that its last step names. */
async function fetchReport(aws: AwsClientSettings, { execution, output }: Ended): Promise<Report> {
  const { bucket, key } = output as Partial<DigestAnswer>;
  if (!bucket || !key)
    throw new UserError({
      en: `The run ${execution} succeeded and names no report: it is not the state machine of clusterwhy, or of another version`,
      ja: `実行 ${execution} は成功しましたが、レポートの場所が示されていません: clusterwhy のステートマシンではないか、別のバージョンのものです`,
    });
  const region = execution.split(':')[3];
  const { s3 } = makeDeliveryClients({ ...aws, ...(region && { region }) });
  const report = await readReport(openBucket(s3, bucket), key);
  if (report) return report;
  throw new UserError({
    en: `The run succeeded, but its report is gone: there is no s3://${bucket}/${key}`,
    ja: `実行は成功しましたが、レポートがなくなっています: s3://${bucket}/${key} は存在しません`,
  });
}
