/** Delivers by mail through Amazon SES (API version 2). */
import { SendEmailCommand, type SendEmailCommandInput, type SESv2Client } from '@aws-sdk/client-sesv2';
import { encodeWord } from 'nodemailer/lib/mime-funcs';
import { renderMail, type Mail } from '../render/mail.tsx';
import { environment, type MailAddress } from '../settings.ts';
import type { Channel } from './channel.ts';
import { mailHeaders } from './mail-headers.ts';
import type { MailOptions } from './mail-options.ts';
import { attemptStep, sendOnce } from './send-once.ts';

export interface SesOptions extends MailOptions {
  client: SESv2Client;
}

/**
 * A channel for one recipient, so that one bad address keeps nobody else's mail; needs ses:SendEmail on the sender's
 * identity.
 */
export function sesChannel(options: SesOptions): Channel {
  const { client, to, pageUrl, language } = options;
  return {
    id: `ses:${to.address}`,
    async send(report, { possiblySentBefore, signal }) {
      const mail = renderMail(report, { pageUrl: pageUrl?.(report), possiblySentBefore, language });
      const command = new SendEmailCommand(emailInput(options, mail));
      const once = sendOnce(`Mailing ${to.address} by SES`, (name) => remedy(name, options.from));
      command.middlewareStack.add((next) => (given) => once.attempt(() => next(given)), attemptStep);
      await once.send(() => client.send(command, { ...(signal && { abortSignal: signal }) }));
    },
  };
}

function emailInput(
  { from, to, unsubscribe }: SesOptions,
  { subject, text, html }: Mail,
): SendEmailCommandInput {
  const content = (Data: string) => ({ Data, Charset: 'UTF-8' });
  const headers = Object.entries(mailHeaders(unsubscribe ?? null));
  return {
    FromEmailAddress: mailbox(from),
    Destination: { ToAddresses: [mailbox(to)] },
    Content: {
      Simple: {
        Subject: content(subject),
        Body: { Text: content(text), Html: content(html) },
        Headers: headers.map(([Name, Value]) => ({ Name, Value })),
      },
    },
  };
}

/** SES takes ASCII only: a name beyond it becomes an encoded word (RFC 2047), any other a quoted string. */
function mailbox({ name, address }: MailAddress): string {
  if (name === '') return address;
  const isAscii = /^[\x20-\x7e]*$/.test(name);
  const shown = isAscii ? `"${name.replaceAll(/["\\]/g, '')}"` : encodeWord(name, 'B', 52);
  return `${shown} <${address}>`;
}

function remedy(name: string, from: MailAddress): string {
  if (name === 'MessageRejected' || name === 'MailFromDomainNotVerifiedException')
    return `verify ${from.address} in SES, and in its sandbox the recipient too, or correct ${environment.mailFrom} and ${environment.mailTo}`;
  if (/AccessDenied/.test(name))
    return `grant ses:SendEmail on the identity of ${from.address} to the auditor`;
  if (/Suspended|Paused/.test(name)) return 'let the account send again in the SES console';
  if (name === 'BadRequestException') return `correct ${environment.mailFrom} and ${environment.mailTo}`;
  return `check ${environment.mailFrom}, ${environment.mailTo} and the sending limits of SES`;
}
