/** A run over a whole organization: the deployed state machine, its functions, and a simulated AWS of many accounts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { handler as audit } from '../../functions/audit.ts';
import { handler as digest, type DigestAnswer } from '../../functions/digest.ts';
import { handler as plan } from '../../functions/plan.ts';
import { comparedReportKey } from '../../shared/deliver/report-key.ts';
import { reportSchema, type Report } from '../../shared/report.ts';
import { environment } from '../../shared/settings.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import {
  managementAccount,
  memberAccount,
  memberRole,
  organizationId,
  organizationWorld,
  troubleOf,
} from '../cloud/worlds/organization.ts';
import { contextWith, functionEnvironment, withEnvironment } from '../functions/function-environment.ts';
import { synthesize, resourceOf } from '../infra/synthesize.ts';
import { bucket, Deployment } from './deployment.ts';
import { execute } from './state-machine.ts';
import { TaskError } from './task-error.ts';

/** Of the organization; by hand with more: `CLUSTERWHY_TEST_ACCOUNTS=500`. */
const accounts = Number(process.env['CLUSTERWHY_TEST_ACCOUNTS'] ?? 30);

/** The account in which a request never gets an answer, and how long its audit may take in place of 15 minutes. */
const hanging = 7;
const patienceMs = 1_000;
const brief = {
  regions: ['eu-west-1', 'us-east-1', 'eu-central-1'],
  since: '1h',
  checks: ['eks/irsa-trust-subject'],
};
const time = contextWith(900_000);

let cloud: RunningCloud;
let deployed: Deployment;
let restore: () => void;
beforeAll(async () => {
  cloud = await startCloud(organizationWorld({ accounts }));
  const settings = {
    organization: 'yes',
    externalId: 'an-external-id',
    ownerTag: 'team',
    withoutAccounts: memberAccount(23),
  };
  const template = synthesize(settings);
  deployed = new Deployment({ folder: '', template: template as never }, cloud);
  const [, { Properties }] = resourceOf(template, 'AWS::Lambda::Function', 'Plan');
  const { Variables } = Properties['Environment'] as { Variables: Record<string, string> };
  restore = withEnvironment({
    ...functionEnvironment(cloud),
    [environment.organization]: Variables[environment.organization] ?? null,
  });
});
afterAll(async () => {
  restore();
  await cloud.close();
});

const functions: Record<string, (event: unknown) => Promise<unknown>> = {
  Plan: (event) => plan(event, time),
  Audit: (event) => audit(event, time),
  Digest: (event) => digest(event, time),
};

/** In the words of Step Functions. */
async function task(resource: string, input: unknown): Promise<unknown> {
  const name = /:function:(Plan|Audit|Digest)/.exec(resource)?.[1] ?? '';
  try {
    const called = functions[name]?.(input);
    const isHanging = name === 'Audit' && (input as { account: string }).account === memberAccount(hanging);
    return isHanging ? await Promise.race([called, outOfTime()]) : await called;
  } catch (error) {
    const { name: errorType, message: errorMessage } = error as Error;
    throw new TaskError(errorType, JSON.stringify({ errorType, errorMessage }));
  }
}

/** As Lambda ends what takes too long. */
async function outOfTime(): Promise<never> {
  await sleep(patienceMs);
  throw Object.assign(new Error('Task timed out'), { name: 'Sandbox.Timedout' });
}

async function run(input: object): Promise<DigestAnswer> {
  return (await execute(deployed.definition, input, { task, objects: deployed.objects })) as DigestAnswer;
}

function stored(key: string): Report {
  return reportSchema.parse(JSON.parse(cloud.s3.get(bucket)!.get(key)!.body.toString()));
}

const indexes = Array.from({ length: accounts }, (_, index) => index);
const audited = indexes.filter((index) => troubleOf(index) !== 'suspended' && index !== 23);
const denied = audited.filter((index) => troubleOf(index) === 'denied');
const shut = audited.filter((index) => troubleOf(index) === 'no role');
const unaudited = [...shut, hanging].sort((one, other) => one - other);

