/**
 * The question of a scan in Athena's SQL: a table over a trail whose partitions are computed rather than looked up
 * (docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html), and a query for the calls that
 * a scan looks for. Pure.
 */
import { createHash } from 'node:crypto';
import { LocalizedError } from '../../localized-error.ts';
import { latestDeliveryMs } from './archive-file.ts';
import { athenaColumns } from './athena-columns.ts';
import type { ScanFilter } from './scan-batch.ts';

export interface AthenaQuestion {
  bucket: string;
  /** Before `AWSLogs/`, or any part of what follows it down to a region. */
  prefix: string;
  filter: ScanFilter;
}

/** Both statements, each with a semicolon; Athena takes them one by one. @throws {LocalizedError} that says what to give */
export function athenaSql({ bucket, prefix, filter }: AthenaQuestion): string {
  const { base, account, region } = readTrailPrefix(prefix);
  const accounts = account === null ? filter.accounts : [account];
  const regions = region === null ? filter.regions : [region];
  const { from } = filter;
  if (!accounts || !regions || from === undefined)
    throw new LocalizedError({
      en: 'Cannot write the query: give --account, --region and --since, for Athena lists every account, region and day that it is asked about, and is paid by what it reads',
      ja: 'クエリを作成できません: --account、--region、--since を指定してください。Athena は対象のすべてのアカウント、リージョン、日付を一覧し、読み取った量に応じて課金されます',
    });
  const location = `s3://${bucket}/${base}/`;
  const lines = tableLines({ location, accounts, regions });
  const table = `clusterwhy_trail_${hash(lines)}`;
  return [
    `-- The trail at ${location}: its files are found by account, region and day.`,
    `CREATE EXTERNAL TABLE IF NOT EXISTS ${table} (`,
    ...lines,
    '',
    '-- The calls that "clusterwhy scan" looks for; give it the file of the result.',
    ...queryLines(table, { ...filter, from, accounts, regions }),
    '',
  ].join('\n');
}

interface TrailPlace {
  /** Down to `AWSLogs`, or the organization below it; without a slash at the end. */
  base: string;
  account: string | null;
  region: string | null;
}

/** Characters that mean nothing in either of Athena's dialects, nor in a template of locations. */
const plainPrefix = /^[\w!.()/=+@,:~ -]*$/;

function readTrailPrefix(prefix: string): TrailPlace {
  if (!plainPrefix.test(prefix))
    throw new LocalizedError({
      en: `Cannot write the query: the prefix ${JSON.stringify(prefix)} has characters that Athena's SQL would take for its own`,
      ja: `クエリを作成できません: プレフィックス ${JSON.stringify(prefix)} に、Athena の SQL で特別な意味を持つ文字が含まれています`,
    });
  const parts = prefix.split('/').filter((part) => part !== '');
  const index = parts.indexOf('AWSLogs');
  if (index === -1) return { base: [...parts, 'AWSLogs'].join('/'), account: null, region: null };
  const below = parts.slice(index + 1);
  const organization = /^o-[a-z0-9]{10,32}$/.test(below[0] ?? '') ? below.splice(0, 1) : [];
  const [account = null, service = 'CloudTrail', region = null, ...days] = below;
  if (service !== 'CloudTrail' || days.length > 0 || !/^(\d{12})?$/.test(account ?? ''))
    throw new LocalizedError({
      en: `Cannot write the query: "${prefix}" is no place of a trail; give s3://BUCKET/PREFIX/AWSLogs/, for an organization's with its id behind that`,
      ja: `クエリを作成できません: "${prefix}" は証跡の場所ではありません。s3://BUCKET/PREFIX/AWSLogs/ を指定してください。組織の証跡の場合は、その後に組織の ID を付けてください`,
    });
  return { base: [...parts.slice(0, index + 1), ...organization].join('/'), account, region };
}

