/** Delivers by mail through an SMTP server. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import nodemailer from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Report } from '../report.ts';
import { renderMail } from '../render/mail.tsx';
import { environment, type MailAddress, type SmtpSettings } from '../settings.ts';
import { messageOf, RefusedError, type Channel, type SendOptions } from './channel.ts';
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
    throw outcome(error, begun, `Mailing ${to.address} by ${server.host}:${server.port}`);
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
function outcome(error: unknown, begun: boolean, action: string): Error {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  if (begun && responseCode === undefined)
    return new Error(`${action} brought no answer (${messageOf(error)}): it may have succeeded or not`, {
      cause: error,
    });
  return new RefusedError(`${action} failed: ${messageOf(error)}; ${remedy(code, responseCode)}`, {
    cause: error,
  });
}

function remedy(code: string | undefined, responseCode: number | undefined): string {
  if (code === 'EAUTH') return `correct the user and password of ${environment.smtpUrl}`;
  if (responseCode !== undefined && responseCode < 500) return 'the server may take it at the next run';
  if (code === 'EENVELOPE') return `correct ${environment.mailFrom} and ${environment.mailTo}`;
  if (code === 'EMESSAGE') return 'ask who runs the mail server why it refuses the message';
  return `check ${environment.smtpUrl} and that the mail server can be reached`;
}
