/** Row A3 with `--live`: every text of a refused role leads to the cause that was planted, as the audit tells it. */
import { readEach } from '../../shared/collect/read-each.ts';
import type { Finding } from '../../shared/report.ts';
import { eksIssuer, roleArn } from '../cloud/identifiers.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { world, type WorldBuilder } from '../cloud/world-builder.ts';
import * as identity from '../cloud/worlds/faulty/identity-faults.ts';
import * as trust from '../cloud/worlds/faulty/trust-faults.ts';
import { podsOlderThanTheirAnnotation } from '../cloud/worlds/faulty/kubernetes-faults.ts';
import { shop, shopAccount } from '../cloud/worlds/healthy.ts';
import {
  commandsHere,
  ofAws,
  recordsOfRefusals,
  told,
  type Answer,
  type CommandsHere,
} from './live-setup.ts';

let cloud: RunningCloud;
let commands: CommandsHere;
let audited: Finding[];
let records: ReadonlyMap<string, string>;
beforeAll(async () => {
  cloud = await startCloud(refusedRoles(), { lookupsPerSecond: Infinity, pageSize: 100 });
  commands = commandsHere(ofAws(cloud));
  const regions = ['eu-west-1', 'us-east-1'].map((region) => recordsOfRefusals(cloud, region));
  records = new Map((await Promise.all(regions)).flatMap((found) => [...found]));
  const texts = [
    ...refusedRolesTold.map(([from, role]) => textOf(from, role)),
    ...beforeTheRole.map(([text]) => text),
  ];
  audited = (await commands.audit('--aws')).findings;
  await readEach(texts, 3, (text) => commands.explain(text));
}, 60_000);
afterAll(async () => {
  commands.close();
  await cloud.close();
});

function refusedRoles() {
  const faulty = world({ now: new Date() });
  shopAccount(faulty);
  const faults: ((world: WorldBuilder) => void)[] = [
    trust.providerWithItsHostTurnedAround,
    trust.policyForTheClusterThatProdReplaced,
    trust.actionForAnotherKindOfCaller,
    trust.subjectThatCannotExist,
    trust.wildcardUnderStringEquals,
    trust.audienceThatNoTokenHas,
    trust.conditionKeyWithHttps,
    trust.addressOutsideTheAllowedRange,
    trust.denyThatMatches,
    trust.variableUnderTheOldVersion,
    trust.vpcThatNoRecordTells,
    identity.roleArnWithElevenDigits,
    identity.roleThatDoesNotExist,
    identity.clusterWhoseIssuerIsNoProvider,
    identity.providerWithoutTheAudience,
    identity.issuerThatDoesNotAnswer,
    identity.sessionLongerThanTheRoleAllows,
    identity.clusterInARegionWithoutSts,
    identity.deniedAlthoughTheTrustPolicyAllows,
    podsOlderThanTheirAnnotation,
  ];
  for (const add of faults) add(faulty);
  return faulty.build();
}

const notAuthorized = 'Not authorized to perform sts:AssumeRoleWithWebIdentity';

/** A text, made of the record that CloudTrail has of the refusal of a role. */
type Text = (record: string, role: string) => string;

