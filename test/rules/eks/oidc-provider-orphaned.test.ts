import rule from '../../../shared/rules/eks/oidc-provider-orphaned.ts';
import { findingsOf, testEksRule } from './test-eks-rule.ts';
import {
  blueIssuer,
  cluster,
  githubIssuer,
  issuerOf,
  observe,
  prodIssuer,
  provider,
  providerArn,
  role,
  sa,
  trusts,
} from './world.ts';
import { quoted } from '../../../shared/words.ts';

const gone = { state: 'gone' as const };
const left = { providers: [provider(prodIssuer), provider(blueIssuer)] };
const far = issuerOf('far', 'ap-south-1');

testEksRule(rule, {
  passes: {
    'the provider of another account\u2019s cluster': observe({
      ...left,
      otherAccountsIssuers: [blueIssuer],
    }),
    'the provider of a cluster whose document answers': observe({
      ...left,
      discovery: { [blueIssuer]: { state: 'answers' } },
    }),
    'GitHub, and a cluster of Google': observe({
      providers: [
        provider(prodIssuer),
        provider(githubIssuer),
        provider('https://container.googleapis.com/v1/projects/p/locations/l/clusters/c'),
      ],
    }),
    'the provider of a cluster that is being deleted': observe({
      clusters: [cluster('prod', { status: 'DELETING' })],
    }),
  },
  fails: {
    'a provider whose cluster is gone': {
      given: observe({ ...left, discovery: { [blueIssuer]: gone } }),
      finds: {
        [providerArn(blueIssuer)]: {
          cause: /^The OIDC provider oidc\.eks.* belongs to a cluster that no longer exists\.$/,
          restsOn: ['clusters', 'oidcProviders', 'issuerDiscovery'],
        },
      },
    },
    'a provider that roles still trust': {
      given: observe({
        ...left,
        roles: [role('app', trusts(blueIssuer, sa('shop/cart')))],
        allAccountsRead: true,
      }),
      finds: {
        [providerArn(blueIssuer)]: { cause: /no longer exists/, restsOn: ['clusters', 'oidcProviders'] },
      },
    },
  },
  unknowns: {
    'a region that was not read': {
      given: observe({ providers: [provider(prodIssuer), provider(far)], discovery: { [far]: gone } }),
      why: /^whether the cluster of the OIDC provider .*ap-south-1.* still exists could not be decided$/,
    },
  },
});

describe('the advice of an orphaned provider', () => {
  it('does not say that no role trusts it where the roles were not read', () => {
    const given = observe({ ...left, discovery: { [blueIssuer]: gone } });
    given.readings.roles = { state: 'unread', gaps: [{ location: null, why: quoted('denied') }] };
    const [found] = findingsOf(given);
    expect(found?.problem.fix.summary).toMatch(/^Advice: Make sure that no role of this account trusts it/);
    expect(found?.problem.evidence).toContainEqual({ label: 'Roles that trust it', value: 'not read' });
  });
});
