import { once } from 'node:events';
import { createServer } from 'node:net';
import PostalMime from 'postal-mime';
import * as z from 'zod/mini';
import { RefusedError, type Channel } from '../../shared/deliver/channel.ts';
import { openBucket } from '../../shared/deliver/bucket.ts';
import { addToIndex } from '../../shared/deliver/report-index.ts';
import { pageUrl, reportKey } from '../../shared/deliver/report-key.ts';
import { s3ReportsChannel } from '../../shared/deliver/s3-reports.ts';
import { smtpChannel } from '../../shared/deliver/smtp.ts';
import { renderJson } from '../../shared/render/json.ts';
import { reportSchema, type Report } from '../../shared/report.ts';
import { hostile, sampleFinding, sampleReport } from '../render/sample-report.ts';
import { account, sender, smtpUrl, startDelivery, topicArn, type Delivery } from './delivery-setup.ts';

let delivery: Delivery;
beforeAll(async () => {
  delivery = await startDelivery();
});
afterAll(() => delivery.close());
afterEach(() => {
  const { options } = delivery.cloud.smtp;
  for (const key of Object.keys(options)) Reflect.deleteProperty(options, key);
});

const fresh = { possiblySentBefore: false };

function channelOf(kind: string, more?: Record<string, string>): Channel {
  const found = delivery.channels(more).find(({ id }) => id.startsWith(kind));
  if (!found) throw new Error(`The settings name no channel of kind ${kind}`);
  return found;
}

async function failureOf(channel: Channel, report: Report = sampleReport): Promise<Error> {
  return channel.send(report, fresh).then(
    () => {
      throw new Error(`${channel.id} sent what it should refuse`);
    },
    (error: unknown) => error as Error,
  );
}

describe('SNS', () => {
  it('publishes text with attributes to filter on', async () => {
    await channelOf('sns').send(sampleReport, fresh);
    const { topicArn: topic, subject, message, attributes } = delivery.cloud.sns.at(-1) ?? {};
    expect(topic).toBe(topicArn);
    expect(subject).toBe(
      'clusterwhy: 2 new, 1 changed, 1 resolved, 2 open (2 critical): eu-central-1/staging and 2 more',
    );
    expect(message).toContain('CRITICAL  The cluster has no OIDC provider in the account of its roles');
    expect(attributes).toMatchObject({
      severity: { type: 'String', value: 'critical' },
      cloud: { type: 'String.Array', value: '["aws","gcp"]' },
      region: { type: 'String.Array', value: '["eu-central-1","europe-west1","eu-west-1"]' },
    });
  });

  it('publishes a report that is far too large, within the limits', async () => {
    const findings = Array.from({ length: 3000 }, (_, index) =>
      sampleFinding({
        id: String(index),
        cluster: `${hostile.wide}-${index}`,
        rule: `eks/${'r'.repeat(40)}-${index}`,
      }),
    );
    await channelOf('sns', { CLUSTERWHY_BUCKET: delivery.bucket }).send({ ...sampleReport, findings }, fresh);
    const { message } = delivery.cloud.sns.at(-1) ?? {};
    expect(message).toMatch(
      /^Cut to fit: [\d,]+ values of the attribute "cluster" and [\d,]+ values of the attribute "rule" missing/,
    );
    expect(message).toMatch(
      /[\d,]+ findings of 3,000 \([\d,]+ high\) missing here\. The whole report is at s3:/,
    );
  });

  it.each([
    [
      'a topic that is gone',
      { CLUSTERWHY_TOPIC_ARN: `${topicArn}s` },
      /NotFound.*create the topic, or correct CLUSTERWHY_TOPIC_ARN/,
    ],
    [
      'a topic of another region',
      { CLUSTERWHY_TOPIC_ARN: topicArn.replace('eu-west-1', 'us-east-1') },
      /InvalidParameter.*the client is for the topic's region/,
    ],
  ])('refuses %s', async (_, more, message) => {
    const error = await failureOf(channelOf('sns', more));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error.message).toMatch(message);
  });

  it('refuses where nothing answers', async () => {
    const other = await startDelivery();
    const [channel] = other.channels();
    await other.close();
    const error = await failureOf(channel as Channel);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error.message).toMatch(/ECONNREFUSED/);
  });
});

