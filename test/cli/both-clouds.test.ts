/** `clusterwhy audit` of Google Cloud, alone and beside AWS: what is read, what is said, and the exit code. */
import { gcpPermissions } from '../../shared/collect/gcp/google-project.ts';
import type { Report } from '../../shared/report.ts';
import { startGoogleCloud, type GoogleCloud } from '../cloud/google/start-google-cloud.ts';
import { deniedWorld as deniedProjects } from '../cloud/google/worlds/denied.ts';
import { faultyWorld as faultyProjects } from '../cloud/google/worlds/faulty.ts';
import { healthyWorld as healthyProjects } from '../cloud/google/worlds/healthy.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { faultyWorld } from '../cloud/worlds/faulty.ts';
import { buildCommandLine, type CommandLine } from './command-line.ts';

const account = '111122223333';
const brief = ['audit', '--since', '2h'];
const largestPage = { largestPage: 100 };

let cli: CommandLine;
let aws: RunningCloud;
let healthy: GoogleCloud;
let faulty: GoogleCloud;
let denied: GoogleCloud;
beforeAll(async () => {
  const now = new Date();
  cli = await buildCommandLine();
  aws = await startCloud(faultyWorld({ stormEvents: 20 }), { lookupsPerSecond: Infinity });
  healthy = await startGoogleCloud(healthyProjects(now), largestPage);
  faulty = await startGoogleCloud(faultyProjects(now), largestPage);
  denied = await startGoogleCloud(deniedProjects(now, gcpPermissions()), largestPage);
}, 120_000);
afterAll(async () => {
  await Promise.all([aws, healthy, faulty, denied].map((cloud) => cloud.close()));
  await cli.remove();
});

const ofAws = () => ({
  ...aws.environment(account),
  CLUSTERWHY_OIDC_DISCOVERY_URL: aws.discoveryBaseUrl,
});

async function audit(args: string[], env: Record<string, string>) {
  const { code, stdout, stderr } = await cli.run([...brief, '--output', 'json', ...args], { env });
  return { code, stderr, report: stdout === '' ? null : (JSON.parse(stdout) as Report) };
}

const accounts = (report: Report | null) => report?.scope.map(({ account: one }) => one);
const incomplete = (report: Report | null) => report?.coverage.filter(({ complete }) => !complete);

it('judges the projects that are named, and says which it reads', async () => {
  const { code, report, stderr } = await audit(
    ['--gcp', '--project', 'orders-prod,games-prod'],
    faulty.environment(),
  );
  expect([code, accounts(report)]).toEqual([3, ['games-prod', 'orders-prod']]);
  expect(report?.findings.map(({ account: one, rule }) => `${one} ${rule}`)).toEqual([
    'games-prod gke/default-service-account',
    'orders-prod gke/service-agent-binding',
  ]);
  expect(stderr).toMatch(/^Reading Google Cloud\n {2}2 projects to read\n/);
  expect(stderr).toMatch(/^ {2}orders-prod: 1 cluster$/m);
  expect(stderr).toMatch(/^ {2}2 of 2 projects$/m);
});

it('ends with 0 where nothing is wrong, though logs that are off hide refusals: nobody refused to show them', async () => {
  const { code, report } = await audit(['--gcp', '--project', 'search-prod'], healthy.environment());
  expect({ code, gaps: incomplete(report), findings: report?.findings }).toEqual({
    code: 0,
    gaps: [],
    findings: [],
  });
  const unknown = report?.outcomes.filter(({ status }) => status === 'unknown') ?? [];
  expect(unknown.map(({ rule }) => rule)).toEqual(['gke/cluster-access-denied']);
  expect(unknown[0]?.why).toMatch(/Data Access logs .* are off.*to turn them on: gcloud projects/);
});

it('ends with 4 where Google did not let it look, and names the permission', async () => {
  const { code, report } = await audit(['--gcp', '--project', 'shop-prod'], denied.environment());
  expect([code, report?.findings]).toEqual([4, []]);
  const missing = incomplete(report)?.flatMap(({ missingPermission }) => missingPermission ?? []);
  expect(missing).toContain('container.clusters.list');
});

it('audits the project of the environment where none is named', async () => {
  const env = { ...healthy.environment(), CLOUDSDK_CORE_PROJECT: 'quiet-data' };
  expect(accounts((await audit(['--gcp'], env)).report)).toEqual(['quiet-data']);
});

it('audits all projects of an organization, whatever the environment names', async () => {
  const env = { ...healthy.environment(), CLOUDSDK_CORE_PROJECT: 'ops-audit' };
  const { report } = await audit(
    ['--gcp', '--organization', '100000000001', '--check', 'api-disabled', '--kubernetes', 'never'],
    env,
  );
  expect(accounts(report)).toEqual([
    'host-net',
    'keys-prod',
    'legacy-prod',
    'quiet-data',
    'search-prod',
    'shop-prod',
    'web-prod',
  ]);
}, 60_000);

