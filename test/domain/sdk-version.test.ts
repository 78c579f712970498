import { credentialSource, sdkOf, versionNeeded } from '../../shared/domain/sdk-version.ts';
import { inLanguage } from '../../shared/words.ts';

describe('sdkOf()', () => {
  it.each([
    ['Boto3/1.35.8 md/Botocore#1.35.8 ua/2.0 os/linux', 'boto3', '1.35.8'],
    ['Botocore/1.12.150 Python/3.6.9', 'botocore', '1.12.150'],
    ['aws-cli/1.16.100 Python/3.8.8 Linux/5.4 botocore/1.12.90', 'AWS CLI 1', '1.16.100'],
    ['[aws-cli/2.36.32 md/awscrt#0.31 ua/2.1 m/b,Z,E]', 'AWS CLI 2', '2.36.32'],
    ['aws-sdk-java/1.12.479 Linux/5.10 OpenJDK_64-Bit_Server_VM', 'AWS SDK for Java 1', '1.12.479'],
    ['aws-sdk-java/2.30.21 md/io#async', 'AWS SDK for Java 2', '2.30.21'],
    ['aws-sdk-go/1.45.1 (go1.21.4; linux; amd64)', 'AWS SDK for Go 1', '1.45.1'],
    ['aws-sdk-nodejs/2.1112.0 linux/v20.19.0 promise', 'AWS SDK for JavaScript 2', '2.1112.0'],
    ['aws-sdk-js/3.450.0 ua/2.0 os/linux', 'AWS SDK for JavaScript 3', '3.450.0'],
    ['my-app/1.0 aws-sdk-php/3.99.0', 'AWS SDK for PHP', '3.99.0'],
  ])('reads %s', (userAgent, name, version) => {
    expect(sdkOf(userAgent)).toEqual({ name, version });
  });

  it.each([
    'APN/1.0 HashiCorp/1.0 Terraform/1.5.0 aws-sdk-go-v2/1.18.1',
    'karpenter/1.0.0',
    'pods.eks.amazonaws.com',
    'aws-sdk-java',
    'not-boto3/1.0.0',
    'aws-sdk-dotnet-coreclr/3.7.300.10',
    '',
    `${'x/1.0 '.repeat(100_000)}Boto3/1.0.0`,
  ])('knows nothing of %#', (userAgent) => {
    expect(sdkOf(userAgent)).toBeNull();
    expect(versionNeeded(userAgent, 'web identity')).toBeNull();
  });
});

describe('versionNeeded()', () => {
  it.each([
    ['Boto3/1.9.219', '1.9.220', '1.34.41'],
    ['Boto3/1.9.220', null, '1.34.41'],
    ['Boto3/1.34.41', null, null],
    ['Boto3/1.100.0', null, null],
    ['aws-sdk-java/1.11.703', '1.11.704', '1.12.746'],
    ['aws-sdk-java/2.21.29', null, '2.21.30'],
    ['aws-sdk-java/3.0.0', null, null],
    ['aws-cli/2.0.0', null, '2.15.0'],
    ['aws-sdk-nodejs/2.1549.0', null, '2.1550.0'],
  ])('%s', (userAgent, webIdentity, podIdentity) => {
    expect(versionNeeded(userAgent, 'web identity')).toBe(webIdentity);
    expect(versionNeeded(userAgent, 'Pod Identity')).toBe(podIdentity);
  });
});

describe('credentialSource()', () => {
  it.each([
    ['Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1 m/b,Z,0 cfg/retry-mode#legacy', 'instance metadata'],
    ['aws-cli/2.36.32 m/E,z', 'container credentials'],
    ['Boto3/1.40.0 m/D,k', 'web identity'],
    ['Boto3/1.40.0 m/D,E', null],
    ['Boto3/1.9.0', null],
    ['Boto3/1.40.0 m/toString', null],
  ])('%s', (userAgent, source) => {
    const found = credentialSource(userAgent);
    expect(found === null ? null : inLanguage(found, 'en')).toBe(source);
  });
});
