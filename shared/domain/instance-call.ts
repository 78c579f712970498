/**
 * Calls that CloudTrail recorded of a node: with its instance's own credentials, whoever on the node made them.
 * Source: AWS CloudTrail User Guide, "userIdentity element" (AssumedRole, sessionIssuer); the session of an instance
 * profile is named for the instance.
 */
import { isoSeconds, normalErrorCode } from './cloudtrail-record.ts';

export interface InstanceCall {
  eventId: string | null;
  /** ISO 8601 UTC to the second; null where the record has none. */
  time: string | null;
  /** `s3.amazonaws.com`. */
  eventSource: string;
  eventName: string;
  /** ARN of the instance's role; null where the record does not tell it. */
  roleArn: string | null;
  /** `i-…`; null where the session is none of an instance. */
  instanceId: string | null;
  userAgent: string | null;
  /** Without a leading `Client.` and a trailing `Exception`; null where the call succeeded. */
  errorCode: string | null;
  errorMessage: string | null;
  /** Of AssumeRoleForPodIdentity: the cluster that it names, and the node where newer agents name it. */
  clusterName: string | null;
  nodeName: string | null;
}

export type ParsedInstanceCall = { ok: true; call: InstanceCall } | { ok: false; why: string };

type Fields = Record<string, unknown>;

/** Reads a record from its JSON text. Unknown fields are ignored; fields of another type than documented count as absent. */
export function parseInstanceCall(json: string): ParsedInstanceCall {
  const event = fieldsOf(parse(json));
  const [eventSource, eventName] = [text(event['eventSource']), text(event['eventName'])];
  if (eventSource === null || eventName === null)
    return { ok: false, why: 'the record names no event and no service' };
  const identity = fieldsOf(event['userIdentity']);
  const issuer = fieldsOf(fieldsOf(identity['sessionContext'])['sessionIssuer']);
  const parameters = fieldsOf(event['requestParameters']);
  const [code, errorMessage] = [text(event['errorCode']), text(event['errorMessage'])];
  return {
    ok: true,
    call: {
      eventId: text(event['eventID']),
      time: isoSeconds(text(event['eventTime'])),
      eventSource,
      eventName,
      roleArn: text(issuer['arn']),
      instanceId: text(parameters['instanceId']) ?? instanceOf(identity),
      userAgent: text(event['userAgent']),
      errorCode: code === null && errorMessage === null ? null : (normalErrorCode(code) ?? 'UnknownError'),
      errorMessage,
      clusterName: text(parameters['clusterName']),
      nodeName: text(parameters['eksNodeName']),
    },
  };
}

/** The session's name is the end of its principal id and of its ARN. */
function instanceOf(identity: Fields): string | null {
  const names = [text(identity['principalId']), text(identity['arn'])];
  const found = names.flatMap((name) => /[:/](i-[0-9a-f]{8,17})$/.exec(name ?? '')?.[1] ?? []);
  return found[0] ?? null;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null; // no JSON: the caller is told that the record names nothing
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Programs of a node and DaemonSets that AWS documents with the node's role (VPC CNI, CloudWatch agent, Fluent Bit). */
const nodesPrograms =
  /kubelet|kubernetes\/|amazon-vpc-cni|aws-node|ssm-agent|cloud-provider|ecr-credential|nodeadm|bottlerocket|containerd|pod-identity-agent|node-monitoring|iam-authenticator|cwagent|fluent-?bit/i;

/** What the node's programs call whatever they say of themselves; older ones only name their SDK. */
const nodesCalls: Readonly<Record<string, RegExp | null>> = {
  ssm: null,
  ssmmessages: null,
  ec2messages: null,
  'eks-auth': null,
  eks: /^DescribeCluster$/,
  ecr: /^(GetAuthorizationToken|BatchGetImage|BatchCheckLayerAvailability|GetDownloadUrlForLayer)$/,
  'ecr-public': /^GetAuthorizationToken$/,
  ec2: /NetworkInterface|(Una|A)ssign(PrivateIp|Ipv6)Addresses|^Describe(Instances|InstanceTypes|InstanceTopology|Subnets|SecurityGroups|Tags|Vpcs|AvailabilityZones|Regions)$|^CreateTags$/,
  sts: /^(GetCallerIdentity|AssumeRole)$/,
};

/** Whether a call with a node's credentials is the node's own, as opposed to one of an application in a pod. */
export function isNodesOwnCall({
  eventSource,
  eventName,
  userAgent,
}: Pick<InstanceCall, 'eventSource' | 'eventName' | 'userAgent'>): boolean {
  if (nodesPrograms.test(userAgent ?? '')) return true;
  const service = eventSource.replace(/\.amazonaws\.com(\.cn)?$/, '');
  const names = Object.hasOwn(nodesCalls, service) ? nodesCalls[service] : undefined;
  return names === null || (names !== undefined && names.test(eventName));
}
