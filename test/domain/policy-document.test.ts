import { parsePolicy } from '../../shared/domain/policy-document.ts';

const sound = { Effect: 'Allow', Principal: { Federated: 'x' }, Action: 'sts:AssumeRoleWithWebIdentity' };
const policy = (...changes: object[]) => ({
  Version: '2012-10-17',
  Statement: changes.map((change) => ({ ...sound, ...change })),
});
const read = (input: unknown) => {
  const parsed = parsePolicy(input);
  return parsed.ok ? parsed.policy : parsed.errors.map(({ en }) => en);
};

describe('parsePolicy() reads', () => {
  it('a statement with all of its elements', () => {
    const given = policy({
      Sid: 'A1',
      Action: ['a:b', '*'],
      Principal: { AWS: ['1', '2'], Service: 's' },
      Condition: { StringEquals: { k: ['v', 1, true] }, 'forallvalues:stringlikeifexists': { K: 'w' } },
    });
    expect(read(given)).toEqual({
      expandsVariables: true,
      statements: [
        {
          index: 0,
          sid: 'A1',
          effect: 'Allow',
          principals: [
            { type: 'AWS', value: '1' },
            { type: 'AWS', value: '2' },
            { type: 'Service', value: 's' },
          ],
          notPrincipal: false,
          actions: ['a:b', '*'],
          notAction: false,
          conditions: [
            {
              operator: 'StringEquals',
              set: null,
              base: 'stringequals',
              ifExists: false,
              key: 'k',
              values: ['v', '1', 'true'],
            },
            {
              operator: 'forallvalues:stringlikeifexists',
              set: 'ForAllValues',
              base: 'stringlike',
              ifExists: true,
              key: 'K',
              values: ['w'],
            },
          ],
        },
      ],
    });
  });

  it.each([
    ['a single statement without a list', { ...policy({}), Statement: sound }],
    ['JSON text', JSON.stringify(policy({}))],
    ['an Id', { ...policy({}), Id: 'mine' }],
    ['everybody', policy({ Principal: '*' })],
    [
      'NotPrincipal and NotAction',
      { Statement: [{ Effect: 'Deny', NotPrincipal: { AWS: '1' }, NotAction: 'a:b' }] },
    ],
    ['empty Sids, however many', policy({ Sid: '' }, { Sid: '' })],
    ['an empty Condition', policy({ Condition: {} })],
    ['an operator without keys', policy({ Condition: { StringEquals: {} } })],
    ['elements that are undefined', policy({ Sid: undefined, NotAction: undefined })],
  ])('%s', (_, given) => {
    expect(parsePolicy(given).ok).toBe(true);
  });

  it.each([
    ['2012-10-17', true],
    ['2008-10-17', false],
    [undefined, false],
  ])('variables as Version %s wants them', (version, expands) => {
    const parsed = parsePolicy({ ...policy({}), Version: version });
    expect(parsed.ok && parsed.policy.expandsVariables).toBe(expands);
  });
});

