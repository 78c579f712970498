/** An account with one of every fault of web identity, seen or latent. */
import type { Observation } from '../../../shared/observation.ts';
import {
  allow,
  allowSubject,
  blueIssuer,
  caller,
  cluster,
  denial,
  issuerOf,
  nameOf,
  observe,
  otherAccount,
  policy,
  prod,
  prodIssuer,
  prodProvider,
  provider,
  providerArn,
  role,
  roleArn,
  sa,
  serviceAccount,
  trusts,
  type Json,
} from './world.ts';
import { injected } from './workloads.ts';

const { sub, aud } = { sub: `${nameOf(prodIssuer)}:sub`, aud: `${nameOf(prodIssuer)}:aud` };
const right = { [aud]: 'sts.amazonaws.com' };
const batch = cluster('batch');
const analytics = cluster('analytics');
const edge = cluster('edge');

/** Roles that refuse the service account of their own name, each for another reason. */
const refusing: Record<string, Json> = {
  provider: policy(
    allowSubject(prodIssuer, sa('shop/provider'), undefined, {
      Principal: { Federated: `${prodProvider}/` },
    }),
  ),
  'other-cluster': trusts(blueIssuer, sa('shop/other-cluster')),
  action: policy(allowSubject(prodIssuer, sa('shop/action'), undefined, { Action: 'sts:AssumeRole' })),
  subject: trusts(prodIssuer, 'system:serviceaccount:shop/subject'),
  wildcard: trusts(prodIssuer, 'system:serviceaccount:shop:*'),
  audience: trusts(prodIssuer, sa('shop/audience'), 'sts.amazon.com'),
  'condition-key': policy(
    allow(prodIssuer, { StringEquals: { [`https://${sub}`]: sa('shop/condition-key'), ...right } }),
  ),
  'other-condition': policy(
    allow(prodIssuer, {
      StringEquals: { [sub]: sa('shop/other-condition'), ...right },
      IpAddress: { 'aws:SourceIp': '198.51.100.0/24' },
    }),
  ),
  'explicit-deny': policy(
    allowSubject(prodIssuer, sa('shop/explicit-deny')),
    allow(prodIssuer, { StringLike: { [sub]: 'system:serviceaccount:shop:*' } }, { Effect: 'Deny' }),
  ),
  'policy-version': {
    ...policy(
      allow(prodIssuer, {
        StringEquals: right,
        StringLike: { [sub]: 'system:serviceaccount:shop:${sts:RoleSessionName}' },
      }),
    ),
    Version: '2008-10-17',
  },
  outside: trusts(prodIssuer, sa('shop/outside')),
  undecided: policy(
    allow(prodIssuer, { StringEquals: { [sub]: sa('shop/undecided'), ...right, 'aws:SourceVpc': 'vpc-1' } }),
  ),
};

export function ailing(): Observation {
  const refused = Object.keys(refusing).map((name) =>
    denial({ roleArn: roleArn(name), subject: sa(`shop/${name}`) }, { sessionName: name }),
  );
  const gone = { state: 'gone' as const };
  return observe({
    clusters: [prod, batch, analytics, edge, cluster('ailing', { healthIssues: [disabled] })],
    providers: [
      provider(prodIssuer),
      provider(issuerOf('analytics'), { clientIds: ['vault'] }),
      provider(issuerOf('edge')),
      provider(issuerOf('ailing')),
      provider(blueIssuer),
    ],
    roles: [
      ...Object.entries(refusing).map(([name, trust]) => role(name, trust)),
      role('healthy', trusts(prodIssuer, sa('shop/healthy'))),
      role('batch', trusts(issuerOf('batch'), sa('shop/batch'))),
      role('analytics', trusts(issuerOf('analytics'), sa('shop/analytics'))),
      role('legacy', trusts(blueIssuer, sa('shop/legacy'))),
      role('broad', policy(allow(prodIssuer, { StringLike: { [sub]: '*' }, StringEquals: right }))),
      role('no-audience', policy(allow(prodIssuer, { StringEquals: { [sub]: sa('shop/no-audience') } }))),
      role('admin', trusts(prodIssuer, sa('platform/admin'))),
      role('nightly', trusts(prodIssuer, sa('shop/nightly'))),
      role('moved', trusts(prodIssuer, sa('shop/moved'))),
      role('moved-before', trusts(prodIssuer, sa('shop/mover'))),
    ],
    named: { [roleArn('missing')]: { state: 'missing' } },
    denials: [
      ...refused,
      denial({ roleArn: 'arn:aws:iam::11112222333:role/x' }),
      denial({ roleArn: roleArn('missing') }),
      denial({ roleArn: roleArn('lake', '/', otherAccount) }),
      denial({ roleArn: roleArn('admin'), subject: sa('team-b/builder') }),
      denial({ roleArn: roleArn('moved-before'), subject: sa('shop/moved') }),
      denial({
        roleArn: roleArn('healthy'),
        subject: sa('shop/healthy'),
        errorCode: 'ExpiredToken',
        errorMessage: null,
      }),
      denial({
        roleArn: roleArn('batch'),
        subject: sa('shop/batch'),
        provider: providerArn(issuerOf('batch')),
      }),
    ],
    callers: [
      caller({ roleArn: roleArn('admin'), subject: sa('platform/admin') }),
      caller({ roleArn: roleArn('nightly'), subject: sa('shop/nightly'), longestDurationSeconds: 43_200 }),
    ],
    facts: { podGroups: { [prod.arn]: [injected('shop/moved', 'moved-before')] } },
    discovery: { [blueIssuer]: gone, [issuerOf('edge')]: gone },
    serviceAccounts: {
      [prod.arn]: [
        serviceAccount('shop/healthy', { 'eks.amazonaws.com/role-arn': roleArn('healthy') }),
        serviceAccount('shop/moved', { 'eks.amazonaws.com/role-arn': roleArn('moved') }),
        serviceAccount('shop/typo', { 'eks.amazonaws.com/role-arn': 'healthy' }),
        serviceAccount('team-c/intruder', { 'eks.amazonaws.com/role-arn': roleArn('admin') }),
      ],
    },
  });
}

const disabled = { code: 'StsRegionalEndpointDisabled', message: 'STS is not activated.', resourceIds: [] };
