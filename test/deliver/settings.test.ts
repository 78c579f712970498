import { readSettings } from '../../shared/settings.ts';

const mail = { CLUSTERWHY_MAIL_FROM: 'a@b.example', CLUSTERWHY_MAIL_TO: 'c@d.example' };

describe('readSettings()', () => {
  it('wants nothing', () => {
    const nothing = {
      bucket: null,
      topicArn: null,
      mail: null,
      reportUrl: null,
      mutes: null,
      oidcDiscoveryUrl: null,
      kubernetes: true,
      language: 'en',
      federation: null,
      denialsTable: null,
      captureRegions: [],
      lookupRate: 2,
      trail: null,
    };
    expect(readSettings({})).toEqual(nothing);
    expect(readSettings({ CLUSTERWHY_BUCKET: ' ', CLUSTERWHY_MAIL_TO: '' })).toEqual(nothing);
  });

  it('reads everything', () => {
    const settings = readSettings({
      ...mail,
      CLUSTERWHY_BUCKET: 'my-reports',
      CLUSTERWHY_TOPIC_ARN: 'arn:aws-us-gov:sns:us-gov-west-1:111122223333:topic',
      CLUSTERWHY_REPORT_URL: 'https://reports.example/',
      CLUSTERWHY_OIDC_DISCOVERY_URL: 'http://127.0.0.1:1234',
      CLUSTERWHY_KUBERNETES: 'never',
      CLUSTERWHY_MAIL_FROM: '"The auditor" <a@b.example>',
      CLUSTERWHY_MAIL_TO: 'c@d.example, Ops <ops@d.example> ,, C@D.example',
      CLUSTERWHY_MAIL_UNSUBSCRIBE: 'mailto:off@b.example',
      CLUSTERWHY_MUTES: 'settings/mutes.yaml',
    });
    expect(settings.mutes).toBe('settings/mutes.yaml');
    expect(settings.mail).toEqual({
      from: { name: 'The auditor', address: 'a@b.example' },
      to: [
        { name: '', address: 'C@D.example' },
        { name: 'Ops', address: 'ops@d.example' },
      ],
      transport: { kind: 'ses' },
      unsubscribe: 'mailto:off@b.example',
    });
    expect(settings).toMatchObject({
      bucket: 'my-reports',
      topicArn: 'arn:aws-us-gov:sns:us-gov-west-1:111122223333:topic',
      reportUrl: 'https://reports.example/',
      oidcDiscoveryUrl: 'http://127.0.0.1:1234',
      kubernetes: false,
    });
  });

  it.each([
    ['smtp://mail.example', { host: 'mail.example', port: 587, secure: false, user: null, password: null }],
    ['smtps://mail.example', { host: 'mail.example', port: 465, secure: true, user: null, password: null }],
    [
      'smtp://u%40x:p%3A%2F@[::1]:2525/',
      { host: '::1', port: 2525, secure: false, user: 'u@x', password: 'p:/' },
    ],
  ])('sends by SMTP where %s is set', (CLUSTERWHY_SMTP_URL, server) => {
    const settings = readSettings({ ...mail, CLUSTERWHY_SMTP_URL });
    expect(settings.mail?.transport).toEqual({ kind: 'smtp', ...server, passwordSecret: null });
  });

  it('lets the transport be chosen', () => {
    const both = { ...mail, CLUSTERWHY_SMTP_URL: 'smtp://mail.example' };
    expect(readSettings({ ...both, CLUSTERWHY_MAIL_TRANSPORT: 'ses' }).mail?.transport).toEqual({
      kind: 'ses',
    });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'Kubernetes sometimes',
      { CLUSTERWHY_KUBERNETES: 'sometimes' },
      /CLUSTERWHY_KUBERNETES="sometimes": it must be "auto" or "never"/,
    ],
    [
      'a bucket in capitals',
      { CLUSTERWHY_BUCKET: 'My_Bucket' },
      /CLUSTERWHY_BUCKET="My_Bucket": it must be the name of an S3 bucket/,
    ],
    [
      'a topic that is none',
      { CLUSTERWHY_TOPIC_ARN: 'arn:aws:sqs:eu-west-1:1:q' },
      /CLUSTERWHY_TOPIC_ARN=.*ARN of a standard SNS topic/,
    ],
    [
      'a FIFO topic',
      { CLUSTERWHY_TOPIC_ARN: 'arn:aws:sns:eu-west-1:111122223333:t.fifo' },
      /standard SNS topic/,
    ],
    [
      'mail without a sender',
      { CLUSTERWHY_MAIL_TO: 'a@b.example' },
      /CLUSTERWHY_MAIL_TO is set and CLUSTERWHY_MAIL_FROM is not/,
    ],
    [
      'mail without a recipient',
      { CLUSTERWHY_MAIL_FROM: 'a@b.example' },
      /CLUSTERWHY_MAIL_FROM is set and CLUSTERWHY_MAIL_TO is not/,
    ],
    [
      'a line break in a recipient',
      { ...mail, CLUSTERWHY_MAIL_TO: 'a@b.example\r\nBcc: x@y.example' },
      /CLUSTERWHY_MAIL_TO=.*mail addresses/,
    ],
    [
      'a line break in a name',
      { ...mail, CLUSTERWHY_MAIL_FROM: 'A\nB <a@b.example>' },
      /CLUSTERWHY_MAIL_FROM=/,
    ],
    [
      'one bad address of two',
      { ...mail, CLUSTERWHY_MAIL_TO: 'a@b.example,nobody' },
      /CLUSTERWHY_MAIL_TO="nobody"/,
    ],
    ['commas alone', { ...mail, CLUSTERWHY_MAIL_TO: ',' }, /CLUSTERWHY_MAIL_TO=","/],
    [
      'an unknown transport',
      { ...mail, CLUSTERWHY_MAIL_TRANSPORT: 'pigeon' },
      /CLUSTERWHY_MAIL_TRANSPORT="pigeon": it must be "ses" or "smtp"/,
    ],
    [
      'SMTP without a server',
      { ...mail, CLUSTERWHY_MAIL_TRANSPORT: 'smtp' },
      /CLUSTERWHY_SMTP_URL="": it must be smtp:/,
    ],
    ['a server by HTTP', { ...mail, CLUSTERWHY_SMTP_URL: 'https://mail.example' }, /CLUSTERWHY_SMTP_URL=/],
    [
      'options in the URL',
      { ...mail, CLUSTERWHY_SMTP_URL: 'smtp://mail.example?proxy=http://x' },
      /CLUSTERWHY_SMTP_URL=/,
    ],
    [
      'a stray percent sign',
      { ...mail, CLUSTERWHY_SMTP_URL: 'smtp://u:100%@mail.example' },
      /percent-encoded/,
    ],
    [
      'an address that is no URL',
      { CLUSTERWHY_REPORT_URL: 'reports.example' },
      /CLUSTERWHY_REPORT_URL="reports.example": it must be an address that begins with https: or http:/,
    ],
    ['a script as an address', { CLUSTERWHY_REPORT_URL: 'javascript:alert(1)' }, /CLUSTERWHY_REPORT_URL=/],
    [
      'an unsubscribe address that ends its header',
      { ...mail, CLUSTERWHY_MAIL_UNSUBSCRIBE: 'mailto:a@b.example>\nBcc: x' },
      /CLUSTERWHY_MAIL_UNSUBSCRIBE=/,
    ],
  ])('refuses %s', (_, env, message) => {
    expect(() => readSettings(env)).toThrow(message);
  });

  it('shows no password', () => {
    const env = { ...mail, CLUSTERWHY_SMTP_URL: 'smtp://user:secret@mail.example/path' };
    expect(() => readSettings(env)).toThrow(/\*\*\*@mail\.example/);
    expect(() => readSettings(env)).not.toThrow(/secret/);
  });
});

