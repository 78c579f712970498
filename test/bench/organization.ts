/** An organization: memory while the reports of its accounts are merged, and what the audit of one account takes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { makeDeliveryClients } from '../../functions/aws-clients.ts';
import { auditOrganization } from '../../functions/audit-organization.ts';
import { neededFacts } from '../../functions/needed-facts.ts';
import { foldOrganization } from '../../functions/organization-digest.ts';
import { openBucket } from '../../shared/deliver/bucket.ts';
import { accountReportKey, comparedReportKey, planKey } from '../../shared/deliver/report-key.ts';
import { mergeReports } from '../../shared/merge-reports.ts';
import { renderJson } from '../../shared/render/json.ts';
import type { Finding, Report } from '../../shared/report.ts';
import { rules } from '../../shared/rules/index.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import {
  managementAccount,
  memberAccount,
  memberRole,
  organizationWorld,
} from '../cloud/worlds/organization.ts';
import { sampleReport } from '../render/sample-report.ts';
import type { Benchmark } from './main.ts';

const bucket = 'clusterwhy-reports';
const sizes = [500, 5_000] as const;
const findingsOfAccount = 4;
const previous = { runId: 'yesterday', startedAt: '2026-01-01T06:00:00Z' };
const run = { runId: 'today', startedAt: '2026-01-02T06:00:00Z', version: '0.0.0' };
const manifestKey = 'reports/map/x/manifest.json';

/** Accounts that are really audited, in three regions each. */
const auditedAccounts = 100;

interface Merged {
  findings: number;
  peakMegabytes: number;
}

export async function benchOrganization(): Promise<Benchmark> {
  const merged: Merged[] = [];
  for (const accounts of sizes) merged.push(await mergeInOwnProcess(accounts));
  const [small, large] = merged as [Merged, Merged];
  const ratio = large.peakMegabytes / small.peakMegabytes;
  const complete = merged.every(
    ({ findings }, index) => findings === (sizes[index] ?? 0) * findingsOfAccount,
  );
  const audited = await auditAll();
  return {
    name: 'An organization',
    lines: [
      ...merged.map(
        ({ findings, peakMegabytes }, index) =>
          `${sizes[index]?.toLocaleString('en')} accounts' reports merged, ${findings.toLocaleString('en')} findings: ${peakMegabytes.toFixed(0)} MB at most`,
      ),
      `ten times the accounts take ${ratio.toFixed(2)} times the memory (at most 1.3)`,
      ...audited,
    ],
    holds: complete && ratio <= 1.3,
  };
}

