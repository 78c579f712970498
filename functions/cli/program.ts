/** The commands and their options; what a command does is loaded when it is called. */
import { Argument, Command, Option } from 'commander';
import { usualStackName } from '../../shared/deployment.ts';
import { usualMemberRole } from '../../shared/organization-settings.ts';
import { version } from '../version.ts';
import type { AuditOptions } from './audit.ts';
import type { CanAssumeOptions } from './can-assume/command.ts';
import type { ExplainOptions } from './explain/command.ts';
import type { HistoryOptions } from './history.ts';
import type { InvokeOptions } from './invoke.ts';
import type { MemberRoleOptions } from './member-role.ts';
import type { PermissionsOf } from './permissions.ts';
import type { ScanOptions } from './scan/command.ts';
import {
  addCommonOptions,
  addReportOutput,
  collect,
  outputOption,
  readAccounts,
  readDays,
  readFindingId,
  readList,
  readOrganization,
  readProjects,
  readRegions,
  readSince,
  readThreads,
  severityOption,
} from './options.ts';
import { reportFormats } from './render-report.ts';
import { openSession, type CommonOptions, type Session, type Streams } from './session.ts';

export interface Program {
  command: Command;
  /** The exit code of the command that ran. */
  exitCode: number;
  /** The session that the command was given. */
  session: Session | null;
}

/** The command line; nothing is run until it parses arguments. */
export function makeProgram(streams: Streams): Program {
  const command = new Command('clusterwhy')
    .description(
      'Says why workloads and clusters on EKS and GKE are denied by the cloud, or are about to be, shows the evidence, and gives a fix that has been proven. It only reads.',
    )
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError(true)
    .addHelpText('after', exitCodes);
  const program: Program = { command, exitCode: 0, session: null };
  const run: Runner = async (options, action) => {
    program.session = openSession(streams, options);
    program.exitCode = await action(program.session);
  };
  addDemo(command, run);
  addAudit(command, run);
  addInvoke(command, run);
  addHistory(command, run);
  addExplain(command, run);
  addScan(command, run);
  addCanAssume(command, run);
  addRules(command, run);
  addPermissions(command, run);
  addMemberRole(command, run);
  for (const sub of command.commands) addCommonOptions(sub).helpOption('--help', 'print this help');
  return program;
}

type Runner = (options: CommonOptions, action: (session: Session) => Promise<number>) => Promise<void>;

const exitCodes = `
Exit codes:
  0  nothing found           3  findings (can-assume: denied)
  1  it could not run        4  no findings, but something was not looked at

Begin with:
  clusterwhy demo
  clusterwhy audit --region eu-west-1 --since 24h`;

function addDemo(program: Command, run: Runner): void {
  program
    .command('demo')
    .description(
      'audit both clouds, simulated on this machine: report, page and mail; no account, no network',
    )
    .action((options: CommonOptions) =>
      run(options, async (session) => (await import('./demo/command.ts')).demo(session)),
    );
}

