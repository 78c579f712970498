/** Policies and calls thrown together from everything that IAM's language has; nothing about them is known beforehand. */
import type { WebIdentityRequest } from '../../shared/domain/trust-policy.ts';
import { seeded, type Random } from './random.ts';
import type { Json } from './trust-draft.ts';

export interface FuzzedCase {
  trustPolicy: Json;
  request: WebIdentityRequest;
}

/** So many cases; the same seed gives the same cases. */
export function fuzzedCases(seed: number, count: number): FuzzedCase[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => fuzzedCase(random));
}

/** One policy with one call, whose texts are few enough to meet now and then. */
export function fuzzedCase(random: Random): FuzzedCase {
  const own = issuerName(random);
  const other = issuerName(random);
  const statements = Array.from({ length: 1 + random.below(4) }, () => statement(own, other, random));
  return {
    trustPolicy: {
      ...random.pick([{ Version: '2012-10-17' }, { Version: '2012-10-17' }, { Version: '2008-10-17' }, {}]),
      Statement: random.chance(0.15) ? statements[0] : statements,
    },
    request: { issuer: `https://${own}`, roleArn, claims: claims(random), context: context(random) },
  };
}

const account = '111122223333';
const roleArn = `arn:aws:iam::${account}:role/r`;

function issuerName(random: Random): string {
  return `oidc.eks.us-east-1.amazonaws.com/id/${random.hex(32).toUpperCase()}`;
}

function claims(random: Random): Json {
  const all: Json = {
    sub: random.pick(subjects),
    aud: random.pick<unknown>(['sts.amazonaws.com', ['sts.amazonaws.com'], 'x', ['sts.amazonaws.com', 'x']]),
    amr: random.pick([[], ['p'], ['q', 'r'], ['p', 'q', 'r']]),
  };
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => random.chance(name === 'amr' ? 0.5 : 0.97)),
  );
}

function context(random: Random): Json {
  const entries = Object.entries(kinds)
    .filter(([key]) => key.includes(':') && random.chance(0.6))
    .map(([key, { given }]): [string, unknown] => [key, random.pick(given)]);
  return Object.fromEntries(entries);
}

const subjects = ['a:b', 'a:c', 'b:a', 'ab:b'].map((name) => `system:serviceaccount:${name}`);

interface Kind {
  operators: string[];
  /** What a request may have. */
  given: unknown[];
  /** What a policy may ask for. */
  wanted: unknown[];
}

const strings =
  'StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike';
const orders = 'Equals NotEquals LessThan LessThanEquals GreaterThan GreaterThanEquals'.split(' ');
const addresses = ['10.1.2.3', '203.0.113.9', '2001:db8::7', '2001:DB8:0:0:0:0:0:7', '::1'];
const arns = [`arn:aws:iam::${account}:role/x`, 'arn:aws:iam::444455556666:role/p/y', 'x'];

const kinds: Record<string, Kind> = {
  sub: {
    operators: strings.split(' '),
    given: [],
    wanted: [
      ...subjects,
      'SYSTEM:SERVICEACCOUNT:A:B',
      'system:serviceaccount:a:*',
      'system:*:b',
      '*',
      '?*',
      '',
      'system:serviceaccount:${sts:RoleSessionName}',
      "${aws:SourceVpc, 'a'}",
      '${*}',
      '${missing:key}',
    ],
  },
  aud: {
    operators: strings.split(' '),
    given: [],
    wanted: ['sts.amazonaws.com', 'STS.amazonaws.com', 'sts?amazonaws?com', 'x', '*', 'x?', ''],
  },
  amr: { operators: strings.split(' '), given: [], wanted: ['p', 'q*', '*', 'z', 'P'] },
  'sts:RoleSessionName': {
    operators: strings.split(' '),
    given: ['a:b', 's1', 'S1', 'a*'],
    wanted: ['a:b', 's1', 's?', '${sts:RoleSessionName}', '*', 'a*', 'a${*}', '${$}{x}'],
  },
  'aws:TagKeys': {
    operators: strings.split(' '),
    given: [['env'], ['env', 'team'], ['x'], []],
    wanted: ['env', 'team', 'en?', '*', ''],
  },
  'aws:SourceVpc': {
    operators: strings.split(' '),
    given: ['vpc-1', 'vpc-2'],
    wanted: ['vpc-1', 'VPC-2', '*', 'vpc-${aws:TagKeys}'],
  },
  'aws:SourceIp': {
    operators: ['IpAddress', 'NotIpAddress'],
    given: addresses,
    wanted: [
      ...addresses,
      '10.0.0.0/8',
      '0.0.0.0/0',
      '::/0',
      '2001:db8::/32',
      '10.1.2.3/33',
      '203.0.113.8/31',
      'x',
    ],
  },
  'aws:CurrentTime': {
    operators: orders.map((order) => `Date${order}`),
    given: ['2026-01-01T00:00:00Z', '2024-06-01T12:00:00Z'],
    wanted: ['2026-01-01T01:00:00+01:00', '2025-01-01T00:00:00Z', '1735689600', '2024-06-01', 'x'],
  },
  'sts:DurationSeconds': {
    operators: orders.map((order) => `Numeric${order}`),
    given: ['3600', '43200', 900],
    wanted: ['3600', '900', 3600, '3600.0', 'x', '-1'],
  },
  'aws:SecureTransport': {
    operators: ['Bool'],
    given: ['true', 'false', true],
    wanted: ['true', 'FALSE', false, 'x'],
  },
  'aws:PrincipalArn': {
    operators: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
    given: arns,
    wanted: [
      ...arns,
      'arn:aws:iam::*:role/*',
      'arn:*',
      '*',
      'arn:aws:iam::1111222233?3:role/?',
      'arn:aws:iam::${sts:RoleSessionName}:role/x',
    ],
  },
};

