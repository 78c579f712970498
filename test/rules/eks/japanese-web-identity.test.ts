/** The rarer sentences about web identity: odd policies, impossible ARNs, what the records leave out. */
import type { Denial } from '../../../shared/domain/web-identity.ts';
import type { Observation } from '../../../shared/observation.ts';
import { rules } from '../../../shared/rules/index.ts';
import { eksComplaints } from './eks-complaints.ts';
import {
  allow,
  blueIssuer,
  cluster,
  denial,
  issuerOf,
  observe,
  observeApp,
  policy,
  prodIssuer,
  provider,
  sa,
  trusts,
} from './world.ts';

const eksRules = rules.filter(({ id }) => id.startsWith('eks/'));
const far = issuerOf('far', 'ap-south-1');
const gone = { state: 'gone' as const };

const oddPolicies: unknown[] = [
  'no policy',
  { Id: 1, Version: '2020-01-01', Statement: [], Other: 1 },
  { Version: '2012-10-17', Statement: [7, { Effect: 'allow', Sid: 'a b', Resource: '*', Principal: 'x' }] },
  policy(
    { Effect: 'Allow', Sid: 'A', Principal: {}, NotPrincipal: '*', Action: [], Condition: 'x' },
    { Effect: 'Deny', Sid: 'A', Principal: { Robot: [], AWS: [null] }, Action: 'x', Condition: { Like: 1 } },
    { Effect: 'Deny', Principal: '*', Action: [[]], Condition: { Bool: { a: {} } } },
  ),
];

const account = '111122223333';
const impossible = [
  `arn:aws:iam:${account}:role/app`,
  ' x',
  'app',
  'app:x',
  `arn:nowhere:iam::${account}:role/app`,
  `arn:aws-cn:iam::${account}:role/app`,
  `arn:aws:sts::${account}:assumed-role/app/x`,
  `arn:aws:iam:eu-west-1:${account}:role/app`,
  `arn:aws:iam:::${account}:role/app`,
  'arn:aws:iam::x:role/app',
  'arn:aws:iam::1:role/app',
  `arn:aws:iam::${account}:roleapp`,
  `arn:aws:iam::${account}:user/app`,
  `arn:aws:iam::${account}:role/`,
  `arn:aws:iam::${account}:role/a b`,
  `arn:aws:iam::${account}:role//x/app`,
];

const refusals: Partial<Denial>[] = [
  { roleArn: null },
  { subject: null },
  { provider: null },
  { audience: null },
  { errorCode: 'RegionDisabled' },
  { errorCode: 'Strange', errorMessage: 'STS is closed.' },
  { errorCode: 'InvalidIdentityToken', errorMessage: 'No OpenIDConnect provider found', provider: null },
  { errorCode: 'InvalidIdentityToken', errorMessage: 'Incorrect token audience', provider: null },
  { errorCode: 'InvalidIdentityToken', errorMessage: null, events: 3 },
  { errorCode: 'ExpiredToken', errorMessage: null },
  { errorCode: 'ValidationError', errorMessage: 'Member must satisfy: ARN is invalid', roleArn: null },
  { errorCode: 'ValidationError', errorMessage: 'The requested DurationSeconds exceeds the maximum' },
];

const refusedApp = (trust: unknown, change: Partial<Denial> = {}) =>
  observeApp(trust, { denials: [denial(change)] });

const cases: Record<string, Observation> = {
  'an issuer of a region that was not read': observeApp(trusts(far, sa('shop/cart'))),
  'whom such an issuer may let in': observeApp(policy(allow(far, {}))),
  'a provider of such an issuer': observe({ providers: [provider(prodIssuer), provider(far)] }),
  'issuers none of which answers': observe({
    clusters: [cluster('prod'), cluster('staging')],
    providers: [provider(prodIssuer), provider(issuerOf('staging'))],
    discovery: { [prodIssuer]: gone, [issuerOf('staging')]: gone },
  }),
  'a role of the cluster before this one': refusedApp(trusts(blueIssuer, sa('shop/cart'))),
  'a policy that allows nothing': refusedApp(policy()),
  ...Object.fromEntries(
    oddPolicies.map((trust) => [`the policy ${JSON.stringify(trust)}`, refusedApp(trust)]),
  ),
  ...Object.fromEntries(
    impossible.map((arn) => [`a call for "${arn}"`, observe({ denials: [denial({ roleArn: arn })] })]),
  ),
  ...Object.fromEntries(
    refusals.map((change) => [
      `a refusal with ${JSON.stringify(change)}`,
      refusedApp(trusts(prodIssuer, sa('shop/other')), change),
    ]),
  ),
};

it.each(Object.entries(cases))('says in Japanese everything of %s', (_, given) => {
  expect(eksComplaints(eksRules, given)).toEqual([]);
});