function addAudit(program: Command, run: Runner): void {
  const command = program
    .command('audit')
    .description('audit an AWS account and Google Cloud projects with the credentials at hand')
    .option('--aws', 'read AWS, and not Google Cloud unless --gcp says so (default: what has credentials)')
    .option('--gcp', 'read Google Cloud, and not AWS unless --aws says so (default: what has credentials)')
    .option('--profile <name>', 'profile of the AWS configuration (default: AWS_PROFILE)')
    .option('--region <regions>', 'AWS regions, separated by commas (default: all enabled)', readRegions)
    .option('--aws-organization', 'all accounts of the AWS organization, each through its role')
    .option(
      '--member-role <name>',
      `with --aws-organization: the role in each account (default: ${usualMemberRole})`,
    )
    .option('--external-id <id>', 'with --aws-organization: the external id that the role asks for')
    .option(
      '--project <ids>',
      'Google Cloud projects, separated by commas (default: CLOUDSDK_CORE_PROJECT, or all that are seen)',
      readProjects,
    )
    .addOption(
      new Option('--organization <number>', 'all projects of a Google Cloud organization')
        .argParser(readOrganization)
        .conflicts('project'),
    )
    .option(
      '--canary <who>',
      'who must reach a GKE cluster, as principal=serviceAccount:EMAIL,cluster=NAME[,location=PLACE][,project=ID][,permission=NAME]; may be repeated',
      collect,
    )
    .option('--cluster <names>', 'only these clusters, by name or ARN', readList)
    .addOption(
      new Option('--since <span>', 'how far back to read events, as 90m, 24h or 7d')
        .argParser(readSince)
        .default(86_400_000, '24h'),
    )
    .addOption(
      new Option(
        '--kubernetes <when>',
        "whether to ask the clusters' own API servers: where they answer, or never",
      )
        .choices(['auto', 'never'])
        .default('auto'),
    )
    .option(
      '--trail <place>',
      "read denials from a trail's log files, s3://BUCKET/PREFIX or a folder, instead of CloudTrail's event history",
    )
    .option('--connect', "try each GKE cluster's endpoint step by step, as kubectl does")
    .option('--check <rules>', 'only these rules, by id', readList)
    .option('--finding <id>', 'check whether this one finding is still there', readFindingId)
    .addOption(severityOption())
    .option('--mute <file>', 'findings to live with for a time, as a YAML or JSON file says')
    .option('--deliver', 'also send the report, as the CLUSTERWHY_ settings of the environment say')
    .option('--exit-zero', 'exit with 0 instead of 3 or 4')
    .addHelpText('after', auditExamples)
    .action((options: CommonOptions & AuditOptions) =>
      run(options, async (session) => (await import('./audit.ts')).audit(session, options)),
    );
  addReportOutput(command, reportFormats);
}

const auditExamples = `
Examples:
  clusterwhy audit                                    both clouds, every enabled region, the last day
  clusterwhy audit --gcp --project shop-prod,web-prod --connect
  clusterwhy audit --profile prod --region eu-west-1 --cluster shop --since 7d
  clusterwhy audit --aws-organization --external-id 7f3a --region eu-west-1
  clusterwhy audit --mute mutes.yaml --output-file report.html --output-file report.json
  clusterwhy audit --check irsa-trust-subject --finding 0123456789abcdef
  clusterwhy audit --severity high --quiet --output json | jq .summary`;

function addInvoke(program: Command, run: Runner): void {
  const command = program
    .command('invoke')
    .description('start the deployed auditor; with --wait follow it and print its report')
    .option('--payload <json>', 'what to ask for: regions, since, clusters, checks, deliver', '{}')
    .option('--wait', 'follow the run to its end, and print its report')
    .option('--stack <name>', 'name of the deployed stack', usualStackName)
    .option('--state-machine <arn>', "the state machine, instead of the stack's")
    .option('--profile <name>', 'profile of the AWS configuration (default: AWS_PROFILE)')
    .option('--region <region>', 'region of the stack (default: that of the AWS configuration)')
    .option('--exit-zero', 'exit with 0 instead of 3 or 4')
    .addHelpText('after', invokeExamples)
    .action((options: CommonOptions & InvokeOptions) =>
      run(options, async (session) => (await import('./invoke.ts')).invoke(session, options)),
    );
  addReportOutput(command, reportFormats);
}

const invokeExamples = `
Examples:
  clusterwhy invoke --wait
  clusterwhy invoke --payload '{"regions":["eu-west-1"],"since":"6h","clusters":["prod"],"deliver":true}'`;

function addExplain(program: Command, run: Runner): void {
  program
    .command('explain')
    .description('say what a pasted error, a log or a CloudTrail record means, and what to do')
    .argument('[text...]', 'the error, or a file that holds it; "-" or nothing for standard input')
    .option('--live', 'also look at the clouds for what the text names, with the credentials at hand')
    .option('--profile <name>', 'with --live: profile of the AWS configuration (default: AWS_PROFILE)')
    .option(
      '--region <regions>',
      'with --live: AWS regions (default: those that the text names)',
      readRegions,
    )
    .option(
      '--project <ids>',
      'with --live: Google Cloud projects (default: those that the text names)',
      readProjects,
    )
    .addOption(
      new Option('--since <span>', 'with --live: how far back to read events, as 90m, 24h or 7d')
        .argParser(readSince)
        .default(86_400_000, '24h'),
    )
    .addOption(outputOption(['text', 'json']))
    .addHelpText('after', explainExamples)
    .action((text: string[], options: CommonOptions & ExplainOptions) =>
      run(options, async (session) =>
        (await import('./explain/command.ts')).explainText(session, text, options),
      ),
    );
}

