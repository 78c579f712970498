import rule from '../../../shared/rules/eks/irsa-trust-action.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  allowSubject,
  denial,
  observe,
  observeApp,
  otherAccount,
  policy,
  prod,
  prodIssuer,
  role,
  roleArn,
  sa,
  serviceAccount,
  trustsService,
  type Json,
} from './world.ts';

const app = roleArn('app');
/** The right statement but for what it says of actions. */
const acting = (actions: Json) => {
  const others = { ...allowSubject(prodIssuer, sa('shop/cart')) };
  delete others['Action'];
  return policy({ ...others, ...actions });
};
const found = (trust: object, cause: RegExp) => ({
  given: observeApp(trust, { denials: [denial()] }),
  finds: { [app]: { cause, restsOn: ['roles'] as const } },
});

testEksRule(rule, {
  passes: {
    'another spelling of the action, for actions ignore case': observeApp(
      acting({ Action: 'STS:assumerolewithwebidentity' }),
    ),
    'a wildcard that covers the action': observeApp(
      acting({ Action: ['sts:AssumeRole*', 'sts:TagSession'] }),
    ),
    'all but another action': observeApp(acting({ NotAction: 'sts:AssumeRoleWithSAML' })),
    'a role of a node and one of another account, which no pod asks for': observe({
      roles: [
        role('node', trustsService('ec2.amazonaws.com')),
        role(
          'audit',
          policy({ Effect: 'Allow', Principal: { AWS: otherAccount }, Action: 'sts:AssumeRole' }),
        ),
      ],
    }),
  },
  fails: {
    'sts:AssumeRole': found(
      acting({ Action: 'sts:AssumeRole' }),
      /^The trust policy of app is meant for shop\/cart of .* in statement 1, which allows "sts:AssumeRole" and so does not allow sts:AssumeRoleWithWebIdentity\.$/,
    ),
    'SAML, with a name of the statement': found(
      acting({ Sid: 'Cart', Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession'] }),
      /in statement 1 \(Cart\), which allows "sts:AssumeRoleWithSAML", "sts:TagSession" and so/,
    ),
    'a letter left out': found(
      acting({ Action: 'sts:AssumeRoleWithWebIdentiy' }),
      /"sts:AssumeRoleWithWebIdentiy"/,
    ),
    'all but this one': found(
      acting({ NotAction: ['sts:AssumeRoleWithWebIdentity'] }),
      /which leaves out "sts:AssumeRoleWithWebIdentity"/,
    ),
    'a policy that allows nothing to anybody': {
      given: observeApp(
        policy({ Effect: 'Deny', Principal: { AWS: otherAccount }, Action: 'sts:AssumeRole' }),
        {
          serviceAccounts: {
            [prod.arn]: [serviceAccount('shop/cart', { 'eks.amazonaws.com/role-arn': app })],
          },
        },
      ),
      finds: {
        [app]: { cause: /allows nothing to anybody/, restsOn: ['roles', 'clusters', 'serviceAccounts'] },
      },
    },
  },
});
