/** Rows A1, A2 and A4 and Pod Identity with `--live`: the texts lead to the causes that were planted, as the audit tells them. */
import type { Finding } from '../../shared/report.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { world } from '../cloud/world-builder.ts';
import * as network from '../cloud/worlds/faulty/network-faults.ts';
import * as permission from '../cloud/worlds/faulty/permission-faults.ts';
import * as pods from '../cloud/worlds/faulty/pod-identities.ts';
import { healthyWorkloads, shopAccount } from '../cloud/worlds/healthy.ts';
import { commandsHere, ofAws, type Answer, type CommandsHere } from './live-setup.ts';

let cloud: RunningCloud;
let commands: CommandsHere;
let audited: Finding[];
beforeAll(async () => {
  cloud = await startCloud(faults(), { lookupsPerSecond: Infinity, pageSize: 100 });
  commands = commandsHere(ofAws(cloud));
  audited = (await commands.audit('--aws')).findings;
}, 60_000);
afterAll(async () => {
  commands.close();
  await cloud.close();
});

function faults() {
  const faulty = world({ now: new Date() });
  shopAccount(faulty);
  healthyWorkloads(faulty);
  for (const add of [
    pods.serviceAccountThatWasNeverAnnotated,
    pods.annotationWithAnUnderscore,
    pods.podsOlderThanTheirAnnotation,
    pods.clusterWithoutWebhookAndAgent,
    pods.applicationOnTheNodesRole,
    pods.programWithAnSdkFromBeforeWebIdentity,
    pods.roleWithoutTagSession,
    pods.associationForAServiceAccountThatDoesNotExist,
    network.isolatedClusterWithoutStsEndpoint,
    network.vpcWithoutDns,
    network.ec2EndpointThatLetsNobodyIn,
    network.coreDnsThatNoNodeTakes,
    network.clusterWhoseNodesAreAllLost,
    permission.describeInstancesThatNoPolicyAllows,
    permission.actionThatNoPolicyAllows,
    permission.refusalThatIsEncoded,
    permission.actionOutsideTheBoundary,
    permission.regionThatTheOrganizationForbids,
  ])
    add(faulty);
  return faulty.build();
}

/** What the audit finds, as `rule name`. */
function auditedIds(...wanted: string[]): string[] {
  return wanted.map((one) => {
    const found = audited.filter(({ rule, subject }) => `${rule} ${subject.name}` === `eks/${one}`);
    expect([one, found.length]).toEqual([one, 1]);
    return found[0]?.id ?? '';
  });
}

function expectFound(answer: Answer, ...wanted: string[]): void {
  const told = answer.live.report?.findings.map(({ rule, subject }) => `${rule} ${subject.name}`).sort();
  expect(told).toEqual(wanted.map((one) => `eks/${one}`).sort());
  const ids = answer.live.answers.flatMap(({ findings }) => findings);
  expect([...new Set(ids)].sort()).toEqual(auditedIds(...wanted).sort());
  expect(new Set(answer.live.answers.map(({ state }) => state))).toEqual(new Set(['found']));
  expect(answer.live.notes).toEqual([]);
}

describe('A1: no credentials', () => {
  const all = [
    'service-account-not-annotated shop/price-feed',
    'service-account-annotation-key shop/newsletter',
    'pod-without-identity shop/returns',
    'pod-identity-webhook-missing post',
    'pod-identity-agent-missing post',
    'pod-identity-association a-d2l64kdhhvgiw54ns',
    'sdk-too-old boto3 1.9.100',
  ];
  const texts: [from: string, text: string][] = [
    [
      'the article',
      'File "/usr/local/lib/python2.7/site-packages/botocore/auth.py", line 315, in add_auth\nraise NoCredentialsError\nbotocore.exceptions.NoCredentialsError: Unable to locate credentials',
    ],
    [
      'Java 2',
      'software.amazon.awssdk.core.exception.SdkClientException: Unable to load credentials from any of the providers in the chain AwsCredentialsProviderChain(credentialsProviders=[SystemPropertyCredentialsProvider(), EnvironmentVariableCredentialsProvider()])',
    ],
    ['JavaScript 3', 'CredentialsProviderError: Could not load credentials from any providers'],
  ];

  it.each(texts)('%s names nothing: every pod without credentials is told', async (_, text) => {
    expectFound(await commands.explain(text), ...all);
  });

  const named: [pod: string, finding: string][] = [
    ['returns-153b2a38cb-daf7e', 'pod-without-identity shop/returns'],
    ['price-feed-7f85bf9964-kz8lp', 'service-account-not-annotated shop/price-feed'],
  ];
  it.each(named)('a log with the name of the pod %s tells the one of it', async (pod, finding) => {
    const text = `[pod/${pod}/app] NoCredentialProviders: no valid providers in chain. Deprecated.`;
    expectFound(await commands.explain(text), finding);
  });

  it('the agent of Pod Identity does not answer', async () => {
    const text =
      'failed to refresh cached credentials, failed to load credentials, Get "http://169.254.170.23/v1/credentials": context deadline exceeded';
    expectFound(await commands.explain(text), 'pod-identity-agent-missing post');
  });
});

