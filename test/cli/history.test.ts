/** `clusterwhy history` from the bucket in which the deployed auditor keeps its reports. */
import { addToIndex } from '../../shared/deliver/report-index.ts';
import { openBucket } from '../../shared/deliver/bucket.ts';
import { makeDeliveryClients } from '../../functions/aws-clients.ts';
import type { HistoryDay } from '../../shared/render/history.ts';
import type { Finding, Report } from '../../shared/report.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { healthyWorld, shop } from '../cloud/worlds/healthy.ts';
import { hostile, sampleFinding, sampleReport } from '../render/sample-report.ts';
import { buildCommandLine, type CommandLine } from './command-line.ts';

let cli: CommandLine;
let cloud: RunningCloud;
let name: string;
beforeAll(async () => {
  [cli, cloud] = await Promise.all([buildCommandLine(), startCloud(healthyWorld())]);
  name = [...cloud.s3.keys()][0] ?? '';
});
afterAll(async () => {
  await cloud.close();
  await cli.remove();
});

const history = (...args: string[]) =>
  cli.run(['history', ...args], { env: { ...cloud.environment(shop), CLUSTERWHY_BUCKET: name } });

function day(number: number, findings: Partial<Finding>[]): Report {
  return {
    ...sampleReport,
    runId: `run-${number}`,
    startedAt: `2026-01-0${number}T06:00:00.000Z`,
    findings: findings.map((changes, index) => sampleFinding({ id: `${number}${index}`, ...changes })),
    coverage: [],
  };
}

describe('clusterwhy history', () => {
  it('says that there is no report yet', async () => {
    const { code, stdout, stderr } = await history();
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'No report is kept.\n' });
    expect(stderr).toMatch(/There is no report in s3:\/\/.+ yet: start a run/);
  });

  it('prints day by day what opened and closed, and how long it was open', async () => {
    const { s3 } = makeDeliveryClients(cloud.clientOptions(shop));
    const bucket = openBucket(s3, name);
    const since = '2026-01-01T06:00:00.000Z';
    await addToIndex(
      bucket,
      day(1, [{ title: 'A first fault' }, { title: hostile.terminal, severity: 'low' }]),
      's',
    );
    await addToIndex(bucket, day(4, [{ title: 'A first fault', change: 'resolved', openSince: since }]), 's');
    s3.destroy();
    const { code, stdout } = await history();
    expect(code).toBe(0);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /^2026-01-04 .* closed: high: A first fault: cart \(eu-west-1\/prod\) 40, was open for 3 days 2026-01-01 .* opened: high: A first fault: cart /,
    );
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const last = JSON.parse((await history('--days', '1', '--output', 'json')).stdout) as HistoryDay[];
    expect(last.map(({ day: date, entries }) => [date, entries[0]?.closed?.[0]?.openSince])).toEqual([
      ['2026-01-04', since],
    ]);
  });

  it.each([
    [['--days', '0'], /Give a number of days/],
    [['--bucket', 'no-such-bucket'], /Cannot read s3:\/\/no-such-bucket/],
  ])('refuses %j in one line', async (args, line) => {
    const { code, stdout, stderr } = await history(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(line);
  });
});
