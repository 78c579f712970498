/** `clusterwhy explain --live` where there is no cause to be told: what is said then, and what is not asked. */
import { readEach } from '../../shared/collect/read-each.ts';
import { AUDITOR_TOKEN } from '../cloud/google/world.ts';
import { startGoogleCloud, type GoogleCloud } from '../cloud/google/start-google-cloud.ts';
import { healthyWorld as healthyProjects } from '../cloud/google/worlds/healthy.ts';
import { largeWorld } from '../cloud/google/worlds/large.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { deniedWorld } from '../cloud/worlds/denied.ts';
import { healthyWorld } from '../cloud/worlds/healthy.ts';
import { commandsHere, ofAws, told, type CommandsHere } from './live-setup.ts';

const largestPage = { largestPage: 100 };
const notAuthorized = 'Not authorized to perform sts:AssumeRoleWithWebIdentity';
const refused = (role: string) => `Error calling AssumeRole for role ${role}\n ---> ${notAuthorized}`;

/** One of each row, of what is in order. */
const sound: [text: string, args: string[]][] = [
  ['botocore.exceptions.NoCredentialsError: Unable to locate credentials', []],
  [
    'botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: "https://sts.eu-west-1.amazonaws.com/"',
    [],
  ],
  [refused('arn:aws:iam::111122223333:role/external-dns'), []],
  ['error: You must be logged in to the server (Unauthorized)', ['--project', 'shop-prod']],
  ['Node pool "default-pool" requires recreation.', ['--project', 'shop-prod']],
  ['Error 400/403: Missing edit permissions on account', ['--project', 'shop-prod']],
];

/** Permissions that were refused to somebody, of which no log tells. */
const unseen: [text: string, args: string[]][] = [
  [
    'Required "container.clusters.get" permission(s) for "projects/shop-prod/locations/europe-west1/clusters/shop".',
    [],
  ],
  [
    "Retry budget exhausted: Google Compute Engine: Required permission 'compute.regions.get' for 'projects/shop-prod/regions/europe-west1'.",
    [],
  ],
];

