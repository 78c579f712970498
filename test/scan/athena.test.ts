/** The question of a scan for Athena, and its result read like log files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { archiveFiles, readArchivePlace } from '../../functions/archive.ts';
import { scan } from '../../functions/cli/scan/command.ts';
import { athenaColumns } from '../../shared/collect/archive/athena-columns.ts';
import { athenaSql } from '../../shared/collect/archive/athena-sql.ts';
import { csvRows } from '../../shared/collect/archive/csv-rows.ts';
import { scanArchive, type ScanProgress } from '../../shared/collect/archive/scan-archive.ts';
import { startThreads } from '../../shared/collect/archive/scan-threads.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { faultyWorld } from '../cloud/worlds/faulty.ts';
import { withEnvironment } from '../functions/function-environment.ts';
import { putObject } from './trail.ts';

const account = '111122223333';
const bucket = 'athena-results';

let cloud: RunningCloud;
let folder: string;
let restore: () => void;
let records: Record<string, unknown>[];
let expected: unknown;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'athena-'));
  cloud = await startCloud(faultyWorld({ stormEvents: 20 }));
  restore = withEnvironment({ ...cloud.environment(account), AWS_PROFILE: null });
  records = cloud.account(account).history.flatMap(({ series }) =>
    Array.from({ length: series.length }, (_, index) => ({
      ...(series.recordAt(index) as unknown as Record<string, unknown>),
      recipientAccountId: account,
    })),
  );
  expected = found(await scanned(write('trail.json', JSON.stringify({ Records: records }))));
});
afterAll(async () => {
  restore();
  rmSync(folder, { recursive: true });
  await cloud.close();
});

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function scanned(place: string): Promise<ScanProgress> {
  const threads = startThreads({ callers: true }, { script: null, count: 1 });
  const files = archiveFiles(readArchivePlace(place), {}, {});
  return scanArchive({ files, threads });
}

function found({ calls, totals }: ScanProgress): unknown {
  return { accounts: calls.byAccount(), problems: totals.problems };
}

/** What the query's expression is of a record, as the table's types have it. */
function columnOf(record: Record<string, unknown>, name: string): string | null {
  const { path = [], isJson = false } = athenaColumns.find((column) => column.name === name) ?? {};
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], record);
  if (value === undefined || value === null) return null;
  return isJson ? JSON.stringify(value) : (value as string);
}

const names = athenaColumns.map(({ name }) => name);

/** Athena quotes every value, doubles quotes within, and leaves null out. */
function csvOf(rows: (string | null)[][]): string {
  const cell = (value: string | null) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`);
  return [names, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}

const cells = () => records.map((record) => names.map((name) => columnOf(record, name)));
const lines = () =>
  cells()
    .map((row) => JSON.stringify(Object.fromEntries(row.map((value, index) => [names[index], value]))))
    .join('\n');

it('finds in a result what it finds in the log files', async () => {
  expect((expected as { accounts: { denials: unknown[] }[] }).accounts[0]?.denials.length).toBeGreaterThan(5);
  for (const [name, content] of [
    ['result.csv', csvOf(cells())],
    ['result.csv.gz', gzipSync(csvOf(cells()))],
    ['result.jsonl', lines()],
    ['result.jsonl.gz', gzipSync(lines())],
  ] as const)
    expect(found(await scanned(write(name, content)))).toEqual(expected);
});

it('reads a result from S3, and nothing else that lies beside it', async () => {
  putObject(cloud, bucket, 'unsaved/2026/result.csv', Buffer.from(csvOf(cells())));
  putObject(cloud, bucket, 'unsaved/2026/result.csv.metadata', Buffer.from('\n\x1b20260101_1'));
  const read = await scanned(`s3://${bucket}/unsaved/2026/result.csv`);
  expect(read.totals.files).toBe(1);
  expect(found(read)).toEqual(expected);
});

it.each<[string, string, string | Buffer, RegExp]>([
  [
    'a table of something else',
    'other.csv',
    '"a","b"\n"1","2"\n',
    /no result of the query .* no column "eventtime"/,
  ],
  ['nothing', 'empty.csv', '', /it is empty/],
  ['a row that is too short', 'short.csv', `${csvOf([])}"1","2"\n`, /a row of it has 2 values/],
  ['a value without an end', 'cut.csv', `${csvOf([])}"1`, /ends within a value/],
  ['text behind quotes', 'behind.csv', `${csvOf([])}"1"2,\n`, /goes on behind its quotes/],
  ['a line that is no JSON', 'broken.jsonl', '{"eventname":\n', /a line of it is no JSON/],
  ['a list', 'list.jsonl', '[1]\n', /no JSON object/],
  ['a log file by another name', 'log.jsonl', '{"Records":[]}', /no column "eventtime"/],
  ['half a compressed file', 'half.csv.gz', gzipSync(csvOf([])).subarray(0, 40), /cannot be read/],
  ['a bomb', 'bomb.csv.gz', gzipSync(Buffer.alloc(300_000_000, 'a')), /inflates to more|longer than/],
])('says of %s what is wrong with it, and counts nothing', async (_, name, content, why) => {
  const { totals, calls } = await scanned(write(name, content));
  expect(totals.problems.map((problem) => problem.why)).toEqual([expect.stringMatching(why)]);
  expect(calls.byAccount()).toEqual([]);
});

