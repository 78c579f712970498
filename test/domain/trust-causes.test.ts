import { diagnoseTrust } from '../../shared/domain/trust-causes.ts';
import { evaluateTrust, type WebIdentityRequest } from '../../shared/domain/trust-policy.ts';
import type { Json } from './trust-draft.ts';

const name = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const otherName = 'oidc.eks.eu-west-1.amazonaws.com/id/FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF';
const provider = (issuer: string) => `arn:aws:iam::111122223333:oidc-provider/${issuer}`;
const cart = 'system:serviceaccount:shop:cart';
const request: WebIdentityRequest = {
  issuer: `https://${name}`,
  roleArn: 'arn:aws:iam::111122223333:role/app',
  claims: { sub: cart, aud: ['sts.amazonaws.com'] },
  context: { 'aws:SourceIp': '203.0.113.10' },
};

/** A statement that lets one service account of one issuer in. */
const grant = (issuer = name, subject = cart, changes: Json = {}): Json => ({
  Effect: 'Allow',
  Principal: { Federated: provider(issuer) },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { [`${issuer}:sub`]: subject, [`${issuer}:aud`]: 'sts.amazonaws.com' } },
  ...changes,
});
const policy = (...statements: Json[]) => ({ Version: '2012-10-17', Statement: statements });
const saml: Json = {
  Effect: 'Allow',
  Principal: { Federated: 'arn:aws:iam::111122223333:saml-provider/adfs' },
  Action: 'sts:AssumeRoleWithSAML',
  Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
};
const github = grant('token.actions.githubusercontent.com', 'repo:example/app:ref:refs/heads/main');
const node: Json = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
const typo = grant(name, 'system:serviceaccount:shop:crat');

const causesOf = (...statements: Json[]) =>
  diagnoseTrust(policy(...statements), request).causes.map((cause) => cause.replace('eks/irsa-trust-', ''));

describe('the principal of a web-identity call is', () => {
  it.each([
    [
      'the provider of its issuer in the account of the role',
      { Principal: { Federated: provider(name) } },
      true,
    ],
    ['one in a list', { Principal: { Federated: ['x', provider(name)] } }, true],
    ['one beside a service', { Principal: { Service: 's', Federated: provider(name) } }, true],
    ['everybody', { Principal: '*' }, true],
    ['every AWS principal', { Principal: { AWS: '*' } }, true],
    ['every federated one', { Principal: { Federated: '*' } }, true],
    ['not every service', { Principal: { Service: '*' } }, false],
    ['not one in other letter case', { Principal: { Federated: provider(name).toLowerCase() } }, false],
    ['not one by a pattern', { Principal: { Federated: `${provider(name).slice(0, -1)}*` } }, false],
    ['not a provider that is named as an AWS principal', { Principal: { AWS: provider(name) } }, false],
    ['not the account', { Principal: { AWS: '111122223333' } }, false],
    ['whoever is not excluded', { NotPrincipal: { Federated: provider(otherName) } }, true],
    ['not who is excluded', { NotPrincipal: { Federated: ['x', provider(name)] } }, false],
    ['nobody where everybody is excluded', { NotPrincipal: '*' }, false],
  ])('%s', (_, principal: Json, matches) => {
    const statement = grant(name, cart, { Principal: undefined, ...principal });
    const { verdict, statements } = evaluateTrust(policy(statement), request);

    expect(verdict).toBe(matches ? 'Allowed' : 'ImplicitlyDenied');
    expect(statements[0]?.elements[0]).toMatchObject({
      matched: matches,
      request: [`Federated: ${provider(name)}`],
    });
  });
});

describe('the token of Google', () => {
  const google = 'accounts.google.com';
  const condition = {
    StringEquals: { [`${google}:aud`]: 'azp', [`${google}:oaud`]: 'https://x', [`${google}:sub`]: '1' },
  };
  const given = {
    ...request,
    issuer: `https://${google}`,
    claims: { sub: '1', aud: 'https://x', azp: 'azp' },
  };

  it('is a principal without an ARN, whose aud is the azp of the token and whose oaud its aud', () => {
    const statement = { ...grant(), Principal: { Federated: google }, Condition: condition };
    expect(evaluateTrust(policy(statement), given).verdict).toBe('Allowed');
  });

  it('has an aud of its own where it has no azp', () => {
    const only = {
      ...grant(),
      Principal: { Federated: google },
      Condition: { StringEquals: { [`${google}:aud`]: 'x' } },
    };
    expect(evaluateTrust(policy(only), { ...given, claims: { sub: '1', aud: 'x' } }).verdict).toBe('Allowed');
  });
});

describe('evaluateTrust() explains a condition', () => {
  it('with what the policy asks and what the request has', () => {
    const [statement] = evaluateTrust(policy(typo), request).statements;
    expect(statement?.elements[2]).toEqual({
      element: 'Condition',
      matched: false,
      operator: 'StringEquals',
      key: `${name}:sub`,
      policy: ['system:serviceaccount:shop:crat'],
      request: [cart],
    });
  });

  it('with null where the request has no such key', () => {
    const asked = grant(name, cart, { Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } });
    const [statement] = evaluateTrust(policy(asked), request).statements;
    expect(statement?.elements[2]).toMatchObject({ matched: false, request: null });
  });
});