async function mergeInOwnProcess(accounts: number): Promise<Merged> {
  const cloud = await startCloud(organizationWorld({ accounts: 1 }));
  try {
    storeReports(cloud, accounts);
    const child = spawn(
      process.execPath,
      ['--max-semi-space-size=2', '--import', 'tsx', fileURLToPath(import.meta.url), 'merge'],
      {
        env: { ...process.env, ...cloud.environment(managementAccount) },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    if (child.exitCode !== 0)
      throw new Error(`Cannot measure memory: the merging process ended with ${String(child.exitCode)}`);
    return JSON.parse(output) as Merged;
  } finally {
    await cloud.close();
  }
}

/** What the steps before the digest leave in the bucket, and the run of the day before. */
function storeReports(cloud: RunningCloud, accounts: number): void {
  const objects = cloud.s3.get(bucket)!;
  const put = (key: string, body: string) => {
    const rest = { contentType: '', lastModified: new Date(), metadata: {}, etag: '"bench"' };
    objects.set(key, { body: Buffer.from(body), ...rest });
  };
  const owners = Array.from({ length: accounts }, (_, index) => ownerAt(index));
  put(planKey(run, 'accounts.json'), JSON.stringify(owners));
  for (const { account } of owners) {
    put(accountReportKey(run, account), renderJson(reportOf(account, run)));
    put(comparedReportKey(previous, account), renderJson(reportOf(account, previous)));
  }
  const answers = owners.map(({ account }) => ({
    Input: '{}',
    Output: JSON.stringify({ account, key: accountReportKey(run, account) }),
    Status: 'SUCCEEDED',
  }));
  put('reports/map/x/SUCCEEDED_0.json', JSON.stringify(answers));
  const ResultFiles = { SUCCEEDED: [{ Key: 'reports/map/x/SUCCEEDED_0.json' }], FAILED: [], PENDING: [] };
  put(manifestKey, JSON.stringify({ ResultFiles }));
}

function ownerAt(index: number) {
  return {
    account: memberAccount(index),
    name: `team-${index}`,
    unit: '/Production',
    owner: `team-${index % 50}`,
  };
}

function reportOf(account: string, { runId, startedAt }: { runId: string; startedAt: string }): Report {
  const [sample] = sampleReport.findings as [Finding];
  const findings = Array.from({ length: findingsOfAccount }, (_, index) => ({
    ...sample,
    id: `${account}-${index}`,
    account,
    change: 'new' as const,
  }));
  return {
    ...sampleReport,
    runId,
    startedAt,
    scope: [{ cloud: 'aws', account, regions: ['eu-west-1'] }],
    findings,
  };
}

async function merge(): Promise<Merged> {
  const found = await foldOrganization(openBucket(makeDeliveryClients({}).s3, bucket), {
    ...run,
    organization: 'o-example1234',
    accountsKey: planKey(run, 'accounts.json'),
    manifestKey,
    google: { reports: [], failed: [] },
    previous: mergeReports([], [], { ...previous, version: '0.0.0' }),
    mute: (report) => report,
  });
  const findings = Object.values(found.summary.bySeverity).reduce((sum, count) => sum + count, 0);
  return { findings, peakMegabytes: process.resourceUsage().maxRSS / 1024 };
}

/** LookupEvents, of which AWS admits two a second in each region of each account, is what an audit waits for. */
async function auditAll(): Promise<string[]> {
  const cloud = await startCloud(organizationWorld({ accounts: auditedAccounts }), { lookupsPerSecond: 2 });
  try {
    const began = performance.now();
    await auditOrganization({
      settings: {
        roleName: memberRole,
        externalId: 'an-external-id',
        include: nobody,
        exclude: nobody,
        ownerTag: null,
      },
      aws: {
        endpoint: cloud.endpoint,
        region: 'eu-west-1',
        credentials: cloud.credentials(managementAccount),
      },
      rules,
      facts: neededFacts(rules),
      sinceMs: 3_600_000,
      discoveryBaseUrl: cloud.discoveryBaseUrl,
      mute: (report) => report,
      signal: new AbortController().signal,
    });
    return describe(cloud, (performance.now() - began) / 1000);
  } finally {
    await cloud.close();
  }
}

const nobody = { accounts: [], units: [], tags: [] };
const lookUp = 'cloudtrail:LookupEvents';
/** As `auditOrganization` does. */
const sideBySide = 8;

function describe({ calls }: RunningCloud, seconds: number): string[] {
  const each = (calls.length / auditedAccounts).toFixed(0);
  const lookUps = calls.filter(({ action }) => action === lookUp);
  const quota = minimumSeconds(lookUps);
  return [
    `${auditedAccounts} accounts of 3 regions: ${each} requests each, ${(lookUps.length / auditedAccounts).toFixed(0)} of them ${lookUp}`,
    `they took ${seconds.toFixed(0)} s, ${sideBySide} side by side; the quota of ${lookUp} alone takes ${quota.toFixed(0)} s`,
  ];
}

/** What two requests a second take in the region of each account that has the most. */
function minimumSeconds(lookUps: RunningCloud['calls']): number {
  const counts = new Map<string, Map<string, number>>();
  for (const { account, region } of lookUps) {
    const regions = counts.get(account) ?? new Map<string, number>();
    counts.set(account, regions.set(region, (regions.get(region) ?? 0) + 1));
  }
  const slowest = [...counts.values()].map((regions) => Math.max(...regions.values()) / 2);
  return slowest.reduce((sum, one) => sum + one, 0) / sideBySide;
}

if (process.argv[2] === 'merge') process.stdout.write(JSON.stringify(await merge()));
