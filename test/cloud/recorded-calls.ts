/** CloudTrail records of what was done to the simulated cloud itself. */
import { randomUUID } from 'node:crypto';
import type { Call } from './call.ts';
import {
  isoSeconds,
  webIdentityRecord,
  type CloudTrailRecord,
  type WebIdentityCall,
} from './cloudtrail-record.ts';

/** Records a change that IAM made; IAM's events are in us-east-1. */
export function recordCall(call: Call, eventName: string, requestParameters: Record<string, unknown>): void {
  add(call, 'us-east-1', {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      arn: call.caller,
      accountId: call.account.id,
      accessKeyId: call.accessKeyId,
      userName: call.caller.split('/').at(-1),
    },
    eventTime: isoSeconds(new Date()),
    eventSource: 'iam.amazonaws.com',
    eventName,
    awsRegion: 'us-east-1',
    sourceIPAddress: call.sourceIp,
    userAgent: call.userAgent,
    requestParameters,
    responseElements: null,
    requestID: call.requestId,
    eventID: randomUUID(),
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: call.account.id,
    eventCategory: 'Management',
  });
}

/** Records an AssumeRoleWithWebIdentity call in the account of its role. */
export function recordWebIdentityCall(
  call: Call,
  details: Omit<WebIdentityCall, 'account' | 'region' | 'time' | 'seed' | 'sourceIp' | 'userAgent' | 'host'>,
): void {
  const { region, sourceIp, userAgent, requestId } = call;
  const record = webIdentityRecord({
    ...details,
    account: call.account.id,
    region,
    time: new Date(),
    seed: requestId,
    sourceIp,
    userAgent,
    host: region === 'us-east-1' ? 'sts.amazonaws.com' : `sts.${region}.amazonaws.com`,
  });
  add(call, region, { ...record, requestID: requestId });
}

function add({ account }: Call, region: string, record: CloudTrailRecord): void {
  account.recorded.get(region)?.add(record);
}
