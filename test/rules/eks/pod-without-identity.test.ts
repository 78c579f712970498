import { applyRule } from '../../../shared/evaluate.ts';
import rule from '../../../shared/rules/eks/pod-without-identity.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  accountId,
  annotation,
  associated,
  association,
  injected,
  node,
  nodeCall,
  nodegroup,
  observeCluster,
  pods,
} from './workloads.ts';
import { roleArn, serviceAccount } from './world.ts';

testEksRule(rule, {
  passes: {
    'the pods have their credentials': observeCluster(),
    'nothing gives the service account a role': observeCluster({ pods: [pods('shop/web')] }),
    'the annotation is empty': observeCluster({
      accounts: [serviceAccount('shop/web', { [annotation]: '' })],
    }),
    'the pods leave containers out on purpose': observeCluster({
      pods: [pods('shop/cart', { skippedContainers: ['app'] })],
    }),
    'the pods have keys': observeCluster({ pods: [pods('shop/cart', { staticKeys: true })] }),
    'the pods are older than the association, and have the role of the annotation': observeCluster({
      associations: [association('shop/cart', 'orders', { createdAt: '2025-12-31T00:00:00Z' })],
    }),
    'the pods run on Fargate, where an association gives nothing': observeCluster({
      pods: [pods('shop/orders', { nodes: ['fargate-ip-10-0-1-7.internal'] })],
      nodes: [
        node({ name: 'fargate-ip-10-0-1-7.internal', kind: 'fargate', instanceId: null, nodegroup: null }),
      ],
    }),
  },
  fails: {
    'the annotation is newer than the pods': {
      given: observeCluster({ pods: [pods('shop/cart')], nodegroups: [nodegroup(2)] }),
      finds: {
        [accountId('shop/cart')]:
          /^2 pods of shop\/cart \(Deployment cart\) in cluster prod have no credentials of their own, although its annotation names app: they are older than the annotation, or/,
      },
    },
    'some of its pods have them': {
      given: observeCluster({
        pods: [injected('shop/cart', 'app'), pods('shop/cart', { pods: 1, owner: null })],
        nodeCalls: [nodeCall()],
      }),
      finds: {
        [accountId('shop/cart')]:
          /^1 pod of shop\/cart in cluster prod has no credentials of its own.*2 pods of it have them/,
      },
    },
    'the association is newer than the pods': {
      given: observeCluster({
        accounts: [serviceAccount('shop/orders')],
        pods: [
          associated('shop/orders', { pods: 1 }),
          pods('shop/orders', { newest: '2025-09-01T00:00:00Z' }),
        ],
      }),
      finds: {
        [accountId('shop/orders')]: {
          cause:
            /association gives it orders: they were created before the association \(2025-10-01T00:00:00Z\)\.$/,
          restsOn: ['podIdentityAssociations'],
        },
      },
    },
    'the service account was made anew after them': {
      given: observeCluster({
        accounts: [
          {
            ...serviceAccount('shop/cart', { [annotation]: roleArn('app') }),
            createdAt: '2025-12-20T00:00:00Z',
          },
        ],
        pods: [pods('shop/cart', { owner: { kind: 'Job', name: 'import' } })],
      }),
      finds: { [accountId('shop/cart')]: /created before the service account was/ },
    },
  },
});

it('is silent where the cluster has no webhook, which is told once for all of them', () => {
  const without = { pods: [pods('shop/cart')], webhooks: [] };
  expect(applyRule(rule, observeCluster(without)).status).toBe('pass');
});