const columns = [
  'eventtime string',
  'eventsource string',
  'eventname string',
  'awsregion string',
  'sourceipaddress string',
  'useragent string',
  'errorcode string',
  'errormessage string',
  'requestparameters string',
  'eventid string',
  'recipientaccountid string',
  'vpcendpointid string',
  'useridentity struct<principalid:string, accountid:string, username:string, identityprovider:string, sessioncontext:struct<sessionissuer:struct<arn:string>, webidfederationdata:struct<federatedprovider:string>>>',
  'tlsdetails struct<clientprovidedhostheader:string>',
  'resources array<struct<arn:string>>',
];

/** No trail is older. */
const firstDay = '2013/11/01';

function tableLines(trail: {
  location: string;
  accounts: readonly string[];
  regions: readonly string[];
}): string[] {
  const { location, accounts, regions } = trail;
  const properties = [
    ['projection.enabled', 'true'],
    ...enumeration('account', accounts),
    ...enumeration('region', regions),
    ['projection.day.type', 'date'],
    ['projection.day.format', 'yyyy/MM/dd'],
    ['projection.day.range', `${firstDay},NOW`],
    ['projection.day.interval', '1'],
    ['projection.day.interval.unit', 'DAYS'],
    ['storage.location.template', `${location}\${account}/CloudTrail/\${region}/\${day}`],
  ];
  return [
    columns.map((column) => `  ${column}`).join(',\n'),
    ')',
    'PARTITIONED BY (`account` string, `region` string, `day` string)',
    "ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'",
    "STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'",
    "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'",
    `LOCATION '${location}'`,
    'TBLPROPERTIES (',
    properties.map(([name, value]) => `  '${name}' = '${value}'`).join(',\n'),
    ');',
  ];
}

function enumeration(column: string, values: readonly string[]): [string, string][] {
  return [
    [`projection.${column}.type`, 'enum'],
    [`projection.${column}.values`, [...values].sort().join(',')],
  ];
}

/** Another name for every other table: one that is there already is the same. */
function hash(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 8);
}

function queryLines(
  table: string,
  { from, to, accounts, regions, callers }: ScanFilter & { from: string },
): string[] {
  const selected = athenaColumns.map(({ name, expression }) =>
    expression ? `${expression} AS ${name}` : name,
  );
  const failed = "(coalesce(errorcode, '') <> '' OR coalesce(errormessage, '') <> '')";
  return [
    `SELECT`,
    selected.map((column) => `  ${column}`).join(',\n'),
    `FROM ${table}`,
    `WHERE "account" IN (${literals(accounts)})`,
    `  AND "region" IN (${literals(regions)})`,
    `  AND "day" >= '${dayOf(Date.parse(from))}'`,
    ...(to === undefined ? [] : [`  AND "day" <= '${dayOf(Date.parse(to) + latestDeliveryMs)}'`]),
    `  AND eventtime >= '${from}'`,
    ...(to === undefined ? [] : [`  AND eventtime < '${to}'`]),
    '  AND (',
    `    (eventname = 'AssumeRoleWithWebIdentity' AND eventsource = 'sts.amazonaws.com'${callers ? '' : ` AND ${failed}`})`,
    `    OR (eventname = 'AssumeRoleForPodIdentity' AND ${failed})`,
    String.raw`    OR (regexp_like(errorcode, '(?i)access\s?denied|unauthorized|not\s?authorized|authorizationerror|forbidden')`,
    '      AND useridentity.sessioncontext.sessionissuer.arn IS NOT NULL',
    '      AND (useridentity.sessioncontext.webidfederationdata.federatedprovider IS NOT NULL',
    "        OR useridentity.principalid LIKE '%:eks-%'))",
    '  );',
  ];
}

/** The values are digits, letters and hyphens: accounts and names of regions. */
function literals(values: readonly string[] = []): string {
  return values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ');
}

/** Files lie under the day on which they were delivered. */
function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/');
}
