/** The deployed state machine, its functions as they are uploaded, and a simulated AWS: days as they come. */
import { metrics, metricsNamespace, usualStackName } from '../../shared/deployment.ts';
import { reportSchema, type Report } from '../../shared/report.ts';
import type { DigestAnswer } from '../../functions/digest.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { faultyWorld } from '../cloud/worlds/faulty.ts';
import {
  account,
  alarmTopicArn,
  assemble,
  bucket,
  Deployment,
  type Assembly,
  type FunctionName,
} from './deployment.ts';

const brief = { regions: ['eu-west-1'], since: '2h' };

let cloud: RunningCloud;
let assembly: Assembly;
let deployed: Deployment;
beforeAll(async () => {
  cloud = await startCloud(faultyWorld({ stormEvents: 20 }), { lookupsPerSecond: Infinity });
  assembly = assemble({ oidcDiscoveryUrl: cloud.discoveryBaseUrl });
  deployed = new Deployment(assembly, cloud);
}, 120_000);
afterAll(async () => {
  deployed.close();
  assembly.remove();
  await cloud.close();
});
beforeEach(() => {
  cloud.s3.get(bucket)?.clear();
  cloud.sns.length = 0;
  cloud.ses.length = 0;
  deployed.notices.length = 0;
  for (const one of Object.values(deployed.functions)) one.log.length = 0;
});

function stored(key: string): Report {
  return reportSchema.parse(JSON.parse(cloud.s3.get(bucket)!.get(key)!.body.toString()));
}

async function run(input: object): Promise<DigestAnswer> {
  return (await deployed.run(input)) as DigestAnswer;
}

/** The metrics that a function wrote into its log. */
function metricsOf(log: readonly string[]): Record<string, unknown> {
  const lines = log.filter((line) => line.includes('CloudWatchMetrics'));
  return JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>;
}

it('audits, stores and sends on the first day, is silent on the second, and tells what was resolved', async () => {
  const first = await run(brief);
  const report = stored(first.key);
  expect(first.changes.new).toBe(report.findings.length);
  expect(report.findings.length).toBeGreaterThan(10);
  expect([cloud.sns.length, cloud.ses.length, deployed.retries]).toEqual([1, 1, []]);
  expect(first.key).toMatch(new RegExp(`^reports/\\d{4}/\\d\\d/\\d\\d/${first.runId}/report\\.json$`));
  expect(metricsOf(deployed.functions.Digest.log)).toMatchObject({
    service: usualStackName,
    [metrics.findings.critical]: report.summary.bySeverity.critical,
    [metrics.clusters]: report.summary.clusters,
    [metrics.eventsRead]: report.summary.eventsRead,
    [metrics.coverageWorse]: 0,
    [metrics.deliveryFailures]: 0,
    _aws: { CloudWatchMetrics: [{ Namespace: metricsNamespace, Dimensions: [['service']] }] },
  });

  const second = await run(brief);
  expect(second.changes).toEqual({ new: 0, changed: 0, resolved: 0 });
  expect([cloud.sns.length, cloud.ses.length]).toEqual([1, 1]);

  const broad = report.findings.find(({ rule }) => rule === 'eks/irsa-trust-too-broad')!;
  const live = cloud.account(account);
  live.roles = live.roles.filter(({ arn }) => arn !== broad.subject.id);
  const third = await run(brief);
  expect(third.changes.resolved).toBeGreaterThan(0);
  expect([cloud.sns.length, cloud.ses.length]).toEqual([2, 2]);
  expect(cloud.sns[1]?.subject).toMatch(/resolved, \d+ open/);
  const resolved = stored(third.key).findings.filter(({ change }) => change === 'resolved');
  expect(resolved.map(({ id }) => id)).toContain(broad.id);
}, 120_000);

