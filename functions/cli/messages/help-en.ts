/** What the help says in English. Every other catalogue has the type of this one; options, values and commands stand in the program. */
import { usualMemberRole } from '../../../shared/organization-settings.ts';

const profile = 'profile of the AWS configuration (default: AWS_PROFILE)';
const exitZero = 'exit with 0 instead of 3 or 4';
const stack = 'name of the deployed stack';
const stackRegion = 'region of the stack (default: that of the AWS configuration)';

export const helpEn = {
  /** What stands above the parts of a help, by commander's own words for it. */
  titles: {
    'Usage:': 'Usage:',
    'Arguments:': 'Arguments:',
    'Options:': 'Options:',
    'Commands:': 'Commands:',
  },
  examples: 'Examples:',
  choices: (values: string) => `choices: ${values}`,
  defaultsTo: (value: string) => `default: ${value}`,
  join: (notes: readonly string[]) => notes.join(', '),

  program: {
    does: 'Says why workloads and clusters on EKS and GKE are denied by the cloud, or are about to be, shows the evidence, and gives a fix that has been proven. It only reads.',
    version: 'print the version',
    help: 'print this help',
    exitCodes: `Exit codes:
  0  nothing found           3  findings (can-assume: denied)
  1  it could not run        4  no findings, but something was not looked at`,
    begin: 'Begin with:',
  },
  common: {
    color: 'print without colours (NO_COLOR does the same)',
    quiet: 'print no progress and no notes on standard error',
    lang: 'language of results, notes, failures and help (default: CLUSTERWHY_LANG, or en)',
    logLevel: 'what to say on standard error',
    result: 'form of the result',
    report: 'form of the report (default: text)',
    reportFile:
      'write the report to a file instead of standard output, in the form that its name ends in (.txt .json .html .csv .ocsf); may be repeated',
    severity: 'leave out findings below this one',
  },
  demo: {
    does: 'audit both clouds, simulated on this machine, three days in a row: reports, pages and mails; no account, no network',
  },
  audit: {
    does: 'audit an AWS account and Google Cloud projects with the credentials at hand',
    aws: 'read AWS, and not Google Cloud unless --gcp says so (default: what has credentials)',
    gcp: 'read Google Cloud, and not AWS unless --aws says so (default: what has credentials)',
    profile,
    region: 'AWS regions, separated by commas (default: all enabled)',
    awsOrganization: 'all accounts of the AWS organization, each through its role',
    memberRole: `with --aws-organization: the role in each account (default: ${usualMemberRole})`,
    externalId: 'with --aws-organization: the external id that the role asks for',
    project:
      'Google Cloud projects, separated by commas (default: CLOUDSDK_CORE_PROJECT, or all that are seen)',
    organization: 'all projects of a Google Cloud organization',
    canary:
      'who must reach a GKE cluster, as principal=serviceAccount:EMAIL,cluster=NAME[,location=PLACE][,project=ID][,permission=NAME]; may be repeated',
    cluster: 'only these clusters, by name or ARN',
    since: 'how far back to read events, as 90m, 24h or 7d',
    kubernetes: "whether to ask the clusters' own API servers: where they answer, or never",
    trail:
      "read denials from a trail's log files, s3://BUCKET/PREFIX or a folder, instead of CloudTrail's event history",
    connect: "try each GKE cluster's endpoint step by step, as kubectl does",
    check: 'only these rules, by id',
    finding: 'check whether this one finding is still there',
    mute: 'findings to live with for a time, as a YAML or JSON file says',
    deliver: 'also send the report, as the CLUSTERWHY_ settings of the environment say',
    exitZero,
    everything: 'both clouds, every enabled region, the last day',
  },
  invoke: {
    does: 'start the deployed auditor; with --wait follow it and print its report',
    payload: 'what to ask for: regions, since, clusters, checks, deliver',
    wait: 'follow the run to its end, and print its report',
    stack,
    stateMachine: "the state machine, instead of the stack's",
    profile,
    region: stackRegion,
    exitZero,
  },
  history: {
    does: 'print what opened and closed, day by day, from the bucket of the deployed auditor',
    days: 'how many days, counted from the newest (default: all that are kept)',
    bucket: "the bucket of the reports (default: CLUSTERWHY_BUCKET, or the stack's)",
    stack,
    profile,
    region: stackRegion,
  },
  explain: {
    does: 'say what a pasted error, a log or a CloudTrail record means, and what to do',
    text: 'the error, or a file that holds it; "-" or nothing for standard input',
    live: 'also look at the clouds for what the text names, with the credentials at hand',
    profile: 'with --live: profile of the AWS configuration (default: AWS_PROFILE)',
    region: 'with --live: AWS regions (default: those that the text names)',
    project: 'with --live: Google Cloud projects (default: those that the text names)',
    since: 'with --live: how far back to read events, as 90m, 24h or 7d',
    closing: `It reads logs of any length, and CloudTrail and audit log records as JSON, whole or cut. Text that is no error that
it knows is said to be so. The exit code is 0.`,
  },
  scan: {
    does: 'find the refused calls of workloads in log files of CloudTrail, on disk or in S3, plain or compressed; with --diagnose explain them',
    place: 'a folder, a file, or s3://BUCKET/PREFIX of a trail',
    since: 'only calls from then on: 2026-01-31, 2026-01-31T06:00:00Z, or 24h or 7d ago',
    until: 'only calls before then',
    account: 'only these accounts, separated by commas',
    region: 'only these regions, separated by commas',
    profile: 'profile of the AWS configuration, for S3 and --diagnose',
    diagnose: 'explain what was found, with the credentials at hand, as an audit does',
    athenaSql:
      'read nothing: print a table over the trail and the same question for Athena, whose result (CSV, or JSON lines) scan reads',
    resume: 'keep in this file what was read, and go on there; new files are added to it',
    threads: 'threads that read (default: one for each core, at most 8)',
    result: 'form of the result (default: text)',
    resultFile: 'write the result to a file instead of standard output',
    exitZero,
    again: 'again to go on, or to add what is new',
    closing: `Files that are damaged are named, and the others are read. Of S3, only the prefixes of the accounts, regions and
days that are asked for are listed; it takes s3:ListBucket and s3:GetObject. Without --diagnose the result has
refused calls and no causes, and the exit code is 3 where there are any.`,
  },
  canAssume: {
    does: 'say whether a service account may assume a role, and if not, why and what would repair it',
    trustPolicy: 'the policy, or the output of "aws iam get-role"; "-" for standard input',
    role: 'read the policy of this role from AWS (iam:GetRole)',
    profile: 'profile of the AWS configuration, for --role',
    issuer: "OIDC issuer of the caller's cluster",
    serviceAccount: 'the service account that calls',
    subject: 'the "sub" of its token, instead of --service-account',
    audience: 'the "aud" of its token',
    roleArn: "the role's ARN, where the file does not name it",
    context: 'a condition key of the request; may be repeated',
    batch: 'answer JSON lines of policies and requests; "-" for standard input',
    closing: `A line of a batch is {"trustPolicy": {...}, "request": {"issuer", "roleArn", "claims": {"sub", "aud"}, "context"}},
with an "id" if you like; it is answered by {"verdict", "causes", "statements", "fix"}, or by {"error"}.`,
  },
  rules: { does: 'list the rules, or describe one', id: 'a rule, as eks/irsa-trust-subject' },
  permissions: {
    does: 'print the permissions that an audit reads with: an IAM policy, a custom role, a ClusterRole of EKS clusters',
    of: 'whose permissions (default: those of both clouds)',
  },
  memberRole: {
    does: 'print the CloudFormation templates for the member accounts of an AWS organization, to roll out as StackSets',
    template: 'the role that lets the auditor read, or the rules that forward refused calls as they happen',
    auditorRoles: "the auditor's roles: the output AuditorRoleArns of its stack",
    externalId: 'the external id that the auditor names',
    memberRole: `name of the role (default: ${usualMemberRole})`,
    busArn: "the auditor's event bus: the output DenialBusArn of its stack",
    parameters: 'What is not given is a parameter that the stack asks for.',
  },
};

export type HelpMessages = typeof helpEn;
