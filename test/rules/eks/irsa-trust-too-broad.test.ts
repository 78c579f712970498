import rule from '../../../shared/rules/eks/irsa-trust-too-broad.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  allow,
  allowSubject,
  blueIssuer,
  caller,
  cluster,
  githubIssuer,
  issuerOf,
  nameOf,
  observe,
  observeApp,
  policy,
  prod,
  prodIssuer,
  prodProvider,
  provider,
  providerArn,
  role,
  roleArn,
  sa,
  trusts,
  trustsService,
} from './world.ts';

const app = roleArn('app');
const { sub, aud } = { sub: `${nameOf(prodIssuer)}:sub`, aud: `${nameOf(prodIssuer)}:aud` };
const right = { [aud]: 'sts.amazonaws.com' };
const like = (...patterns: string[]) =>
  policy(allow(prodIssuer, { StringLike: { [sub]: patterns }, StringEquals: right }));
const green = issuerOf('green');
const found = (trust: object, cause: RegExp, changes = {}) => ({
  given: observeApp(trust, changes),
  finds: { [app]: { cause, restsOn: ['roles'] as const } },
});

testEksRule(rule, {
  passes: {
    'a namespace of its own, as the AWS documentation suggests it': observeApp(
      like('system:serviceaccount:shop:*'),
    ),
    'names of one namespace by a pattern': observeApp(
      like('system:serviceaccount:shop:cart-*', sa('shop/web')),
    ),
    'any service account, but a Deny for all others': observeApp(
      policy(allow(prodIssuer, { StringLike: { [sub]: 'system:serviceaccount:*' }, StringEquals: right }), {
        Effect: 'Deny',
        Principal: '*',
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringNotEquals: { [sub]: sa('shop/cart') } },
      }),
    ),
    'any repository of GitHub, which is not a cluster': observeApp(
      policy(allow(githubIssuer, { StringLike: { [`${nameOf(githubIssuer)}:sub`]: '*' } })),
    ),
    'whatever a cluster that is gone signs': observeApp(policy(allow(blueIssuer, {})), {
      discovery: { [blueIssuer]: { state: 'gone' } },
    }),
    'a wildcard under StringEquals, which lets in nobody': observeApp(
      trusts(prodIssuer, 'system:serviceaccount:*'),
    ),
    'everybody, for another call': observeApp(
      policy({ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }),
    ),
    'a service-linked role': observe({
      roles: [
        role('linked', trustsService('eks.amazonaws.com'), { path: '/aws-service-role/eks.amazonaws.com/' }),
      ],
    }),
    'two clusters under IfExists, each of which names its service account': observeApp(
      policy(allowSubject(prodIssuer, sa('shop/cart')), allowSubject(green, sa('shop/cart'))),
      { clusters: [prod, cluster('green')], providers: [provider(prodIssuer), provider(green)] },
    ),
  },
  fails: {
    'no subject at all': found(
      policy(allow(prodIssuer, { StringEquals: right })),
      /^app can be assumed by any service account of .*: its trust policy does not ask for a subject\.$/,
    ),
    'no condition at all': found(policy(allow(prodIssuer, {})), /by any service account of/),
    'an asterisk': found(
      like('*'),
      /by any service account of .*: its trust policy asks for StringLike "\*"\.$/,
    ),
    'any service account': found(like('system:serviceaccount:*:*'), /by any service account/),
    'a name in any namespace': found(
      like('system:serviceaccount:*:cart'),
      /in any namespace that match "system:serviceaccount:\*:cart"/,
    ),
    'whatever ends in the name': found(like('*:cart'), /in any namespace that match "\*:cart"/),
    'namespaces by a pattern': found(
      like('system:serviceaccount:shop-*:cart'),
      /in every namespace that matches "shop-\*"/,
    ),
    'a pattern that ends before the namespace does': found(
      like('system:serviceaccount:shop*'),
      /in every namespace that matches "shop\*"/,
    ),
    'only an exclusion': found(
      policy(
        allow(prodIssuer, {
          StringNotLike: { [sub]: 'system:serviceaccount:kube-*:*' },
          StringEquals: right,
        }),
      ),
      /by any service account of/,
    ),
    'ForAllValues, which holds where there is no subject': found(
      policy(
        allow(prodIssuer, { 'ForAllValues:StringEquals': { [sub]: sa('shop/cart') }, StringEquals: right }),
      ),
      /by a token of .* without a subject/,
    ),
    'IfExists on the key of one cluster, for the tokens of two': {
      given: observeApp(
        policy(
          allow(
            prodIssuer,
            { StringEqualsIfExists: { [sub]: sa('shop/cart') } },
            { Principal: { Federated: [prodProvider, providerArn(green)] } },
          ),
        ),
        { clusters: [prod, cluster('green')], providers: [provider(prodIssuer), provider(green)] },
      ),
      finds: {
        [app]: [
          { cause: /any service account/, restsOn: ['roles'] },
          { cause: /without a subject|any service account/, restsOn: ['roles'] },
        ],
      },
    },
    'everybody whom the providers of the account vouch for': {
      given: observeApp(policy({ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRoleWithWebIdentity' })),
      finds: { [app]: { cause: /any service account of cluster prod/, restsOn: ['roles', 'clusters'] } },
    },
    'any service account within an address range, with a custom audience': found(
      policy(
        allow(prodIssuer, {
          StringEquals: { [aud]: 'vault' },
          NotIpAddress: { 'aws:SourceIp': '198.51.100.0/24' },
        }),
      ),
      /by any service account of/,
      { providers: [provider(prodIssuer, { clientIds: ['vault'] })], callers: [caller()] },
    ),
    'a cluster that is not of EKS, whose policy speaks of service accounts': found(
      policy(
        allow('https://oidc.prod-aks.azure.com/0000', {
          StringLike: { 'oidc.prod-aks.azure.com/0000:sub': 'system:serviceaccount:*:app' },
        }),
      ),
      /in any namespace that match/,
    ),
    'two statements for one cluster are one finding': found(
      policy(allow(prodIssuer, {}), allow(prodIssuer, { StringLike: { [sub]: '*' } })),
      /any service account/,
    ),
  },
  unknowns: {
    'a cluster of a region that nobody read': {
      given: observeApp(policy(allow(issuerOf('far', 'ap-south-1'), {}))),
      why: /^app can be assumed by any service account of .*, if that cluster still exists$/,
    },
  },
});
