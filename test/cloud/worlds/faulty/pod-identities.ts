/** Pods that have no credentials of their own, or not those that were meant for them. */
import { eksIssuer, providerArn } from '../../identifiers.ts';
import { instanceRecord, podIdentityRecord } from '../../instance-record.ts';
import { trusts, trustsService } from '../../trust.ts';
import type { WorldBuilder } from '../../world-builder.ts';
import { shop } from '../healthy.ts';
import { prod, serviceAccount, shopRole } from './names.ts';

const region = 'eu-west-1';
const pods = 'pods.eks.amazonaws.com';
const bothActions = ['sts:AssumeRole', 'sts:TagSession'];
const nothing = [{ injected: 'nothing' as const }];

/** A role that trusts shop/<name> of prod. */
function irsaRole(world: WorldBuilder, name: string): WorldBuilder {
  return world.role({ name, trust: trusts(prod, serviceAccount('shop', name)) });
}

export function serviceAccountThatWasNeverAnnotated(world: WorldBuilder): void {
  irsaRole(world, 'price-feed').workload({
    cluster: 'prod',
    namespace: 'shop',
    serviceAccount: 'price-feed',
    role: null,
  });
}

export function annotationWithAnUnderscore(world: WorldBuilder): void {
  irsaRole(world, 'newsletter').workload({
    cluster: 'prod',
    namespace: 'shop',
    serviceAccount: 'newsletter',
    role: null,
    annotations: { 'eks.amazonaws.com/role_arn': shopRole('newsletter') },
    pods: nothing,
  });
}

export function podsOlderThanTheirAnnotation(world: WorldBuilder): void {
  irsaRole(world, 'returns').workload({
    cluster: 'prod',
    namespace: 'shop',
    serviceAccount: 'returns',
    role: 'returns',
    pods: nothing,
  });
}

/** It has lost its webhook, and nobody ever installed the agent. */
export function clusterWithoutWebhookAndAgent(world: WorldBuilder): void {
  const issuer = eksIssuer(region, 'post');
  world
    .cluster({
      name: 'post',
      region,
      spoil: (parts) => {
        parts.addons = parts.addons.filter(({ name }) => name !== 'eks-pod-identity-agent');
      },
      kubernetes: { webhooks: [] },
    })
    .provider({ issuer })
    .role({
      name: 'post-mailer',
      trust: trusts(providerArn(shop, issuer), serviceAccount('mail', 'mailer')),
    })
    .workload({ cluster: 'post', namespace: 'mail', serviceAccount: 'mailer', role: 'post-mailer' })
    .role({ name: 'post-archive', trust: trustsService(pods, bothActions) })
    .workload({ cluster: 'post', namespace: 'mail', serviceAccount: 'archive', role: null, pods: nothing })
    .association({
      cluster: 'post',
      namespace: 'mail',
      serviceAccount: 'archive',
      role: 'post-archive',
    });
}

/** A node of prod's own, and what runs there. */
function addNode(world: WorldBuilder, host: number): { node: string; instanceId: string } {
  const contents = [...world.current.contents].find(([arn]) => arn.endsWith(':cluster/prod'))?.[1];
  const [first] = contents?.nodes ?? [];
  if (!contents || !first) throw new Error('Cannot add a node: prod has none to copy');
  const node = `ip-10-0-1-${host}.internal`;
  const instanceId = `i-0${String(host).padStart(16, '0')}`;
  contents.nodes.push({ ...first, name: node, instanceId, internalIp: `10.0.1.${host}` });
  return { node, instanceId };
}

function nodeCalled(
  world: WorldBuilder,
  call: { instanceId: string; eventSource: string; eventName: string; userAgent: string; error?: string },
): void {
  const { error, ...own } = call;
  const code = error && { code: error, message: 'User is not authorized to perform this action' };
  world.recorded(
    region,
    instanceRecord({ account: shop, region, role: 'eks-node', ...own, ...(code && { error: code }) }),
  );
}

export function applicationOnTheNodesRole(world: WorldBuilder): void {
  const { node, instanceId } = addNode(world, 21);
  world.workload({
    cluster: 'prod',
    namespace: 'shop',
    serviceAccount: 'telemetry',
    role: null,
    pods: [{ injected: 'nothing', node, hostNetwork: true }],
  });
  nodeCalled(world, {
    instanceId,
    eventSource: 'sns.amazonaws.com',
    eventName: 'ListTopics',
    userAgent: 'Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1 m/b,0',
    error: 'AccessDenied',
  });
}

export const oldAgent = 'Boto3/1.9.100 Python/3.6.8 Linux/4.14 Botocore/1.12.100';

export function programWithAnSdkFromBeforeWebIdentity(world: WorldBuilder): void {
  const { node, instanceId } = addNode(world, 22);
  irsaRole(world, 'price-report').workload({
    cluster: 'prod',
    namespace: 'shop',
    serviceAccount: 'price-report',
    role: 'price-report',
    pods: [{ node }],
  });
  nodeCalled(world, {
    instanceId,
    eventSource: 'sqs.amazonaws.com',
    eventName: 'ListQueues',
    userAgent: oldAgent,
  });
}

export function roleWithoutTagSession(world: WorldBuilder): void {
  world
    .role({ name: 'gift-cards', trust: trustsService(pods, ['sts:AssumeRole']) })
    .workload({
      cluster: 'prod',
      namespace: 'shop',
      serviceAccount: 'gift-cards',
      role: null,
      pods: [{ injected: 'pod identity', node: 'ip-10-0-1-12.internal' }],
    })
    .association({ cluster: 'prod', namespace: 'shop', serviceAccount: 'gift-cards', role: 'gift-cards' })
    .recorded(
      region,
      podIdentityRecord({
        account: shop,
        region,
        cluster: 'prod',
        role: 'eks-node',
        instanceId: 'i-00000000000000012',
        error: {
          code: 'AccessDenied',
          message: 'Unauthorized Exception! EKS does not have permissions to assume the associated role.',
        },
      }),
    );
}

export function associationForAServiceAccountThatDoesNotExist(world: WorldBuilder): void {
  world
    .role({ name: 'wishlist', trust: trustsService(pods, bothActions) })
    .workload({ cluster: 'prod', namespace: 'shop', serviceAccount: 'wishlist', role: null, pods: nothing })
    .association({ cluster: 'prod', namespace: 'shop', serviceAccount: 'wish-list', role: 'wishlist' });
}

export function annotationUnderAnAssociation(world: WorldBuilder): void {
  irsaRole(world, 'vouchers')
    .role({ name: 'vouchers-by-association', trust: trustsService(pods, bothActions) })
    .workload({
      cluster: 'prod',
      namespace: 'shop',
      serviceAccount: 'vouchers',
      role: 'vouchers',
      pods: [{ injected: 'pod identity' }],
    })
    .association({
      cluster: 'prod',
      namespace: 'shop',
      serviceAccount: 'vouchers',
      role: 'vouchers-by-association',
    });
}