describe('SES', () => {
  it('sends text and HTML in one message to each recipient', async () => {
    const before = delivery.cloud.ses.length;
    const channels = delivery.channels({
      CLUSTERWHY_MAIL_FROM: `Wächter "W" <${sender}>`.replaceAll('"', ''),
      CLUSTERWHY_MAIL_TO: 'Ops, Night <ops@shop.example>'.replace(', ', ' ') + ', sec@shop.example',
    });
    for (const channel of channels.slice(1)) await channel.send(sampleReport, fresh);
    const sent = delivery.cloud.ses.slice(before);
    expect(sent.map(({ to }) => to)).toEqual([['"Ops Night" <ops@shop.example>'], ['sec@shop.example']]);
    expect(sent[0]?.from).toBe(`=?UTF-8?B?${Buffer.from('Wächter W').toString('base64')}?= <${sender}>`);
    expect(sent[0]?.subject).toMatch(/^clusterwhy: 2 new, .*\(2 critical\)/);
    expect(sent[0]?.text).toContain('<<\'JSON\'\n{\n  "Version"');
    expect(sent[0]?.html).toMatch(/^<!doctype html>/);
  });

  it.each([
    [
      'a sender that is not verified',
      { CLUSTERWHY_MAIL_FROM: 'a@elsewhere.example' },
      /verify a@elsewhere\.example in SES/,
    ],
    [
      'an impossible recipient',
      { CLUSTERWHY_MAIL_TO: 'ops@localhost' },
      /BadRequest.*correct CLUSTERWHY_MAIL_FROM and/,
    ],
  ])('refuses %s', async (_, more, message) => {
    const error = await failureOf(channelOf('ses', more));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error.message).toMatch(message);
  });

  it('refuses without the permission', async () => {
    delivery.cloud.account(account).refusals.push({ action: 'ses:SendEmail' });
    const error = await failureOf(channelOf('ses'));
    delivery.cloud.account(account).refusals.pop();
    expect(error.message).toMatch(
      /AccessDenied.*grant ses:SendEmail on the identity of clusterwhy@shop\.example/,
    );
  });

  it('does not repeat what may have arrived', async () => {
    const before = delivery.cloud.ses.length;
    delivery.cloud.fail('ses:SendEmail', { hangUp: 'after' });
    const error = await failureOf(channelOf('ses'));
    expect(error).not.toBeInstanceOf(RefusedError);
    expect(delivery.cloud.ses.length - before).toBe(1);
  });
});

