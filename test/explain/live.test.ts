/** `clusterwhy explain --live` against the simulated clouds: what a workload logs leads to the finding of the audit. */
import type { Report } from '../../shared/report.ts';
import { buildCommandLine, type CommandLine } from '../cli/command-line.ts';
import { startGoogleCloud, type GoogleCloud } from '../cloud/google/start-google-cloud.ts';
import { faultyWorld as faultyProjects } from '../cloud/google/worlds/faulty.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { world } from '../cloud/world-builder.ts';
import { roleThatDoesNotExist } from '../cloud/worlds/faulty/identity-faults.ts';
import {
  providerWithItsHostTurnedAround,
  subjectThatCannotExist,
} from '../cloud/worlds/faulty/trust-faults.ts';
import { shopAccount } from '../cloud/worlds/healthy.ts';
import type { Answer } from './live-setup.ts';

const account = '111122223333';

let cli: CommandLine;
let aws: RunningCloud;
let google: GoogleCloud;
let audited: Report;
beforeAll(async () => {
  cli = await buildCommandLine();
  aws = await startCloud(threeFaults(), { lookupsPerSecond: Infinity });
  google = await startGoogleCloud(faultyProjects(new Date()), { largestPage: 100 });
  const args = [
    'audit',
    '--aws',
    '--region',
    'eu-west-1',
    '--output',
    'json',
    '--quiet',
    '--kubernetes',
    'never',
  ];
  audited = JSON.parse((await cli.run(args, { env: ofAws() })).stdout) as Report;
}, 120_000);
afterAll(async () => {
  await Promise.all([aws, google].map((cloud) => cloud.close()));
  await cli.remove();
});

/** Three refused workloads among healthy ones: few enough events for the pace of LookupEvents. */
function threeFaults() {
  const faulty = world({ now: new Date() });
  shopAccount(faulty);
  for (const add of [providerWithItsHostTurnedAround, subjectThatCannotExist, roleThatDoesNotExist])
    add(faulty);
  return faulty.build();
}

const ofAws = () => ({ ...aws.environment(account), CLUSTERWHY_OIDC_DISCOVERY_URL: aws.discoveryBaseUrl });

async function explainLive(input: string, env: Record<string, string>, args: string[] = []) {
  const ended = await cli.run(['explain', '--live', '--output', 'json', ...args], { env, input });
  return { ...ended, answer: JSON.parse(ended.stdout) as Answer };
}

const findingIds = ({ live }: Answer) => live.report?.findings.map(({ id }) => id);

describe('AWS', () => {
  it('refusals in one log end with the findings of the audit, each of its own role', async () => {
    const arns = ['catalog-api', 'shop-cart', 'search-indexer'].map(
      (role) => `arn:aws:iam::${account}:role/${role}`,
    );
    const log = arns.map(
      (arn) =>
        `Amazon.Runtime.AmazonClientException: Error calling AssumeRole for role ${arn}\n ---> Not authorized to perform sts:AssumeRoleWithWebIdentity\n`,
    );
    const { code, answer } = await explainLive(log.join(''), ofAws(), ['--region', 'eu-west-1']);
    const expected = audited.findings.filter(({ subject }) => arns.includes(subject.id));
    const rules = ['eks/irsa-role-missing', 'eks/irsa-trust-provider', 'eks/irsa-trust-subject'];
    expect(expected.map((finding) => finding.rule).sort()).toEqual(rules);
    expect([code, findingIds(answer)]).toEqual([0, expected.map(({ id }) => id)]);
  });

  it('the request id alone leads to the record, and through it to role, service account and finding', async () => {
    const event = await deniedEvent('shop-cart');
    const text = `WebIdentityErr: failed to retrieve credentials\ncaused by: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity\n\tstatus code: 403, request id: ${event.requestID}`;
    const { stdout } = await cli.run(['explain', '--live', '--region', 'eu-west-1', '--quiet'], {
      env: ofAws(),
      input: text,
    });
    expect(stdout).toMatch(
      /^What the clouds show now\n {2}HIGH {2}A trust policy names another service account\n[^]*\n\n\nSTS refused the role/,
    );
    expect(stdout).toContain('\nkubectl describe serviceaccount cart -n shop | grep -i arn\n');
    expect(stdout).toContain(
      '\naws iam get-role --role-name shop-cart --query Role.AssumeRolePolicyDocument\n',
    );
    const ids = audited.findings.map(({ id, subject }) => [subject.name, stdout.includes(id)]);
    expect(ids.filter(([, isTold]) => isTold)).toEqual([['shop-cart', true]]);
    expect(stdout.lastIndexOf('eks/irsa-trust-subject')).toBeGreaterThan(stdout.indexOf('kubectl describe'));
    expect(stdout.indexOf('[proven]')).toBeGreaterThan(stdout.indexOf('aws-web-identity-denied'));
    expect(stdout).toContain('\naws iam update-assume-role-policy --role-name shop-cart ');
  });

  async function deniedEvent(role: string): Promise<{ requestID: string }> {
    const { CloudTrailClient, LookupEventsCommand } = await import('@aws-sdk/client-cloudtrail');
    const client = new CloudTrailClient(aws.clientOptions(account));
    const attributes = [{ AttributeKey: 'EventName' as const, AttributeValue: 'AssumeRoleWithWebIdentity' }];
    let token: string | undefined;
    do {
      const page = await client.send(
        new LookupEventsCommand({ LookupAttributes: attributes, ...(token && { NextToken: token }) }),
      );
      const found = page.Events?.find(({ CloudTrailEvent: json }) => json?.includes(`role/${role}"`));
      if (found?.CloudTrailEvent) return JSON.parse(found.CloudTrailEvent) as { requestID: string };
      token = page.NextToken;
    } while (token);
    throw new Error(`Cannot find a refused call for ${role}: the world has none`);
  }
});

