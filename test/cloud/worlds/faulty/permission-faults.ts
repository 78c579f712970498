/** Workloads that have their roles, and are refused what they do with them. */
import { podSessionRecord, serviceCallRecord, type ServiceCallOptions } from '../../service-call-record.ts';
import type { SimulatedPolicy } from '../../policy-simulation.ts';
import { trusts, trustsService } from '../../trust.ts';
import type { WorldBuilder } from '../../world-builder.ts';
import { prod, prodIssuer, serviceAccount, shop } from './names.ts';

const region = 'eu-west-1';

function allow(Action: string | string[], Resource: string | string[] = '*'): SimulatedPolicy {
  return { Statement: [{ Effect: 'Allow', Action, Resource }] };
}

interface Workload {
  role: string;
  namespace: string;
  name: string;
  policies: Record<string, SimulatedPolicy>;
  boundary?: SimulatedPolicy;
  calls: Pick<ServiceCallOptions, 'eventSource' | 'eventName' | 'error' | 'vpcEndpointId'>[];
}

/** A service account with its role, a session of it within the last hour, and what was called with that. */
function workloadThatCalls(world: WorldBuilder, workload: Workload): void {
  const { role, namespace, name, policies, boundary, calls } = workload;
  const subject = serviceAccount(namespace, name);
  const sessionName = `botocore-session-${role}`;
  world.role({ name: role, trust: trusts(prod, subject), policies, ...(boundary && { boundary }) }).called({
    role,
    subject,
    issuer: prodIssuer,
    sessionName,
    minutesAgo: { from: 50, to: 50 },
  });
  const records = calls.map((call, index) =>
    serviceCallRecord({
      account: shop,
      region,
      role,
      sessionName,
      provider: prod,
      time: world.minutesAgo(45 - index),
      ...call,
    }),
  );
  world.recorded(region, ...records);
}

const session = (role: string) => `arn:aws:sts::${shop}:assumed-role/${role}/botocore-session-${role}`;

