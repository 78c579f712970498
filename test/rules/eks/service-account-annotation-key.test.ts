import rule from '../../../shared/rules/eks/service-account-annotation-key.ts';
import { testEksRule } from './test-eks-rule.ts';
import { accountId, annotation, association, injected, observeCluster, pods } from './workloads.ts';
import { cluster, role, roleArn, sa, serviceAccount, trusts, prodIssuer } from './world.ts';

const slip = serviceAccount('shop/cart', { 'eks.amazonaws.com/role_arn': roleArn('app') });

const restsOn = ['podIdentityAssociations'] as const;

testEksRule(rule, {
  passes: {
    'the key is right': observeCluster(),
    'the right key is there besides a slip': observeCluster({
      accounts: [
        serviceAccount('shop/cart', {
          [annotation]: roleArn('app'),
          'eks.amazonaws.com/role_arn': roleArn('app'),
        }),
      ],
    }),
    'an association gives the role anyway': observeCluster({
      accounts: [slip],
      associations: [association('shop/cart', 'orders')],
    }),
    'other keys of EKS, and keys of other tools': observeCluster({
      accounts: [
        serviceAccount('shop/cart', {
          'eks.amazonaws.com/audience': 'sts.amazonaws.com',
          'eks.amazonaws.com/sts-regional-endpoints': 'true',
          'iam.amazonaws.com/role': roleArn('app'),
        }),
      ],
    }),
    'the cluster is being deleted': observeCluster({
      clusters: [cluster('prod', { status: 'DELETING' })],
      accounts: [slip],
    }),
  },
  fails: {
    'an underscore stands for the hyphen': {
      given: observeCluster({ accounts: [slip], pods: [pods('shop/cart')] }),
      finds: {
        [accountId('shop/cart')]: {
          cause:
            /^shop\/cart of cluster prod has the annotation eks\.amazonaws\.com\/role_arn, which nothing reads; the key is eks/,
          restsOn,
        },
      },
    },
    'the role does not trust the service account, so that no command is given': {
      given: observeCluster({
        accounts: [serviceAccount('shop/web', { 'eks.amazonaws.com/role_arn': roleArn('app') })],
      }),
      finds: { [accountId('shop/web')]: { cause: /^shop\/web of cluster prod has the annotation/, restsOn } },
    },
    'a stranger wrote the value': {
      given: observeCluster({
        accounts: [serviceAccount('shop/cart', { 'eks.amazonaws.com/role-arns': "$(rm -rf /)'\n<b>" })],
      }),
      finds: { [accountId('shop/cart')]: { cause: /role-arns, which nothing reads/, restsOn } },
    },
    'each service account is told by itself': {
      given: observeCluster({
        roles: [role('app', trusts(prodIssuer, [sa('shop/cart'), sa('shop/pay')]))],
        accounts: [slip, serviceAccount('shop/pay', { 'eks.amazon.com/role-arn': roleArn('app') })],
        pods: [injected('shop/web', 'app')],
      }),
      finds: {
        [accountId('shop/cart')]: { cause: /role_arn/, restsOn },
        [accountId('shop/pay')]: { cause: /eks\.amazon\.com\/role-arn/, restsOn },
      },
    },
  },
});