const explainExamples = `
Examples:
  kubectl logs -n shop deploy/cart | clusterwhy explain
  clusterwhy explain 'An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation'
  clusterwhy explain record.json
  clusterwhy explain --live --since 2h < pod.log
  gcloud container clusters create shop 2>&1 | clusterwhy explain --output json

It reads logs of any length, and CloudTrail and audit log records as JSON, whole or cut. Text that is no error that
it knows is said to be so. The exit code is 0.`;

function addHistory(program: Command, run: Runner): void {
  program
    .command('history')
    .description('print what opened and closed, day by day, from the bucket of the deployed auditor')
    .option(
      '--days <number>',
      'how many days, counted from the newest (default: all that are kept)',
      readDays,
    )
    .option('--bucket <name>', "the bucket of the reports (default: CLUSTERWHY_BUCKET, or the stack's)")
    .option('--stack <name>', 'name of the deployed stack', usualStackName)
    .option('--profile <name>', 'profile of the AWS configuration (default: AWS_PROFILE)')
    .option('--region <region>', 'region of the stack (default: that of the AWS configuration)')
    .addOption(outputOption(['text', 'json']))
    .action((options: CommonOptions & HistoryOptions) =>
      run(options, async (session) => (await import('./history.ts')).history(session, options)),
    );
}

function addScan(program: Command, run: Runner): void {
  program
    .command('scan')
    .description(
      'find the refused calls of workloads in log files of CloudTrail, on disk or in S3, plain or compressed; with --diagnose explain them',
    )
    .argument('<place>', 'a folder, a file, or s3://BUCKET/PREFIX of a trail')
    .option('--since <moment>', 'only calls from then on: 2026-01-31, 2026-01-31T06:00:00Z, or 24h or 7d ago')
    .option('--until <moment>', 'only calls before then')
    .option('--account <ids>', 'only these accounts, separated by commas', readAccounts)
    .option('--region <regions>', 'only these regions, separated by commas', readRegions)
    .option('--profile <name>', 'profile of the AWS configuration, for S3 and --diagnose')
    .option('--diagnose', 'explain what was found, with the credentials at hand, as an audit does')
    .option(
      '--athena-sql',
      'read nothing: print a table over the trail and the same question for Athena, whose result (CSV, or JSON lines) scan reads',
    )
    .option('--resume <file>', 'keep in this file what was read, and go on there; new files are added to it')
    .addOption(
      new Option('--threads <number>', 'threads that read (default: one for each core, at most 8)').argParser(
        readThreads,
      ),
    )
    .addOption(severityOption())
    .addOption(new Option('--output <format>', 'form of the result (default: text)').choices(reportFormats))
    .option('--output-file <file>', 'write the result to a file instead of standard output')
    .option('--exit-zero', 'exit with 0 instead of 3 or 4')
    .addHelpText('after', scanExamples)
    .action((place: string, options: CommonOptions & ScanOptions) =>
      run(options, async (session) => (await import('./scan/command.ts')).scan(session, place, options)),
    );
}

const scanExamples = `
Examples:
  clusterwhy scan s3://org-trail --account 111122223333 --region eu-west-1 --since 7d
  clusterwhy scan s3://org-trail/prefix/AWSLogs/o-abcdefghij/111122223333/ --diagnose
  clusterwhy scan ./AWSLogs --since 2026-01-01 --until 2026-02-01 --output csv > refused.csv
  clusterwhy scan s3://org-trail --resume trail.scan        # again to go on, or to add what is new
  clusterwhy scan s3://org-trail --athena-sql --account 111122223333 --region eu-west-1,us-east-1 --since 365d
  clusterwhy scan s3://athena-results/f0160ff7-e5b3-466d-926a-a660a5208c5f.csv

Files that are damaged are named, and the others are read. Of S3, only the prefixes of the accounts, regions and
days that are asked for are listed; it takes s3:ListBucket and s3:GetObject. Without --diagnose the result has
refused calls and no causes, and the exit code is 3 where there are any.`;

