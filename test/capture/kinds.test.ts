/** Every kind of refused call, from its record to the denial that the audit's own grouping makes of it. */
import { readCapturedEvent } from '../../shared/capture/captured-event.ts';
import {
  asEvent,
  account,
  refusedRecord,
  region,
  start,
  startCapture,
  type Capture,
} from './capture-setup.ts';

let capture: Capture;
beforeAll(async () => {
  capture = await startCapture({ messagesAnHour: 10, coolDownHours: 6 });
});
afterAll(() => capture.close());
beforeEach(() => capture.reset());

const role = `arn:aws:iam::${account}:role/shop-cart`;
const base = {
  eventTime: start.toISOString().replace('.000', ''),
  awsRegion: region,
  recipientAccountId: account,
  sourceIPAddress: '52.17.88.201',
  userAgent: 'aws-sdk-go-v2/1.36.3',
};
let ids = 0;

const podIdentity = (more: object = {}) => ({
  ...base,
  eventID: `pod-${(ids += 1)}`,
  eventSource: 'eks-auth.amazonaws.com',
  eventName: 'AssumeRoleForPodIdentity',
  readOnly: true,
  userIdentity: {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLENODE:i-0123456789abcdef0',
    accountId: account,
  },
  requestParameters: { clusterName: 'prod', token: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
  responseElements: null,
  errorCode: 'AccessDenied',
  errorMessage: 'Unauthorized Exception! EKS does not have permissions to assume the associated role.',
  ...more,
});

const serviceCall = (more: object = {}) => ({
  ...base,
  eventID: `call-${(ids += 1)}`,
  eventSource: 'sqs.amazonaws.com',
  eventName: 'CreateQueue',
  userIdentity: {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLE:session',
    arn: `arn:aws:sts::${account}:assumed-role/shop-cart/session`,
    sessionContext: {
      sessionIssuer: { type: 'Role', arn: role, userName: 'shop-cart' },
      webIdFederationData: {
        federatedProvider: `arn:aws:iam::${account}:oidc-provider/oidc.eks.${region}.amazonaws.com/id/ABC`,
        attributes: {},
      },
    },
  },
  errorCode: 'AccessDenied',
  errorMessage: `User: arn:aws:sts::${account}:assumed-role/shop-cart/session is not authorized to perform: sqs:createqueue on resource: arn:aws:sqs:${region}:${account}:orders because no identity-based policy allows the sqs:createqueue action`,
  ...more,
});

const read = (record: object) => readCapturedEvent(JSON.stringify(asEvent(record)));
async function captured(...records: object[]): Promise<Record<string, unknown>[]> {
  capture.queue.send(...records.map((record) => JSON.stringify(asEvent(record))));
  await capture.deliver();
  return capture.denials();
}

it('counts refused credentials of EKS Pod Identity by cluster and error', async () => {
  const elsewhere = podIdentity({ requestParameters: { clusterName: 'test' } });
  const denials = await captured(podIdentity(), podIdentity(), elsewhere);
  expect(denials.map(({ kind }) => kind)).toEqual(['pod-identity', 'pod-identity']);
  const ofProd = denials.map(({ denial }) => denial).find((one) => at(one, 'clusterName') === 'prod');
  expect(ofProd).toMatchObject({ region, errorCode: 'AccessDenied', events: 2, node: 'i-0123456789abcdef0' });
  expect(capture.queue.messages).toEqual([]);
});

it('counts refused calls of a workload by role, action, resource and error', async () => {
  const other = serviceCall({ eventName: 'DeleteQueue', errorMessage: 'no' });
  const denials = await captured(serviceCall(), serviceCall(), other);
  expect(denials.map(({ kind }) => kind)).toEqual(['service', 'service']);
  const counts = denials.map(({ denial }) => [at(denial, 'action'), at(denial, 'events')]);
  expect(counts.sort()).toEqual([
    ['sqs:DeleteQueue', 1],
    ['sqs:createqueue', 2],
  ]);
});

it('explains a refused call with the narrowest grant, and each denial once', async () => {
  await captured(serviceCall(), podIdentity());
  expect(capture.cloud.sns.map(({ attributes }) => attributes['rule']?.value)).toEqual([
    'eks/permission-missing',
  ]);
  expect(capture.cloud.sns[0]?.message).toContain('aws iam put-role-policy --role-name shop-cart');
  capture.reset();
  // Without an association there is nothing by which it could be explained: the daily report has it.
  await captured(podIdentity());
  expect(capture.cloud.sns).toEqual([]);
  expect(capture.denials()).toMatchObject([{ kind: 'pod-identity', news: 'unexplained' }]);
});

it.each<[string, object]>([
  [
    'of a node',
    serviceCall({ userIdentity: { type: 'AssumedRole', principalId: 'AROAEXAMPLE:i-0123456789abcdef0' } }),
  ],
  ['of a person', serviceCall({ userIdentity: { type: 'IAMUser', userName: 'ada' } })],
  ['that failed for another reason', serviceCall({ errorCode: 'NoSuchEntity' })],
  ['of Pod Identity that succeeded', podIdentity({ errorCode: undefined, errorMessage: undefined })],
])('leaves a call %s', (_, record) => {
  expect(read(record)).toBeNull();
});

it('tells accounts apart, and knows copies of a call from another region as the same denial', () => {
  const record = refusedRecord({ number: 1 });
  const event = asEvent(record);
  const own = readCapturedEvent(JSON.stringify(event));
  const other = readCapturedEvent(JSON.stringify({ ...event, account: '444455556666' }));
  const forwarded = readCapturedEvent(JSON.stringify({ ...event, region: 'us-east-1' }));
  expect(other?.denialId).not.toBe(own?.denialId);
  expect(forwarded?.denialId).toBe(own?.denialId);
});

it('keeps no text longer than an item of the table can hold', async () => {
  const long = 'x'.repeat(200_000);
  const record = refusedRecord({ number: 1 });
  const denials = await captured({ ...record, userAgent: long, errorMessage: long, errorCode: 'Weird' });
  expect(JSON.stringify(denials).length).toBeLessThan(50_000);
  expect(capture.queue.messages).toEqual([]);
});

function at(value: unknown, key: string): unknown {
  return (value as Record<string, unknown>)[key];
}
