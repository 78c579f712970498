import fc from 'fast-check';
import {
  isoSeconds,
  normalErrorCode,
  parseWebIdentityRecord,
  type WebIdentityRecord,
} from '../../shared/domain/cloudtrail-record.ts';
import { saying } from '../saying.ts';

const provider = 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1B2';
const subject = 'system:serviceaccount:shop:cart';
const role = 'arn:aws:iam::111122223333:role/cart';

/** A refused call with every field that we read. */
const denied = {
  eventVersion: '1.11',
  userIdentity: {
    type: 'WebIdentityUser',
    principalId: `${provider}:sts.amazonaws.com:${subject}`,
    userName: subject,
    identityProvider: provider,
  },
  eventTime: '2026-01-02T03:04:05Z',
  eventSource: 'sts.amazonaws.com',
  eventName: 'AssumeRoleWithWebIdentity',
  awsRegion: 'eu-west-1',
  sourceIPAddress: '192.0.2.7',
  userAgent: 'Boto3/1.35.8',
  errorCode: 'AccessDenied',
  errorMessage: 'An unknown error occurred',
  requestParameters: { roleArn: role, roleSessionName: 'session', durationSeconds: 900 },
  responseElements: null,
  eventID: 'e1',
  resources: [{ accountId: '111122223333', type: 'AWS::IAM::Role', ARN: role }],
  vpcEndpointId: 'vpce-1',
  tlsDetails: { clientProvidedHostHeader: 'sts.eu-west-1.amazonaws.com' },
};

function parse(record: object): WebIdentityRecord {
  const parsed = parseWebIdentityRecord(JSON.stringify(record));
  if (!parsed.ok) throw new Error(parsed.why.en);
  return parsed.record;
}

function withIdentity(identity: object): WebIdentityRecord {
  return parse({ ...denied, userIdentity: { type: 'WebIdentityUser', ...identity } });
}