it('audits every account, tells what it could not see, then what changed, and resolves nothing unseen', async () => {
  cloud.fail('eks:ListClusters', { times: 3, account: memberAccount(18), error: throttling });
  cloud.fail('iam:ListRoles', { times: Infinity, account: memberAccount(hanging), delayMs: 3_600_000 });
  const first = await run(brief);
  const report = stored(first.key);
  expect(first).toMatchObject({
    accounts: audited.length,
    changes: { new: denied.length, changed: 0, resolved: 0 },
    findings: denied.length,
    incomplete: true,
  });
  expect(report.organization).toMatchObject({
    id: organizationId,
    accounts: audited.length,
    failed: unaudited.length,
    leftOut: 0,
    groups: [{ rule: 'eks/irsa-trust-subject', findings: denied.length, new: denied.length }],
  });
  const owners = report.organization!.groups[0]!.owners;
  expect(owners.reduce((sum, { findings }) => sum + findings, 0)).toBe(denied.length);
  expect(owners.every(({ name }) => /^team-\d$/.test(name))).toBe(true);
  expect(report.findings.map(({ account }) => account).sort()).toEqual(denied.map(memberAccount).sort());
  const gaps = report.coverage.filter(({ fact }) => fact === 'account');
  expect(gaps.map(({ account }) => account)).toEqual(unaudited.map(memberAccount));
  expect(gaps.find(({ account }) => account === memberAccount(hanging))?.why).toMatch(/Sandbox\.Timedout/);
  expect(gaps[0]?.why).toMatch(
    /did not let the auditor take on arn:aws:iam::200000000005:role\/clusterwhy-member.*member-role/,
  );
  expect(report.coverage.some(({ account }) => account === memberAccount(17))).toBe(true);
  expect(cloud.sns).toHaveLength(1);

  const mended = denied[0]!;
  const live = cloud.account(memberAccount(mended));
  live.roles = live.roles.map((role) => ({
    ...role,
    trustPolicy: role.trustPolicy.replace('stok', 'stock'),
  }));
  live.history.length = 0;
  const second = await run(brief);
  expect(second.changes).toEqual({ new: 0, changed: 0, resolved: 1 });
  expect(second.findings).toBe(denied.length - 1);
  expect(cloud.sns).toHaveLength(2);
  const resolved = stored(second.key).findings.find(({ change }) => change === 'resolved');
  expect(resolved?.account).toBe(memberAccount(mended));
  expect(stored(comparedReportKey(stored(second.key), memberAccount(mended))).findings).toHaveLength(1);

  const closed = cloud.account(memberAccount(denied[1]!));
  closed.roles = closed.roles.filter(({ name }) => name !== memberRole);
  const third = await run(brief);
  expect(third.changes).toEqual({ new: 0, changed: 0, resolved: 0 });
  const kept = stored(third.key).findings.find(({ account }) => account === closed.id);
  expect(kept).toMatchObject({
    change: 'open',
    evidence: [{ label: 'Not looked at in this run' }, ...kept!.evidence.slice(1)],
  });
}, 600_000);

it('judges every account with the issuers of all of them', () => {
  const plans = [...cloud.s3.get(bucket)!.keys()].filter((key) => key.endsWith('/plan/issuers.json'));
  const { issuers, allRead } = JSON.parse(
    cloud.s3
      .get(bucket)!
      .get(plans[0] ?? '')!
      .body.toString(),
  ) as { issuers: string[]; allRead: boolean };
  expect(issuers).toHaveLength(
    audited.length - shut.length - audited.filter((i) => troubleOf(i) === 'refuses').length,
  );
  expect(allRead).toBe(false);
});

it('reads members by their role alone, and itself by its own credentials', () => {
  const own = cloud.calls.filter(
    ({ caller, action }) => action.startsWith('iam:') && !caller.includes('assumed-role'),
  );
  expect(new Set(own.map(({ account }) => account))).toEqual(new Set([managementAccount]));
  expect(cloud.calls.some(({ account }) => account === memberAccount(23))).toBe(false);
});

it('fails with the reason where Organizations refuses', async () => {
  cloud.account(managementAccount).refusals.push({ action: 'organizations:ListRoots' });
  try {
    await expect(plan(brief, time)).rejects.toThrow(
      /Cannot list the accounts of the organization: organizations:ListRoots was denied.*management account/,
    );
  } finally {
    cloud.account(managementAccount).refusals.pop();
  }
});

const throttling = { code: 'ThrottlingException', status: 429, message: 'Rate exceeded' };
