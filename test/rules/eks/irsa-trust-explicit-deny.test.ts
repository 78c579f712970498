import rule from '../../../shared/rules/eks/irsa-trust-explicit-deny.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  allowSubject,
  caller,
  denial,
  nameOf,
  observeApp,
  otherAccount,
  policy,
  prodIssuer,
  roleArn,
  sa,
} from './world.ts';

const app = roleArn('app');
const sub = `${nameOf(prodIssuer)}:sub`;
const grant = allowSubject(prodIssuer, sa('shop/cart'));
const forbid = (Condition: object, changes = {}) => ({
  Effect: 'Deny',
  Principal: '*',
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition,
  ...changes,
});
const outside = forbid({ NotIpAddress: { 'aws:SourceIp': '198.51.100.0/24' } });
const denied = { denials: [denial()] };

testEksRule(rule, {
  passes: {
    'a Deny for another account': observeApp(
      policy(grant, { Effect: 'Deny', Principal: { AWS: otherAccount }, Action: 'sts:*' }),
    ),
    'a Deny for another namespace': observeApp(
      policy(grant, forbid({ StringLike: { [sub]: 'system:serviceaccount:kube-*:*' } })),
    ),
    'a Deny by an address that nobody knows yet': observeApp(policy(grant, outside)),
    'a Deny of plain HTTP': observeApp(policy(grant, forbid({ Bool: { 'aws:SecureTransport': 'false' } }))),
    'a Deny that was lifted since': observeApp(policy(grant), { ...denied, callers: [caller()] }),
  },
  fails: {
    'a Deny for the namespace': {
      given: observeApp(
        policy(grant, forbid({ StringLike: { [sub]: 'system:serviceaccount:shop:*' } }, { Sid: 'Freeze' })),
        denied,
      ),
      finds: {
        [app]: {
          cause:
            /^In the trust policy of app, statement 2 \(Freeze\) is a Deny that matches the call of shop\/cart of .*\.$/,
          restsOn: ['roles'],
        },
      },
    },
    'a Deny by the address of the call': {
      given: observeApp(policy(grant, outside), denied),
      finds: { [app]: { cause: /statement 2 is a Deny that matches/, restsOn: ['roles', 'denials'] } },
    },
    'a Deny by the address, though the same caller got in from elsewhere': {
      given: observeApp(policy(grant, outside), { ...denied, callers: [caller()] }),
      finds: { [app]: { cause: /statement 2 is a Deny that matches/, restsOn: ['roles', 'denials'] } },
    },
    'two that match': {
      given: observeApp(
        policy(grant, outside, forbid({ StringLike: { [sub]: '*' } }, { Principal: { Federated: '*' } })),
        denied,
      ),
      finds: {
        [app]: { cause: /statement 2 and statement 3 are Denies|statement 3 is a Deny/, restsOn: ['roles'] },
      },
    },
    'a grant whose Effect is Deny': {
      given: observeApp(policy({ ...grant, Effect: 'Deny' }), denied),
      finds: { [app]: { cause: /statement 1.* Deny/, restsOn: ['roles', 'denials'] } },
    },
  },
});