const said: Record<string, Text> = {
  'AWS SDK for .NET': (_, role) =>
    `Unhandled exception. Amazon.Runtime.AmazonClientException: Error calling AssumeRole for role ${roleArn(shop, role)}\n ---> Amazon.SecurityToken.AmazonSecurityTokenServiceException: ${notAuthorized}`,
  'Go 1': (record) =>
    `WebIdentityErr: failed to retrieve credentials\ncaused by: AccessDenied: ${notAuthorized}\n\tstatus code: 403, request id: ${requestId(record)}`,
  'Go 2': (record) =>
    `operation error S3: ListBuckets, get identity: get credentials: failed to refresh cached credentials, failed to retrieve credentials, operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403, RequestID: ${requestId(record)}, api error AccessDenied: ${notAuthorized}`,
  'Java 1': (record) =>
    `com.amazonaws.services.securitytoken.model.AWSSecurityTokenServiceException: ${notAuthorized} (Service: AWSSecurityTokenService; Status Code: 403; Error Code: AccessDenied; Request ID: ${requestId(record)})`,
  'Java 2': (record) =>
    `software.amazon.awssdk.services.sts.model.StsException: ${notAuthorized} (Service: Sts, Status Code: 403, Request ID: ${requestId(record)}, Extended Request ID: null)`,
  'JavaScript 2': (record) =>
    `AccessDenied: ${notAuthorized}\n    at Request.extractError (/app/node_modules/aws-sdk/lib/protocol/query.js:50:29) {\n  code: 'AccessDenied',\n  requestId: '${requestId(record)}'`,
  Rust: (record) =>
    `an error occurred while loading credentials: unhandled error (AccessDenied): Error { code: "AccessDenied", message: "${notAuthorized}", aws_request_id: "${requestId(record)}" }`,
  'what STS answers': (record) =>
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${notAuthorized}</Message></Error><RequestId>${requestId(record)}</RequestId></ErrorResponse>`,
  'a record of CloudTrail': (record) => record,
  'a record as the console shows it': (record) => JSON.stringify(JSON.parse(record), null, 4),
  'a record that was cut': (record) => JSON.stringify(JSON.parse(record), null, 2).slice(20, -90),
  'aws cloudtrail lookup-events': (record) =>
    JSON.stringify({ Events: [{ EventId: 'e', CloudTrailEvent: record }] }, null, 2),
};

function requestId(record: string): string {
  return (JSON.parse(record) as { requestID: string }).requestID;
}

/** Who says it, of which role, the rule that is to tell it, and why. */
const refusedRolesTold: [from: string, role: string, rule: string, cause: RegExp][] = [
  ['AWS SDK for .NET', 'catalog-api', 'trust-provider', /the policy names .*oidc\.eu-west-1\.eks/],
  ['a record of CloudTrail', 'search-api', 'trust-other-cluster', /is written for .* of another issuer/],
  ['Go 1', 'image-resizer', 'trust-action', /sts:AssumeRole/],
  ['Go 2', 'shop-cart', 'trust-subject', /allows "system:serviceaccount:shop\/cart"/],
  ['Java 2', 'payments-worker', 'trust-wildcard', /by an equals operator/],
  ['Java 1', 'reviews-api', 'trust-audience', /sts\.amazon\.com/],
  ['JavaScript 2', 'shipping-labels', 'trust-condition-key', /https:/],
  ['Rust', 'bank-connector', 'trust-other-condition', /aws:SourceIp/],
  ['what STS answers', 'checkout-web', 'trust-explicit-deny', /FreezeCheckout|Deny/],
  ['a record that was cut', 'backup', 'trust-policy-version', /has a variable/],
  ['aws cloudtrail lookup-events', 'ledger-writer', 'undecided', /aws:SourceVpc/],
  ['AWS SDK for .NET', 'search-indexer', 'role-missing', /search-indexer/],
  ['a record as the console shows it', 'mail-sender', 'denied-outside-trust', /mail-sender/],
];

const issuer = eksIssuer('eu-west-1', 'batch');
const provider = (cluster: string) => eksIssuer('eu-west-1', cluster).replace('https://', '');
const beforeTheRole: [text: string, rule: string, about: string, cause: RegExp][] = [
  [
    `operation error STS: AssumeRoleWithWebIdentity, exceeded maximum number of attempts, 3, https response error StatusCode: 400, RequestID: a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7, InvalidIdentityToken: No OpenIDConnect provider found in your account for ${issuer}`,
    'provider-missing',
    provider('batch'),
    /batch/,
  ],
  [
    'An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: Incorrect token audience',
    'provider-audience',
    provider('analytics'),
    /analytics\.shop\.example/,
  ],
  [
    "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    'token-rejected',
    'edge',
    /edge/,
  ],
  [
    'ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    'session-duration',
    'nightly-export',
    /43,?200|12 h/,
  ],
];

function textOf(from: string, role: string): string {
  return said[from]?.(records.get(role) ?? '', role) ?? '';
}

/** The finding of the audit of this role or service account. */
function auditedOf(rule: string, name: string): Finding | undefined {
  return audited.find((finding) => finding.rule === rule && finding.subject.name === name);
}

function expectFound(answer: Answer, expected: Finding | undefined, cause: RegExp): void {
  expect(answer.live.report?.findings.map(({ id, rule }) => `${rule} ${id}`)).toEqual([
    `${expected?.rule} ${expected?.id}`,
  ]);
  expect(answer.live.answers.map(({ state, findings }) => [state, ...findings])).toEqual([
    ['found', expected?.id],
  ]);
  expect(answer.live.report?.findings[0]?.cause).toMatch(cause);
  expect(answer.live.notes).toEqual([]);
}

describe('a role that was refused, in the words of', () => {
  it.each(refusedRolesTold)(
    '%s: %s ends with the finding of eks/irsa-%s',
    async (from, role, rule, cause) => {
      expectFound(await commands.explain(textOf(from, role)), auditedOf(`eks/irsa-${rule}`, role), cause);
    },
  );

  it('the article: its record as printed, whose role has an account of eleven digits', async () => {
    const record = `{
    "eventVersion": "1.08",
    "userIdentity": {
        "type": "WebIdentityUser",
        "userName": "system:serviceaccount:serverless:aws-sdk"
    },
    "eventName": "AssumeRoleWithWebIdentity",
    "errorCode": "AccessDenied",
    "errorMessage": "An unknown error occurred",
    "requestParameters": {
        "roleArn": "arn:aws:iam::11112222333:role/AccessEC2role",
        "roleSessionName": "botocore-session-1675698641"
    }
}`;
    const expected = auditedOf('eks/irsa-role-arn-malformed', 'arn:aws:iam::11112222333:role/AccessEC2role');
    expectFound(await commands.explain(record), expected, /11/);
  });

  it('a record of pods that ask for the role of an older annotation: the finding is of the pods', async () => {
    const answer = await commands.explain(records.get('price-feed-v1') ?? '');
    expectFound(answer, auditedOf('eks/irsa-stale-pod', 'prices/feed'), /price-feed-v1/);
  });
});

describe('what STS says before it looks at a role', () => {
  it.each(beforeTheRole)('%s', async (text, rule, about, cause) => {
    expectFound(await commands.explain(text), auditedOf(`eks/irsa-${rule}`, about), cause);
  });

  it('STS is not activated in the region', async () => {
    const text =
      'RegionDisabledException: STS is not activated in this region for account:111122223333. Your account administrator can activate STS in this region using the IAM Console.';
    expectFound(
      await commands.explain(text),
      auditedOf('eks/sts-region-disabled', 'reporting'),
      /eu-central-1/,
    );
  });
});

it('a text that names nothing tells every refusal that was seen, those of calls before what is latent', async () => {
  const text = `botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: ${notAuthorized}`;
  const answer = await commands.explain(text);
  const refused = audited.filter(({ denial }) => denial !== null && denial.errorCode === 'AccessDenied');
  const ids = answer.live.answers[0]?.findings ?? [];
  expect(told(answer)[0]).toMatch(/^aws-web-identity-denied found /);
  expect(new Set(ids.slice(0, refused.length))).toEqual(new Set(refused.map(({ id }) => id)));
});
