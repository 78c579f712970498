/** The daily audit: what was captured as it happened, beside the event history. */
import { handler as audit } from '../../functions/audit.ts';
import { reportSchema, type Report } from '../../shared/report.ts';
import type { CloudTrailRecord } from '../cloud/cloudtrail-record.ts';
import { RecordedSeries } from '../cloud/event-series.ts';
import { contextWith } from '../functions/function-environment.ts';
import {
  account,
  asEvent,
  refusedRecord,
  region,
  startCapture,
  trail,
  type Capture,
} from './capture-setup.ts';

let capture: Capture;
beforeAll(async () => {
  capture = await startCapture({ messagesAnHour: 10, coolDownHours: 6 });
});
afterAll(() => capture.close());
beforeEach(() => {
  capture.reset();
  const live = capture.cloud.account(account);
  live.trails = [{ ...trail }];
  live.refusals = [];
  live.history = live.history.slice(0, 2);
});

const records = (count: number, from = 0, workload = 'cart') =>
  Array.from({ length: count }, (_, index) => refusedRecord({ number: from + index, workload }));

async function captured(...some: CloudTrailRecord[]): Promise<void> {
  capture.queue.send(...some.map((record) => JSON.stringify(asEvent(record))));
  await capture.deliver();
}

function inHistory(...some: CloudTrailRecord[]): void {
  capture.cloud.account(account).history.push({ region, series: new RecordedSeries(some) });
}

/** The report of a day, an hour from now. */
async function daily(): Promise<Report> {
  capture.pass(3600);
  const { key } = await audit({ since: '24h' }, contextWith(900_000));
  const stored = capture.cloud.s3.get('clusterwhy-reports')!.get(key)!;
  return reportSchema.parse(JSON.parse(stored.body.toString()));
}

const denialsOf = ({ findings }: Report) =>
  findings.flatMap(({ subject, denial }) => (denial ? [[subject.name, denial.events] as const] : [])).sort();
const linesOf = ({ coverage }: Report, fact: string) =>
  coverage.filter((line) => line.fact === fact).map(({ complete, why }) => [complete, why] as const);

it('tells what the event history lacks, and says where it has it from', async () => {
  await captured(...records(3));
  const report = await daily();
  expect(denialsOf(report)).toEqual([['shop-cart', 3]]);
  expect(linesOf(report, 'denials')).toContainEqual([
    true,
    '0 recorded by CloudTrail, 1 captured as they happened, 0 in both',
  ]);
  expect(report.summary).toMatchObject({ denials: 1, denialEvents: 3 });
});

it('counts once what both have, and as often as the one that saw more', async () => {
  const [cart, search] = [records(5), records(4, 10, 'search')];
  await captured(...cart.slice(0, 2), ...search);
  inHistory(...cart, ...search.slice(0, 1), ...records(1, 20, 'mail'));
  const report = await daily();
  expect(denialsOf(report)).toEqual([
    ['shop-cart', 5],
    ['shop-mail', 1],
    ['shop-search', 4],
  ]);
  expect(linesOf(report, 'denials')).toContainEqual([
    true,
    '3 recorded by CloudTrail, 2 captured as they happened, 2 in both',
  ]);
});

it('uses what was captured where the event history may not be read, and says that it was not', async () => {
  await captured(...records(3));
  capture.cloud.account(account).refusals.push({ action: 'cloudtrail:LookupEvents' });
  const report = await daily();
  expect(denialsOf(report)).toEqual([['shop-cart', 3]]);
  const lines = linesOf(report, 'denials');
  expect(lines).toContainEqual([
    true,
    "only those 1 captured as they happened; CloudTrail's records were not read",
  ]);
  expect(lines.some(([complete, why]) => !complete && /LookupEvents was denied/.test(why ?? ''))).toBe(true);
});

it('uses the event history where the table may not be read, and says that it was not', async () => {
  inHistory(...records(2));
  capture.cloud.account(account).refusals.push({ action: 'dynamodb:Query' });
  const report = await daily();
  expect(denialsOf(report)).toEqual([['shop-cart', 2]]);
  expect(linesOf(report, 'denials').filter(([complete]) => !complete)).toEqual([
    [false, expect.stringMatching(/^Cannot read the denials table clusterwhy-denials: AccessDenied/)],
  ]);
});

it('tells of its own window only', async () => {
  await captured(...records(3));
  capture.pass(25 * 3600);
  await captured(...records(2, 10));
  expect(denialsOf(await daily())).toEqual([['shop-cart', 2]]);
  capture.pass(48 * 3600);
  expect(denialsOf(await daily())).toEqual([]);
});

it('tells how many calls were left out', async () => {
  const invented = Array.from({ length: 150 }, (_, number) =>
    refusedRecord({ number: 1000 + number, workload: `invented-${number}` }),
  );
  await captured(...invented);
  expect(linesOf(await daily(), 'denials')).toContainEqual([
    false,
    expect.stringMatching(/^Cannot tell all captured denials apart: 50 calls/),
  ]);
});

describe('without a trail', () => {
  it.each([
    ['there is none', [], /create a trail of management events for eu-west-1/],
    ['it does not log', [{ ...trail, isLogging: false }], /start all, which does not log/],
    ['it logs another region', [{ ...trail, isMultiRegion: false, region: 'us-east-1' }], /for eu-west-1/],
  ])('says that nothing is captured: %s', async (_, trails, remedy) => {
    capture.cloud.account(account).trails = trails;
    const lines = linesOf(await daily(), 'capture');
    expect(lines[0]).toEqual([
      false,
      expect.stringMatching(/^Nothing is captured as it happens in eu-west-1/),
    ]);
    expect(lines[0]?.[1]).toMatch(remedy);
  });

  it('says nothing where there is one, and that it cannot tell where it may not look', async () => {
    expect(linesOf(await daily(), 'capture')).toEqual([]);
    capture.cloud.account(account).refusals.push({ action: 'cloudtrail:DescribeTrails' });
    const report = await daily();
    const gap = report.coverage.find(({ fact }) => fact === 'capture');
    expect(gap).toMatchObject({ missingPermission: 'cloudtrail:DescribeTrails', location: 'eu-west-1' });
  });
});
