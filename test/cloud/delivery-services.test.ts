import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { SendEmailCommand, SESv2Client, type SendEmailRequest } from '@aws-sdk/client-sesv2';
import { PublishCommand, SNSClient, type PublishInput } from '@aws-sdk/client-sns';
import { createTransport } from 'nodemailer';
import { Readable } from 'node:stream';
import { startSmtp } from './smtp.ts';
import { startCloud, type RunningCloud } from './start.ts';
import { healthyWorld, shop } from './worlds/healthy.ts';

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud(healthyWorld());
});
afterAll(() => cloud.close());

describe('SNS', () => {
  const TopicArn = `arn:aws:sns:eu-west-1:${shop}:clusterwhy`;
  const publish = async (input: PublishInput) => {
    const client = new SNSClient(cloud.clientOptions(shop));
    return client.send(new PublishCommand(input)).finally(() => client.destroy());
  };

  it('keeps what is published, with its attributes', async () => {
    const MessageAttributes = {
      rules: { DataType: 'String.Array', StringValue: '["eks/irsa-role-missing"]' },
      findings: { DataType: 'Number', StringValue: '3' },
    };
    const { MessageId } = await publish({
      TopicArn,
      Subject: 'Two new',
      Message: 'a <b> & ü',
      MessageAttributes,
    });
    expect(cloud.sns.at(-1)).toEqual({
      messageId: MessageId,
      topicArn: TopicArn,
      subject: 'Two new',
      message: 'a <b> & ü',
      messageStructure: null,
      attributes: {
        rules: { type: 'String.Array', value: '["eks/irsa-role-missing"]' },
        findings: { type: 'Number', value: '3' },
      },
    });
  });

  const attribute = (DataType: string, StringValue: string) => ({ a: { DataType, StringValue } });
  it.each<[string, PublishInput, string]>([
    ['a subject of 101 characters', { Subject: 'x'.repeat(101), Message: 'm' }, 'InvalidParameterException'],
    ['a subject beyond ASCII', { Subject: 'é', Message: 'm' }, 'InvalidParameterException'],
    ['a line break in the subject', { Subject: 'a\nb', Message: 'm' }, 'InvalidParameterException'],
    ['an empty message', { Message: '' }, 'InvalidParameterException'],
    ['a message of 262,145 bytes', { Message: 'x'.repeat(262_145) }, 'InvalidParameterException'],
    [
      'a message that its attributes make too long',
      { Message: 'x'.repeat(262_140), MessageAttributes: attribute('String', 'v') },
      'InvalidParameterException',
    ],
    [
      'an unknown attribute type',
      { Message: 'm', MessageAttributes: attribute('Text', 'v') },
      'InvalidParameterValueException',
    ],
    [
      'an empty attribute',
      { Message: 'm', MessageAttributes: attribute('String', '') },
      'InvalidParameterValueException',
    ],
    [
      'an array that is none',
      { Message: 'm', MessageAttributes: attribute('String.Array', 'v') },
      'InvalidParameterValueException',
    ],
    [
      'an array of arrays',
      { Message: 'm', MessageAttributes: attribute('String.Array', '[[1]]') },
      'InvalidParameterValueException',
    ],
    [
      'an array that breaks off',
      { Message: 'm', MessageAttributes: attribute('String.Array', '["a') },
      'InvalidParameterValueException',
    ],
    [
      'texts by protocol that are no JSON',
      { Message: 'm', MessageStructure: 'json' },
      'InvalidParameterException',
    ],
    [
      'a number that is none',
      { Message: 'm', MessageAttributes: attribute('Number', 'v') },
      'InvalidParameterValueException',
    ],
    ['a topic that does not exist', { TopicArn: `${TopicArn}s`, Message: 'm' }, 'NotFoundException'],
    [
      'a topic of another region',
      { TopicArn: TopicArn.replace('eu-west-1', 'us-east-1'), Message: 'm' },
      'InvalidParameterException',
    ],
  ])('refuses %s', async (_, input, name) => {
    const before = cloud.sns.length;
    await expect(publish({ TopicArn, ...input })).rejects.toMatchObject({ name });
    expect(cloud.sns).toHaveLength(before);
  });

  it('takes a message of exactly 262,144 bytes and a subject of 100', async () => {
    await publish({ TopicArn, Subject: 'x'.repeat(100), Message: 'x'.repeat(262_144) });
    expect(cloud.sns.at(-1)?.message).toHaveLength(262_144);
  });
});