it('tries the endpoints of the clusters with --connect', async () => {
  const project = ['--gcp', '--project', 'portal-prod', '--check', 'connect-unauthorized'];
  const connected = await audit([...project, '--connect'], faulty.environment());
  expect(connected.report?.findings.map(({ subject }) => subject.name).sort()).toEqual([
    'portal-forbidding',
    'portal-rejecting',
    'portal-rotated',
  ]);
  const reads = (report: Report | null) => new Set(report?.coverage.map(({ fact }) => fact));
  const without = await audit(project, faulty.environment());
  expect(without.report?.findings).toEqual([]);
  expect([connected, without].map(({ report }) => reads(report).has('connections'))).toEqual([true, false]);
  // Only what the check needs is read.
  expect(reads(connected.report).has('accessDenials')).toBe(false);
});

it('asks no API server of a cluster with --kubernetes never', async () => {
  const project = ['--gcp', '--project', 'portal-prod', '--check', 'workload-identity-binding'];
  const reads = async (more: string[]) =>
    (await audit([...project, ...more], faulty.environment())).report?.coverage.map(({ fact }) => fact);
  expect(await reads([])).toContain('gkeServiceAccounts');
  expect(await reads(['--kubernetes', 'never'])).not.toContain('gkeServiceAccounts');
});

describe('both clouds', () => {
  const narrow = ['--region', 'eu-west-1', '--project', 'orders-prod'];

  it('are one report where there are credentials for both', async () => {
    const { code, report, stderr } = await audit(narrow, { ...ofAws(), ...faulty.environment() });
    expect([code, accounts(report)]).toEqual([3, [account, 'orders-prod']]);
    const rules = new Set(report?.findings.map(({ rule }) => rule));
    expect([rules.has('eks/irsa-trust-subject'), rules.has('gke/service-agent-binding')]).toEqual([
      true,
      true,
    ]);
    expect(report?.findings.map(({ id }) => id).length).toBe(
      new Set(report?.findings.map(({ id }) => id)).size,
    );
    expect(stderr).toMatch(/^Reading AWS and Google Cloud\n/);
  });

  it('are read alone with their flags', async () => {
    const env = { ...ofAws(), ...faulty.environment(), CLOUDSDK_CORE_PROJECT: 'orders-prod' };
    expect(accounts((await audit(['--aws', '--region', 'eu-west-1'], env)).report)).toEqual([account]);
    expect(accounts((await audit(['--gcp'], env)).report)).toEqual(['orders-prod']);
  });

  it('one without credentials is left out, and that is said in one line with what to do', async () => {
    const onlyAws = await audit(['--region', 'eu-west-1'], ofAws());
    expect(accounts(onlyAws.report)).toEqual([account]);
    expect(onlyAws.stderr).toMatch(
      /^Google Cloud is left out, .*run "gcloud auth application-default login"/m,
    );
    const onlyGoogle = await audit(['--project', 'orders-prod'], faulty.environment());
    expect(accounts(onlyGoogle.report)).toEqual(['orders-prod']);
    expect(onlyGoogle.stderr).toMatch(/^AWS is left out, .*aws sso login/m);
  });

  it('one whose credentials are no longer taken is a gap, not a pass', async () => {
    const env = {
      ...ofAws(),
      ...healthy.environment('ya29.expired'),
      CLOUDSDK_CORE_PROJECT: 'orders-prod',
    };
    const { report } = await audit(['--region', 'eu-west-1'], env);
    expect(accounts(report)).toEqual([account]);
    expect(incomplete(report)).toMatchObject([
      {
        cloud: 'gcp',
        fact: 'projects',
        why: expect.stringMatching(/does not accept the access token/) as unknown,
      },
    ]);
  });
});

describe('what cannot work is one line and exit code 1', () => {
  it.each<[string, string[], () => Record<string, string>, RegExp]>([
    [
      'no credentials at all',
      [],
      () => ({}),
      /neither for AWS \(.*aws sso login.*\) nor for Google Cloud \(run "gcloud auth/,
    ],
    ['no credentials for Google', ['--gcp'], () => ({}), /Cannot sign in to Google Cloud: no credentials/],
    [
      'no credentials for Google, beside AWS',
      ['--project', 'shop-prod'],
      ofAws,
      /Cannot sign in to Google Cloud: no credentials/,
    ],
    [
      'a token that has expired',
      ['--gcp'],
      () => healthy.environment('ya29.expired'),
      /does not accept the access token.*sign in again/,
    ],
    [
      'a token file that is not there',
      ['--gcp'],
      () => ({ CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: '/nowhere/token' }),
      /Cannot read the access token in \/nowhere\/token/,
    ],
    [
      'an endpoint that is none',
      ['--gcp'],
      () => ({ CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: 'iam' }),
      /CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM="iam"/,
    ],
    ['a project that is none', ['--project', 'Shop'], ofAws, /"Shop" is no id of a project/],
    ['an organization that is none', ['--organization', 'example.com'], ofAws, /gcloud organizations list/],
    [
      'projects and an organization',
      ['--organization', '1', '--project', 'shop-prod'],
      ofAws,
      /--organization.*--project/,
    ],
    ['an option of the other cloud', ['--aws', '--project', 'shop-prod'], ofAws, /--project with --aws/],
    ['a region without AWS', ['--gcp', '--region', 'eu-west-1'], ofAws, /--region with --gcp/],
  ])('%s', async (_, args, env, line) => {
    const { code, stdout, stderr } = await cli.run(['audit', '--quiet', ...args], { env: env() });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^clusterwhy: .+\n$/);
    expect(stderr).toMatch(line);
  });
});