describe('the way from Google Cloud to AWS', () => {
  const roleArn = 'arn:aws:iam::111122223333:role/clusterwhy-google';

  it('is a role, with the audience that stacks take unless told otherwise', () => {
    expect(readSettings({ CLUSTERWHY_AWS_ROLE_ARN: roleArn }).federation).toEqual({
      roleArn,
      audience: 'clusterwhy',
    });
    const own = { CLUSTERWHY_AWS_ROLE_ARN: roleArn, CLUSTERWHY_AWS_AUDIENCE: 'https://audit.example.com' };
    expect(readSettings(own).federation?.audience).toBe('https://audit.example.com');
  });

  it.each([
    ['CLUSTERWHY_AWS_ROLE_ARN', 'clusterwhy-google'],
    ['CLUSTERWHY_AWS_ROLE_ARN', 'arn:aws:iam::1:role/x'],
    ['CLUSTERWHY_AWS_AUDIENCE', 'two words'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(
      `Cannot use ${name}=${JSON.stringify(value)}: it must be`,
    );
  });
});

it('takes the password of the mail server from a variable of its own where the address has none', () => {
  const mail = { CLUSTERWHY_MAIL_FROM: 'a@example.com', CLUSTERWHY_MAIL_TO: 'b@example.com' };
  const transport = (url: string) =>
    readSettings({ ...mail, CLUSTERWHY_SMTP_URL: url, CLUSTERWHY_SMTP_PASSWORD: 'hidden' }).mail?.transport;
  expect(transport('smtps://ops@mail.example.com')).toMatchObject({ user: 'ops', password: 'hidden' });
  expect(transport('smtps://ops:shown@mail.example.com')).toMatchObject({ password: 'shown' });
});
