/** The digest's other cloud: the report that the Cloud Function left in the bucket is in the same mail. */
import { handler as audit } from '../../functions/audit.ts';
import { handler as digest } from '../../functions/digest.ts';
import { reportSchema, type Report } from '../../shared/report.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { healthyWorld } from '../cloud/worlds/healthy.ts';
import { sampleReport } from '../render/sample-report.ts';
import { contextWith, functionEnvironment, withEnvironment } from './function-environment.ts';

const time = contextWith(900_000);
const key = 'reports/google/latest.json';

let cloud: RunningCloud;
let restore: () => void;
let audited: Awaited<ReturnType<typeof audit>>;
beforeAll(async () => {
  cloud = await startCloud(healthyWorld(), { lookupsPerSecond: 100 });
  restore = withEnvironment(functionEnvironment(cloud));
  audited = await audit({ since: '1h', regions: ['eu-west-1'] }, time);
});
afterAll(async () => {
  restore();
  await cloud.close();
});
beforeEach(() => objects().delete(key));

const objects = () => cloud.s3.get('clusterwhy-reports')!;

/** A report on one project, with one finding. */
function google(finishedAt: Date): Report {
  const { findings } = sampleReport;
  const finding = { ...findings[0]!, id: 'feedfeedfeedfeed', cloud: 'gcp' as const, account: 'orders-prod' };
  const scope = [{ cloud: 'gcp' as const, account: 'orders-prod' }];
  const changes = { scope, findings: [finding], coverage: [], outcomes: [] };
  return { ...sampleReport, ...changes, finishedAt: finishedAt.toISOString() };
}

function store(text: string): void {
  const body = Buffer.from(text);
  objects().set(key, { body, etag: '"x"', contentType: '', lastModified: new Date(), metadata: {} });
}

let runs = 0;

async function digested(request: object = {}): Promise<Report> {
  const runId = `google-${++runs}`;
  const startedAt = new Date(Date.now() + runs * 1000).toISOString();
  const results = [{ runId, account: audited.account, key: audited.key, findings: 0 }];
  const answer = await digest({ runId, results, request: { ...request, startedAt } }, time);
  return reportSchema.parse(JSON.parse(objects().get(answer.key)!.body.toString()));
}

const places = ({ scope }: Report) => scope.map(({ account }) => account);

it('is in the one report that goes out', async () => {
  store(JSON.stringify(google(new Date())));
  const report = await digested({ deliver: true });
  expect(places(report)).toEqual([audited.account, 'orders-prod']);
  expect(report.findings.map(({ account }) => account)).toContain('orders-prod');
  expect(cloud.sns.at(-1)?.message).toContain('orders-prod');
});

it('is not there where Google Cloud is not audited', async () => {
  expect(places(await digested())).toEqual([audited.account]);
});

it.each([
  ['is old', () => JSON.stringify(google(new Date(Date.now() - 3 * 86_400_000))), /is of 20.*its schedule/],
  ['cannot be read', () => '{"schemaVersion":1}', /Cannot read the report/],
])('that %s is something that was not looked at', async (_, text, why) => {
  store(text());
  const gaps = (await digested()).coverage.filter(({ cloud: of }) => of === 'gcp');
  expect(gaps).toMatchObject([
    { account: 'all projects', complete: false, why: expect.stringMatching(why) as unknown },
  ]);
});

it('is not asked for by a run that was narrowed', async () => {
  store(JSON.stringify(google(new Date())));
  expect(places(await digested({ regions: ['eu-west-1'] }))).toEqual([audited.account]);
});
