/** A world without a fault. */
import { eksIssuer, providerArn } from '../identifiers.ts';
import { instanceRecord, podIdentityRecord } from '../instance-record.ts';
import { trusts, trustsService } from '../trust.ts';
import { world, type WorldBuilder } from '../world-builder.ts';
import type { World } from '../world.ts';

export const shop = '111122223333';
export const data = '444455556666';
export const prodIssuer = eksIssuer('eu-west-1', 'prod');
export const stagingIssuer = eksIssuer('us-east-1', 'staging');

/** Two accounts; the clusters are in the first, and one of its workloads uses a role of the second. */
export function healthyWorld(options: { now?: Date } = {}): World {
  const healthy = world(options);
  addHealthyAccounts(healthy);
  return healthy.build();
}

export function addHealthyAccounts(world: WorldBuilder): void {
  shopAccount(world);
  healthyWorkloads(world);
  dataAccount(world);
}

/** The account, its two clusters with their providers, and what it delivers reports with. */
export function shopAccount(world: WorldBuilder): void {
  world
    .account(shop, {
      regions: ['eu-west-1', 'us-east-1', 'eu-central-1', { name: 'ap-east-1', status: 'DISABLED' }],
    })
    .cluster({ name: 'prod', region: 'eu-west-1', tags: { team: 'shop' } })
    .provider({ issuer: prodIssuer })
    .cluster({ name: 'staging', region: 'us-east-1' })
    .provider({ issuer: stagingIssuer })
    .topic('clusterwhy', 'eu-west-1')
    .mailIdentity('clusterwhy@shop.example')
    .bucket('clusterwhy-reports');
}

/** Roles of every kind that belongs to a cluster's account, and the calls of those that pods use. */
export function healthyWorkloads(world: WorldBuilder): void {
  const prod = providerArn(shop, prodIssuer);
  const staging = providerArn(shop, stagingIssuer);
  const github = providerArn(shop, 'https://token.actions.githubusercontent.com');
  world
    .account(shop)
    .role({ name: 'external-dns', trust: trusts(prod, 'system:serviceaccount:kube-system:external-dns') })
    .called({
      role: 'external-dns',
      issuer: prodIssuer,
      subject: 'system:serviceaccount:kube-system:external-dns',
      count: 24,
      minutesAgo: { from: 1430, to: 10 },
    })
    .role({
      name: 'ebs-csi-controller',
      path: '/eks/',
      trust: trusts(staging, 'system:serviceaccount:kube-system:ebs-csi-controller-sa'),
    })
    .called({
      role: 'ebs-csi-controller',
      issuer: stagingIssuer,
      subject: 'system:serviceaccount:kube-system:ebs-csi-controller-sa',
      endpoint: 'global',
      count: 24,
      minutesAgo: { from: 1400, to: 25 },
    })
    .liveIssuer('https://token.actions.githubusercontent.com')
    .provider({ issuer: 'https://token.actions.githubusercontent.com' })
    .role({ name: 'github-deploy', trust: trusts(github, 'repo:shop-example/web:ref:refs/heads/main') })
    .role({
      name: 'orders-pod-identity',
      trust: trustsService('pods.eks.amazonaws.com', ['sts:AssumeRole', 'sts:TagSession']),
    })
    .workload({
      cluster: 'prod',
      namespace: 'shop',
      serviceAccount: 'orders',
      role: null,
      pods: [{ injected: 'pod identity' }],
    })
    .association({
      cluster: 'prod',
      namespace: 'shop',
      serviceAccount: 'orders',
      role: 'orders-pod-identity',
    })
    .recorded('eu-west-1', ...callsOfAHealthyNode())
    .role({
      name: 'AWSServiceRoleForAmazonEKS',
      path: '/aws-service-role/eks.amazonaws.com/',
      trust: trustsService('eks.amazonaws.com'),
    })
    .role({ name: 'eks-node', trust: trustsService('ec2.amazonaws.com') });
}

/** A second account that holds the first one's cluster as a provider, as it must to let its pods in. */
function dataAccount(world: WorldBuilder): void {
  world
    .account(data, { regions: ['eu-west-1', 'us-east-1'] })
    .provider({ issuer: prodIssuer })
    .role({
      name: 'lake-reader',
      trust: trusts(providerArn(data, prodIssuer), 'system:serviceaccount:reports:exporter'),
    })
    .called({
      role: 'lake-reader',
      issuer: prodIssuer,
      subject: 'system:serviceaccount:reports:exporter',
      count: 12,
      minutesAgo: { from: 1200, to: 30 },
    });
}

/** What the agent of Pod Identity, the VPC CNI and the node itself call with the node's role. */
function callsOfAHealthyNode() {
  const node = { account: shop, region: 'eu-west-1', role: 'eks-node', instanceId: 'i-00000000000000011' };
  const call = (eventSource: string, eventName: string, userAgent: string) =>
    instanceRecord({ ...node, eventSource, eventName, userAgent });
  return [
    podIdentityRecord({ ...node, cluster: 'prod' }),
    call('ec2.amazonaws.com', 'DescribeNetworkInterfaces', 'amazon-vpc-cni-k8s/v1.19.0 aws-sdk-go/1.55.5'),
    call('ecr.amazonaws.com', 'GetAuthorizationToken', 'aws-sdk-go-v2/1.36.3'),
    call('ssm.amazonaws.com', 'UpdateInstanceInformation', 'aws-sdk-go/1.55.5 amazon-ssm-agent/3.3'),
  ];
}
