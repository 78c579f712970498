/** The audit of the faulty world through the command line: each fault is found, of the right subject, and no other. */
import type { Report } from '../../shared/report.ts';
import { rules } from '../../shared/rules/index.ts';
import { startCloud } from '../cloud/start.ts';
import { faultyScenarios, faultyWorld } from '../cloud/worlds/faulty.ts';
import { buildCommandLine, type CommandLine } from './command-line.ts';

let cli: CommandLine;
let report: Report;
let code: number | null;
beforeAll(async () => {
  cli = await buildCommandLine();
  const cloud = await startCloud(faultyWorld({ stormEvents: 300 }), { lookupsPerSecond: Infinity });
  const env = { ...cloud.environment('111122223333'), CLUSTERWHY_OIDC_DISCOVERY_URL: cloud.discoveryBaseUrl };
  const ended = await cli.run(['audit', '--quiet', '--output', 'json'], { env });
  await cloud.close();
  code = ended.code;
  report = JSON.parse(ended.stdout) as Report;
}, 60_000);
afterAll(() => cli.remove());

it('is read to its end, and every rule came to a verdict', () => {
  expect(code).toBe(3);
  expect(report.coverage.filter(({ complete }) => !complete)).toEqual([]);
  expect(report.outcomes.filter(({ status }) => status === 'unknown' || status === 'broken')).toEqual([]);
});

it.each(faultyScenarios(300).map(({ rule, about }) => [rule, about]))('%s is found of %s', (rule, about) => {
  const found = report.findings.filter(
    (finding) => finding.rule === rule || finding.alsoWrong.includes(rule),
  );
  expect(found.map(({ subject }) => subject.id)).toContain(about);
});

it('has a scenario for every rule that needs no Kubernetes', () => {
  const tried = new Set(faultyScenarios(1).map(({ rule }) => rule));
  const fromAws = rules.filter(({ id, needs }) => id.startsWith('eks/') && needs.serviceAccounts !== 'whole');
  expect(fromAws.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
});

it('counts the storm of one pod as one finding', () => {
  const storms = report.findings.filter(({ denial }) => denial && denial.events >= 300);
  expect(storms.map(({ denial }) => denial?.events)).toEqual([300]);
});

it('changes a trust policy by a command only where the change was proven', () => {
  for (const { fix, rule } of report.findings) {
    const changes = fix.commands.some((command) => command.includes('update-assume-role-policy'));
    expect([rule, changes && !fix.verified]).toEqual([rule, false]);
    if (fix.commands.length === 0) expect(fix.summary).toMatch(/^Advice: /);
  }
});

it("grants nothing by a command to a stranger who asks for an administrator's role", () => {
  const [stranger, ...more] = report.findings.filter(({ workload }) => workload?.namespace === 'team-b');
  expect([stranger?.rule, more]).toEqual(['eks/irsa-trust-subject', []]);
  expect(stranger?.fix.verified).toBe(false);
  expect(stranger?.fix.commands.filter((command) => !command.startsWith('kubectl '))).toEqual([]);
});

it('grants what the cluster shows to have been meant: the name that the policy spells is not in it', () => {
  const found = report.findings.find(({ subject }) => subject.name === 'loyalty-points');
  expect(found?.fix.verified).toBe(true);
  expect(found?.fix.summary).toContain('does not exist in the cluster, and is nearly this one');
});

it('tells a refusal of stale pods of the pods alone', () => {
  const about = report.findings.filter(({ workload }) => workload?.namespace === 'prices');
  expect(about.map(({ rule, denial }) => [rule, denial?.events])).toEqual([['eks/irsa-stale-pod', 20]]);
});
