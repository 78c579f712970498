import rule from '../../../shared/rules/eks/irsa-trust-audience.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  allow,
  caller,
  denial,
  nameOf,
  observeApp,
  policy,
  prod,
  prodIssuer,
  provider,
  roleArn,
  sa,
  serviceAccount,
  trusts,
} from './world.ts';

const app = roleArn('app');
const { sub, aud } = { sub: `${nameOf(prodIssuer)}:sub`, aud: `${nameOf(prodIssuer)}:aud` };
const takes = (...clientIds: string[]) => ({ providers: [provider(prodIssuer, { clientIds })] });
const found = (audience: string | string[], cause: RegExp) => ({
  given: observeApp(trusts(prodIssuer, sa('shop/cart'), audience), { denials: [denial()] }),
  finds: { [app]: { cause, restsOn: ['roles'] as const } },
});

testEksRule(rule, {
  passes: {
    'a custom audience that the provider takes': observeApp(
      trusts(prodIssuer, sa('shop/cart'), 'vault'),
      takes('sts.amazonaws.com', 'vault'),
    ),
    'an audience that the service account is annotated with': observeApp(
      trusts(prodIssuer, sa('shop/cart'), 'vault'),
      {
        ...takes('vault'),
        serviceAccounts: {
          [prod.arn]: [
            serviceAccount('shop/cart', {
              'eks.amazonaws.com/role-arn': app,
              'eks.amazonaws.com/audience': 'vault',
            }),
          ],
        },
      },
    ),
    'a record without the audience, of a provider that takes only the one that the policy wants': observeApp(
      trusts(prodIssuer, sa('shop/cart'), 'vault'),
      { ...takes('vault'), denials: [denial({ audience: null })], callers: [caller({ audience: 'vault' })] },
    ),
    'one of two audiences': observeApp(trusts(prodIssuer, sa('shop/cart'), ['vault', 'sts.amazonaws.com'])),
  },
  fails: {
    'a misspelt host name': found(
      'sts.amazon.com',
      /wants the audience "sts\.amazon\.com", and the token of shop\/cart of .* has "sts\.amazonaws\.com"\.$/,
    ),
    'the host name of China, where tokens have the same audience as elsewhere': found(
      'sts.amazonaws.com.cn',
      /wants the audience "sts\.amazonaws\.com\.cn"/,
    ),
    'the service account in the place of the audience': found(sa('shop/cart'), /wants the audience "system:/),
    'an exclusion': {
      given: observeApp(
        policy(
          allow(prodIssuer, {
            StringEquals: { [sub]: sa('shop/cart') },
            StringNotEquals: { [aud]: 'sts.amazonaws.com' },
          }),
        ),
        { denials: [denial()] },
      ),
      finds: {
        [app]: { cause: /excludes the audience "sts\.amazonaws\.com", and the token/, restsOn: ['roles'] },
      },
    },
    'a token with a custom audience, refused by a policy that wants the default': {
      given: observeApp(trusts(prodIssuer, sa('shop/cart')), {
        ...takes('sts.amazonaws.com', 'vault'),
        denials: [denial({ audience: 'vault' })],
      }),
      finds: { [app]: { cause: /has "vault"\.$/, restsOn: ['roles', 'denials'] } },
    },
    'a service account that is annotated with another audience, before any call': {
      given: observeApp(trusts(prodIssuer, sa('shop/cart')), {
        ...takes('sts.amazonaws.com', 'vault'),
        serviceAccounts: {
          [prod.arn]: [serviceAccount('shop/cart', { 'eks.amazonaws.com/audience': 'vault' })],
        },
      }),
      finds: { [app]: { cause: /has "vault"\.$/, restsOn: ['roles', 'clusters', 'serviceAccounts'] } },
    },
    'an audience that no token of a service account without annotation has': {
      given: observeApp(trusts(prodIssuer, sa('shop/cart'), 'vault'), {
        ...takes('sts.amazonaws.com', 'vault'),
        serviceAccounts: { [prod.arn]: [serviceAccount('shop/cart')] },
      }),
      finds: {
        [app]: { cause: /wants the audience "vault"/, restsOn: ['roles', 'clusters', 'serviceAccounts'] },
      },
    },
    'a record without the audience, of which the policy wants none that the provider takes': {
      given: observeApp(trusts(prodIssuer, sa('shop/cart'), 'sts.amazon.com'), {
        ...takes('sts.amazonaws.com', 'vault'),
        denials: [denial({ audience: null })],
      }),
      finds: { [app]: { cause: /wants the audience "sts\.amazon\.com"/, restsOn: ['roles'] } },
    },
  },
});