describe('SMTP', () => {
  const smtp = (more: Record<string, string> = {}, login?: string) =>
    channelOf('smtp', { ...smtpUrl(delivery.cloud, login), ...more });
  const received = () => PostalMime.parse(delivery.cloud.smtp.mails.at(-1)?.raw ?? '');

  it('sends one message with text and HTML that says who it is from', async () => {
    await smtp({ CLUSTERWHY_MAIL_UNSUBSCRIBE: 'mailto:off@shop.example' }).send(sampleReport, fresh);
    const mail = await received();
    expect(delivery.cloud.smtp.mails.at(-1)).toMatchObject({ from: sender, to: ['ops@shop.example'] });
    expect(mail.from).toMatchObject({ name: 'clusterwhy', address: sender });
    expect(mail.to).toMatchObject([{ address: 'ops@shop.example' }]);
    expect(mail.subject).toMatch(/^clusterwhy: 2 new, .*\(2 critical\)/);
    expect(mail.text).toContain(
      "aws iam update-assume-role-policy --role-name cart --policy-document file:///dev/stdin <<'JSON'\n{",
    );
    expect(mail.html).toContain('The trust policy does not name this service account');
    expect(mail.attachments).toEqual([]);
    const headers = Object.fromEntries(mail.headers.map(({ key, value }) => [key, value]));
    expect(headers).toMatchObject({
      'auto-submitted': 'auto-generated',
      'list-unsubscribe': '<mailto:off@shop.example>',
      'message-id': expect.stringMatching(/^<[0-9a-f]{32}\.clusterwhy@shop\.example>$/) as string,
    });
  });

  it('gives two attempts at one message the same Message-ID, and another report another', async () => {
    const ids: (string | undefined)[] = [];
    for (const runId of ['a', 'a', 'b']) {
      await smtp().send({ ...sampleReport, runId }, { possiblySentBefore: ids.length > 0 });
      ids.push((await received()).messageId);
    }
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('lets no text of a stranger into the headers', async () => {
    const evil = 'x\r\nBcc: victim@example.com\r\n\r\nbody\u202e';
    const finding = sampleFinding({ cluster: evil, location: evil, account: evil });
    await smtp().send({ ...sampleReport, findings: [finding], scope: [] }, fresh);
    const mail = await received();
    expect(mail.headers.map(({ key }) => key)).not.toContain('bcc');
    expect(mail.subject).toMatch(/^[\x20-\x7e]{1,99}$/);
    expect(delivery.cloud.smtp.mails.at(-1)?.to).toEqual(['ops@shop.example']);
  });

  it('logs in with the password of the URL', async () => {
    delivery.cloud.smtp.options.login = { user: 'me@shop.example', password: 'p@ss:w/rd' };
    await smtp({}, 'me%40shop.example:p%40ss%3Aw%2Frd@').send(sampleReport, fresh);
    const error = await failureOf(smtp({}, 'me%40shop.example:wrong@'));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error.message).toMatch(/535.*correct the user and password of CLUSTERWHY_SMTP_URL/);
    expect(error.message).not.toContain('wrong');
  });

  it.each([
    [
      'a recipient',
      { refusedRecipients: ['ops@shop.example'] },
      /550.*correct CLUSTERWHY_MAIL_FROM and CLUSTERWHY_MAIL_TO/,
    ],
    ['the message for good', { refuseMessagesWith: 552 }, /552.*ask who runs the mail server/],
    ['the message for now', { refuseMessagesWith: 451 }, /451.*the server may take it at the next run/],
  ])('says what to do when the server refuses %s', async (_, options, message) => {
    Object.assign(delivery.cloud.smtp.options, options);
    const error = await failureOf(smtp());
    expect(error).toBeInstanceOf(RefusedError);
    expect(error.message).toMatch(message);
  });

  it('refuses where no server listens', async () => {
    const error = await failureOf(smtp({ CLUSTERWHY_SMTP_URL: 'smtp://127.0.0.1:1' }));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error.message).toMatch(/check CLUSTERWHY_SMTP_URL and that the mail server can be reached/);
  });
});