describe('A2: an endpoint cannot be reached', () => {
  const ofAllEndpoints = [
    'coredns-unhealthy labs',
    'no-ready-nodes nightshift',
    `vpc-dns-disabled ${network.silent.vpc}`,
  ];
  const sts = `sts-unreachable ${network.isolated.privateTable}`;
  const ec2 = `endpoint-unreachable ${network.closed.endpoint('ec2')}`;

  it('the article, which names two endpoints of one region', async () => {
    const text = `File "/usr/local/lib/python2.7/site-packages/botocore/retryhandler.py", line 359, in _check_caught_exception
raise caught_exception
botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: "https://ec2.eu-west-1.amazonaws.com/"
botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: "https://sts.eu-west-1.amazonaws.com/"`;
    expectFound(await commands.explain(text), ...ofAllEndpoints, sts, ec2);
  });

  it('JavaScript 3, STS alone: the endpoint of EC2 is none of it', async () => {
    const text = 'Error: getaddrinfo ENOTFOUND sts.eu-west-1.amazonaws.com';
    expectFound(await commands.explain(text), ...ofAllEndpoints, sts);
  });

  it('Go 1, EC2 alone', async () => {
    const text =
      'RequestError: send request failed\ncaused by: Post "https://ec2.eu-west-1.amazonaws.com/": dial tcp: lookup ec2.eu-west-1.amazonaws.com on 10.100.0.10:53: no such host';
    expectFound(await commands.explain(text), ...ofAllEndpoints, ec2);
  });

  it('kubectl shows a pod of CoreDNS that waits', async () => {
    const text =
      'coredns-7f85bf9964-kz8lp   0/1     Pending   0          15d   <none>   <none>   <none>   <none>';
    expectFound(await commands.explain(text), ...ofAllEndpoints.slice(0, 2));
  });

  it('looks in no other region than that of the endpoint, and at no call with a role of a node or a pod', async () => {
    const before = cloud.calls.length;
    await commands.explain('UnknownEndpoint: getaddrinfo EAI_AGAIN sqs.us-east-1.amazonaws.com');
    const calls = cloud.calls.slice(before).map(({ action, region }) => `${action} ${region}`);
    const regional = calls.filter((call) => /^(eks|ec2|cloudtrail):/.test(call));
    expect(regional.filter((call) => !call.endsWith(' us-east-1'))).toEqual([]);
    expect(calls.filter((call) => call.startsWith('eks:ListClusters'))).toHaveLength(1);
    expect(calls.filter((call) => /^(iam:Simulate|sts:Decode)/.test(call))).toEqual([]);
  });
});