describe('diagnoseTrust() begins at the statement that was meant for the token', () => {
  it.each([
    ['beside a node, SAML and GitHub', [node, saml, github, typo], ['subject']],
    ['beside a grant to the same service account of another cluster', [grant(otherName), typo], ['subject']],
    ['beside whatever another cluster signs', [grant(otherName, cart, { Condition: {} }), typo], ['subject']],
    ['of two it names both', [typo, grant(name, cart, { Action: 'sts:AssumeRole' })], ['action', 'subject']],
    [
      'of two it leaves out the one that needs more',
      [typo, grant(name, 'x', { Action: 'sts:AssumeRole' })],
      ['subject'],
    ],
    [
      'and if there is none, at a grant that says Deny',
      [node, grant(otherName), grant(name, cart, { Effect: 'Deny' })],
      ['explicit-deny'],
    ],
    [
      'or at one that says Deny and would not match',
      [grant(name, 'x', { Effect: 'Deny' })],
      ['subject', 'explicit-deny'],
    ],
    ['else at service accounts of another cluster', [github, node, grant(otherName)], ['other-cluster']],
    [
      'with what else is wrong with that',
      [github, grant(otherName, `${cart}2`, { Action: 'sts:AssumeRole' })],
      ['other-cluster', 'action', 'subject'],
    ],
    ['else at another issuer', [saml, github], ['other-cluster', 'subject']],
    [
      'else at whatever another cluster signs',
      [node, grant(otherName, cart, { Condition: {} })],
      ['provider'],
    ],
    ['else at anything', [node], ['provider', 'action']],
    [
      'and where nothing grants, at that',
      [{ Effect: 'Deny', Principal: { AWS: '1' }, Action: 'sts:*' }],
      ['action'],
    ],
    [
      'also where all is denied',
      [{ Effect: 'Deny', Principal: '*', Action: 'sts:*' }],
      ['action', 'explicit-deny'],
    ],
  ])('%s', (_, statements, causes) => {
    expect(causesOf(...statements)).toEqual(causes);
  });

  it('and says which one it is', () => {
    expect(diagnoseTrust(policy(node, github, typo), request).nearest).toBe(2);
    expect(diagnoseTrust(policy(), request).nearest).toBeNull();
    expect(diagnoseTrust(policy(grant()), request).nearest).toBeNull();
  });

  it('and puts the one that names the caller first', () => {
    const expired = grant(name, cart, { Action: 'sts:AssumeRole' });
    expect(diagnoseTrust(policy(typo, expired), request).nearest).toBe(1);
  });
});

describe('diagnoseTrust() tells the faults of conditions apart', () => {
  const under = (condition: Json, changes: Json = {}) =>
    causesOf(grant(name, cart, { Condition: condition, ...changes }));
  const aud = { [`${name}:aud`]: 'sts.amazonaws.com' };

  it.each([
    [
      'a pattern under an equals operator',
      { StringEquals: { ...aud, [`${name}:sub`]: 'system:serviceaccount:shop:*' } },
      ['wildcard'],
    ],
    [
      'a pattern that would not match either',
      { StringEquals: { ...aud, [`${name}:sub`]: 'system:serviceaccount:team:*' } },
      ['wildcard', 'subject'],
    ],
    ['a misspelt key', { StringEquals: { [`https://${name}:sub`]: cart } }, ['condition-key']],
    [
      'a misspelt key with a wrong value',
      { StringEquals: { [`https://${name}:sub`]: 'x' } },
      ['condition-key', 'subject'],
    ],
    [
      'a misspelt key that is met because it is absent, beside one that is not',
      {
        StringNotEquals: { [`https://${name}:sub`]: cart },
        StringEquals: { [`https://${name}:aud`]: 'sts.amazonaws.com' },
      },
      ['condition-key', 'subject'],
    ],
    ['a key of SAML', { StringEquals: { 'saml:sub': cart } }, ['other-condition']],
    ['the name of an IAM user', { StringEquals: { 'aws:username': 'cart' } }, ['other-condition']],
    [
      'a tag whose name has colons and slashes',
      { StringEquals: { 'aws:RequestTag/eks:cluster/name': 'x' } },
      ['other-condition'],
    ],
    ['a claim that IAM does not offer', { StringEquals: { [`${name}:email`]: 'x' } }, ['other-condition']],
    [
      'a claim that another issuer has',
      { StringEquals: { 'token.actions.githubusercontent.com:repository': 'x' } },
      ['other-condition'],
    ],
    [
      'a variable without a value',
      { StringLike: { [`${name}:sub`]: 'system:serviceaccount:${aws:PrincipalTag/ns}:cart' } },
      ['subject'],
    ],
    ['an address', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, ['other-condition']],
  ])('%s', (_, condition, causes) => {
    expect(under(condition)).toEqual(causes);
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', ''])(
    'a claim that is called "%s", as if it were any other',
    (claim) => {
      const condition = JSON.parse(`{"StringEquals":{"${name}:${claim}":"x"}}`) as Json;
      expect(under(condition)).toEqual(['other-condition']);
    },
  );

  it('a variable that the Version does not expand', () => {
    const variable = { StringLike: { [`${name}:sub`]: 'system:serviceaccount:shop:${sts:RoleSessionName}' } };
    const given = { ...request, context: { 'sts:RoleSessionName': 'cart' } };
    const old = { Statement: [grant(name, cart, { Condition: variable })] };
    expect(diagnoseTrust(old, given).causes).toEqual(['eks/irsa-trust-policy-version']);
    expect(diagnoseTrust({ ...old, Version: '2012-10-17' }, given).causes).toEqual([]);
  });
});

describe('diagnoseTrust() copes with tokens that lack something', () => {
  it.each([
    ['no claims', {}],
    ['claims of other types', { sub: { a: 1 }, aud: [null, {}] }],
    ['an empty audience', { sub: cart, aud: [] }],
  ])('%s', (_, claims) => {
    const { verdict, causes } = diagnoseTrust(policy(grant(), github), { ...request, claims });
    expect(verdict).toBe('ImplicitlyDenied');
    expect(causes).toContain('eks/irsa-trust-audience');
  });
});