function addCanAssume(program: Command, run: Runner): void {
  program
    .command('can-assume')
    .description('say whether a service account may assume a role, and if not, why and what would repair it')
    .option(
      '--trust-policy <file>',
      'the policy, or the output of "aws iam get-role"; "-" for standard input',
    )
    .option('--role <arn>', 'read the policy of this role from AWS (iam:GetRole)')
    .option('--profile <name>', 'profile of the AWS configuration, for --role')
    .option('--issuer <url>', "OIDC issuer of the caller's cluster")
    .option('--service-account <namespace/name>', 'the service account that calls')
    .option('--subject <sub>', 'the "sub" of its token, instead of --service-account')
    .option('--audience <aud>', 'the "aud" of its token', 'sts.amazonaws.com')
    .option('--role-arn <arn>', "the role's ARN, where the file does not name it")
    .option('--context <key=value>', 'a condition key of the request; may be repeated', collect, [])
    .option('--batch <file>', 'answer JSON lines of policies and requests; "-" for standard input')
    .addOption(outputOption(['text', 'json']))
    .addHelpText('after', canAssumeExamples)
    .action((options: CommonOptions & CanAssumeOptions) =>
      run(options, async (session) => (await import('./can-assume/command.ts')).canAssume(session, options)),
    );
}

const canAssumeExamples = `
Examples:
  aws iam get-role --role-name cart > role.json
  clusterwhy can-assume --trust-policy role.json --service-account shop/cart \\
    --issuer https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF
  clusterwhy can-assume --role arn:aws:iam::111122223333:role/cart --service-account shop/cart --issuer ...
  clusterwhy can-assume --batch policies.jsonl

A line of a batch is {"trustPolicy": {...}, "request": {"issuer", "roleArn", "claims": {"sub", "aud"}, "context"}},
with an "id" if you like; it is answered by {"verdict", "causes", "statements", "fix"}, or by {"error"}.`;

function addRules(program: Command, run: Runner): void {
  program
    .command('rules')
    .description('list the rules, or describe one')
    .argument('[id]', 'a rule, as eks/irsa-trust-subject')
    .addOption(outputOption(['text', 'json']))
    .action((id: string | undefined, options: CommonOptions & { output: 'text' | 'json' }) =>
      run(options, async (session) => (await import('./rules.ts')).printRules(session, id, options)),
    );
}

function addPermissions(program: Command, run: Runner): void {
  program
    .command('permissions')
    .description(
      'print the permissions that an audit reads with: an IAM policy, a custom role, a ClusterRole of EKS clusters',
    )
    .addArgument(
      new Argument('[of]', 'whose permissions (default: those of both clouds)').choices([
        'aws',
        'gcp',
        'kubernetes',
      ]),
    )
    .action((cloud: PermissionsOf | undefined, options: CommonOptions) =>
      run(options, async (session) => (await import('./permissions.ts')).printPermissions(session, cloud)),
    );
}

function addMemberRole(program: Command, run: Runner): void {
  program
    .command('member-role')
    .description(
      'print the CloudFormation templates for the member accounts of an AWS organization, to roll out as StackSets',
    )
    .addOption(
      new Option(
        '--template <which>',
        'the role that lets the auditor read, or the rules that forward refused calls as they happen',
      )
        .choices(['role', 'capture'])
        .default('role'),
    )
    .option(
      '--auditor-roles <arns>',
      "the auditor's roles: the output AuditorRoleArns of its stack",
      readList,
    )
    .option('--external-id <id>', 'the external id that the auditor names')
    .option('--member-role <name>', `name of the role (default: ${usualMemberRole})`)
    .option('--bus-arn <arn>', "the auditor's event bus: the output DenialBusArn of its stack")
    .addHelpText('after', memberRoleExamples)
    .action((options: CommonOptions & MemberRoleOptions) =>
      run(options, async (session) =>
        (await import('./member-role.ts')).printMemberTemplate(session, options),
      ),
    );
}

const memberRoleExamples = `
What is not given is a parameter that the stack asks for.

Examples:
  clusterwhy member-role --auditor-roles arn:aws:iam::111122223333:role/... --external-id 7f3a > role.json
  clusterwhy member-role --template capture > capture.json
  aws cloudformation create-stack-set --stack-set-name clusterwhy --template-body file://role.json \\
    --permission-model SERVICE_MANAGED --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false \\
    --capabilities CAPABILITY_NAMED_IAM`;
