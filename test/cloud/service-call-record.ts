/** CloudTrail records of what workloads called with the roles that they have. */
import { isoSeconds, uuids, type CloudTrailRecord } from './cloudtrail-record.ts';
import { uniqueId } from './identifiers.ts';

/** One call of a role's session; refused where it has an error. */
export interface ServiceCallOptions {
  account: string;
  region: string;
  time: Date;
  /** Path and name of the role: `app`, `eks/app`. */
  role: string;
  sessionName: string;
  /** The OIDC provider whose token got the session; absent for Pod Identity and instances. */
  provider?: string;
  /** `s3.amazonaws.com`. */
  eventSource: string;
  eventName: string;
  error?: { code: string; message: string };
  resource?: { type: string; ARN: string };
  userAgent?: string;
  vpcEndpointId?: string;
}

/** Fields as in records of IRSA's and Pod Identity's sessions: those of IRSA name the provider and no subject. */
export function serviceCallRecord(call: ServiceCallOptions): CloudTrailRecord {
  const { account, role, sessionName, provider, error, resource } = call;
  const roleName = role.split('/').at(-1) ?? role;
  const roleId = uniqueId('AROA', account + roleName);
  const [eventID = '', requestID] = uuids(
    `${role}/${sessionName}/${call.eventName}/${call.time.getTime()}/${error?.message ?? ''}`,
  );
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      principalId: `${roleId}:${sessionName}`,
      arn: `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`,
      accountId: account,
      accessKeyId: uniqueId('ASIA', sessionName),
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: roleId,
          arn: `arn:aws:iam::${account}:role/${role}`,
          accountId: account,
          userName: roleName,
        },
        ...(provider && { webIdFederationData: { federatedProvider: provider, attributes: {} } }),
        attributes: { creationDate: isoSeconds(call.time), mfaAuthenticated: 'false' },
      },
    },
    eventTime: isoSeconds(call.time),
    eventSource: call.eventSource,
    eventName: call.eventName,
    awsRegion: call.region,
    sourceIPAddress: '10.0.1.57',
    userAgent: call.userAgent ?? 'Boto3/1.35.8 md/Botocore#1.35.8 ua/2.0 os/linux m/h',
    ...(error && { errorCode: error.code, errorMessage: error.message }),
    requestParameters: null,
    responseElements: null,
    requestID,
    eventID,
    readOnly: false,
    ...(resource && { resources: [{ accountId: account, ...resource }] }),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    ...(call.vpcEndpointId && { vpcEndpointId: call.vpcEndpointId, vpcEndpointAccountId: account }),
    eventCategory: 'Management',
  };
}

/** The session that EKS makes of a role for a pod. */
export function podSessionRecord(options: {
  account: string;
  region: string;
  time: Date;
  role: string;
  sessionName: string;
  cluster: string;
  namespace: string;
  serviceAccount: string;
}): CloudTrailRecord {
  const { account, role, sessionName, cluster, region } = options;
  const arn = `arn:aws:iam::${account}:role/${role}`;
  const [eventID = '', requestID] = uuids(`${role}/${sessionName}`);
  const tags = {
    'eks-cluster-arn': `arn:aws:eks:${region}:${account}:cluster/${cluster}`,
    'eks-cluster-name': cluster,
    'kubernetes-namespace': options.namespace,
    'kubernetes-service-account': options.serviceAccount,
  };
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'AWSService', invokedBy: 'pods.eks.amazonaws.com' },
    eventTime: isoSeconds(options.time),
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    awsRegion: region,
    sourceIPAddress: 'pods.eks.amazonaws.com',
    userAgent: 'pods.eks.amazonaws.com',
    requestParameters: {
      roleArn: arn,
      roleSessionName: sessionName,
      durationSeconds: 21_600,
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      transitiveTagKeys: Object.keys(tags),
    },
    responseElements: null,
    requestID,
    eventID,
    readOnly: true,
    resources: [{ accountId: account, type: 'AWS::IAM::Role', ARN: arn }],
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  };
}