describe('in clouds in which nothing is wrong', () => {
  let aws: RunningCloud;
  let google: GoogleCloud;
  let commands: CommandsHere;
  beforeAll(async () => {
    aws = await startCloud(healthyWorld(), { lookupsPerSecond: Infinity, pageSize: 100 });
    google = await startGoogleCloud(healthyProjects(new Date()), largestPage);
    commands = commandsHere({ ...google.environment(AUDITOR_TOKEN), ...ofAws(aws) });
    await readEach([...sound, ...unseen], 5, ([text, args]) => commands.explain(text, ...args));
  }, 60_000);
  afterAll(async () => {
    commands.close();
    await Promise.all([aws.close(), google.close()]);
  });

  /** What the clouds were asked while this ran. */
  async function requestsOf(run: () => Promise<unknown>) {
    const [calls, arrivals] = [aws.calls.length, google.access.arrivals.length];
    await run();
    return {
      aws: aws.calls.slice(calls).map(({ action, region }) => `${action} ${region}`),
      google: google.access.arrivals.slice(arrivals).map(({ path }) => path),
    };
  }

  it.each(sound)('%s: nothing is wrong now', async (text, args) => {
    const { live } = await commands.explain(text, ...args);
    expect(live.answers.map(({ state, why }) => [state, ...why])).toEqual([['nothing']]);
    expect([live.notes, live.report?.findings]).toEqual([[], []]);
  });

  it.each(unseen)('%s: whether it is so is not known', async (text, args) => {
    const { live } = await commands.explain(text, ...args);
    expect(live.answers.map(({ state, why }) => [state, ...why])).toEqual([
      ['undecided', expect.stringMatching(/^no refusal like this stands in the logs and operations/)],
    ]);
  });

  it('people are told that it may have been repaired, before the causes that are left to look for', async () => {
    const text = await commands.explainText(refused('arn:aws:iam::111122223333:role/external-dns'));
    expect(plain(text)).toMatch(
      /^What the clouds show now Nothing that leads to this error is wrong now\. It may have been repaired meanwhile/,
    );
    expect(plain(text)).toContain('1. The pod asks for another role than you mean');
  });

  it('several errors are answered one by one, each under its title', async () => {
    const text = await commands.explainText(
      `${refused('arn:aws:iam::111122223333:role/external-dns')}\nNode pool "default-pool" requires recreation.`,
      '--project',
      'shop-prod',
    );
    expect(
      text
        .split('\n\n\n')[0]
        ?.split('\n')
        .filter((line) => !line.startsWith('  ')),
    ).toEqual([
      'What the clouds show now',
      '',
      'STS refused the role to the service account',
      '',
      'A node pool must be made anew before the operation can go on (400)',
    ]);
  });

  it('a cluster that was not found and is not named: where it is remains unknown', async () => {
    const { live } = await commands.explain(
      'ERROR: (gcloud.container.clusters.describe) ResponseError: code=404',
      '--project',
      'shop-prod',
    );
    expect(live.answers.map(({ state, why }) => [state, ...why])).toEqual([
      ['undecided', expect.stringMatching(/^where the cluster is: the text does not name it/)],
    ]);
  });

  it('a request that CloudTrail has no record of: it may come up to 15 minutes late', async () => {
    const id = 'a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7';
    const text = `api error AccessDenied: ${notAuthorized}, operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403, RequestID: ${id}, api error AccessDenied`;
    const { live } = await commands.explain(text, '--region', 'eu-west-1');
    expect(live.notes).toEqual([
      expect.stringMatching(`^CloudTrail has no record of the request ${id} in eu-west-1 .*15 minutes`),
    ]);
  });

  it('STS records no token that it could not verify: no event is looked for', async () => {
    const text =
      'operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 400, RequestID: a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7, InvalidIdentityToken: Incorrect token audience';
    const { live } = await commands.explain(text, '--region', 'eu-west-1');
    expect([live.notes, live.answers.map(({ state }) => state)]).toEqual([[], ['nothing']]);
  });

  it('a role of another account: what is there was not looked at, and nothing is guessed', async () => {
    const { live } = await commands.explain(refused('arn:aws:iam::444455556666:role/lake-reader'));
    expect(live.answers.map(({ state }) => state)).toEqual(['undecided']);
    expect(live.answers[0]?.why[0]).toMatch(
      /^The text names the AWS account 444455556666, and the credentials are of 111122223333: .*--profile/,
    );
  });

  it('a refused call of which no event is there, and whose caller the text does not name', async () => {
    const text =
      'An error occurred (UnauthorizedOperation) when calling the DescribeInstances operation: You are not authorized to perform this operation.';
    const { live } = await commands.explain(text, '--region', 'eu-west-1');
    expect(live.answers.map(({ state, why }) => [state, ...why])).toEqual([
      ['undecided', expect.stringMatching(/^no refused call like this stands in the event history/)],
    ]);
  });

  it('a role that the account does not have, which nothing there uses', async () => {
    const { live } = await commands.explain(refused('arn:aws:iam::111122223333:role/no-such'));
    expect(
      live.answers.map(({ state, seen }) => [
        state,
        ...seen.map(({ says, command }) => `${says} ${command}`),
      ]),
    ).toEqual([
      [
        'seen',
        expect.stringMatching(/^There is no role no-such in the account 111122223333: what does not exist/),
      ],
    ]);
    const text = await commands.explainText(refused('arn:aws:iam::111122223333:role/no-such'));
    expect(text).not.toContain('Nothing that leads to this error');
  });

  it('an issuer that is no provider in the account, and no cluster of it', async () => {
    const issuer = 'https://oidc.eks.eu-west-1.amazonaws.com/id/00000000000000000000000000000000';
    const { live } = await commands.explain(`No OpenIDConnect provider found in your account for ${issuer}`);
    expect(
      live.answers.map(({ state, seen }) => [
        state,
        ...seen.map(({ says, command }) => `${says} ${command}`),
      ]),
    ).toEqual([
      [
        'seen',
        expect.stringMatching(
          `no OIDC provider for ${issuer}.*create-open-id-connect-provider --url ${issuer}`,
        ),
      ],
    ]);
  });

  it('an error that is older than the events that were read', async () => {
    const text = `2026-01-02T03:04:05Z ERROR ${refused('arn:aws:iam::111122223333:role/external-dns')}`;
    const { live } = await commands.explain(text, '--region', 'eu-west-1', '--since', '2h');
    expect(live.notes).toEqual([
      expect.stringMatching(/^The error is of 2026-01-02T03:04:05Z, and events were read from .*--since/),
    ]);
  });

  it('what only the pod or the machine shows asks no cloud', async () => {
    const text =
      "To use web identity tokens, the 'sts' service module must be on the class path.\nERROR: (gcloud.container.clusters.list) You do not currently have an active account selected.";
    const requests = await requestsOf(async () => {
      expect(told(await commands.explain(text))).toEqual([
        'aws-sdk-module-missing elsewhere',
        'google-login-expired elsewhere',
      ]);
    });
    expect(requests).toEqual({ aws: [], google: [] });
  });

  it("a text of Google asks AWS nothing, and of no other project's clusters", async () => {
    const { aws: ofAmazon, google: paths } = await requestsOf(() =>
      commands.explain('Node pool "batch" requires recreation.', '--project', 'legacy-prod'),
    );
    expect(ofAmazon).toEqual([]);
    expect(paths.filter((path) => path.includes('/clusters'))).toEqual([
      expect.stringContaining('projects/legacy-prod/locations/-/clusters'),
    ]);
  });

  it('a text of AWS asks Google nothing, and no other region than its own', async () => {
    const record = `{"eventVersion":"1.11","userIdentity":{"type":"WebIdentityUser","userName":"system:serviceaccount:kube-system:external-dns"},"eventSource":"sts.amazonaws.com","eventName":"AssumeRoleWithWebIdentity","awsRegion":"eu-west-1","errorCode":"AccessDenied","errorMessage":"An unknown error occurred","requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/external-dns"},"eventID":"e","requestID":"r"}`;
    const { aws: calls, google: paths } = await requestsOf(() => commands.explain(record));
    expect(paths).toEqual([]);
    // What changed in IAM is recorded in us-east-1.
    const regional = calls.filter((call) => /^(eks|ec2):/.test(call));
    expect([...new Set(regional)].sort()).toEqual([
      'eks:DescribeCluster eu-west-1',
      'eks:ListClusters eu-west-1',
    ]);
    // Neither what runs on nodes nor what roles may do is asked for by a refusal of STS.
    expect(calls.filter((call) => /^(ec2:|iam:Simulate)/.test(call))).toEqual([]);
  });

  const clusters: [cluster: string, said: RegExp][] = [
    [
      'locations/us-east1/clusters/shop',
      /^The cluster shop is in europe-west1, us-central1: gcloud container clusters get-credentials shop --location=europe-west1 --project=shop-prod$/,
    ],
    [
      'locations/europe-west1/clusters/shop',
      /^There is a cluster shop in europe-west1 now: .*gcloud auth login/,
    ],
    [
      'locations/europe-west1/clusters/store',
      /^The project shop-prod has no cluster store: .*shop \(europe-west1\).* null$/,
    ],
  ];
  it.each(clusters)('G5, %s was not found: it is said where it is', async (cluster, said) => {
    const text = `ERROR: (gcloud.container.clusters.get-credentials) ResponseError: code=404, message=Not found: projects/shop-prod/${cluster}.`;
    const { live } = await commands.explain(text);
    expect(
      live.answers.map(({ state, seen }) => [
        state,
        ...seen.map(({ says, command }) => `${says} ${command}`),
      ]),
    ).toEqual([['seen', expect.stringMatching(said)]]);
  });

  it('a number of a project that cannot be found is said, and no other project is looked at', async () => {
    const text =
      'Kubernetes Engine API has not been used in project 999999999999 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/container.googleapis.com/overview?project=999999999999';
    const { live } = await commands.explain(text);
    expect(live.answers.map(({ state }) => state)).toEqual(['not looked at']);
    expect(live.notes.join('\n')).toMatch(
      /by its number 999999999999, whose id could not be read: .*\n.*--project/,
    );
  });
});