describe('parseWebIdentityRecord', () => {
  it('reads every field of a refused call', () => {
    expect(parse(denied)).toEqual({
      eventId: 'e1',
      time: '2026-01-02T03:04:05Z',
      sourceIp: '192.0.2.7',
      vpcEndpointId: 'vpce-1',
      sessionName: 'session',
      durationSeconds: 900,
      userAgent: 'Boto3/1.35.8',
      host: 'sts.eu-west-1.amazonaws.com',
      region: 'eu-west-1',
      roleArn: role,
      subject,
      provider,
      audience: 'sts.amazonaws.com',
      errorCode: 'AccessDenied',
      errorMessage: 'An unknown error occurred',
    });
  });

  it('reads an object as it reads its text', () => {
    expect(parseWebIdentityRecord(denied)).toEqual(parseWebIdentityRecord(JSON.stringify(denied)));
  });

  it('reads a record that was trimmed to a few fields', () => {
    const record = parse({
      eventVersion: '1.08',
      userIdentity: { type: 'WebIdentityUser', userName: 'system:serviceaccount:serverless:aws-sdk' },
      eventName: 'AssumeRoleWithWebIdentity',
      errorCode: 'AccessDenied',
      errorMessage: 'An unknown error occurred',
      requestParameters: {
        roleArn: 'arn:aws:iam::11112222333:role/AccessEC2role',
        roleSessionName: 'botocore-session-1675698641',
      },
    });
    expect(record).toMatchObject({
      roleArn: 'arn:aws:iam::11112222333:role/AccessEC2role',
      subject: 'system:serviceaccount:serverless:aws-sdk',
      errorCode: 'AccessDenied',
      provider: null,
      audience: null,
      time: null,
      region: null,
      eventId: null,
      durationSeconds: null,
    });
  });

  it('has no error for a call that succeeded', () => {
    const succeeded = { ...denied, errorCode: undefined, errorMessage: undefined };
    expect(parse(succeeded)).toMatchObject({ errorCode: null, errorMessage: null });
  });

  it('does not take a failure without a code for a success', () => {
    const failed = { ...denied, errorCode: undefined };
    expect(parse(failed).errorCode).toBe('UnknownError');
    expect(parse({ ...failed, errorCode: 'Exception', errorMessage: null }).errorCode).toBe('UnknownError');
  });

  it.each([
    ['a URL', 'https://github.com/octo-org', 'repo:octo/web:ref:refs/heads/main'],
    ['several colons', 'urn:a:b:c', subject],
    ['a subject with spaces', 'aws.workload.identity', 'organization:o:project:Default Project:workspace:w'],
  ])('tells an audience with colons from its neighbours: %s', (_name, audience, userName) => {
    const principalId = `${provider}:${audience}:${userName}`;
    expect(withIdentity({ principalId, userName, identityProvider: provider })).toMatchObject({
      audience,
      subject: userName,
    });
  });

  it('reads a built-in provider that has no ARN', () => {
    const identity = {
      principalId: 'accounts.google.com:my-audience:113774264463038321964',
      userName: '113774264463038321964',
      identityProvider: 'accounts.google.com',
    };
    expect(withIdentity(identity)).toMatchObject({
      provider: 'accounts.google.com',
      audience: 'my-audience',
      subject: '113774264463038321964',
    });
  });

  it('finds provider, audience and a Kubernetes subject in the principal alone', () => {
    const principalId = `${provider}:https://my.audience:${subject}`;
    expect(withIdentity({ principalId })).toMatchObject({
      provider,
      audience: 'https://my.audience',
      subject,
    });
  });

  it('does not guess an audience where the principal does not fit the other fields', () => {
    const identity = { principalId: 'AROAEXAMPLE:session', userName: subject, identityProvider: provider };
    expect(withIdentity(identity).audience).toBeNull();
  });

  it.each([
    ['is null', null],
    ['is absent', undefined],
    ['is no object', 'nothing'],
  ])('takes the role from the resources where requestParameters %s', (_name, requestParameters) => {
    const record = parse({ ...denied, requestParameters });
    expect(record).toMatchObject({ roleArn: role, sessionName: null, durationSeconds: null });
  });

  it('has no role where neither parameters nor resources name one', () => {
    expect(parse({ ...denied, requestParameters: null, resources: undefined }).roleArn).toBeNull();
  });

  it.each([['yesterday'], [''], [null], [12], ['2026-13-45T99:00:00Z']])(
    'has no time for eventTime %p',
    (eventTime) => {
      expect(parse({ ...denied, eventTime }).time).toBeNull();
    },
  );

  it('reads a duration that is written as text', () => {
    const requestParameters = { ...denied.requestParameters, durationSeconds: '43200' };
    expect(parse({ ...denied, requestParameters }).durationSeconds).toBe(43200);
  });

  it.each([
    ['no JSON', 'not json', 'not a JSON object'],
    ['an empty text', '', 'not a JSON object'],
    ['an array', '[]', 'not a JSON object'],
    ['null', 'null', 'not a JSON object'],
    [
      'another event',
      JSON.stringify({ ...denied, eventName: 'AssumeRole' }),
      'not of AssumeRoleWithWebIdentity',
    ],
    ['no event name', '{}', 'not of AssumeRoleWithWebIdentity'],
  ])('says why it cannot read %s', (_name, text, why) => {
    expect(parseWebIdentityRecord(text)).toEqual({ ok: false, why: saying(why) });
  });

  it('never throws, and gives texts or null whatever a field holds', () => {
    const field = fc.jsonValue();
    const anything = fc.record(
      {
        userIdentity: fc.oneof(
          field,
          fc.record({ principalId: field, userName: field, identityProvider: field }, { requiredKeys: [] }),
        ),
        eventTime: field,
        errorCode: field,
        requestParameters: fc.oneof(field, fc.record({ roleArn: field, durationSeconds: field })),
        resources: field,
        tlsDetails: field,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anything, (fields) => {
        const { durationSeconds, ...texts } = parse({ ...fields, eventName: 'AssumeRoleWithWebIdentity' });
        expect(durationSeconds === null || Number.isFinite(durationSeconds)).toBe(true);
        for (const value of Object.values(texts))
          expect(value === null || typeof value === 'string').toBe(true);
      }),
    );
  });

  it('always finds the audience between provider and subject', () => {
    const word = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(word, word, word, (one, two, three) => {
        const identity = { principalId: `${one}:${two}:${three}`, userName: three, identityProvider: one };
        expect(withIdentity(identity)).toMatchObject({ provider: one, audience: two, subject: three });
      }),
    );
  });
});

describe('normalErrorCode', () => {
  it.each([
    ['AccessDenied', 'AccessDenied'],
    ['AccessDeniedException', 'AccessDenied'],
    ['Client.AccessDenied', 'AccessDenied'],
    ['accessdenied', 'AccessDenied'],
    ['ExpiredTokenException', 'ExpiredToken'],
    ['InvalidIdentityToken', 'InvalidIdentityToken'],
    ['Client.InvalidIdentityTokenException', 'InvalidIdentityToken'],
    ['RegionDisabledException', 'RegionDisabled'],
    ['SomethingNewException', 'SomethingNew'],
    ['Exception', null],
    [null, null],
  ])('%p is %p', (code, normal) => {
    expect(normalErrorCode(code)).toBe(normal);
  });
});

describe('isoSeconds', () => {
  it.each([
    [new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)), '2026-01-02T03:04:05Z'],
    ['2026-01-02T04:04:05+01:00', '2026-01-02T03:04:05Z'],
    [new Date(NaN), null],
    [new Date(8.64e15), null],
    ['2026', null],
    [undefined, null],
  ])('%p is %p', (time, text) => {
    expect(isoSeconds(time)).toBe(text);
  });
});