function statement(own: string, other: string, random: Random): Json {
  return {
    ...(random.chance(0.2) ? { Sid: `S${random.hex(8)}` } : {}),
    Effect: random.chance(0.7) ? 'Allow' : 'Deny',
    ...principal(own, other, random),
    ...action(random),
    ...(random.chance(0.8) ? { Condition: condition(own, other, random) } : {}),
  };
}

function principal(own: string, other: string, random: Random): Json {
  const provider = (name: string, owner = account) => `arn:aws:iam::${owner}:oidc-provider/${name}`;
  const usual = { Principal: { Federated: provider(own) } };
  return random.pick<Json>([
    usual,
    usual,
    usual,
    { Principal: { Federated: [provider(other), provider(own)] } },
    { Principal: { Federated: provider(own, '444455556666') } },
    { Principal: { Federated: provider(other), Service: 'ec2.amazonaws.com' } },
    { Principal: { Service: 'pods.eks.amazonaws.com', Federated: provider(own) } },
    { Principal: random.pick<unknown>(['*', { AWS: '*' }, { Federated: '*' }, { Service: '*' }]) },
    { Principal: { Federated: random.pick([`${provider(own)}/`, `${provider(own).slice(0, -1)}?`]) } },
    { NotPrincipal: { Federated: random.pick([provider(own), provider(other)]) } },
  ]);
}

function action(random: Random): Json {
  const patterns = [
    'sts:AssumeRoleWithWebIdentity',
    'sts:*',
    '*',
    'sts:AssumeRole*',
    'STS:assumerolewith?ebidentity',
    'sts:TagSession',
    'sts:AssumeRole',
    'iam:*',
  ];
  const value = random.chance(0.3)
    ? [random.pick(patterns), random.pick(patterns)]
    : random.pick(patterns.slice(0, 5));
  return random.chance(0.15) ? { NotAction: random.pick(patterns.slice(3)) } : { Action: value };
}

function condition(own: string, other: string, random: Random): Json {
  const blocks: Record<string, Json> = {};
  for (let size = random.below(3); size >= 0; size--) {
    const [name, { operators, wanted }] = random.pick(Object.entries(kinds));
    const issuer = random.chance(0.85) ? own : other;
    const key = name.includes(':') ? name : `${issuer}:${name}`;
    const operator = random.chance(0.08) ? 'Null' : decorated(random.pick(operators), random);
    const values = operator === 'Null' ? ['true', 'false', true, false] : wanted;
    const value = random.chance(0.35)
      ? Array.from({ length: 1 + random.below(3) }, () => random.pick(values))
      : random.pick(values);
    blocks[operator] = { ...blocks[operator], [random.chance(0.1) ? key.toUpperCase() : key]: value };
  }
  return blocks;
}

function decorated(operator: string, random: Random): string {
  const set = random.chance(0.25) ? random.pick(['ForAllValues:', 'ForAnyValue:']) : '';
  return `${set}${operator}${random.chance(0.2) ? 'IfExists' : ''}`;
}
