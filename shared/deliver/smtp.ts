/** Delivers by mail through an SMTP server. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import nodemailer from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Report } from '../report.ts';
import { renderMail } from '../render/mail.tsx';
import { environment, type MailAddress, type SmtpSettings } from '../settings.ts';
import type { Localized } from '../words.ts';
import { refused, uncertain, type Channel, type SendOptions } from './channel.ts';
import { mailHeaders } from './mail-headers.ts';
import type { MailOptions } from './mail-options.ts';

export interface SmtpOptions extends MailOptions {
  server: Pick<SmtpSettings, 'host' | 'port' | 'secure' | 'user' | 'password'>;
}

/** A channel for one recipient, so that one bad address keeps nobody else's mail. */
export function smtpChannel(options: SmtpOptions): Channel {
  const { to } = options;
  return {
    id: `smtp:${to.address}`,
    async send(report, sending) {
      await transmit(options, await compose(options, report, sending), sending.signal);
    },
  };
}

async function compose(
  { from, to, unsubscribe, pageUrl, language }: SmtpOptions,
  report: Report,
  { possiblySentBefore }: SendOptions,
): Promise<Buffer> {
  const { subject, text, html } = renderMail(report, {
    pageUrl: pageUrl?.(report),
    possiblySentBefore,
    language,
  });
  const composer = new MailComposer({
    from,
    to,
    subject,
    text,
    html,
    messageId: messageId(report, to, from),
    headers: mailHeaders(unsubscribe ?? null),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** The same for every attempt at the same message, so that mail programs can show two as one. */
function messageId({ runId }: Report, to: MailAddress, from: MailAddress): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([runId, to.address]))
    .digest('hex')
    .slice(0, 32);
  return `<${hash}.clusterwhy@${from.address.split('@')[1]}>`;
}

async function transmit(
  { server, from, to }: SmtpOptions,
  message: Buffer,
  signal?: AbortSignal,
): Promise<void> {
  let begun = false;
  const body = Readable.from(
    (function* () {
      begun = true;
      yield message;
    })(),
  );
  try {
    await nodemailer.createTransport(transportOptions(server)).sendMail({
      envelope: { from: from.address, to: to.address },
      raw: body,
      ...(signal && { signal }),
    });
  } catch (error) {
    throw outcome(error, begun, mailing(to, `${server.host}:${server.port}`));
  } finally {
    body.destroy();
  }
}

/** A password goes only over TLS, except to this machine itself. */
function transportOptions({ host, port, secure, user, password }: SmtpOptions['server']) {
  const isHere = /^(localhost|127(\.\d+){3}|::1)$/.test(host);
  return {
    host,
    port,
    secure,
    ignoreTLS: isHere && !secure,
    requireTLS: !isHere && !secure && user !== null,
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    socketTimeout: 30_000,
    socketCloseTimeout: 1000,
    ...(user !== null && { auth: { user, pass: password ?? '' } }),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** A reply from the server is a refusal; so is every failure before the session was ready for the message. */
function outcome(error: unknown, begun: boolean, action: Localized): Error {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  if (begun && responseCode === undefined) return uncertain(action, error);
  return refused(action, error, remedy(code, responseCode));
}

function mailing({ address }: MailAddress, server: string): Localized {
  return { en: `Mailing ${address} by ${server}`, ja: `${server} による ${address} へのメール送信` };
}

function remedy(code: string | undefined, responseCode: number | undefined): Localized {
  if (code === 'EAUTH') return remedies.authentication;
  if (responseCode !== undefined && responseCode < 500) return remedies.later;
  if (code === 'EENVELOPE') return remedies.addresses;
  return code === 'EMESSAGE' ? remedies.message : remedies.server;
}

const remedies = {
  authentication: {
    en: `correct the user and password of ${environment.smtpUrl}`,
    ja: `${environment.smtpUrl} のユーザーとパスワードを修正してください`,
  },
  later: {
    en: 'the server may take it at the next run',
    ja: '次回の実行ではサーバーが受け付ける可能性があります',
  },
  addresses: {
    en: `correct ${environment.mailFrom} and ${environment.mailTo}`,
    ja: `${environment.mailFrom} と ${environment.mailTo} を修正してください`,
  },
  message: {
    en: 'ask who runs the mail server why it refuses the message',
    ja: 'メッセージを拒否する理由を、メールサーバーの管理者に確認してください',
  },
  server: {
    en: `check ${environment.smtpUrl} and that the mail server can be reached`,
    ja: `${environment.smtpUrl} と、メールサーバーに到達できることを確認してください`,
  },
} satisfies Record<string, Localized>;
