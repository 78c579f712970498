/** The names on which the deployed stack and the program agree. */

/** What the stack is called unless its settings say otherwise. */
export const usualStackName = 'clusterwhy';

/** Keys of the stack's outputs. */
export const stackOutputs = {
  /** ARN of the state machine that audits and delivers. */
  stateMachineArn: 'StateMachineArn',
  /** Name of the bucket of the reports. */
  bucket: 'ReportsBucketName',
  /** ARN of the topic of reports. */
  topicArn: 'ReportTopicArn',
  /** ARN of the role of the auditor of Google Cloud; only where its service account is set. */
  googleRoleArn: 'GoogleRoleArn',
  /** ARNs of the roles that members of the organization let in, separated by commas; only where one is audited. */
  auditorRoleArns: 'AuditorRoleArns',
  /** ARN of the bus that members forward refused calls to; only where theirs are captured. */
  denialBusArn: 'DenialBusArn',
} as const;

/** What the keys in the bucket begin with; the functions may write nowhere else. */
export const prefixes = {
  /** Reports, laid out by day, and their index; only these expire. */
  reports: 'reports/',
  /** Marks of delivery. */
  deliveries: 'deliveries/',
  /** What one run has to know of the runs before it. */
  state: 'state/',
} as const;

/** Where Step Functions writes what came of the accounts of an organization, without a slash at the end. */
export const mapPrefix = `${prefixes.reports}map`;

/** Where the auditor of Google Cloud puts its reports; it may write nowhere else. They expire as the others do. */
export const googlePrefix = `${prefixes.reports}google/`;

/** How a run over many projects of Google Cloud is cut up: what one call of the function audits, and how many at a time. */
export const googleFanOut = { projectsInBatch: 50, batchesAtATime: 3 } as const;

/** For whom the auditor of Google Cloud asks its identity tokens, where the settings name no other audience. */
export const usualGoogleAudience = 'clusterwhy';

/** Namespace of the metrics; their one dimension is `service`, the name of the stack. */
export const metricsNamespace = 'clusterwhy';

/** Metrics of the digest: one value each for every run. */
export const metrics = {
  /** Findings that are not resolved or muted, by severity. */
  findings: {
    critical: 'CriticalFindings',
    high: 'HighFindings',
    medium: 'MediumFindings',
    low: 'LowFindings',
    info: 'InfoFindings',
  },
  clusters: 'Clusters',
  /** Events that were read, refused calls or not. */
  eventsRead: 'EventsRead',
  denialEvents: 'DenialEvents',
  /** What was not looked at: incomplete entries of the coverage. */
  coverageGaps: 'CoverageGaps',
  /** 1 where something was not looked at that the last complete run did look at, else 0. */
  coverageWorse: 'CoverageWorse',
  /** Channels on which the report could not be delivered. */
  deliveryFailures: 'DeliveryFailures',
} as const;

/** Metrics of the capture of denials as they happen; one value each for every batch. */
export const captureMetrics = {
  /** Refused calls that were counted, each once. */
  captured: 'CapturedDenials',
  /** Denials that are new, or back. */
  news: 'NewDenials',
  /** New denials that no message tells, for the limit of messages an hour. */
  heldBack: 'HeldBackDenials',
} as const;

/** Attributes of the items in the table of captured denials. */
export const tableAttributes = {
  partition: 'partition',
  name: 'name',
  version: 'version',
  document: 'document',
  bytes: 'bytes',
  /** Seconds since 1970; the table forgets the item some time after. */
  expiresAt: 'expiresAt',
} as const;

/** What the table keeps, each under its own partition key. */
export const tablePartitions = ['denial', 'seen', 'cause', 'messages'] as const;
export type TablePartition = (typeof tablePartitions)[number];

/** Names of errors with which the functions say that another attempt would fail alike; the workflow makes none. */
export const finalErrors = {
  /** The payload is not one that the program knows. */
  event: 'EventError',
  /** The report is out, and says that a rule of ours broke. */
  broken: 'BrokenRuleError',
  /** The report is out, and says that not one account could be audited. */
  nothingAudited: 'NothingAuditedError',
} as const;
