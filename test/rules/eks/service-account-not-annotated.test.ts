import rule from '../../../shared/rules/eks/service-account-not-annotated.ts';
import { testEksRule } from './test-eks-rule.ts';
import { accountId, annotation, association, injected, observeCluster, pods } from './workloads.ts';
import {
  allow,
  blueIssuer,
  caller,
  nameOf,
  policy,
  prodIssuer,
  role,
  roleArn,
  sa,
  serviceAccount,
  trusts,
} from './world.ts';

const bare = [serviceAccount('shop/cart')];
const restsOn = ['podIdentityAssociations', 'podGroups'] as const;

testEksRule(rule, {
  passes: {
    'it is annotated': observeCluster(),
    'it is annotated with another role, which is told elsewhere where it is wrong': observeCluster({
      accounts: [serviceAccount('shop/cart', { [annotation]: roleArn('orders') })],
      roles: [
        role('app', trusts(prodIssuer, sa('shop/cart'))),
        role('orders', trusts(prodIssuer, sa('shop/cart'))),
      ],
      associations: [],
    }),
    'it has an association': observeCluster({
      accounts: bare,
      associations: [association('shop/cart', 'orders')],
    }),
    'its key is misspelt, which is told elsewhere': observeCluster({
      accounts: [serviceAccount('shop/cart', { 'eks.amazonaws.com/rolearn': roleArn('app') })],
    }),
    'its pods have the variables by hand': observeCluster({
      accounts: bare,
      pods: [injected('shop/cart', 'app')],
    }),
    'its pods have keys': observeCluster({ accounts: bare, pods: [pods('shop/cart', { staticKeys: true })] }),
    'it was seen with the role, by whatever way': observeCluster({ accounts: bare, callers: [caller()] }),
    'the policy names it for another cluster': observeCluster({
      accounts: bare,
      roles: [role('app', trusts(blueIssuer, sa('shop/cart')))],
      associations: [],
      discovery: { [blueIssuer]: { state: 'answers' } },
    }),
    'a pattern of the policy happens to match it': observeCluster({
      accounts: bare,
      roles: [
        role(
          'app',
          policy(
            allow(prodIssuer, {
              StringLike: { [`${nameOf(prodIssuer)}:sub`]: sa('shop/*') },
              StringEquals: { [`${nameOf(prodIssuer)}:aud`]: 'sts.amazonaws.com' },
            }),
          ),
        ),
      ],
      associations: [],
    }),
  },
  fails: {
    'a trust policy names it, and its pods run without': {
      given: observeCluster({ accounts: bare, pods: [pods('shop/cart')] }),
      finds: {
        [accountId('shop/cart')]: {
          cause:
            /^shop\/cart of cluster prod has no annotation, although the trust policy of "app" names it\.$/,
          restsOn,
        },
      },
    },
    'no pod uses it now': {
      given: observeCluster({ accounts: bare, pods: [] }),
      finds: { [accountId('shop/cart')]: { cause: /has no annotation, although/, restsOn } },
    },
    'several roles name it, so that no command is given': {
      given: observeCluster({
        accounts: bare,
        roles: ['app', 'app-2'].map((name) => role(name, trusts(prodIssuer, sa('shop/cart')))),
        associations: [],
        pods: [pods('shop/cart')],
      }),
      finds: {
        [accountId('shop/cart')]: { cause: /the trust policies of "app", "app-2" name it\.$/, restsOn },
      },
    },
  },
});
