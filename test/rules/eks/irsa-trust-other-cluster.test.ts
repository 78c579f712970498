import rule from '../../../shared/rules/eks/irsa-trust-other-cluster.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  blueIssuer,
  caller,
  cluster,
  denial,
  githubIssuer,
  issuerOf,
  observe,
  observeApp,
  prod,
  prodIssuer,
  provider,
  role,
  roleArn,
  sa,
  serviceAccount,
  trusts,
  allowSubject,
  policy,
} from './world.ts';

const app = roleArn('app');
const green = issuerOf('green');
const both = { clusters: [prod, cluster('green')], providers: [provider(prodIssuer), provider(green)] };
const denied = { denials: [denial()] };

testEksRule(rule, {
  passes: {
    'a role for the other of two clusters, which nobody of this one asks for': observe({
      ...both,
      roles: [
        role('app', trusts(prodIssuer, sa('shop/cart'))),
        role('green-app', trusts(green, sa('shop/cart'))),
      ],
    }),
    'a role for both clusters': observeApp(
      policy(allowSubject(prodIssuer, sa('shop/cart')), allowSubject(green, sa('shop/cart'))),
      { ...both, ...denied, callers: [caller()] },
    ),
    'a role of a cluster that is gone, which nobody asks for': observeApp(
      trusts(blueIssuer, sa('shop/cart')),
      {
        discovery: { [blueIssuer]: { state: 'gone' } },
      },
    ),
    'a role of GitHub alone, refused to GitHub': observeApp(trusts(githubIssuer, 'repo:shop/web'), {
      denials: [denial({ subject: 'repo:shop/api', provider: null, audience: null })],
    }),
  },
  fails: {
    'a cluster that is gone': {
      given: observeApp(trusts(blueIssuer, sa('shop/cart')), {
        ...denied,
        discovery: { [blueIssuer]: { state: 'gone' } },
      }),
      finds: {
        [app]: {
          cause:
            /^The whole trust policy of app is written for arn:.*, and shop\/cart of .* has a token of another issuer\.$/,
          restsOn: ['denials', 'roles'],
        },
      },
    },
    'a cluster that lives beside this one': {
      given: observeApp(trusts(green, sa('shop/cart')), { ...both, ...denied }),
      finds: { [app]: { cause: /is written for arn/, restsOn: ['denials', 'roles'] } },
    },
    'an annotation, before any call': {
      given: observeApp(trusts(green, sa('shop/cart')), {
        ...both,
        serviceAccounts: { [prod.arn]: [serviceAccount('shop/cart', { 'eks.amazonaws.com/role-arn': app })] },
      }),
      finds: { [app]: { cause: /is written for arn/, restsOn: ['roles', 'clusters', 'serviceAccounts'] } },
    },
    'two service accounts of the cluster that replaced another': {
      given: observeApp(trusts(blueIssuer, [sa('shop/cart'), sa('shop/web')]), {
        denials: [denial(), denial({ subject: sa('shop/web') })],
        discovery: { [blueIssuer]: { state: 'gone' } },
      }),
      finds: {
        [app]: {
          cause: /shop\/cart, shop\/web of .* have tokens of another issuer/,
          restsOn: ['denials', 'roles'],
        },
      },
    },
    'another service account of a cluster that is gone': {
      given: observeApp(trusts(blueIssuer, sa('shop/web')), {
        ...denied,
        discovery: { [blueIssuer]: { state: 'gone' } },
      }),
      finds: { [app]: { cause: /is written for arn/, restsOn: ['denials', 'roles'] } },
    },
  },
});
