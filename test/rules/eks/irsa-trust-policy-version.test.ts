import rule from '../../../shared/rules/eks/irsa-trust-policy-version.ts';
import { testEksRule } from './test-eks-rule.ts';
import { allow, denial, nameOf, observeApp, policy, prodIssuer, roleArn, sa, trusts } from './world.ts';

const app = roleArn('app');
const { sub, aud } = { sub: `${nameOf(prodIssuer)}:sub`, aud: `${nameOf(prodIssuer)}:aud` };
const bySession = (Version: string | undefined) => ({
  ...(Version && { Version }),
  Statement: policy(
    allow(prodIssuer, {
      StringEquals: { [aud]: 'sts.amazonaws.com' },
      StringLike: { [sub]: 'system:serviceaccount:shop:${sts:RoleSessionName}' },
    }),
  )['Statement'],
});
const found = (Version: string | undefined) => ({
  given: observeApp(bySession(Version), { denials: [denial({}, { sessionName: 'cart' })] }),
  finds: {
    [app]: {
      cause:
        /has a variable in "system:serviceaccount:shop:\$\{sts:RoleSessionName\}" under a Version that leaves it as text/,
      restsOn: ['roles', 'denials'] as const,
    },
  },
});

testEksRule(rule, {
  passes: {
    'a variable under the Version that expands it': observeApp(bySession('2012-10-17')),
    'the old Version without a variable': observeApp({
      ...trusts(prodIssuer, sa('shop/cart')),
      Version: '2008-10-17',
    }),
    'no Version, and a placeholder of a template in a statement of no service account': observeApp({
      Statement: policy(allow(prodIssuer, { StringEquals: { [sub]: sa('shop/cart') } }))['Statement'],
    }),
  },
  fails: {
    'the old Version': found('2008-10-17'),
    'no Version, which is the old one': found(undefined),
  },
});
