import rule from '../../../shared/rules/eks/irsa-provider-audience.ts';
import { findingsOf, testEksRule } from './test-eks-rule.ts';
import {
  allow,
  cluster,
  denial,
  nameOf,
  observe,
  observeApp,
  policy,
  prod,
  prodIssuer,
  prodProvider,
  provider,
  roleArn,
  sa,
  serviceAccount,
  trusts,
} from './world.ts';

const takes = (...clientIds: string[]) => ({ providers: [provider(prodIssuer, { clientIds })] });
const custom = serviceAccount('shop/cart', {
  'eks.amazonaws.com/role-arn': roleArn('app'),
  'eks.amazonaws.com/audience': 'vault',
});
const incorrect = { errorCode: 'InvalidIdentityToken', errorMessage: 'Incorrect token audience' };

testEksRule(rule, {
  passes: {
    'a custom audience that the provider takes and the policy wants': observeApp(
      trusts(prodIssuer, sa('shop/cart'), 'vault'),
      takes('vault'),
    ),
    'a policy that takes either audience, of which the provider takes one': observeApp(
      trusts(prodIssuer, sa('shop/cart'), ['sts.amazonaws.com', 'vault']),
      takes('vault'),
    ),
    'an annotated audience that the provider takes beside the default': observeApp(
      trusts(prodIssuer, sa('shop/cart'), 'vault'),
      { ...takes('sts.amazonaws.com', 'vault'), serviceAccounts: { [prod.arn]: [custom] } },
    ),
    'a policy whose audience is misspelt: that is no fault of the provider': observeApp(
      trusts(prodIssuer, sa('shop/cart'), 'sts.amazon.com'),
    ),
    'a policy that asks for no audience, of a provider with a custom one': observeApp(
      policy(allow(prodIssuer, { StringEquals: { [`${nameOf(prodIssuer)}:sub`]: sa('shop/cart') } })),
      takes('vault'),
    ),
    'a provider that was mended since STS refused the token': observe({ denials: [denial(incorrect)] }),
    'a cluster that is being deleted': observe({
      ...takes('vault'),
      clusters: [cluster('prod', { status: 'DELETING' })],
      roles: [],
    }),
  },
  fails: {
    'a provider without the default audience': {
      given: observe(takes('vault')),
      finds: {
        [prodProvider]: {
          cause: /takes tokens for vault only, and .* "sts.amazonaws.com"\.$/,
          restsOn: ['oidcProviders', 'roles'],
        },
      },
    },
    'a provider that takes none at all': {
      given: observe(takes()),
      finds: {
        [prodProvider]: { cause: /takes no tokens at all/, restsOn: ['oidcProviders', 'roles'] },
      },
    },
    'an annotated audience that it does not take': {
      given: observe({ serviceAccounts: { [prod.arn]: [custom] } }),
      finds: {
        [prodProvider]: {
          cause: /shop\/cart of cluster prod has tokens for "vault"/,
          restsOn: ['oidcProviders', 'roles', 'clusters', 'serviceAccounts'],
        },
      },
    },
    'what STS said of a token that the provider still does not take': {
      given: observe({ ...takes('vault'), roles: [], denials: [denial(incorrect)] }),
      finds: {
        [prodProvider]: {
          cause: /shop\/cart of .* has tokens for "sts.amazonaws.com"/,
          restsOn: ['denials', 'oidcProviders'],
        },
      },
    },
    'what STS said of a token whose audience is not recorded': {
      given: observe({ denials: [denial({ ...incorrect, audience: null })] }),
      finds: {
        [prodProvider]: {
          cause: /for another audience, which the record does not name/,
          restsOn: ['denials', 'oidcProviders'],
        },
      },
    },
    'what STS said of a caller whose issuer is not recorded': {
      given: observe({ denials: [denial({ ...incorrect, audience: null, provider: null, subject: null })] }),
      finds: { [roleArn('app')]: { cause: /the record does not name the issuer/, restsOn: ['denials'] } },
    },
    'a provider that took the audience when the call was refused, and no longer does': {
      given: observe({ ...takes('vault'), denials: [denial()] }),
      finds: {
        [prodProvider]: {
          cause: /takes tokens for vault only/,
          restsOn: ['oidcProviders', 'roles'],
        },
      },
    },
    'ten callers of one provider': {
      given: observe({
        ...takes('vault'),
        denials: Array.from({ length: 10 }, (_, index) =>
          denial({ ...incorrect, subject: sa(`shop/w${index}`) }),
        ),
      }),
      finds: { [prodProvider]: { cause: /sts.amazonaws.com/, restsOn: ['oidcProviders'] } },
    },
  },
});

describe('the fix of an audience that a provider does not take', () => {
  const fixOf = (given: Parameters<typeof findingsOf>[0]) =>
    findingsOf(given).find(({ rule }) => rule === 'eks/irsa-provider-audience')?.problem.fix;

  it('adds the default audience', () => {
    expect(fixOf(observe(takes('vault')))?.commands).toEqual([
      `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${prodProvider} --client-id sts.amazonaws.com`,
    ]);
  });

  it('prints no command for an audience that only the service account asks for', () => {
    const given = observe({ serviceAccounts: { [prod.arn]: [custom] } });
    expect(fixOf(given)).toMatchObject({
      commands: [],
      summary: expect.stringMatching(/^Advice: /) as string,
    });
  });

  it('adds a custom audience that a role wants by name', () => {
    const given = observeApp(trusts(prodIssuer, sa('shop/cart'), 'vault'), {
      serviceAccounts: { [prod.arn]: [custom] },
    });
    expect(fixOf(given)?.commands).toEqual([expect.stringMatching(/--client-id vault$/)]);
  });
});