describe('SES', () => {
  const send = async (input: SendEmailRequest) => {
    const client = new SESv2Client({ ...cloud.clientOptions(shop), maxAttempts: 1 });
    return client.send(new SendEmailCommand(input)).finally(() => client.destroy());
  };
  const simple: SendEmailRequest = {
    FromEmailAddress: 'clusterwhy <clusterwhy@shop.example>',
    Destination: { ToAddresses: ['ops@shop.example'] },
    Content: {
      Simple: { Subject: { Data: 'Grüße' }, Body: { Text: { Data: 'text' }, Html: { Data: '<p>html</p>' } } },
    },
  };

  it('keeps simple mails', async () => {
    const { MessageId } = await send(simple);
    expect(cloud.ses.at(-1)).toMatchObject({
      messageId: MessageId,
      to: ['ops@shop.example'],
      subject: 'Grüße',
      text: 'text',
      html: '<p>html</p>',
    });
    expect(cloud.calls.at(-1)).toMatchObject({ action: 'ses:SendEmail', outcome: 'ok' });
  });

  it('keeps raw mails, which take another permission', async () => {
    const Data = Buffer.from(
      'From: clusterwhy@shop.example\r\nTo: ops@shop.example\r\nSubject: Raw\r\n\r\nFrom: body',
    );
    await send({ Content: { Raw: { Data } } });
    expect(cloud.ses.at(-1)).toMatchObject({
      from: 'clusterwhy@shop.example',
      to: ['ops@shop.example'],
      subject: 'Raw',
    });
    expect(cloud.ses.at(-1)?.raw?.equals(Data)).toBe(true);
    expect(cloud.calls.at(-1)).toMatchObject({ action: 'ses:SendRawEmail', outcome: 'ok' });
  });

  it('refuses a sender that is not verified', async () => {
    await expect(send({ ...simple, FromEmailAddress: 'me@other.example' })).rejects.toMatchObject({
      name: 'MessageRejected',
      message: expect.stringContaining('failed the check in region EU-WEST-1: me@other.example') as string,
    });
  });

  it('refuses an impossible recipient', async () => {
    const sent = send({ ...simple, Destination: { ToAddresses: ['ops'] } });
    await expect(sent).rejects.toMatchObject({ name: 'BadRequestException' });
  });

  it('sends although it cuts the connection before it answers', async () => {
    const before = cloud.ses.length;
    cloud.fail('ses:SendEmail', { hangUp: 'after' });
    await expect(send(simple)).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(cloud.ses).toHaveLength(before + 1);
  });

  it('throttles when told to', async () => {
    cloud.fail('ses:SendEmail', { error: { code: 'TooManyRequestsException', status: 429 } });
    await expect(send(simple)).rejects.toMatchObject({ name: 'TooManyRequestsException' });
    await expect(send(simple)).resolves.toBeDefined();
  });
});

