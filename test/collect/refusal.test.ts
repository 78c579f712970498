import { en, ja } from '../../shared/words.ts';
import { gapOf, gapsOf, isTransient, refusalKind } from '../../shared/collect/aws/refusal.ts';
import { saying } from '../saying.ts';

const attempt = {
  action: { en: 'list the EKS clusters', ja: 'EKS クラスターの一覧を取得' },
  permission: 'eks:ListClusters',
  location: 'eu-west-1',
};

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
      why: {
        en: 'Cannot list the EKS clusters in eu-west-1: eks:ListClusters was denied to arn:aws:sts::111122223333:assumed-role/auditor/s by an explicit deny in a service control policy; lift the denial there, or leave this out',
        ja: 'eu-west-1 で EKS クラスターの一覧を取得できません: eks:ListClusters が、arn:aws:sts::111122223333:assumed-role/auditor/s に対してサービスコントロールポリシーの明示的な拒否により拒否されました。その拒否を解除するか、対象から外してください',
      },
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
    expect(gap.why.en).toMatch(why);
    expect(gap).not.toHaveProperty('missingPermission');
  });

  it.each([[null], [undefined], ['text'], [{}], [42]])('explains the odd error %p', (error) => {
    expect(gapOf(error, attempt).why).toEqual(
      saying(/^Cannot list the EKS clusters in eu-west-1: AWS answered/),
    );
  });

  it('keeps a long answer of many lines to one short line', () => {
    const { why } = gapOf(sdkError('Odd', `<html>\n${'x'.repeat(10_000)}`), attempt);
    for (const text of Object.values(why)) {
      expect(text.length).toBeLessThan(500);
      expect(text).not.toContain('\n');
    }
  });
});

describe('gapsOf()', () => {
  it('leaves one gap for each kind of refusal', () => {
    const denied = ['a', 'b', 'c', 'd', 'e'].map((item) => ({ item, error: sdkError('AccessDenied') }));
    const failed = { item: 'f', error: sdkError('InternalFailure') };
    const gaps = gapsOf([...denied, failed], {
      ...attempt,
      action: (which) => ({
        en: en`describe the EKS cluster ${which}`,
        ja: ja`EKS クラスター ${which} の詳細を取得`,
      }),
    });
    expect(gaps).toHaveLength(2);
    expect(gaps[0]?.why.en).toContain('describe the EKS cluster "a", "b", "c" and 2 more in eu-west-1');
    expect(gaps[0]?.why.ja).toContain('EKS クラスター "a"、"b"、"c" ほか 2 件の詳細を取得できません');
    expect(gaps[1]?.why.en).toContain('"f"');
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
