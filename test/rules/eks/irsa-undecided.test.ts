import rule from '../../../shared/rules/eks/irsa-undecided.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  allow,
  caller,
  denial,
  nameOf,
  observe,
  observeApp,
  otherAccount,
  policy,
  prodIssuer,
  roleArn,
  sa,
} from './world.ts';

const app = roleArn('app');
const open = policy(
  allow(prodIssuer, {
    StringEquals: { [`${nameOf(prodIssuer)}:sub`]: sa('shop/cart'), 'aws:SourceVpc': 'vpc-1' },
  }),
);
const through = { sourceIp: '10.0.0.9', vpcEndpointId: 'vpce-1' };

testEksRule(rule, {
  passes: {
    'conditions on keys whose value nobody recorded, of a role that nobody was refused': observeApp(open),
    'an undecided refusal with a success after it': observeApp(open, {
      denials: [denial({}, through)],
      callers: [caller()],
    }),
    'a record without a role, of GitHub': observe({
      denials: [denial({ roleArn: null, subject: 'repo:shop/web', provider: null })],
    }),
  },
  fails: {
    'a condition on the VPC, which CloudTrail does not record': {
      given: observeApp(open, { denials: [denial({}, through)] }),
      finds: {
        [app]: {
          cause:
            /^shop\/cart of .* was refused app, and why is not decided: the rest of the trust policy allows the call; CloudTrail does not record what decides: StringEquals aws:SourceVpc vpc-1\.$|could not be looked at/,
          restsOn: ['denials'],
        },
      },
    },
    'a record without a role': {
      given: observe({ denials: [denial({ roleArn: null })] }),
      finds: {
        'unknown role': {
          cause: /was refused a role, and why .*: the record names no role/,
          restsOn: ['denials'],
        },
      },
    },
    'a record that names nobody': {
      given: observe({ denials: [denial({ subject: null, provider: null, audience: null })] }),
      finds: { [app]: { cause: /^A caller that is not recorded was refused app/, restsOn: ['denials'] } },
    },
    'a record without a provider': {
      given: observe({ denials: [denial({ provider: null, audience: null })] }),
      finds: {
        [app]: {
          cause: /names? (no|the) OIDC provider|the record does not name|could not be looked at/,
          restsOn: ['denials'],
        },
      },
    },
    'a role of another account': {
      given: observe({ denials: [denial({ roleArn: roleArn('lake', '/', otherAccount) })] }),
      finds: {
        [roleArn('lake', '/', otherAccount)]: {
          cause: new RegExp(`it would be in account ${otherAccount}, which this audit does not read`),
          restsOn: ['denials'],
        },
      },
    },
    'a trust policy that is no JSON': {
      given: observeApp('{"Version":', { denials: [denial()] }),
      finds: { [app]: { cause: /could not be/, restsOn: ['denials'] } },
    },
    'an answer that nobody expected': {
      given: observe({
        denials: [denial({ errorCode: 'PackedPolicyTooLarge', errorMessage: 'Packed size 120%' })],
      }),
      finds: {
        [app]: { cause: /STS answered PackedPolicyTooLarge: Packed size 120%\.$/, restsOn: ['denials'] },
      },
    },
    'a session that is too long for a role of another account': {
      given: observe({
        denials: [
          denial({
            roleArn: roleArn('lake', '/', otherAccount),
            errorCode: 'ValidationError',
            errorMessage: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
          }),
        ],
      }),
      finds: {
        [roleArn('lake', '/', otherAccount)]: {
          cause: /what it allows now was not read\.$/,
          restsOn: ['denials'],
        },
      },
    },
    'no provider, of whom STS does not say': {
      given: observe({
        denials: [
          denial({
            subject: null,
            provider: null,
            errorCode: 'InvalidIdentityToken',
            errorMessage: 'No OpenIDConnect provider found in your account',
          }),
        ],
      }),
      finds: { [app]: { cause: /the record names no issuer/, restsOn: ['denials'] } },
    },
  },
});
