import rule from '../../../shared/rules/eks/irsa-trust-wildcard.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  allow,
  allowSubject,
  denial,
  nameOf,
  observeApp,
  policy,
  prodIssuer,
  roleArn,
  sa,
  trusts,
} from './world.ts';

const app = roleArn('app');
const { sub, aud } = { sub: `${nameOf(prodIssuer)}:sub`, aud: `${nameOf(prodIssuer)}:aud` };
const right = { [aud]: 'sts.amazonaws.com' };

testEksRule(rule, {
  passes: {
    'a wildcard under StringLike': observeApp(
      policy(
        allow(prodIssuer, { StringLike: { [sub]: 'system:serviceaccount:shop:*' }, StringEquals: right }),
      ),
    ),
    'a wildcard under StringEquals beside a statement with StringLike': observeApp(
      policy(
        allowSubject(prodIssuer, 'system:serviceaccount:shop:*'),
        allow(prodIssuer, { StringLike: { [sub]: 'system:serviceaccount:shop:*' }, StringEquals: right }),
      ),
    ),
    'a dead wildcard beside the service account that it was meant for': observeApp(
      trusts(prodIssuer, ['system:serviceaccount:shop:*', sa('shop/cart')]),
    ),
    'a wildcard that excludes': observeApp(
      policy(
        allow(prodIssuer, {
          StringEquals: { [sub]: sa('shop/cart'), ...right },
          StringNotLike: { [sub]: 'system:serviceaccount:kube-*:*' },
        }),
      ),
    ),
  },
  fails: {
    'before any call': {
      given: observeApp(trusts(prodIssuer, 'system:serviceaccount:shop:*')),
      finds: {
        [app]: {
          cause:
            /compares .*:sub with "system:serviceaccount:shop:\*" by an equals operator, .* so service accounts of cluster prod do not match\.$/,
          restsOn: ['roles', 'clusters'],
        },
      },
    },
    'a call of a service account in that namespace': {
      given: observeApp(trusts(prodIssuer, 'system:serviceaccount:shop:*'), { denials: [denial()] }),
      finds: { [app]: { cause: /so (shop\/cart|service accounts) of .* not match/, restsOn: ['roles'] } },
    },
    'a question mark': {
      given: observeApp(trusts(prodIssuer, 'system:serviceaccount:shop:car?'), { denials: [denial()] }),
      finds: { [app]: { cause: /"system:serviceaccount:shop:car\?"/, restsOn: ['roles'] } },
    },
    'a wildcard in the audience': {
      given: observeApp(trusts(prodIssuer, sa('shop/cart'), 'sts.*'), { denials: [denial()] }),
      finds: { [app]: { cause: /compares .*:aud with "sts\.\*"/, restsOn: ['roles'] } },
    },
    'a wildcard in the namespace, which may mean anybody': {
      given: observeApp(trusts(prodIssuer, 'system:serviceaccount:*:cart'), { denials: [denial()] }),
      finds: { [app]: { cause: /"system:serviceaccount:\*:cart"/, restsOn: ['roles'] } },
    },
  },
});
