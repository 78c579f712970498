import {
  compareIssuer,
  editDistance,
  isPlaceholder,
  issuerName,
  issuerOfProvider,
  parseEksIssuer,
  providerArn,
} from '../../shared/domain/issuer.ts';

const id = '0123456789ABCDEF0123456789ABCDEF';
const eks = `oidc.eks.eu-west-1.amazonaws.com/id/${id}`;

describe('issuers and their providers', () => {
  it.each([
    ['an EKS cluster', `https://${eks}`, eks],
    ['a path that ends in a slash', 'https://x.oic.prod-aks.azure.com/a/b/', 'x.oic.prod-aks.azure.com/a/b/'],
    ['one that is already without https://', eks, eks],
  ])('issuerName() takes the scheme off: %s', (_, issuer, name) => {
    expect(issuerName(issuer)).toBe(name);
  });

  it.each([
    ['any provider', `https://${eks}`, `arn:aws:iam::111122223333:oidc-provider/${eks}`],
    ['one that is built in', 'https://accounts.google.com', 'accounts.google.com'],
    ['Cognito', 'https://cognito-identity.amazonaws.com', 'cognito-identity.amazonaws.com'],
  ])('providerArn() and issuerOfProvider() are inverse: %s', (_, issuer, arn) => {
    expect(providerArn(issuer, 'aws', '111122223333')).toBe(arn);
    expect(issuerOfProvider(arn)).toBe(issuerName(issuer));
  });

  it.each([
    ['a bare issuer', eks],
    ['an account of eleven digits', `arn:aws:iam::11112222333:oidc-provider/${eks}`],
    ['a SAML provider', 'arn:aws:iam::111122223333:saml-provider/x'],
    ['another word for the type', `arn:aws:iam::111122223333:oidc-providers/${eks}`],
    ['no name', 'arn:aws:iam::111122223333:oidc-provider/'],
    ['everybody', '*'],
  ])('issuerOfProvider() finds none in %s', (_, text) => {
    expect(issuerOfProvider(text)).toBeNull();
  });
});

describe('parseEksIssuer()', () => {
  it.each([
    ['with https://', `https://${eks}`, 'eu-west-1'],
    ['without it', eks, 'eu-west-1'],
    ['in China', `https://oidc.eks.cn-north-1.amazonaws.com.cn/id/${id}`, 'cn-north-1'],
    ['in GovCloud', `https://oidc.eks.us-gov-west-1.amazonaws.com/id/${id}`, 'us-gov-west-1'],
  ])('takes region and id apart: %s', (_, issuer, region) => {
    expect(parseEksIssuer(issuer)).toEqual({ region, id });
  });

  it.each([
    ['an id in lower case', `https://${eks.toLowerCase()}`],
    ['an id of 31 digits', `https://${eks.slice(0, -1)}`],
    ['a slash at the end', `https://${eks}/`],
    ['no path', 'https://oidc.eks.eu-west-1.amazonaws.com'],
    ['plain http', `http://${eks}`],
    ['a host that only ends like it', `https://evil.oidc.eks.eu-west-1.amazonaws.com/id/${id}`],
    ['a host that only begins like it', `https://oidc.eks.eu-west-1.amazonaws.com.evil.example/id/${id}`],
    ['GKE', 'https://container.googleapis.com/v1/projects/p/locations/l/clusters/c'],
  ])('does not take %s for one', (_, issuer) => {
    expect(parseEksIssuer(issuer)).toBeNull();
  });
});

describe('compareIssuer()', () => {
  it('knows the issuer itself', () => {
    expect(compareIssuer(eks, `https://${eks}`)).toBe('same');
  });

  it.each([
    ['https:// in front', `https://${eks}`],
    ['http:// in front', `http://${eks}`],
    ['a slash at the end', `${eks}/`],
    ['white space', ` ${eks}`],
    ['other letter case', eks.toLowerCase()],
    ['a whole ARN', `arn:aws:iam::111122223333:oidc-provider/${eks}`],
    [
      'an ARN in an ARN',
      `arn:aws:iam::111122223333:oidc-provider/arn:aws:iam::111122223333:oidc-provider/${eks}`,
    ],
    ['a missing path', 'oidc.eks.eu-west-1.amazonaws.com'],
    ['half a path', 'oidc.eks.eu-west-1.amazonaws.com/id'],
    ['another region', eks.replace('eu-west-1', 'us-east-1')],
    ['region and service in the wrong order', `eks.oidc.eu-west-1.amazonaws.com/id/${id}`],
    ['no /id/ in the path', `oidc.eks.eu-west-1.amazonaws.com/${id}`],
    ['one wrong digit', `${eks.slice(0, -1)}0`],
    ['two digits swapped', eks.replace('0123', '0213')],
    ['a digit too few', eks.slice(0, -1)],
    ['a placeholder', '${OIDC_PROVIDER}'],
    [
      'the example of the documentation',
      'oidc.eks.region-code.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE',
    ],
  ])('recognises it misspelt: %s', (_, text) => {
    expect(compareIssuer(text, `https://${eks}`)).toBe('misspelt');
  });

  it.each([
    ['another cluster of the region', eks.replace(id, 'F'.repeat(32))],
    ['three wrong digits', eks.replace('0123', '9993')],
    ['another kind of issuer', 'token.actions.githubusercontent.com'],
    ['nothing', ''],
    ['a longer path', `${eks}/blue`],
    ['a host that begins like it', 'oidc.eks.eu-west-1.amazonaws.comx'],
  ])('does not take another for it: %s', (_, text) => {
    expect(compareIssuer(text, `https://${eks}`)).toBe('other');
  });
});

describe('isPlaceholder()', () => {
  it.each([
    '${OIDC_PROVIDER}',
    '$oidc_provider',
    '<id>',
    '{{ .Issuer }}',
    'oidc.eks.region-code.amazonaws.com',
    'your-cluster',
    'XXXXX',
    'EXAMPLED539',
    'ACCOUNT_ID',
  ])('takes %s for one', (text) => {
    expect(isPlaceholder(text)).toBe(true);
  });

  it.each([
    eks,
    'oidc.k8s.example.com/blue',
    's3.eu-west-1.amazonaws.com/oidc-abc-example',
    'www.example.org',
    '',
  ])('does not take "%s" for one', (text) => {
    expect(isPlaceholder(text)).toBe(false);
  });
});

describe('editDistance() is the number of slips from one text to the other', () => {
  it.each([
    ['equal texts', 'cart', 'cart', 5, 0],
    ['two empty texts', '', '', 0, 0],
    ['a letter left out', 'cart', 'crt', 5, 1],
    ['a letter too many', 'cart', 'caart', 5, 1],
    ['a wrong letter', 'cart', 'card', 5, 1],
    ['swapped neighbours', 'cart', 'crat', 5, 1],
    ['one slip of each kind', 'kube-system', 'kbue-sistm', 5, 3],
    ['nothing in common', 'abc', 'xyz', 5, 3],
    ['all of a short text', '', 'abc', 3, 3],
    ['more than the limit, given up as one more', 'abcdef', 'uvwxyz', 2, 3],
    ['lengths further apart than the limit', 'a', 'abcdef', 2, 3],
    ['a limit of none', 'a', 'b', 0, 1],
  ])('%s', (_, a, b, limit, distance) => {
    expect(editDistance(a, b, limit)).toBe(distance);
    expect(editDistance(b, a, limit)).toBe(distance);
  });
});
