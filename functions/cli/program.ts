/** The commands and their options; what a command does is loaded when it is called. */
import { Argument, Command, Option } from 'commander';
import { usualStackName } from '../../shared/deployment.ts';
import type { Language } from '../../shared/words.ts';
import { parseSince } from '../since.ts';
import { version } from '../version.ts';
import type { AuditOptions } from './audit.ts';
import type { CanAssumeOptions } from './can-assume/command.ts';
import type { ExplainOptions } from './explain/command.ts';
import { helpLayout } from './help-layout.ts';
import type { HistoryOptions } from './history.ts';
import type { InvokeOptions } from './invoke.ts';
import type { MemberRoleOptions } from './member-role.ts';
import { helpMessagesIn, type HelpMessages } from './messages/help-in.ts';
import type { PermissionsOf } from './permissions.ts';
import type { ScanOptions } from './scan/command.ts';
import {
  addCommonOptions,
  addReportOutput,
  collect,
  languageOption,
  outputOption,
  readAccounts,
  readDays,
  readFindingId,
  readingIn,
  readList,
  readOrganization,
  readProjects,
  readRegions,
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

/** What every command is built with. */
interface Building {
  program: Command;
  says: HelpMessages;
  reading: ReturnType<typeof readingIn>;
  run: (options: CommonOptions, action: (session: Session) => Promise<number>) => Promise<void>;
}

/** The command line; nothing is run until it parses arguments. Its help and its complaints of values are in the language. */
export function makeProgram(streams: Streams, language: Language): Program {
  const says = helpMessagesIn(language);
  const command = new Command('clusterwhy')
    .configureHelp(helpLayout(says, language))
    .description(says.program.does)
    .version(version, '--version', says.program.version)
    .addOption(languageOption(says.common))
    .helpOption('--help', says.program.help)
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError(true)
    .addHelpText('after', `\n${says.program.exitCodes}\n${listed(says.program.begin, beginnings)}`);
  const program: Program = { command, exitCode: 0, session: null };
  const building: Building = {
    program: command,
    says,
    reading: readingIn(language),
    run: async (options, action) => {
      program.session = openSession(streams, { ...options, ...command.opts<Pick<CommonOptions, 'lang'>>() });
      program.exitCode = await action(program.session);
    },
  };
  for (const add of commands) add(building);
  for (const sub of command.commands)
    addCommonOptions(sub, says.common).helpOption('--help', says.program.help);
  return program;
}

const beginnings = ['clusterwhy demo', 'clusterwhy audit --region eu-west-1 --since 24h'];

/** Command lines below their heading. */
function listed(heading: string, lines: readonly string[]): string {
  return ['', heading, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** The commands in the order of the help. */
const commands: readonly ((building: Building) => void)[] = [
  addDemo,
  addAudit,
  addInvoke,
  addHistory,
  addExplain,
  addScan,
  addCanAssume,
  addRules,
  addPermissions,
  addMemberRole,
];

function addDemo({ program, says, run }: Building): void {
  program
    .command('demo')
    .description(says.demo.does)
    .action((options: CommonOptions) =>
      run(options, async (session) => (await import('./demo/command.ts')).demo(session)),
    );
}

function addAudit({ program, says: { audit: says, common, examples }, reading, run }: Building): void {
  const command = program
    .command('audit')
    .description(says.does)
    .option('--aws', says.aws)
    .option('--gcp', says.gcp)
    .option('--profile <name>', says.profile)
    .option('--region <regions>', says.region, reading(readRegions))
    .option('--aws-organization', says.awsOrganization)
    .option('--member-role <name>', says.memberRole)
    .option('--external-id <id>', says.externalId)
    .option('--project <ids>', says.project, reading(readProjects))
    .addOption(
      new Option('--organization <number>', says.organization)
        .argParser(reading(readOrganization))
        .conflicts('project'),
    )
    .option('--canary <who>', says.canary, collect)
    .option('--cluster <names>', says.cluster, reading(readList))
    .addOption(sinceOption(says.since, reading))
    .addOption(new Option('--kubernetes <when>', says.kubernetes).choices(['auto', 'never']).default('auto'))
    .option('--trail <place>', says.trail)
    .option('--connect', says.connect)
    .option('--check <rules>', says.check, reading(readList))
    .option('--finding <id>', says.finding, reading(readFindingId))
    .addOption(severityOption(common))
    .option('--mute <file>', says.mute)
    .option('--deliver', says.deliver)
    .option('--exit-zero', says.exitZero)
    .addHelpText('after', listed(examples, [noted('clusterwhy audit', says.everything), ...auditExamples]))
    .action((options: CommonOptions & AuditOptions) =>
      run(options, async (session) => (await import('./audit.ts')).audit(session, options)),
    );
  addReportOutput(command, reportFormats, common);
}

function sinceOption(description: string, reading: Building['reading']): Option {
  return new Option('--since <span>', description).argParser(reading(parseSince)).default(86_400_000, '24h');
}

/** What a command line does, behind it. */
function noted(line: string, note: string): string {
  return `${line.padEnd(51)} ${note}`;
}

const auditExamples = [
  'clusterwhy audit --gcp --project shop-prod,web-prod --connect',
  'clusterwhy audit --profile prod --region eu-west-1 --cluster shop --since 7d',
  'clusterwhy audit --aws-organization --external-id 7f3a --region eu-west-1',
  'clusterwhy audit --mute mutes.yaml --output-file report.html --output-file report.json',
  'clusterwhy audit --check irsa-trust-subject --finding 0123456789abcdef',
  'clusterwhy audit --severity high --quiet --output json | jq .summary',
];

function addInvoke({ program, says: { invoke: says, common, examples }, run }: Building): void {
  const command = program
    .command('invoke')
    .description(says.does)
    .option('--payload <json>', says.payload, '{}')
    .option('--wait', says.wait)
    .option('--stack <name>', says.stack, usualStackName)
    .option('--state-machine <arn>', says.stateMachine)
    .option('--profile <name>', says.profile)
    .option('--region <region>', says.region)
    .option('--exit-zero', says.exitZero)
    .addHelpText('after', listed(examples, invokeExamples))
    .action((options: CommonOptions & InvokeOptions) =>
      run(options, async (session) => (await import('./invoke.ts')).invoke(session, options)),
    );
  addReportOutput(command, reportFormats, common);
}

const invokeExamples = [
  'clusterwhy invoke --wait',
  `clusterwhy invoke --payload '{"regions":["eu-west-1"],"since":"6h","clusters":["prod"],"deliver":true}'`,
];

function addExplain({ program, says: { explain: says, common, examples }, reading, run }: Building): void {
  program
    .command('explain')
    .description(says.does)
    .argument('[text...]', says.text)
    .option('--live', says.live)
    .option('--profile <name>', says.profile)
    .option('--region <regions>', says.region, reading(readRegions))
    .option('--project <ids>', says.project, reading(readProjects))
    .addOption(sinceOption(says.since, reading))
    .addOption(outputOption(['text', 'json'], common))
    .addHelpText('after', `${listed(examples, explainExamples)}\n\n${says.closing}`)
    .action((text: string[], options: CommonOptions & ExplainOptions) =>
      run(options, async (session) =>
        (await import('./explain/command.ts')).explainText(session, text, options),
      ),
    );
}

const explainExamples = [
  'kubectl logs -n shop deploy/cart | clusterwhy explain',
  "clusterwhy explain 'An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation'",
  'clusterwhy explain record.json',
  'clusterwhy explain --live --since 2h < pod.log',
  'gcloud container clusters create shop 2>&1 | clusterwhy explain --output json',
];

function addHistory({ program, says: { history: says, common }, reading, run }: Building): void {
  program
    .command('history')
    .description(says.does)
    .option('--days <number>', says.days, reading(readDays))
    .option('--bucket <name>', says.bucket)
    .option('--stack <name>', says.stack, usualStackName)
    .option('--profile <name>', says.profile)
    .option('--region <region>', says.region)
    .addOption(outputOption(['text', 'json'], common))
    .action((options: CommonOptions & HistoryOptions) =>
      run(options, async (session) => (await import('./history.ts')).history(session, options)),
    );
}

function addScan({ program, says: { scan: says, common, examples }, reading, run }: Building): void {
  program
    .command('scan')
    .description(says.does)
    .argument('<place>', says.place)
    .option('--since <moment>', says.since)
    .option('--until <moment>', says.until)
    .option('--account <ids>', says.account, reading(readAccounts))
    .option('--region <regions>', says.region, reading(readRegions))
    .option('--profile <name>', says.profile)
    .option('--diagnose', says.diagnose)
    .option('--athena-sql', says.athenaSql)
    .option('--resume <file>', says.resume)
    .addOption(new Option('--threads <number>', says.threads).argParser(reading(readThreads)))
    .addOption(severityOption(common))
    .addOption(new Option('--output <format>', says.result).choices(reportFormats))
    .option('--output-file <file>', says.resultFile)
    .option('--exit-zero', says.exitZero)
    .addHelpText('after', `${listed(examples, scanExamples(says.again))}\n\n${says.closing}`)
    .action((place: string, options: CommonOptions & ScanOptions) =>
      run(options, async (session) => (await import('./scan/command.ts')).scan(session, place, options)),
    );
}

function scanExamples(again: string): string[] {
  return [
    'clusterwhy scan s3://org-trail --account 111122223333 --region eu-west-1 --since 7d',
    'clusterwhy scan s3://org-trail/prefix/AWSLogs/o-abcdefghij/111122223333/ --diagnose',
    'clusterwhy scan ./AWSLogs --since 2026-01-01 --until 2026-02-01 --output csv > refused.csv',
    `clusterwhy scan s3://org-trail --resume trail.scan        # ${again}`,
    'clusterwhy scan s3://org-trail --athena-sql --account 111122223333 --region eu-west-1,us-east-1 --since 365d',
    'clusterwhy scan s3://athena-results/f0160ff7-e5b3-466d-926a-a660a5208c5f.csv',
  ];
}

function addCanAssume({ program, says: { canAssume: says, common, examples }, run }: Building): void {
  program
    .command('can-assume')
    .description(says.does)
    .option('--trust-policy <file>', says.trustPolicy)
    .option('--role <arn>', says.role)
    .option('--profile <name>', says.profile)
    .option('--issuer <url>', says.issuer)
    .option('--service-account <namespace/name>', says.serviceAccount)
    .option('--subject <sub>', says.subject)
    .option('--audience <aud>', says.audience, 'sts.amazonaws.com')
    .option('--role-arn <arn>', says.roleArn)
    .option('--context <key=value>', says.context, collect, [])
    .option('--batch <file>', says.batch)
    .addOption(outputOption(['text', 'json'], common))
    .addHelpText('after', `${listed(examples, canAssumeExamples)}\n\n${says.closing}`)
    .action((options: CommonOptions & CanAssumeOptions) =>
      run(options, async (session) => (await import('./can-assume/command.ts')).canAssume(session, options)),
    );
}

const canAssumeExamples = [
  'aws iam get-role --role-name cart > role.json',
  'clusterwhy can-assume --trust-policy role.json --service-account shop/cart \\',
  '  --issuer https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF',
  'clusterwhy can-assume --role arn:aws:iam::111122223333:role/cart --service-account shop/cart --issuer ...',
  'clusterwhy can-assume --batch policies.jsonl',
];

function addRules({ program, says: { rules: says, common }, run }: Building): void {
  program
    .command('rules')
    .description(says.does)
    .argument('[id]', says.id)
    .addOption(outputOption(['text', 'json'], common))
    .action((id: string | undefined, options: CommonOptions & { output: 'text' | 'json' }) =>
      run(options, async (session) => (await import('./rules.ts')).printRules(session, id, options)),
    );
}

function addPermissions({ program, says: { permissions: says }, run }: Building): void {
  program
    .command('permissions')
    .description(says.does)
    .addArgument(new Argument('[of]', says.of).choices(['aws', 'gcp', 'kubernetes']))
    .action((cloud: PermissionsOf | undefined, options: CommonOptions) =>
      run(options, async (session) => (await import('./permissions.ts')).printPermissions(session, cloud)),
    );
}

function addMemberRole({ program, says: { memberRole: says, examples }, reading, run }: Building): void {
  program
    .command('member-role')
    .description(says.does)
    .addOption(new Option('--template <which>', says.template).choices(['role', 'capture']).default('role'))
    .option('--auditor-roles <arns>', says.auditorRoles, reading(readList))
    .option('--external-id <id>', says.externalId)
    .option('--member-role <name>', says.memberRole)
    .option('--bus-arn <arn>', says.busArn)
    .addHelpText('after', `\n${says.parameters}\n${listed(examples, memberRoleExamples)}`)
    .action((options: CommonOptions & MemberRoleOptions) =>
      run(options, async (session) =>
        (await import('./member-role.ts')).printMemberTemplate(session, options),
      ),
    );
}

const memberRoleExamples = [
  'clusterwhy member-role --auditor-roles arn:aws:iam::111122223333:role/... --external-id 7f3a > role.json',
  'clusterwhy member-role --template capture > capture.json',
  'aws cloudformation create-stack-set --stack-set-name clusterwhy --template-body file://role.json \\',
  '  --permission-model SERVICE_MANAGED --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false \\',
  '  --capabilities CAPABILITY_NAMED_IAM',
];
