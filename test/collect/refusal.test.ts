import { gapOf, gapsOf, isTransient, refusalKind } from '../../shared/collect/aws/refusal.ts';

const attempt = { action: 'list the EKS clusters', permission: 'eks:ListClusters', location: 'eu-west-1' };

/** An error with what the SDK puts on it. */
function sdkError(name: string, message = 'no', fields: object = {}): Error {
  return Object.assign(new Error(message), { name, ...fields });
}

describe('gapOf()', () => {
  it('names the denied action, the caller and the policy that denies it', () => {
    const message =
      'User: arn:aws:sts::111122223333:assumed-role/auditor/s is not authorized to perform: eks:ListClusters on resource: arn:aws:eks:eu-west-1:111122223333:cluster/* with an explicit deny in a service control policy: arn:aws:organizations::1:policy/p';
    expect(gapOf(sdkError('AccessDeniedException', message), attempt)).toEqual({
      location: 'eu-west-1',
      missingPermission: 'eks:ListClusters',
      why: 'Cannot list the EKS clusters in eu-west-1: eks:ListClusters was denied to arn:aws:sts::111122223333:assumed-role/auditor/s by an explicit deny in a service control policy; lift the denial there, or leave this out',
    });
  });

  it('takes the permission from the message before the reader’s own', () => {
    const message =
      'User: x is not authorized to perform: kms:Decrypt because no identity-based policy allows it';
    expect(gapOf(sdkError('AccessDenied', message), attempt).missingPermission).toBe('kms:Decrypt');
  });

  it.each(['AccessDenied', 'AccessDeniedException', 'UnrecognizedClientException', 'OptInRequired'])(
    'names the reader’s own permission where %s names none',
    (name) => {
      expect(gapOf(sdkError(name), attempt).missingPermission).toBe('eks:ListClusters');
    },
  );

  it.each([
    ['ThrottlingException', /throttling/],
    ['ExpiredTokenException', /expired.*sign in again/],
    ['CredentialsProviderError', /no credentials.*--profile/],
    ['AbortError', /time that was given ended/],
    ['TimeoutError', /did not answer.*network/],
    ['InternalFailure', /AWS answered InternalFailure \(no\)/],
  ])('explains %s without naming a permission', (name, why) => {
    const gap = gapOf(sdkError(name), attempt);
    expect(gap.why).toMatch(why);
    expect(gap).not.toHaveProperty('missingPermission');
  });

  it.each([[null], [undefined], ['text'], [{}], [42]])('explains the odd error %p', (error) => {
    expect(gapOf(error, attempt).why).toMatch(/^Cannot list the EKS clusters in eu-west-1: AWS answered/);
  });

  it('keeps a long answer of many lines to one short line', () => {
    const { why } = gapOf(sdkError('Odd', `<html>\n${'x'.repeat(10_000)}`), attempt);
    expect(why.length).toBeLessThan(500);
    expect(why).not.toContain('\n');
  });
});

describe('gapsOf()', () => {
  it('leaves one gap for each kind of refusal', () => {
    const denied = ['a', 'b', 'c', 'd', 'e'].map((item) => ({ item, error: sdkError('AccessDenied') }));
    const failed = { item: 'f', error: sdkError('InternalFailure') };
    const gaps = gapsOf([...denied, failed], { ...attempt, action: 'describe the EKS cluster' });
    expect(gaps).toHaveLength(2);
    expect(gaps[0]?.why).toContain('describe the EKS cluster "a", "b", "c" and 2 more in eu-west-1');
    expect(gaps[1]?.why).toContain('"f"');
  });
});

describe('refusalKind()', () => {
  it.each([
    [sdkError('Error', '', { code: 'ECONNREFUSED' }), 'unreachable'],
    [sdkError('Weird', '', { $metadata: { httpStatusCode: 403 } }), 'denied'],
    [sdkError('Weird', '', { $metadata: { httpStatusCode: 429 } }), 'throttled'],
    [sdkError('Weird', '', { $metadata: { httpStatusCode: 400 } }), 'other'],
  ])('goes by code and status where the name tells nothing: %p', (error, kind) => {
    expect(refusalKind(error)).toBe(kind);
  });
});

describe('isTransient()', () => {
  it.each([
    [sdkError('InternalFailure', '', { $metadata: { httpStatusCode: 500 } }), true],
    [sdkError('Error', '', { code: 'ECONNRESET' }), true],
    [sdkError('AccessDenied', '', { $metadata: { httpStatusCode: 403 } }), false],
    [sdkError('TypeError'), false],
  ])('%p: %p', (error, transient) => {
    expect(isTransient(error)).toBe(transient);
  });
});
