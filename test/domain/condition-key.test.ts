import { keyMeaning } from '../../shared/domain/condition-key.ts';

const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const other = 'oidc.eks.eu-west-1.amazonaws.com/id/FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF';
const cart = ['system:serviceaccount:shop:cart'];

describe('keyMeaning() takes for a claim of this token', () => {
  it.each([
    ['sub', `${issuer}:sub`, 'sub'],
    ['aud, in other letter case', `${issuer.toLowerCase()}:AUD`, 'aud'],
    ['amr', `${issuer}:amr`, 'amr'],
    ['a claim that IAM does not offer', `${issuer}:kubernetes.io`, 'kubernetes.io'],
    ['another such claim', `${issuer}:iss`, 'iss'],
  ])('%s', (_, key, claim) => {
    expect(keyMeaning(key, ['x'], issuer)).toEqual({ kind: 'claim', claim });
  });

  it('what Google offers besides', () => {
    expect(keyMeaning('accounts.google.com:oaud', ['x'], 'accounts.google.com')).toEqual({
      kind: 'claim',
      claim: 'oaud',
    });
  });
});

describe('keyMeaning() recognises a misspelt key', () => {
  it.each([
    ['https:// in front', `https://${issuer}:sub`, 'sub', `https://${issuer}`, 'misspelt'],
    ['a slash behind the issuer', `${issuer}/:aud`, 'aud', `${issuer}/`, 'misspelt'],
    ['a dot for the colon', `${issuer}.sub`, 'sub', issuer, 'same'],
    ['a slash for the colon', `${issuer}/sub`, 'sub', issuer, 'same'],
    ['two colons', `${issuer}::aud`, 'aud', issuer, 'same'],
    ['no claim at all', issuer, 'sub', issuer, 'same'],
    ['another word for the claim', `${issuer}:subject`, 'sub', issuer, 'same'],
    ['the audience by another word', `${issuer}:client_id`, 'aud', issuer, 'same'],
    ['a letter left out of the claim', `${issuer}:su`, 'sub', issuer, 'same'],
    ['a claim that its value gives away', `${issuer}:identity`, 'sub', issuer, 'same'],
    ['another cluster', `${other}:sub`, 'sub', other, 'other'],
    ['a longer path, which is another issuer', `${issuer}/blue:sub`, 'sub', `${issuer}/blue`, 'other'],
    [
      'a missing path',
      'oidc.eks.eu-west-1.amazonaws.com:sub',
      'sub',
      'oidc.eks.eu-west-1.amazonaws.com',
      'misspelt',
    ],
    [
      'the provider as a whole ARN',
      `arn:aws:iam::111122223333:oidc-provider/${issuer}:aud`,
      'aud',
      `arn:aws:iam::111122223333:oidc-provider/${issuer}`,
      'misspelt',
    ],
    ['a placeholder', '${OIDC_PROVIDER}:sub', 'sub', '${OIDC_PROVIDER}', 'misspelt'],
    ['a placeholder without punctuation', '$oidc_provider:aud', 'aud', '$oidc_provider', 'misspelt'],
    ['no issuer', 'sub', 'sub', null, 'misspelt'],
    ['a service in the place of the issuer', 'sts:aud', 'aud', null, 'misspelt'],
  ])('%s', (_, key, claim, name, issuerIs) => {
    expect(keyMeaning(key, cart, issuer)).toEqual({ kind: 'misspelt', claim, issuer: name, issuerIs });
  });

  it('by an audience in its values', () => {
    expect(keyMeaning(`${other}:x`, ['sts.amazonaws.com'], issuer)).toMatchObject({
      kind: 'misspelt',
      claim: 'aud',
    });
  });
});

describe('keyMeaning() leaves other keys alone', () => {
  it.each([
    'aws:SourceIp',
    'aws:username',
    'aws:PrincipalTag/sub',
    'aws:RequestTag/eks:cluster/name',
    'aws:RequestTag/team.example.com:sub',
    'sts:RoleSessionName',
    'saml:sub',
    'SAML:aud',
    'token.actions.githubusercontent.com:repository',
    '',
    ':',
    '__proto__',
  ])('%s', (key) => {
    expect(keyMeaning(key, ['x'], issuer)).toEqual({ kind: 'other' });
  });
});
