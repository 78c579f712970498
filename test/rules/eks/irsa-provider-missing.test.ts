import rule from '../../../shared/rules/eks/irsa-provider-missing.ts';
import { findingsOf, testEksRule } from './test-eks-rule.ts';
import {
  blueIssuer,
  cluster,
  denial,
  githubIssuer,
  issuerOf,
  observe,
  observeApp,
  otherAccount,
  prod,
  prodIssuer,
  prodProvider,
  provider,
  providerArn,
  role,
  roleArn,
  sa,
  serviceAccount,
  trusts,
  trustsService,
} from './world.ts';

const trusting = { providers: [], roles: [role('app', trusts(prodIssuer, sa('shop/cart')))] };
const noProvider = (issuer: string) => `No OpenIDConnect provider found in your account for ${issuer}`;
const unverified = { provider: null, subject: null, audience: null, errorCode: 'InvalidIdentityToken' };
const elsewhere = issuerOf('partner');

testEksRule(rule, {
  passes: {
    'a cluster that no role and nobody uses': observe({ providers: [], roles: [] }),
    'a cluster whose roles are all for Pod Identity': observe({
      providers: [],
      roles: [role('app', trustsService('pods.eks.amazonaws.com'))],
    }),
    'a cluster of another account, with a provider here': observe({
      clusters: [],
      otherAccountsIssuers: [elsewhere],
      providers: [provider(elsewhere)],
      roles: [role('lake', trusts(elsewhere, sa('shop/cart')))],
    }),
    'a role that names the provider of another account beside the right one': observe({
      roles: [
        role('app', {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Federated: [prodProvider, providerArn(elsewhere, otherAccount)] },
              Action: 'sts:AssumeRoleWithWebIdentity',
            },
          ],
        }),
      ],
    }),
    'a cluster that is being made: its provider comes after it': observe({
      ...trusting,
      clusters: [cluster('prod', { status: 'CREATING' })],
    }),
    'a cluster that is being deleted: its provider went before it': observe({
      ...trusting,
      clusters: [cluster('prod', { status: 'DELETING' })],
    }),
    'a cluster that is gone with its provider, and is still trusted': observe({
      clusters: [],
      ...trusting,
      discovery: { [prodIssuer]: { state: 'gone' } },
    }),
    'a cluster that was deleted with its provider after its pods were refused': observe({
      clusters: [],
      providers: [],
      discovery: { [prodIssuer]: { state: 'gone' } },
      denials: [
        denial(),
        denial({ errorCode: 'InvalidIdentityToken', errorMessage: noProvider(prodIssuer), events: 4 }),
      ],
    }),
    'a provider that was made since STS missed it': observe({
      providers: [provider(prodIssuer, { createdAt: '2026-01-01T05:10:00Z' })],
      denials: [denial({ ...unverified, errorMessage: noProvider(prodIssuer) })],
    }),
    'GitHub without a provider, which is nobody of a cluster': observe({
      roles: [role('deploy', trusts(githubIssuer, 'repo:shop/web:ref:refs/heads/main'))],
      denials: [denial({ ...unverified, errorMessage: noProvider(githubIssuer) })],
    }),
    'an issuer of a region that nobody read, whose document was not asked for': observe({
      roles: [role('app', trusts(issuerOf('far', 'ap-south-1'), sa('shop/cart')))],
    }),
  },
  fails: {
    'a cluster that a role trusts': {
      given: observe(trusting),
      finds: {
        [prodProvider]: {
          cause:
            /^The issuer of .*, https:\/\/oidc\.eks\.eu-west-1\..*, is no OIDC provider in account 111122223333, and the role app trusts it\.$/,
          restsOnWhole: ['oidcProviders'],
          restsOn: ['roles', 'clusters'],
        },
      },
    },
    'a role of this account for a cluster of another': {
      given: observe({
        clusters: [],
        otherAccountsIssuers: [elsewhere],
        providers: [],
        roles: [role('lake', trusts(elsewhere, sa('shop/cart')))],
      }),
      finds: {
        [providerArn(elsewhere)]: {
          cause: /^The issuer of a cluster of another account/,
          restsOnWhole: ['oidcProviders'],
          restsOn: ['roles', 'clusters'],
        },
      },
    },
    'an issuer that nobody knows, whose discovery document answers': {
      given: observe({
        providers: [provider(prodIssuer)],
        roles: [role('lake', trusts(elsewhere, sa('shop/cart')))],
        discovery: { [elsewhere]: { state: 'answers' } },
      }),
      finds: {
        [providerArn(elsewhere)]: {
          cause: /^The issuer of a cluster .*, and the role lake trusts it\.$/,
          restsOnWhole: ['oidcProviders'],
          restsOn: ['roles', 'clusters', 'issuerDiscovery'],
        },
      },
    },
    'what STS said of a caller that it could not name': {
      given: observe({
        roles: [],
        providers: [],
        denials: [denial({ ...unverified, errorMessage: noProvider(prodIssuer), events: 1 })],
      }),
      finds: {
        [prodProvider]: {
          cause: /, and 1 refused caller uses it\.$/,
          restsOnWhole: ['oidcProviders'],
          restsOn: ['denials'],
        },
      },
    },
    'ten service accounts and one provider that is missing': {
      given: observe({
        ...trusting,
        denials: Array.from({ length: 10 }, (_, index) =>
          denial({
            subject: sa(`shop/w${index}`),
            provider: null,
            errorCode: 'InvalidIdentityToken',
            errorMessage: noProvider(prodIssuer),
          }),
        ),
      }),
      finds: {
        [prodProvider]: {
          cause: /is no OIDC provider/,
          restsOnWhole: ['oidcProviders'],
        },
      },
    },
    'a provider that was deleted after the refusals': {
      given: observe({ providers: [], denials: [denial()] }),
      finds: {
        [prodProvider]: {
          cause: /is no OIDC provider/,
          restsOnWhole: ['oidcProviders'],
          restsOn: ['roles'],
        },
      },
    },
    'a provider and a trust policy that misspell the issuer alike': {
      given: observe({
        providers: [provider(`${prodIssuer}/`)],
        roles: [
          role(
            'app',
            trusts(prodIssuer.replace('oidc.eks.eu-west-1', 'oidc.eu-west-1.eks'), sa('shop/cart')),
          ),
        ],
      }),
      finds: {
        [prodProvider]: {
          cause: /1 service account is annotated with a role|is no OIDC provider/,
          restsOnWhole: ['oidcProviders'],
          restsOn: ['roles', 'clusters'],
        },
      },
    },
    'a service account that is annotated with a role of this account': {
      given: observeApp(trustsService('ec2.amazonaws.com'), {
        providers: [],
        serviceAccounts: {
          [prod.arn]: [serviceAccount('shop/cart', { 'eks.amazonaws.com/role-arn': roleArn('app') })],
        },
      }),
      finds: {
        [prodProvider]: {
          cause: /1 service account is annotated with a role\.$/,
          restsOnWhole: ['oidcProviders'],
          restsOn: ['roles', 'clusters', 'serviceAccounts'],
        },
      },
    },
  },
});