describe('a mail server that falls silent', () => {
  /** Answers a few commands, then drops the connection. */
  async function startSilent(dropAt: 'greeting' | 'MAIL' | 'end') {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      if (dropAt === 'greeting') return socket.destroy();
      socket.write('220 here\r\n');
      let inData = false;
      socket.on('data', (data) => {
        const text = data.toString();
        if (inData) return text.endsWith('\r\n.\r\n') ? socket.destroy() : undefined;
        if (text.startsWith('MAIL') && dropAt === 'MAIL') return socket.destroy();
        inData = text.startsWith('DATA');
        socket.write(inData ? '354 go on\r\n' : '250 fine\r\n');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, port: (server.address() as { port: number }).port };
  }

  it.each([
    ['greeting', true],
    // The message may be on its way by then: the sender cannot tell these apart.
    ['MAIL', false],
    ['end', false],
  ] as const)('at %s: surely nothing was sent: %s', async (dropAt, refused) => {
    const { server, port } = await startSilent(dropAt);
    const channel = smtpChannel({
      server: { host: '127.0.0.1', port, secure: false, user: null, password: null },
      from: { name: '', address: sender },
      to: { name: '', address: 'ops@shop.example' },
    });
    const error = await failureOf(channel);
    server.close();
    expect(error instanceof RefusedError).toBe(refused);
  });
});

describe('S3', () => {
  it('keeps the report as JSON and as a page under its day', async () => {
    await channelOf('s3', { CLUSTERWHY_BUCKET: delivery.bucket }).send(sampleReport, fresh);
    const objects = delivery.cloud.s3.get(delivery.bucket);
    const folder = 'reports/2026/01/02/20260102T060000Z-4f1d';
    const json = objects?.get(`${folder}/report.json`);
    expect(json?.contentType).toBe('application/json');
    expect(json?.body.toString()).toBe(renderJson(sampleReport));
    expect(z.parse(reportSchema, JSON.parse(json?.body.toString() ?? ''))).toEqual(sampleReport);
    const page = objects?.get(`${folder}/report.html`);
    expect(page?.contentType).toBe('text/html; charset=utf-8');
    expect(page?.body.toString()).toMatch(/^<!doctype html>/);
  });

  it.each([
    ['of the same', 'whole', 1],
    ['of nothing else', 'a part', 0],
    ['of nothing where it is not known what it looked at', undefined, 0],
  ])('draws earlier reports %s', async (_, series, pictures) => {
    const { bucket, clients, cloud } = delivery;
    const earlier = { ...sampleReport, runId: 'earlier', startedAt: '2026-01-01T06:00:00.000Z' };
    await addToIndex(openBucket(clients.s3, bucket), earlier, 'whole');
    const report = { ...sampleReport, runId: `pictured-${series}`.replaceAll(' ', '-') };
    await s3ReportsChannel({ client: clients.s3, bucket, series }).send(report, fresh);
    const page = cloud.s3.get(bucket)?.get(reportKey(report, 'report.html'))?.body.toString() ?? '';
    expect(page.match(/Findings over time\. 2 reports/g) ?? []).toHaveLength(pictures);
  });

  it('refuses without the permission', async () => {
    const error = await failureOf(channelOf('s3', { CLUSTERWHY_BUCKET: 'no-such-bucket' }));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error.message).toMatch(
      /NoSuchBucket.*grant s3:PutObject.* to the auditor, or correct CLUSTERWHY_BUCKET/,
    );
  });
});

describe('the address of a report', () => {
  it.each(['..', '.', '', 'a/b', 'a\nb', 'x'.repeat(201)])('refuses the run id %j', (runId) => {
    expect(() => reportKey({ startedAt: '2026-01-02T00:00:00Z', runId }, 'report.json')).toThrow(
      /Cannot store the report/,
    );
  });

  it('refuses a start that is no time', () => {
    expect(() => reportKey({ startedAt: '../x', runId: 'a' }, 'report.json')).toThrow(
      /startedAt is "\.\.\/x"/,
    );
  });

  it.each([
    ['https://reports.example/', 'https://reports.example/reports/2026'],
    ['https://reports.example/a', 'https://reports.example/a/reports/2026'],
    ['https://console.example/object?prefix=', 'https://console.example/object?prefix=reports/2026'],
    [null, 's3://bucket/reports/2026'],
  ])('puts the key behind %s', (reportUrl, start) => {
    const url = pageUrl({ reportUrl, bucket: 'bucket' }, sampleReport);
    expect(url?.startsWith(start)).toBe(true);
    expect(url?.endsWith('/report.html')).toBe(true);
  });

  it('is unknown without a bucket', () => {
    expect(pageUrl({ reportUrl: null, bucket: null }, sampleReport)).toBeUndefined();
  });
});
