import { credentialsOf, fallbackOf, injectionFor } from '../../shared/domain/identity-of-pod.ts';
import type { KubernetesNode, Nodegroup, PodGroup } from '../../shared/domain/kubernetes.ts';

const arn = 'arn:aws:iam::111122223333:role/app';
const account = (annotations: Record<string, string>) => ({
  namespace: 'shop',
  name: 'cart',
  annotations,
  createdAt: null,
});
const association = {
  id: 'a-1',
  arn: 'arn:aws:eks:eu-west-1:111122223333:podidentityassociation/prod/a-1',
  namespace: 'shop',
  serviceAccount: 'cart',
  roleArn: `${arn}-pod-identity`,
  targetRoleArn: null,
  disableSessionTags: false,
  createdAt: null,
  modifiedAt: null,
};

describe('credentialsOf()', () => {
  const none = { staticKeys: false, webIdentity: false, containerCredentials: false };

  it.each([
    [{ ...none, staticKeys: true, webIdentity: true }, 'static keys'],
    [{ ...none, webIdentity: true, containerCredentials: true }, 'web identity'],
    [{ ...none, containerCredentials: true }, 'Pod Identity'],
    [none, 'none of its own'],
  ])('%j', (group, credentials) => {
    expect(credentialsOf(group)).toBe(credentials);
  });
});

describe('injectionFor()', () => {
  it('prefers the association', () => {
    const annotated = account({ 'eks.amazonaws.com/role-arn': arn });
    expect(injectionFor(annotated, association)).toEqual({
      by: 'Pod Identity',
      roleArn: association.roleArn,
    });
    expect(injectionFor(annotated, null)).toEqual({ by: 'web identity', roleArn: arn });
  });

  it('injects nothing without either, for an empty annotation, or for a key of the object itself', () => {
    expect(injectionFor(null, null)).toBeNull();
    expect(injectionFor(account({ 'eks.amazonaws.com/role-arn': '' }), null)).toBeNull();
    expect(injectionFor(account({}), null)).toBeNull();
  });
});

describe('fallbackOf()', () => {
  const node = (kind: KubernetesNode['kind']): KubernetesNode => ({
    name: 'n1',
    ready: true,
    reason: null,
    unschedulable: false,
    instanceId: null,
    nodegroup: 'main',
    kind,
    internalIp: null,
    createdAt: null,
  });
  const group = (hostNetwork: boolean) => ({ hostNetwork, nodes: ['n1'] }) as unknown as PodGroup;
  const limit = (hopLimit: number | null) => [{ name: 'main', hopLimit }] as unknown as Nodegroup[];

  it.each([
    ['a hop limit of 2', group(false), [node('ec2')], limit(2), 'node role'],
    ['a hop limit of 1', group(false), [node('ec2')], limit(1), 'nothing'],
    ['a hop limit that is not known', group(false), [node('ec2')], limit(null), 'unknown'],
    ["the node's network", group(true), [node('ec2')], limit(1), 'node role'],
    ['Fargate', group(false), [node('fargate')], [], 'nothing'],
    ['Auto Mode', group(false), [node('auto')], [], 'unknown'],
    ['a node that is not known', group(false), [], limit(1), 'unknown'],
  ] as const)('%s', (_, pods, nodes, nodegroups, fallback) => {
    expect(fallbackOf(pods, nodes, nodegroups)).toBe(fallback);
  });
});