describe('the fix of a provider that is missing', () => {
  const fixOf = (given: Parameters<typeof findingsOf>[0]) =>
    findingsOf(given).find(({ rule }) => rule === 'eks/irsa-provider-missing')?.problem.fix;

  it('creates the provider of a cluster that is known', () => {
    expect(fixOf(observe(trusting))?.commands).toEqual([
      `aws iam create-open-id-connect-provider --url ${prodIssuer} --client-id-list sts.amazonaws.com`,
    ]);
  });

  it('prints no command for an issuer that only the caller names', () => {
    const evil = 'https://oidc.eks.eu-west-1.amazonaws.com/id/DEADBEEFDEADBEEFDEADBEEFDEADBEEF';
    const denials = [denial({ ...unverified, errorMessage: noProvider(evil) })];
    const fix = fixOf(observe({ denials, discovery: { [evil]: { state: 'answers' } } }));
    expect(fix?.commands).toEqual([]);
    expect(fix?.summary).toMatch(/^Advice: Make sure whose issuer .* is/);
  });

  it('is undecided where nobody knows whether the cluster still exists', () => {
    const given = observe({ denials: [denial({ ...unverified, errorMessage: noProvider(elsewhere) })] });
    expect(findingsOf(given).map(({ rule }) => rule)).toEqual(['eks/irsa-undecided']);
  });

  it('is undecided where IAM had the provider all along', () => {
    const given = observe({ denials: [denial({ ...unverified, errorMessage: noProvider(prodIssuer) })] });
    expect(findingsOf(given).map(({ rule }) => rule)).toEqual(['eks/irsa-undecided']);
  });

  it('is not wanted for an issuer that is dead', () => {
    const given = observe({
      clusters: [],
      providers: [],
      roles: [role('app', trusts(blueIssuer, sa('shop/cart')))],
      discovery: { [blueIssuer]: { state: 'gone' } },
    });
    expect(findingsOf(given).map(({ rule }) => rule)).toEqual(['eks/irsa-trust-dead-issuer']);
  });
});
