import rule from '../../../shared/rules/eks/irsa-trust-no-audience.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  allow,
  blueIssuer,
  cluster,
  githubIssuer,
  issuerOf,
  nameOf,
  observeApp,
  policy,
  prod,
  prodIssuer,
  provider,
  roleArn,
  sa,
  trusts,
} from './world.ts';

const app = roleArn('app');
const only = (issuer: string) =>
  allow(issuer, { StringEquals: { [`${nameOf(issuer)}:sub`]: sa('shop/cart') } });
const green = issuerOf('green');

testEksRule(rule, {
  passes: {
    'another audience than the default': observeApp(trusts(prodIssuer, sa('shop/cart'), 'vault'), {
      providers: [provider(prodIssuer, { clientIds: ['vault'] })],
    }),
    'an audience under StringLike': observeApp(
      policy(
        allow(prodIssuer, {
          StringEquals: { [`${nameOf(prodIssuer)}:sub`]: sa('shop/cart') },
          StringLike: { [`${nameOf(prodIssuer)}:AUD`]: 'sts.amazonaws.com' },
        }),
      ),
    ),
    'GitHub, which is not a cluster': observeApp(policy(only(githubIssuer))),
    'a cluster that is gone': observeApp(policy(only(blueIssuer)), {
      discovery: { [blueIssuer]: { state: 'gone' } },
    }),
  },
  fails: {
    'a statement that asks for the subject alone': {
      given: observeApp(policy(only(prodIssuer))),
      finds: {
        [app]: {
          cause:
            /^The trust policy of app asks for no audience of tokens from .*, so one that was made for another service would do\.$/,
          restsOn: ['roles'],
        },
      },
    },
    'two clusters': {
      given: observeApp(policy(only(prodIssuer), only(green)), {
        clusters: [prod, cluster('green')],
        providers: [provider(prodIssuer), provider(green)],
      }),
      finds: {
        [app]: [
          { cause: /no audience/, restsOn: ['roles'] },
          { cause: /no audience/, restsOn: ['roles'] },
        ],
      },
    },
    'two clusters of another account': {
      given: observeApp(policy(only(issuerOf('x')), only(issuerOf('y'))), {
        providers: [provider(issuerOf('x')), provider(issuerOf('y'))],
        discovery: { [issuerOf('x')]: { state: 'answers' }, [issuerOf('y')]: { state: 'answers' } },
      }),
      finds: {
        [app]: {
          cause: /no audience of tokens from oidc\.eks.*, oidc\.eks/,
          restsOn: ['roles', 'issuerDiscovery'],
        },
      },
    },
  },
  unknowns: {
    'a cluster of a region that nobody read': {
      given: observeApp(policy(only(issuerOf('far', 'ap-south-1')))),
      why: /^app asks for no audience of tokens from .*, if that cluster still exists$/,
    },
  },
});