describe('rows of CSV', () => {
  async function rowsOf(text: string, partLength: number): Promise<(string | null)[][]> {
    const all: (string | null)[][] = [];
    const parts = async function* () {
      for (let start = 0; start < text.length; start += partLength)
        yield text.slice(start, start + partLength);
    };
    for await (const row of csvRows(parts())) all.push(row);
    return all;
  }

  it('are the same in parts of any size', async () => {
    const text = 'a,"b ""c""",,""\r\n"line\nbreak, and comma",x,"","""" \n'.replace(' \n', '\n');
    const rows = [
      ['a', 'b "c"', null, ''],
      ['line\nbreak, and comma', 'x', '', '"'],
    ];
    for (let length = 1; length <= text.length; length++) expect(await rowsOf(text, length)).toEqual(rows);
    expect(await rowsOf(text.trimEnd(), 5)).toEqual(rows);
  });
});

const asked = {
  bucket: 'org-trail',
  prefix: 'trails',
  filter: { accounts: [account], regions: ['eu-west-1', 'us-east-1'], from: '2026-01-01T00:00:00Z' },
};

describe('the question', () => {
  it.each([
    ['trails', 's3://org-trail/trails/AWSLogs/'],
    ['', 's3://org-trail/AWSLogs/'],
    ['trails/AWSLogs/', 's3://org-trail/trails/AWSLogs/'],
    ['AWSLogs/o-abcdefghij', 's3://org-trail/AWSLogs/o-abcdefghij/'],
  ])('has a table over the trail in "%s"', (prefix, location) => {
    const sql = athenaSql({ ...asked, prefix });
    expect(sql).toContain(`LOCATION '${location}'`);
    expect(sql).toContain(
      `'storage.location.template' = '${location}\${account}/CloudTrail/\${region}/\${day}'`,
    );
    expect(sql).toContain("'projection.region.values' = 'eu-west-1,us-east-1'");
  });

  it('takes account and region from the place where it names them', () => {
    const { from } = asked.filter;
    const sql = athenaSql({
      bucket: 'org-trail',
      prefix: 'AWSLogs/o-abcdefghij/444455556666/CloudTrail/eu-north-1/',
      filter: { from },
    });
    expect(sql).toContain(`"account" IN ('444455556666')`);
    expect(sql).toContain(`"region" IN ('eu-north-1')`);
  });

  it('reads the days on which the events may have been delivered', () => {
    const sql = athenaSql({ ...asked, filter: { ...asked.filter, to: '2026-02-01T06:00:00Z' } });
    expect(sql).toMatch(/"day" >= '2026\/01\/01'\s+AND "day" <= '2026\/02\/02'/);
    expect(sql).toMatch(/eventtime >= '2026-01-01T00:00:00Z'\s+AND eventtime < '2026-02-01T06:00:00Z'/);
  });

  it('asks for calls that went well only where denials are to be explained', () => {
    const web = (callers: boolean) =>
      /\(eventname = 'AssumeRoleWithWebIdentity'.*/.exec(
        athenaSql({ ...asked, filter: { ...asked.filter, callers } }),
      )?.[0];
    expect(web(false)).toContain('errorcode');
    expect(web(true)).not.toContain('errorcode');
  });

  it('has another table for another trail, and the same one for the same', () => {
    const tableOf = (prefix: string) => /EXISTS (\w+)/.exec(athenaSql({ ...asked, prefix }))?.[1];
    expect(tableOf('a')).toBe(tableOf('a/'));
    expect(tableOf('a')).not.toBe(tableOf('b'));
  });

  it.each<[string, object, RegExp]>([
    [
      'no account',
      { filter: { ...asked.filter, accounts: undefined } },
      /give --account, --region and --since/,
    ],
    [
      'no beginning',
      { filter: { accounts: [account], regions: ['eu-west-1'] } },
      /and is paid by what it reads/,
    ],
    ['a quote', { prefix: "it's" }, /characters that Athena's SQL would take for its own/],
    ['a template', { prefix: 'a/${account}' }, /characters that Athena's SQL/],
    ['a day', { prefix: `AWSLogs/${account}/CloudTrail/eu-west-1/2026` }, /is no place of a trail/],
    ['another service', { prefix: `AWSLogs/${account}/Config/` }, /is no place of a trail/],
  ])('is not written for %s', (_, wrong, message) => {
    expect(() => athenaSql({ ...asked, ...wrong })).toThrow(message);
  });
});

describe('the command', () => {
  function session() {
    const written: string[] = [];
    const write = async (text: string) => void written.push(text);
    return { written, session: { write, env: {} } as unknown as Parameters<typeof scan>[0] };
  }
  const options = { athenaSql: true, account: [account], region: ['eu-west-1'], since: '2026-01-01' };

  it('prints both statements, and asks no cloud', async () => {
    const { written, session: given } = session();
    const before = cloud.calls.length;
    expect(await scan(given, 's3://org-trail/trails', options)).toBe(0);
    expect(written.join('').match(/;$/gm)).toHaveLength(2);
    expect(cloud.calls.length).toBe(before);
  });

  it('says that Athena reads S3 alone', async () => {
    await expect(scan(session().session, folder, options)).rejects.toThrow(/Athena reads S3 alone/);
  });
});
