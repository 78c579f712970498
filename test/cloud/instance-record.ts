/** CloudTrail records of calls with the credentials of a node's instance. */
import type { CloudTrailRecord } from './cloudtrail-record.ts';

export interface InstanceCallOptions {
  account: string;
  region: string;
  /** Name of the node's role. */
  role: string;
  instanceId: string;
  /** `s3.amazonaws.com`. */
  eventSource: string;
  eventName: string;
  userAgent: string;
  error?: { code: string; message: string };
  requestParameters?: Record<string, unknown>;
  resources?: CloudTrailRecord['resources'];
}

/** The record as CloudTrail writes it; when it was, and its id, are the world's to say. */
export function instanceRecord(call: InstanceCallOptions): Partial<CloudTrailRecord> {
  const { account, region, role, instanceId, error, resources } = call;
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      principalId: `AROAEXAMPLENODEROLE01:${instanceId}`,
      arn: `arn:aws:sts::${account}:assumed-role/${role}/${instanceId}`,
      accountId: account,
      accessKeyId: 'ASIAEXAMPLENODE00001',
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: 'AROAEXAMPLENODEROLE01',
          arn: `arn:aws:iam::${account}:role/${role}`,
          accountId: account,
          userName: role,
        },
        attributes: { mfaAuthenticated: 'false' },
        ec2RoleDelivery: '2.0',
      },
    },
    eventSource: call.eventSource,
    eventName: call.eventName,
    awsRegion: region,
    sourceIPAddress: '52.17.88.201',
    userAgent: call.userAgent,
    ...(error && { errorCode: error.code, errorMessage: error.message }),
    requestParameters: call.requestParameters ?? null,
    responseElements: null,
    ...(resources && { resources }),
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  };
}

/** AssumeRoleForPodIdentity of a node's agent; neither role nor service account is in such a record. */
export function podIdentityRecord(
  call: Pick<InstanceCallOptions, 'account' | 'region' | 'role' | 'instanceId' | 'error'> & {
    cluster: string;
  },
): Partial<CloudTrailRecord> {
  const { cluster, ...own } = call;
  return instanceRecord({
    ...own,
    eventSource: 'eks-auth.amazonaws.com',
    eventName: 'AssumeRoleForPodIdentity',
    userAgent: 'eks-pod-identity-agent/0.1.29 aws-sdk-go-v2/1.36.3',
    requestParameters: { clusterName: cluster, token: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
    resources: [
      {
        accountId: call.account,
        type: 'AWS::EKS::Cluster',
        ARN: `arn:aws:eks:${call.region}:${call.account}:cluster/${cluster}`,
      },
    ],
  });
}
