import rule from '../../../shared/rules/eks/irsa-trust-dead-issuer.ts';
import { findingsOf, testEksRule } from './test-eks-rule.ts';
import {
  allowSubject,
  blueIssuer,
  cluster,
  githubIssuer,
  issuerOf,
  observe,
  observeApp,
  otherAccount,
  policy,
  prodIssuer,
  provider,
  providerArn,
  roleArn,
  sa,
  trusts,
} from './world.ts';
import { quoted } from '../../../shared/words.ts';

const app = roleArn('app');
const gone = { state: 'gone' as const };
const blue = trusts(blueIssuer, sa('shop/cart'));
const far = issuerOf('far', 'ap-south-1');

testEksRule(rule, {
  passes: {
    'a cluster of another account that was read': observeApp(blue, {
      otherAccountsIssuers: [blueIssuer],
      providers: [provider(blueIssuer)],
    }),
    'a cluster of an account that was not read, whose document answers': observeApp(blue, {
      providers: [provider(prodIssuer), provider(blueIssuer)],
      discovery: { [blueIssuer]: { state: 'answers' } },
    }),
    'a cluster that is being deleted': observe({ clusters: [cluster('prod', { status: 'DELETING' })] }),
    'GitHub, which is no cluster': observeApp(trusts(githubIssuer, 'repo:shop/web')),
    'the provider of another account, which this account is never asked about': observeApp(
      policy(
        allowSubject(blueIssuer, sa('shop/cart'), undefined, {
          Principal: { Federated: providerArn(blueIssuer, otherAccount) },
        }),
      ),
      { discovery: { [blueIssuer]: gone } },
    ),
    'a Deny for a cluster that is gone': observeApp(
      policy(allowSubject(prodIssuer, sa('shop/cart')), {
        ...allowSubject(blueIssuer, sa('shop/cart')),
        Effect: 'Deny',
      }),
      { discovery: { [blueIssuer]: gone } },
    ),
  },
  fails: {
    'an issuer that no cluster of its region has, and whose document is gone': {
      given: observeApp(blue, { discovery: { [blueIssuer]: gone } }),
      finds: {
        [app]: {
          cause: /^app trusts oidc\.eks.*, and no cluster has that issuer any more\.$/,
          restsOn: ['roles', 'clusters', 'issuerDiscovery'],
        },
      },
    },
    'an issuer that no cluster of any account has': {
      given: observeApp(blue, { allAccountsRead: true }),
      finds: { [app]: { cause: /no cluster has that issuer/, restsOn: ['roles', 'clusters'] } },
    },
    'two issuers of clusters that are gone are one finding of the role': {
      given: observeApp(
        policy(allowSubject(blueIssuer, sa('shop/cart')), allowSubject(issuerOf('old'), sa('shop/cart'))),
        {
          allAccountsRead: true,
        },
      ),
      finds: { [app]: { cause: /no cluster has those issuers any more/, restsOn: ['roles', 'clusters'] } },
    },
  },
  unknowns: {
    'a region that was not read': {
      given: observeApp(trusts(far, sa('shop/cart')), { discovery: { [far]: gone } }),
      why: /^app trusts .*ap-south-1.*, and whether that cluster still exists could not be decided$/,
    },
    'a document that could not be asked for': {
      given: observeApp(blue, {
        discovery: { [blueIssuer]: { state: 'unknown', why: quoted('timed out') } },
      }),
      why: /could not be decided/,
    },
  },
});

describe('an issuer whose document answers', () => {
  it('is alive, even where no cluster of all that were read has it', () => {
    const given = observeApp(blue, {
      allAccountsRead: true,
      providers: [provider(blueIssuer)],
      discovery: { [blueIssuer]: { state: 'answers' } },
    });
    expect(findingsOf(given)).toEqual([]);
  });
});