describe('Google Cloud', () => {
  it('refusals in two projects end with the finding of each', async () => {
    const text = [
      "Error: googleapi: Error 403: Google Compute Engine: Required 'compute.networks.get' permission for 'projects/orders-prod/global/networks/default'.",
      'googleapi: Error 403: Kubernetes Engine API has not been used in project billing-prod before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/container.googleapis.com/overview?project=billing-prod then retry.',
    ].join('\n');
    const { code, answer } = await explainLive(text, google.environment());
    const findings = answer.live.report?.findings ?? [];
    expect([code, findings.map(({ account: project, rule }) => `${project} ${rule}`).sort()]).toEqual([
      0,
      ['billing-prod gke/api-disabled', 'orders-prod gke/service-agent-binding'],
    ]);
  });
});

describe('without credentials', () => {
  it('it is said first that nothing was looked at, and why; the explanation is printed, and the exit code is 0', async () => {
    const { code, stdout } = await cli.run(['explain', '--live', 'Incorrect token audience']);
    expect(code).toBe(0);
    const [first, explanation] = stdout.split('\n\n\n');
    expect(plain(first)).toMatch(
      /^What the clouds show now Nothing was looked at\. - AWS could not be looked at: No AWS credentials were found/,
    );
    expect(explanation).toMatch(/^The identity provider does not take the token's audience\n/);
  });

  it('Google Cloud likewise', async () => {
    const { code, stdout } = await cli.run(['explain', '--live', 'Node pool "a" requires recreation']);
    const [first, explanation] = stdout.split('\n\n\n');
    expect([code, explanation?.split('\n')[0]]).toEqual([
      0,
      'A node pool must be made anew before the operation can go on (400)',
    ]);
    expect(plain(first)).toMatch(
      /Google Cloud could not be looked at: .*gcloud auth application-default login/,
    );
  });

  it('the cloud for which there are some is looked at', async () => {
    const text = `Error calling AssumeRole for role arn:aws:iam::${account}:role/shop-cart\n ---> Not authorized to perform sts:AssumeRoleWithWebIdentity\nNode pool "a" requires recreation`;
    const { code, answer } = await explainLive(text, ofAws());
    expect([code, answer.live.answers.map(({ kind, state }) => `${kind} ${state}`)]).toEqual([
      0,
      ['aws-web-identity-denied found', 'gke-node-pool-recreation not looked at'],
    ]);
    expect(answer.live.notes).toEqual([expect.stringMatching(/^Google Cloud could not be looked at: /)]);
  });

  it('a text without a known error asks no cloud', async () => {
    const { code, stdout, stderr } = await cli.run(['explain', '--live', 'all is well'], { env: ofAws() });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^There is no error that clusterwhy knows/);
  });
});

const plain = (text = '') => text.replaceAll(/\s+/g, ' ');