describe('A4: a role lacks a permission', () => {
  it('the article in Japanese, which names the action alone', async () => {
    const text =
      'File "/usr/local/lib/python3.11/site-packages/botocore/client.py", line 960, in _make_api_call\nraise error_class(parsed_response, operation_name)\nbotocore.exceptions.ClientError: DescribeInstances オペレーションを呼び出したときに、エラー (UnauthorizedOperation) が発生しました: この操作を実行する権限がありません。';
    expectFound(await commands.explain(text), 'permission-missing AccessEC2role');
  });

  const session = (role: string) => `arn:aws:sts::111122223333:assumed-role/${role}/botocore-session-${role}`;
  const texts: [what: string, role: string, text: string][] = [
    [
      'no identity policy allows it (AWS CLI)',
      'orders-events',
      `An error occurred (AuthorizationError) when calling the Publish operation: User: ${session('orders-events')} is not authorized to perform: SNS:Publish on resource: arn:aws:sns:eu-west-1:111122223333:orders because no identity-based policy allows the SNS:Publish action`,
    ],
    [
      'no permissions boundary allows it (Java 2)',
      'tenant-keys',
      `software.amazon.awssdk.services.kms.model.KmsException: User: ${session('tenant-keys')} is not authorized to perform: kms:CreateKey on resource: * because no permissions boundary allows the kms:CreateKey action (Service: Kms, Status Code: 400, Request ID: d8ee3773-3046-41d0-9b95-373ec1ae7b07)`,
    ],
    [
      'a service control policy denies it (Go 2)',
      'geo-replica',
      'operation error DynamoDB: CreateTable, https response error StatusCode: 400, RequestID: A3EAD691BF6C4A2B93B6D9B6B6A1F0C7, api error AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/geo-replica/eks-prod-replica-7d9f8-2f6f4f0e-8f0a-4a3c-9a53-0d2a7f5b9c11 is not authorized to perform: dynamodb:CreateTable on resource: arn:aws:dynamodb:eu-west-1:111122223333:table/replica with an explicit deny in a service control policy: arn:aws:organizations::999988887777:policy/o-exampleorg1/service_control_policy/p-regions',
    ],
    [
      'EC2 tells it encoded, in a record of CloudTrail',
      'volume-snapshots',
      '{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/volume-snapshots/s","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/volume-snapshots"}}},"eventSource":"ec2.amazonaws.com","eventName":"CreateSnapshot","awsRegion":"eu-west-1","errorCode":"Client.UnauthorizedOperation","errorMessage":"You are not authorized to perform this operation. Encoded authorization failure message: 4wW7dAbcdEFGHijklMNOPqrstuvWXYZ0123456789"}',
    ],
  ];
  it.each(texts)('%s: the finding of %s', async (_, role, text) => {
    expectFound(await commands.explain(text), `permission-missing ${role}`);
  });

  it('a call for an S3 object, which the event history never holds, is proven by the policies', async () => {
    const text = `An error occurred (AccessDenied) when calling the PutObject operation: User: ${session('orders-events')} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::shop-orders/2026/1.json" because no identity-based policy allows the s3:PutObject action`;
    const { live } = await commands.explain(text);
    const [finding, ...more] = live.report?.findings ?? [];
    expect([finding?.rule, finding?.subject.name, more]).toEqual([
      'eks/permission-missing',
      'orders-events',
      [],
    ]);
    expect(live.notes).toEqual([
      expect.stringMatching(/^Known from the text alone, .*orders-events s3:PutObject$/),
    ]);
    expect(finding?.evidence.map(({ value }) => value).join('\n')).toContain(
      's3:PutObject on arn:aws:s3:::shop-orders/2026/1.json',
    );
    expect([finding?.fix.verified, finding?.fix.commands.join('\n')]).toEqual([
      true,
      expect.stringContaining('"s3:PutObject"'),
    ]);
  });

  it('a text that wants more granted than any service refuses is not judged', async () => {
    const text = `User: ${session('orders-events')} is not authorized to perform: s3:* on resource: * because no identity-based policy allows the s3:* action`;
    const { live } = await commands.explain(text);
    expect(live.notes).toEqual([]);
    expect(JSON.stringify(live.report?.findings)).not.toContain('s3:*');
  });

  it('an action that the role has been given since: nothing is wrong now', async () => {
    const text = `An error occurred (AuthorizationError) when calling the Subscribe operation: User: ${session('orders-events')} is not authorized to perform: SNS:Subscribe on resource: arn:aws:sns:eu-west-1:111122223333:orders because no identity-based policy allows the SNS:Subscribe action`;
    const { live } = await commands.explain(text);
    expect(live.answers.map(({ state }) => state)).toEqual(['nothing']);
  });

  it('EC2 tells it encoded: it is decoded, and names role and action', async () => {
    const document = {
      allowed: false,
      explicitDeny: false,
      matchedStatements: { items: [] },
      context: {
        principal: { arn: session('volume-snapshots') },
        action: 'ec2:CreateSnapshot',
        resource: '*',
      },
    };
    const encoded = Buffer.from(JSON.stringify(document)).toString('base64');
    const text = `UnauthorizedOperation: You are not authorized to perform this operation. Encoded authorization failure message: ${encoded}\n\tstatus code: 403, request id: a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7`;
    expectFound(await commands.explain(text), 'permission-missing volume-snapshots');
  });

  it('a message that cannot be decoded is said, and what may be meant is told', async () => {
    const text =
      'UnauthorizedOperation: You are not authorized to perform this operation. Encoded authorization failure message: 4wW7dAbcdEFGHijklMNOPqrstuvWXYZ0123456789-_abcdef';
    const { live } = await commands.explain(text);
    expect(live.notes).toEqual([expect.stringMatching(/^The encoded message could not be decoded, /)]);
    expect(live.answers.map(({ state }) => state)).toEqual(['found']);
  });

  it("the node's role: the application that has no role of its own", async () => {
    const text =
      'An error occurred (AuthorizationError) when calling the ListTopics operation: User: arn:aws:sts::111122223333:assumed-role/eks-node/i-00000000000000021 is not authorized to perform: sns:ListTopics on resource: arn:aws:sns:eu-west-1:111122223333:* because no identity-based policy allows the sns:ListTopics action';
    expectFound(await commands.explain(text), 'pod-on-node-role eks-node');
  });
});

describe('Pod Identity', () => {
  it('EKS may not assume the role (botocore)', async () => {
    const text =
      'Error when retrieving credentials from container-role: Error retrieving metadata: Received non 200 response 400 from container metadata: [a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7]: (AccessDeniedException): Unauthorized Exception! EKS does not have permissions to assume the associated role., fault: client';
    expectFound(await commands.explain(text), 'pod-identity-trust gift-cards');
  });

  it('the record of CloudTrail, of which only its cluster is opened', async () => {
    const text =
      '{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole"},"eventSource":"eks-auth.amazonaws.com","eventName":"AssumeRoleForPodIdentity","awsRegion":"eu-west-1","errorCode":"AccessDenied","errorMessage":"Unauthorized Exception! EKS does not have permissions to assume the associated role.","requestParameters":{"clusterName":"prod"}}';
    expectFound(await commands.explain(text), 'pod-identity-trust gift-cards');
  });
});
