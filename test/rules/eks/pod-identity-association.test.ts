import rule from '../../../shared/rules/eks/pod-identity-association.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  accountId,
  associated,
  association,
  node,
  observeCluster,
  podIdentityDenial,
  trustsPods,
} from './workloads.ts';
import { otherAccount, role, roleArn, serviceAccount, trustsService } from './world.ts';

const orders = association('shop/orders', 'orders');
const ordres = association('shop/ordres', 'orders');
const fargate = node({ name: 'fargate-ip-10-0-1-7', kind: 'fargate', instanceId: null, nodegroup: null });

testEksRule(rule, {
  passes: {
    'role and service account are there': observeCluster(),
    'the role is of another account, which was not read': observeCluster({
      associations: [association('shop/orders', 'x', { roleArn: roleArn('x', '/', otherAccount) })],
    }),
    'a pod has the variable by hand, and EKS refused nothing': observeCluster({
      pods: [associated('shop/web')],
    }),
    'the service accounts of the cluster were not read': observeCluster({
      associations: [ordres],
      serviceAccounts: {},
      accounts: [],
      facts: { podGroups: {} },
    }),
  },
  fails: {
    'the role is gone': {
      given: observeCluster({ associations: [association('shop/orders', 'gone')] }),
      finds: {
        [orders.arn]: {
          cause:
            /^The association of shop\/orders in cluster prod names the role arn:.*gone, which does not exist\.$/,
          restsOnWhole: ['roles'],
        },
      },
    },
    'the role has another path': {
      given: observeCluster({ roles: [role('orders', trustsPods, { path: '/apps/' })] }),
      finds: {
        [orders.arn]: { cause: /the role of that name has the path \/apps\/\.$/, restsOnWhole: ['roles'] },
      },
    },
    'the role of another path does not trust Pod Identity': {
      given: observeCluster({
        roles: [role('orders', trustsService('ec2.amazonaws.com'), { path: '/apps/' })],
      }),
      finds: { [orders.arn]: { cause: /has the path \/apps\//, restsOnWhole: ['roles'] } },
    },
    'its service account is a slip': {
      given: observeCluster({ associations: [ordres] }),
      finds: {
        [ordres.arn]: {
          cause: /^The association of shop\/ordres .* does not exist; shop\/orders does\.$/,
          restsOn: ['serviceAccounts'],
        },
      },
    },
    'its service account does not exist, and none is like it': {
      given: observeCluster({
        associations: [ordres],
        accounts: [serviceAccount('shop/default'), serviceAccount('web/front')],
      }),
      finds: { [ordres.arn]: { cause: /that does not exist\.$/, restsOn: ['serviceAccounts'] } },
    },
    'it was deleted, and its pods ask for it still': {
      given: observeCluster({
        pods: [associated('shop/orders'), associated('shop/web', { pods: 1 })],
        podIdentityDenials: [podIdentityDenial({ errorCode: 'ResourceNotFound', errorMessage: null })],
      }),
      finds: {
        [accountId('shop/web')]: {
          cause:
            /^1 pod of shop\/web in cluster prod asks for the role of an association that does not exist any more\.$/,
          restsOn: ['podGroups', 'podIdentityDenials'],
        },
      },
    },
    'its pods run on Fargate': {
      given: observeCluster({
        nodes: [fargate],
        pods: [associated('shop/orders', { nodes: ['fargate-ip-10-0-1-7'], owner: null, pods: 1 })],
      }),
      finds: {
        [orders.arn]: {
          cause: /^1 pod of shop\/orders in cluster prod runs on Fargate/,
          restsOn: ['podGroups'],
        },
      },
    },
  },
});