it('calls nothing that the roles of its functions do not allow', async () => {
  const step: { name: FunctionName } = { name: 'Plan' };
  const calls: { name: FunctionName; action: string; resource: string | null }[] = [];
  cloud.state.watch = (moment, { action, resource }) => {
    if (moment === 'before') calls.push({ name: step.name, action, resource });
  };
  try {
    await deployed.run({ ...brief, deliver: true }, (state) => {
      step.name = state === 'AuditAccount' ? 'Audit' : state === 'Digest' ? 'Digest' : step.name;
    });
  } finally {
    cloud.state.watch = null;
  }
  const needed = calls.filter(({ action }) => action !== 'sts:GetCallerIdentity');
  expect(needed.length).toBeGreaterThan(20);
  const refused = needed.filter(({ name, action, resource }) => !deployed.allows(name, action, resource));
  expect(refused).toEqual([]);
  expect(deployed.allows('Audit', 's3:PutObject', `arn:aws:s3:::${bucket}/state/latest/x.json`)).toBe(false);
}, 120_000);

it('says what it could no longer look at, and takes nothing there for resolved', async () => {
  const first = await run(brief);
  const live = cloud.account(account);
  live.refusals.push({ action: 'iam:ListRoles' });
  try {
    const second = await run(brief);
    expect(second).toMatchObject({ changes: { resolved: 0 }, incomplete: true });
    expect(second.findings).toBeGreaterThanOrEqual(first.findings);
    expect(metricsOf(deployed.functions.Digest.log)).toMatchObject({ [metrics.coverageWorse]: 1 });
  } finally {
    live.refusals.pop();
  }
}, 120_000);

it('tells operators of an account that fails, when it is the only one, after the report', async () => {
  const plan = deployed.functions.Plan;
  const given = (await plan.invoke(brief)) as { runId: string; accounts: object[]; request: object };
  expect(given).toMatchObject({ accounts: [{ account }], request: brief });
  cloud.state.watch = (_, { action }) => {
    if (action === 'eks:ListClusters') deployed.functions.Audit.kill();
  };
  try {
    await expect(deployed.run(brief)).rejects.toThrow(/NothingAuditedError/);
  } finally {
    cloud.state.watch = null;
  }
  expect(deployed.retries.map(([state]) => state)).toEqual(['AuditAccount', 'AuditAccount']);
  expect([cloud.sns.length, cloud.ses.length]).toEqual([1, 1]);
  expect(cloud.sns[0]?.message).toMatch(/The audit of the account failed\s+\(Runtime\.ExitError\)/);
  expect(deployed.notices).toMatchObject([{ TopicArn: alarmTopicArn, Subject: 'clusterwhy: a run failed' }]);
  expect(deployed.notices[0]?.Message).toMatch(/Error: NothingAuditedError\nCause: \{.*not one account/is);
}, 120_000);

it('sends once where the digest crashes and is tried again', async () => {
  const crashes = { left: 1 };
  cloud.state.watch = (moment, { action }) => {
    if (moment === 'before' && action === 's3:GetObject' && crashes.left-- > 0)
      deployed.functions.Digest.kill();
  };
  try {
    await run({ ...brief, checks: ['eks/irsa-trust-wildcard'] });
  } finally {
    cloud.state.watch = null;
  }
  expect(deployed.retries).toEqual([['Digest', 'Runtime.ExitError', 30]]);
  expect([cloud.sns.length, cloud.ses.length, deployed.notices.length]).toEqual([1, 1, 0]);
}, 120_000);

it('reports in part where the time ends before all events are read', async () => {
  cloud.behaviour.lookupLatencyMs = 2500;
  deployed.timeouts.Audit = 6000;
  try {
    const answer = await run({ regions: ['eu-west-1'], since: '30d', checks: ['eks/irsa-trust-wildcard'] });
    expect(deployed.retries).toEqual([]);
    const gap = stored(answer.key).coverage.find(({ fact, complete }) => fact === 'denials' && !complete);
    expect(gap).toMatchObject({ location: 'eu-west-1' });
    expect(cloud.sns[0]?.message.replace(/\s+/g, ' ')).toContain('could not be read to the end');
  } finally {
    cloud.behaviour.lookupLatencyMs = 0;
    delete deployed.timeouts.Audit;
  }
}, 120_000);

it('does not try a payload again that it does not know', async () => {
  await expect(deployed.run({ region: 'eu-west-1' })).rejects.toThrow(/EventError/);
  expect(deployed.retries).toEqual([]);
  expect(deployed.notices[0]?.Message).toContain('region is \\"eu-west-1\\", which is not known');
}, 120_000);