describe('parsePolicy() says why IAM would refuse', () => {
  it.each([
    ['a text that is no JSON', '{"Version":', 'The policy is not a JSON object'],
    ['a list', [policy({})], 'The policy is not a JSON object'],
    ['nothing', null, 'The policy is not a JSON object'],
    ['an unknown element', { ...policy({}), Statements: [] }, 'Unknown element "Statements"'],
    [
      'an unknown Version',
      { ...policy({}), Version: '2012-10-18' },
      'Version is "2012-10-18"; IAM knows "2012-10-17" and "2008-10-17"',
    ],
    [
      'a Version that is a number',
      { ...policy({}), Version: 2012 },
      'Version is 2012; IAM knows "2012-10-17" and "2008-10-17"',
    ],
    [
      'a Version that is null',
      { ...policy({}), Version: null },
      'Version is null; IAM knows "2012-10-17" and "2008-10-17"',
    ],
    ['an Id that is an object', { ...policy({}), Id: {} }, 'The policy has an Id that is not text'],
    ['no Statement', { Version: '2012-10-17' }, 'The policy has no Statement'],
    ['an empty list of statements', policy(), 'The policy has no Statement'],
    ['a statement that is text', { Statement: ['x'] }, 'Statement 1 is not an object'],
    [
      'a Resource',
      policy({}, { Resource: '*' }),
      'Statement 2 has the element "Resource", which a trust policy may not have',
    ],
    [
      'an element in lower case',
      policy({ effect: 'Allow' }),
      'Statement 1 has the element "effect", which a trust policy may not have',
    ],
    [
      'no Effect',
      policy({ Effect: undefined }),
      'Statement 1 has the Effect nothing; it must be "Allow" or "Deny", in this case',
    ],
    [
      'an Effect in capitals',
      policy({ Effect: 'ALLOW' }),
      'Statement 1 has the Effect "ALLOW"; it must be "Allow" or "Deny", in this case',
    ],
    [
      'two effects',
      policy({ Effect: ['Allow'] }),
      'Statement 1 has the Effect a list; it must be "Allow" or "Deny", in this case',
    ],
    [
      'a Sid with a space',
      policy({ Sid: 'my sid' }),
      'Statement 1 has the Sid "my sid"; only letters and digits may stand in it',
    ],
    [
      'a Sid that is a number',
      policy({ Sid: 1 }),
      'Statement 1 has the Sid 1; only letters and digits may stand in it',
    ],
    ['one Sid thrice', policy({ Sid: 'A' }, { Sid: 'A' }, { Sid: 'A' }), 'Two statements have the Sid "A"'],
    [
      'neither kind of principal',
      policy({ Principal: undefined }),
      'Statement 1 has neither Principal nor NotPrincipal',
    ],
    [
      'both kinds of principal',
      policy({ NotPrincipal: '*' }),
      'Statement 1 has both Principal and NotPrincipal',
    ],
    [
      'a principal without a type',
      policy({ Principal: 'arn:aws:iam::1:root' }),
      'Statement 1 has the principal "arn:aws:iam::1:root"; only "*" may stand without a type',
    ],
    [
      'a list of principals without a type',
      policy({ Principal: ['*'] }),
      'Statement 1 has the principal a list; only "*" may stand without a type',
    ],
    ['an empty principal', policy({ Principal: {} }), 'Statement 1 has an empty principal'],
    [
      'an empty list of providers',
      policy({ Principal: { Federated: [] } }),
      'Statement 1 has no principal of the type Federated',
    ],
    [
      'a type in lower case',
      policy({ Principal: { federated: 'x' } }),
      'Statement 1 has the unknown principal type "federated"',
    ],
    [
      'a principal that is null',
      policy({ Principal: { Federated: null } }),
      'Statement 1, principal Federated holds null; a text or a list of texts is needed',
    ],
    ['neither kind of action', policy({ Action: undefined }), 'Statement 1 has neither Action nor NotAction'],
    ['both kinds of action', policy({ NotAction: 'a:b' }), 'Statement 1 has both Action and NotAction'],
    ['an empty list of actions', policy({ Action: [] }), 'Statement 1 has an empty list of actions'],
    [
      'an action without a service',
      policy({ Action: 'AssumeRole' }),
      'Statement 1 has the action "AssumeRole"; an action is written service:Name',
    ],
    [
      'an action without a name',
      policy({ Action: 'sts:' }),
      'Statement 1 has the action "sts:"; an action is written service:Name',
    ],
    [
      'a wildcard for the service',
      policy({ Action: '*:AssumeRole' }),
      'Statement 1 has the action "*:AssumeRole"; an action is written service:Name',
    ],
    [
      'an action that is an object',
      policy({ Action: {} }),
      'Statement 1, Action holds an object; a text or a list of texts is needed',
    ],
    [
      'a Condition that is a list',
      policy({ Condition: [] }),
      'Statement 1 has a Condition that is not an object',
    ],
    [
      'a Condition that is null',
      policy({ Condition: null }),
      'Statement 1 has a Condition that is not an object',
    ],
    [
      'an unknown operator',
      policy({ Condition: { StringMatches: { k: 'v' } } }),
      'Statement 1 has the unknown condition operator "StringMatches"',
    ],
    [
      'NullIfExists',
      policy({ Condition: { NullIfExists: { k: 'true' } } }),
      'Statement 1 has the unknown condition operator "NullIfExists"',
    ],
    [
      'an unknown set prefix',
      policy({ Condition: { 'ForSomeValues:StringEquals': { k: 'v' } } }),
      'Statement 1 has the unknown condition operator "ForSomeValues:StringEquals"',
    ],
    [
      'an operator with a text for its keys',
      policy({ Condition: { StringEquals: 'k' } }),
      'Statement 1 has no keys under StringEquals',
    ],
    [
      'a value that is null',
      policy({ Condition: { StringEquals: { k: [null] } } }),
      'Statement 1, StringEquals k holds null; a text or a list of texts is needed',
    ],
    [
      'a value that is an object',
      policy({ Condition: { StringEquals: { k: {} } } }),
      'Statement 1, StringEquals k holds an object; a text or a list of texts is needed',
    ],
    [
      'a hole in a list',
      policy({ Action: new Array<string>(1) }),
      'Statement 1, Action holds nothing; a text or a list of texts is needed',
    ],
  ])('%s', (_, given, error) => {
    expect(read(given)).toContain(error);
  });

  it('names every fault, not only the first', () => {
    expect(read({ Version: 'x', Statement: [{ Effect: 'allow' }] })).toHaveLength(4);
  });
});