describe('S3', () => {
  const Bucket = 'clusterwhy-reports';
  let client: S3Client;
  beforeAll(() => {
    client = new S3Client({ ...cloud.clientOptions(shop), forcePathStyle: true });
  });
  afterAll(() => client.destroy());
  const put = (Key: string, Body: string | Readable, more: object = {}) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

  it('gives back what was put', async () => {
    const written = await put('days/2026 01/ü&<.json', '{"a":1}', {
      ContentType: 'application/json',
      Metadata: { run: '7' },
    });
    const read = await client.send(new GetObjectCommand({ Bucket, Key: 'days/2026 01/ü&<.json' }));
    expect(await read.Body?.transformToString()).toBe('{"a":1}');
    expect(read).toMatchObject({
      ETag: written.ETag,
      ContentType: 'application/json',
      Metadata: { run: '7' },
    });
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'days/2026 01/ü&<.json' }));
    expect(head.ContentLength).toBe(7);
  });

  it('reads streams, which come in chunks', async () => {
    const body = 'x'.repeat(100_000);
    await put('stream', Readable.from([Buffer.from(body)]), { ContentLength: body.length });
    const read = await client.send(new GetObjectCommand({ Bucket, Key: 'stream' }));
    expect(await read.Body?.transformToString()).toBe(body);
  });

  it('writes with If-None-Match only what does not exist', async () => {
    await put('mark', 'first', { IfNoneMatch: '*' });
    const again = put('mark', 'second', { IfNoneMatch: '*' });
    await expect(again).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
    const read = await client.send(new GetObjectCommand({ Bucket, Key: 'mark' }));
    expect(await read.Body?.transformToString()).toBe('first');
  });

  it('writes with If-Match only over what it has seen', async () => {
    const { ETag } = await put('versioned', 'one');
    await put('versioned', 'two', { IfMatch: ETag });
    await expect(put('versioned', 'three', { IfMatch: ETag })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    await expect(put('never', 'one', { IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('tells missing keys and missing buckets apart', async () => {
    const get = (bucket: string) => client.send(new GetObjectCommand({ Bucket: bucket, Key: 'nothing' }));
    await expect(get(Bucket)).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(get('other')).rejects.toMatchObject({ name: 'NoSuchBucket' });
    const head = client.send(new HeadObjectCommand({ Bucket, Key: 'nothing' }));
    await expect(head).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('lists keys in order, page by page', async () => {
    const keys = ['list/a', 'list/b', 'list/b/1', 'list/c', 'list/Z'];
    for (const key of keys) await put(key, key);
    const listed: (string | undefined)[] = [];
    const pages = paginateListObjectsV2({ client, pageSize: 2 }, { Bucket, Prefix: 'list/' });
    for await (const page of pages) listed.push(...(page.Contents ?? []).map(({ Key }) => Key));
    expect(listed).toEqual(['list/Z', 'list/a', 'list/b', 'list/b/1', 'list/c']);
  });

  it('lists what shares a prefix as one', async () => {
    for (const key of ['p/x/1', 'p/x/2', 'p/y']) await put(key, key);
    const prefixes: unknown[] = [];
    for await (const page of paginateListObjectsV2(
      { client, pageSize: 1 },
      { Bucket, Prefix: 'p/', Delimiter: '/' },
    ))
      prefixes.push(...(page.CommonPrefixes ?? []), ...(page.Contents ?? []).map(({ Key }) => Key));
    expect(prefixes).toEqual([{ Prefix: 'p/x/' }, 'p/y']);
  });

  it('deletes, and does not mind what is not there', async () => {
    await put('gone', 'x');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    expect(cloud.s3.get(Bucket)?.has('gone')).toBe(false);
  });

  it('takes no other operation for one that it knows', async () => {
    await put('tagged', 'x');
    for (const [method, path] of [
      ['GET', 'tagged?tagging'],
      ['PUT', 'tagged?acl'],
      ['GET', '?location'],
    ]) {
      const answer = await fetch(`${cloud.endpoint}/${Bucket}/${path}`, {
        method: method ?? '',
        headers: { authorization: `Credential=AKIASIMU${shop}/20260101/eu-west-1/s3/aws4_request` },
      });
      expect(answer.status).toBe(404);
    }
    expect(cloud.s3.get(Bucket)?.get('tagged')?.body.toString()).toBe('x');
  });

  it('hides from who may not list whether a key exists', async () => {
    cloud.account(shop).refusals.push({ action: 's3:ListBucket' });
    const get = client.send(new GetObjectCommand({ Bucket, Key: 'nothing' }));
    await expect(get).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(
        'is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::',
      ) as string,
    });
    cloud.account(shop).refusals.pop();
  });
});

describe('the mail server', () => {
  const mail = {
    from: 'a@shop.example',
    to: ['b@shop.example', 'c@shop.example'],
    subject: 'Hello',
    text: 'text',
  };
  const send = ({ host, port } = cloud.smtp, auth?: { user: string; pass: string }) => {
    const transport = createTransport({ host, port, ...(auth && { auth }) });
    return transport.sendMail(mail);
  };
  afterEach(() => {
    for (const key of Object.keys(cloud.smtp.options)) Reflect.deleteProperty(cloud.smtp.options, key);
  });

  it('keeps what it receives', async () => {
    await send();
    expect(cloud.smtp.mails.at(-1)).toMatchObject({ from: mail.from, to: mail.to });
    expect(cloud.smtp.mails.at(-1)?.raw.toString()).toContain('Subject: Hello');
  });

  it('refuses recipients one by one', async () => {
    cloud.smtp.options.refusedRecipients = ['b@shop.example'];
    expect(await send()).toMatchObject({ accepted: ['c@shop.example'], rejected: ['b@shop.example'] });
  });

  it('refuses messages', async () => {
    const before = cloud.smtp.mails.length;
    cloud.smtp.options.refuseMessagesWith = 552;
    await expect(send()).rejects.toMatchObject({ responseCode: 552 });
    expect(cloud.smtp.mails).toHaveLength(before);
  });

  it('wants the right login where it has one', async () => {
    const guarded = await startSmtp({ login: { user: 'auditor', password: 'right' } });
    await expect(send(guarded)).rejects.toMatchObject({ responseCode: 530 });
    await expect(send(guarded, { user: 'auditor', pass: 'wrong' })).rejects.toMatchObject({
      responseCode: 535,
    });
    await expect(send(guarded, { user: 'auditor', pass: 'right' })).resolves.toBeDefined();
    await guarded.close();
  });
});
