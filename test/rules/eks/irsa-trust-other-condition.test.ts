import rule from '../../../shared/rules/eks/irsa-trust-other-condition.ts';
import { testEksRule } from './test-eks-rule.ts';
import { allow, caller, denial, nameOf, observeApp, policy, prodIssuer, roleArn, sa } from './world.ts';

const app = roleArn('app');
const right = {
  [`${nameOf(prodIssuer)}:sub`]: sa('shop/cart'),
  [`${nameOf(prodIssuer)}:aud`]: 'sts.amazonaws.com',
};
/** The right statement with one condition more. */
const demanding = (operator: string, key: string, value: string | string[]) =>
  policy(
    allow(
      prodIssuer,
      operator === 'StringEquals'
        ? { StringEquals: { ...right, [key]: value } }
        : { StringEquals: right, [operator]: { [key]: value } },
    ),
  );
const asked = (trust: object, call = {}, changes = {}) =>
  observeApp(trust, { denials: [denial({}, call)], ...changes });
const found = (trust: object, cause: RegExp, call = {}, changes = {}) => ({
  given: asked(trust, call, changes),
  finds: { [app]: { cause, restsOn: ['denials', 'roles'] as const } },
});
const office = demanding('IpAddress', 'aws:SourceIp', '198.51.100.0/24');

testEksRule(rule, {
  passes: {
    'conditions on keys whose value nobody recorded': observeApp(
      demanding('StringEquals', 'aws:SourceVpc', 'vpc-1'),
    ),
    'an address range, before any call': observeApp(office),
    'a date that is not yet past': observeApp(
      demanding('DateLessThan', 'aws:CurrentTime', '2027-01-01T00:00:00Z'),
    ),
    'a tag that must not be there': observeApp(demanding('Null', 'aws:RequestTag/team', 'true')),
    'a session name, before any call': observeApp(demanding('StringLike', 'sts:RoleSessionName', 'app-*')),
    'a date that was not come when the call was refused, and is now': asked(
      demanding('DateGreaterThan', 'aws:CurrentTime', '2026-01-01T05:10:00Z'),
      {},
      { callers: [caller()] },
    ),
  },
  fails: {
    'an address outside of the range': found(
      office,
      /also demands IpAddress aws:SourceIp "198\.51\.100\.0\/24", and the call of shop\/cart of .* has "203\.0\.113\.10"\.$/,
    ),
    'a private address: the call came through an endpoint, and has no aws:SourceIp': found(
      demanding('IpAddress', 'aws:SourceIp', '10.0.0.0/8'),
      /and the call of .* has no such key\.$/,
      { sourceIp: '10.20.4.17' },
    ),
    'another endpoint': found(
      demanding('StringEquals', 'aws:SourceVpce', 'vpce-1'),
      /aws:SourceVpce "vpce-1", and .* has "vpce-2"/,
      { sourceIp: '10.20.4.17', vpcEndpointId: 'vpce-2' },
    ),
    'an endpoint, of a call over the internet': found(
      demanding('StringEquals', 'aws:SourceVpce', 'vpce-1'),
      /has no such key/,
    ),
    'the organization of a principal, which a token does not have': {
      given: asked(demanding('StringEquals', 'aws:PrincipalOrgID', 'o-1')),
      finds: { [app]: { cause: /aws:PrincipalOrgID "o-1", and .* has no such key/, restsOn: ['roles'] } },
    },
    'the role named by the token itself, which EKS never does': {
      given: asked(demanding('Bool', 'sts:RoleAuthorizedByIdp', 'true')),
      finds: { [app]: { cause: /sts:RoleAuthorizedByIdp "true"/, restsOn: ['roles'] } },
    },
    'the region of a call to the global endpoint': found(
      demanding('StringEquals', 'aws:RequestedRegion', 'eu-west-1'),
      /and the call of .* has "us-east-1"/,
      { host: 'sts.amazonaws.com', region: 'us-east-1' },
    ),
    'a session of another name': found(
      demanding('StringLike', 'sts:RoleSessionName', 'cart-*'),
      /has "app-session"/,
    ),
    'a date that is past': {
      given: asked(demanding('DateLessThan', 'aws:CurrentTime', '2025-12-01T00:00:00Z')),
      finds: { [app]: { cause: /DateLessThan aws:CurrentTime "2025-12-01T00:00:00Z"/, restsOn: ['roles'] } },
    },
    'an address that stays outside, though the same caller got in from elsewhere': found(
      office,
      /has "203\.0\.113\.10"/,
      {},
      { callers: [caller()] },
    ),
  },
});