describe('where the auditor is refused what it asks for', () => {
  it('that is said with the permission, and no cause is guessed', async () => {
    const cloud = await startCloud(deniedWorld({ refused: ['iam:ListRoles', 'iam:GetRole'] }), {
      lookupsPerSecond: Infinity,
    });
    const commands = commandsHere(ofAws(cloud));
    const text = await commands.explainText(refused('arn:aws:iam::111122223333:role/external-dns'));
    const { live } = await commands.explain(refused('arn:aws:iam::111122223333:role/external-dns'));
    commands.close();
    await cloud.close();
    expect([live.answers.map(({ state }) => state), live.report?.findings]).toEqual([['undecided'], []]);
    expect(plain(text)).toMatch(
      /^What the clouds show now No cause was found, and this is not known: - .*iam:ListRoles/,
    );
  });

  it('credentials that AWS does not take are one line, and the explanation stands', async () => {
    const cloud = await startCloud(healthyWorld());
    const commands = commandsHere({ ...ofAws(cloud), AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN000000000' });
    const { live, explanations } = await commands.explain(
      refused('arn:aws:iam::111122223333:role/external-dns'),
    );
    commands.close();
    await cloud.close();
    expect([live.report, live.answers.map(({ state }) => state), explanations.length]).toEqual([
      null,
      ['not looked at'],
      1,
    ]);
    expect(live.notes).toEqual([expect.stringMatching(/^AWS could not be looked at: /)]);
  });
});

it('a text that names no project of the many that are seen: one must be named', async () => {
  const google = await startGoogleCloud(largeWorld(new Date(), 60), largestPage);
  const commands = commandsHere(google.environment());
  const { live } = await commands.explain('Node pool "a" requires recreation.');
  const before = google.access.arrivals.length;
  commands.close();
  await google.close();
  expect(live.answers.map(({ state }) => state)).toEqual(['not looked at']);
  expect(live.notes).toEqual([expect.stringMatching(/the credentials see 6\d; name one with --project$/)]);
  expect(before).toBeLessThan(5);
});

function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