function refusedFor(role: string, action: string, resource: string, reason: string) {
  const message = `User: ${session(role)} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
  return { code: 'AccessDenied', message };
}

const noPolicy = (action: string) => `because no identity-based policy allows the ${action} action`;

/** The usual case: one action on one resource is missing, and others on it are there. */
export function actionThatNoPolicyAllows(world: WorldBuilder): void {
  const role = 'orders-events';
  const topic = `arn:aws:sns:${region}:${shop}:orders`;
  workloadThatCalls(world, {
    role,
    namespace: 'orders',
    name: 'events',
    policies: { events: allow('sns:Subscribe', topic) },
    calls: [
      { eventSource: 'sns.amazonaws.com', eventName: 'Subscribe' },
      ...[1, 2, 3].map(() => ({
        eventSource: 'sns.amazonaws.com',
        eventName: 'Publish',
        error: refusedFor(role, 'SNS:Publish', topic, noPolicy('SNS:Publish')),
      })),
    ],
  });
}

/** The example of AWS's article on workloads in EKS. */
export function describeInstancesThatNoPolicyAllows(world: WorldBuilder): void {
  const role = 'AccessEC2role';
  workloadThatCalls(world, {
    role,
    namespace: 'serverless',
    name: 'aws-sdk',
    policies: { images: allow('ec2:DescribeImages') },
    calls: [
      {
        eventSource: 'ec2.amazonaws.com',
        eventName: 'DescribeInstances',
        error: {
          code: 'Client.UnauthorizedOperation',
          message: `You are not authorized to perform this operation. User: ${session(role)} is not authorized to perform: ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action`,
        },
      },
    ],
  });
}

/** EC2 tells what it refused only to those who may decode it. */
export function refusalThatIsEncoded(world: WorldBuilder): void {
  const role = 'volume-snapshots';
  const resource = `arn:aws:ec2:${region}:${shop}:volume/vol-0a1b2c3d4e5f60718`;
  const document = {
    allowed: false,
    explicitDeny: false,
    matchedStatements: { items: [] },
    context: { principal: { arn: session(role) }, action: 'ec2:CreateSnapshot', resource },
  };
  const encoded = Buffer.from(JSON.stringify(document)).toString('base64');
  workloadThatCalls(world, {
    role,
    namespace: 'backup',
    name: 'snapshots',
    policies: { snapshots: allow('ec2:Describe*') },
    calls: [
      {
        eventSource: 'ec2.amazonaws.com',
        eventName: 'CreateSnapshot',
        error: {
          code: 'Client.UnauthorizedOperation',
          message: `You are not authorized to perform this operation. Encoded authorization failure message: ${encoded}`,
        },
      },
    ],
  });
}

export const boundaryArn = `arn:aws:iam::${shop}:policy/workloads-boundary`;

/** The role's own policy allows it; the boundary that all workloads' roles have does not. */
export function actionOutsideTheBoundary(world: WorldBuilder): void {
  const role = 'tenant-keys';
  const action = 'kms:CreateKey';
  workloadThatCalls(world, {
    role,
    namespace: 'tenants',
    name: 'keys',
    policies: { keys: allow('kms:*') },
    boundary: allow(['s3:*', 'sqs:*']),
    calls: [
      {
        eventSource: 'kms.amazonaws.com',
        eventName: 'CreateKey',
        error: refusedFor(
          role,
          action,
          '*',
          `because no permissions boundary allows the ${action} action: ${boundaryArn}`,
        ),
      },
    ],
  });
}

export const denyingPolicy = `arn:aws:organizations::999988887777:policy/o-exampleorg1/service_control_policy/p-regions`;

/** With EKS Pod Identity; what refuses is the organization's. */
export function regionThatTheOrganizationForbids(world: WorldBuilder): void {
  const role = 'geo-replica';
  const sessionName = 'eks-prod-replica-7d9f8-2f6f4f0e-8f0a-4a3c-9a53-0d2a7f5b9c11';
  const where = { account: shop, region, role, sessionName };
  const message = `User: arn:aws:sts::${shop}:assumed-role/${role}/${sessionName} is not authorized to perform: dynamodb:CreateTable on resource: arn:aws:dynamodb:${region}:${shop}:table/replica with an explicit deny in a service control policy: ${denyingPolicy}`;
  world
    .role({
      name: role,
      trust: trustsService('pods.eks.amazonaws.com', ['sts:AssumeRole', 'sts:TagSession']),
      policies: { replica: allow('dynamodb:*') },
    })
    .association({ cluster: 'prod', namespace: 'geo', serviceAccount: 'replica', role })
    .workload({
      cluster: 'prod',
      namespace: 'geo',
      serviceAccount: 'replica',
      pods: [{ injected: 'pod identity' }],
    })
    .serviceControlPolicy({
      Statement: [
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { Effect: 'Deny', Action: 'dynamodb:CreateTable', Resource: '*' },
      ],
    })
    .recorded(
      region,
      podSessionRecord({
        ...where,
        time: world.minutesAgo(40),
        cluster: 'prod',
        namespace: 'geo',
        serviceAccount: 'replica',
      }),
      serviceCallRecord({
        ...where,
        time: world.minutesAgo(30),
        eventSource: 'dynamodb.amazonaws.com',
        eventName: 'CreateTable',
        error: { code: 'AccessDeniedException', message },
      }),
    );
}

/** It asks for what would let it give itself anything. */
export function callThatWouldGiveItMore(world: WorldBuilder): void {
  const role = 'self-service';
  const resource = `arn:aws:iam::${shop}:role/${role}`;
  workloadThatCalls(world, {
    role,
    namespace: 'platform',
    name: 'self-service',
    policies: {},
    calls: [
      {
        eventSource: 'iam.amazonaws.com',
        eventName: 'AttachRolePolicy',
        error: refusedFor(role, 'iam:AttachRolePolicy', resource, noPolicy('iam:AttachRolePolicy')),
      },
    ],
  });
}
