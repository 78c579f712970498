import rule from '../../../shared/rules/eks/irsa-trust-subject.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  allow,
  allowSubject,
  caller,
  cluster,
  denial,
  githubIssuer,
  issuerOf,
  nameOf,
  observe,
  observeApp,
  policy,
  prod,
  prodIssuer,
  provider,
  providerArn,
  role,
  roleArn,
  sa,
  serviceAccount,
  trusts,
  trustsService,
} from './world.ts';

const { sub, aud } = { sub: `${nameOf(prodIssuer)}:sub`, aud: `${nameOf(prodIssuer)}:aud` };
const app = roleArn('app');
const right = { [aud]: 'sts.amazonaws.com' };

/** What a denial of shop/cart finds where the policy allows only another subject. */
const refused = (allowed: string, cause: RegExp) => ({
  given: observeApp(trusts(prodIssuer, allowed), { denials: [denial()] }),
  finds: { [app]: { cause, restsOn: ['denials', 'roles'] as const } },
});

testEksRule(rule, {
  passes: {
    'a role of several service accounts, one of which was refused for a while and is in again': observeApp(
      trusts(prodIssuer, [sa('shop/cart'), sa('shop/checkout')]),
      { denials: [denial()], callers: [caller()] },
    ),
    'a namespace wildcard under StringLike, as the AWS documentation suggests it': observeApp(
      policy(
        allow(prodIssuer, { StringLike: { [sub]: 'system:serviceaccount:shop:*' }, StringEquals: right }),
      ),
    ),
    'a role that GitHub, Pod Identity, EC2 and the account itself may assume besides the service account':
      observeApp(
        policy(
          allow(githubIssuer, { StringLike: { [`${nameOf(githubIssuer)}:sub`]: 'repo:shop/web:*' } }),
          {
            Effect: 'Allow',
            Principal: { Service: ['pods.eks.amazonaws.com', 'ec2.amazonaws.com'] },
            Action: 'sts:*',
          },
          { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:AssumeRole' },
          allowSubject(prodIssuer, sa('shop/cart')),
        ),
        {
          serviceAccounts: {
            [prod.arn]: [serviceAccount('shop/cart', { 'eks.amazonaws.com/role-arn': app })],
          },
        },
      ),
    'one role for two clusters, each with a statement of its own': observeApp(
      policy(allowSubject(prodIssuer, sa('shop/cart')), allowSubject(issuerOf('green'), sa('store/cart'))),
      {
        clusters: [prod, cluster('green')],
        providers: [provider(prodIssuer), provider(issuerOf('green'))],
      },
    ),
    'a denial of GitHub Actions, which is no workload of a cluster': observeApp(
      trusts(prodIssuer, sa('shop/cart')),
      {
        denials: [
          denial({ subject: 'repo:shop/web:ref:refs/heads/main', provider: providerArn(githubIssuer) }),
        ],
      },
    ),
    'a single statement that is no list, as IAM takes it': observeApp({
      Version: '2012-10-17',
      Statement: allowSubject(prodIssuer, [sa('shop/cart')]),
    }),
  },
  fails: {
    'a name of one letter more': refused(
      sa('shop/carts'),
      /allows "system:serviceaccount:shop:carts".*the name is cart, not carts/,
    ),
    'another namespace': refused(sa('store/cart'), /the namespace is shop, not store/),
    'both different': refused(sa('store/web'), /namespace and name differ/),
    'namespace and name swapped': refused(sa('cart/shop'), /namespace and name are swapped/),
    'letter case': refused('system:serviceaccount:Shop:cart', /letter case counts/),
    'a slash for a colon': refused('system:serviceaccount:shop/cart', /it is misspelt/),
    'no prefix': refused('shop:cart', /it is misspelt/),
    'a placeholder that a template left': refused(
      'system:serviceaccount:${NAMESPACE}:cart',
      /placeholder was left/,
    ),
    'a text that no cluster can issue': refused('cart@shop.svc', /no cluster can issue/),
    'the nearest of several': refused(
      [sa('kube-system/dns'), sa('shop/card')] as unknown as string,
      /allows "system:serviceaccount:shop:card" \(nearest of 2 allowed\)/,
    ),
    'a pattern under StringLike that matches another namespace': {
      given: observeApp(
        policy(
          allow(prodIssuer, { StringLike: { [sub]: 'system:serviceaccount:store:*' }, StringEquals: right }),
        ),
        { denials: [denial()] },
      ),
      finds: { [app]: { cause: /the pattern does not match it/, restsOn: ['denials', 'roles'] } },
    },
    'a subject that is excluded by name': {
      given: observeApp(
        policy(allow(prodIssuer, { StringNotEquals: { [sub]: sa('shop/cart') }, StringEquals: right })),
        { denials: [denial()] },
      ),
      finds: {
        [app]: {
          cause: /excludes shop\/cart of .*: it demands StringNotEquals/,
          restsOn: ['denials', 'roles'],
        },
      },
    },
    'a policy that demands a token without a subject': {
      given: observeApp(policy(allow(prodIssuer, { Null: { [sub]: 'true' }, StringEquals: right })), {
        denials: [denial()],
      }),
      finds: {
        [app]: {
          cause: /excludes shop\/cart of .*: it demands Null true/,
          restsOn: ['denials', 'roles'],
        },
      },
    },
    'ten service accounts that one policy refuses are one finding': {
      given: observeApp(trusts(prodIssuer, sa('platform/admin')), {
        denials: Array.from({ length: 10 }, (_, index) => denial({ subject: sa(`team/worker-${index}`) })),
      }),
      finds: {
        [app]: {
          cause: /which is none of team\/worker-0, team\/worker-1, team\/worker-2 and 7 more of/,
          restsOn: ['denials', 'roles'],
        },
      },
    },
    'an annotation that asks for a role of others, before any call': {
      given: observeApp(trusts(prodIssuer, sa('platform/admin')), {
        serviceAccounts: {
          [prod.arn]: [serviceAccount('team-b/builder', { 'eks.amazonaws.com/role-arn': app })],
        },
      }),
      finds: {
        [app]: {
          cause: /the caller is "system:serviceaccount:team-b:builder"/,
          restsOn: ['roles', 'clusters', 'serviceAccounts'],
        },
      },
    },
    'a role that only GetRole showed, with a path': {
      given: observe({
        roles: [],
        named: {
          [roleArn('app', '/team/')]: {
            state: 'exists',
            role: role('app', trusts(prodIssuer, sa('shop/card')), { path: '/team/' }),
          },
        },
        denials: [denial({ roleArn: roleArn('app', '/team/') })],
      }),
      finds: {
        [roleArn('app', '/team/')]: {
          cause: /the name is cart, not card/,
          restsOn: ['denials', 'namedRoles'],
        },
      },
    },
    'a role that trusts only EC2 is not about subjects, but one of another service account is': {
      given: observe({
        roles: [
          role('app', trusts(prodIssuer, sa('shop/card'))),
          role('node', trustsService('ec2.amazonaws.com')),
        ],
        denials: [denial(), denial({ roleArn: roleArn('node') })],
      }),
      finds: { [app]: { cause: /not card/, restsOn: ['denials', 'roles'] } },
    },
  },
});
