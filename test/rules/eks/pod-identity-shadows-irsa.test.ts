import rule from '../../../shared/rules/eks/pod-identity-shadows-irsa.ts';
import { testEksRule } from './test-eks-rule.ts';
import { accountId, annotation, associated, association, injected, observeCluster } from './workloads.ts';
import { role, roleArn, serviceAccount, trustsService } from './world.ts';

const both = [serviceAccount('shop/orders', { [annotation]: roleArn('app') })];

testEksRule(rule, {
  passes: {
    'each service account has one of the two': observeCluster(),
    'the annotation is empty': observeCluster({
      accounts: [serviceAccount('shop/orders', { [annotation]: '' })],
    }),
  },
  fails: {
    'the annotation names another role, and nothing has it any more': {
      given: observeCluster({ accounts: both, pods: [associated('shop/orders')] }),
      finds: {
        [accountId('shop/orders')]:
          /^shop\/orders of cluster prod has a Pod Identity association for orders, so its annotation for app counts for nothing\.$/,
      },
    },
    'pods still have the role of the annotation': {
      given: observeCluster({ accounts: both, pods: [injected('shop/orders', 'app')] }),
      finds: {
        [accountId('shop/orders')]: {
          cause: /; 2 pods with the annotation's role will change to the other/,
          restsOn: ['podGroups'],
        },
      },
    },
    'both name the same role': {
      given: observeCluster({
        accounts: [serviceAccount('shop/orders', { [annotation]: roleArn('orders') })],
        associations: [association('shop/orders', 'orders')],
        pods: [injected('shop/orders', 'orders')],
      }),
      finds: { [accountId('shop/orders')]: /annotation for the same role counts for nothing\.$/ },
    },
    'nobody read the role of the association': {
      given: observeCluster({ accounts: both, roles: [role('x', trustsService('ec2.amazonaws.com'))] }),
      finds: { [accountId('shop/orders')]: /counts for nothing\.$/ },
    },
  },
});
