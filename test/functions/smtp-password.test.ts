/** The mail server's password, read from Secrets Manager by the real SDK. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { readSmtpPassword } from '../../functions/smtp-password.ts';
import { readSettings } from '../../shared/settings.ts';

const secrets: Record<string, string> = { 'mail/password': 's3cret', empty: '' };
const asked: unknown[] = [];
let server: Server;

/** GetSecretValue of Secrets Manager (JSON 1.1). */
beforeAll(async () => {
  server = createServer((request, response) => {
    void json(request).then((body) => {
      asked.push([request.headers['x-amz-target'], body]);
      const value = secrets[(body as { SecretId: string }).SecretId];
      response.writeHead(value === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
      const missing = { __type: 'ResourceNotFoundException', Message: "Secrets Manager can't find it." };
      response.end(JSON.stringify(value === undefined ? missing : { SecretString: value }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function read(more: Record<string, string>): Promise<string | undefined> {
  const settings = readSettings({
    CLUSTERWHY_MAIL_FROM: 'a@shop.example',
    CLUSTERWHY_MAIL_TO: 'b@shop.example',
    CLUSTERWHY_SMTP_URL: 'smtps://user@mail.shop.example',
    ...more,
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'x' };
  return readSmtpPassword(settings, { endpoint, region: 'eu-west-1', credentials });
}

it('is the text of the secret that the settings name', async () => {
  expect(await read({ CLUSTERWHY_SMTP_PASSWORD_SECRET: 'mail/password' })).toBe('s3cret');
  expect(asked).toEqual([['secretsmanager.GetSecretValue', { SecretId: 'mail/password' }]]);
});

it('is not asked for where the settings name none', async () => {
  const before = asked.length;
  expect(await read({})).toBeUndefined();
  expect(asked).toHaveLength(before);
});

it.each([
  ['gone', /secret gone: .*can't find it.*secretsmanager:GetSecretValue/],
  ['empty', /secret empty: it holds no text/],
])('that cannot be had from the secret "%s" is an error that says what to do', async (secret, message) => {
  await expect(read({ CLUSTERWHY_SMTP_PASSWORD_SECRET: secret })).rejects.toThrow(message);
});
