/** Delivers by mail through Amazon SES (API version 2). */
import { SendEmailCommand, type SendEmailCommandInput, type SESv2Client } from '@aws-sdk/client-sesv2';
import { encodeWord } from 'nodemailer/lib/mime-funcs';
import { renderMail, type Mail } from '../render/mail.tsx';
import { environment, type MailAddress } from '../settings.ts';
import type { Channel } from './channel.ts';
import { mailHeaders } from './mail-headers.ts';
import type { MailOptions } from './mail-options.ts';
import type { Localized } from '../words.ts';
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
      const once = sendOnce(mailing(to), (name) => remedy(name, options.from));
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

function mailing({ address }: MailAddress): Localized {
  return { en: `Mailing ${address} by SES`, ja: `SES による ${address} へのメール送信` };
}

function remedy(name: string, { address }: MailAddress): Localized {
  if (name === 'MessageRejected' || name === 'MailFromDomainNotVerifiedException') return verify(address);
  if (/AccessDenied/.test(name)) return grant(address);
  if (/Suspended|Paused/.test(name)) return remedies.suspended;
  return name === 'BadRequestException' ? remedies.addresses : remedies.limits;
}

function verify(sender: string): Localized {
  return {
    en: `verify ${sender} in SES, and in its sandbox the recipient too, or correct ${environment.mailFrom} and ${environment.mailTo}`,
    ja: `SES で ${sender} を検証するか (サンドボックスでは受信者も)、${environment.mailFrom} と ${environment.mailTo} を修正してください`,
  };
}

function grant(sender: string): Localized {
  return {
    en: `grant ses:SendEmail on the identity of ${sender} to the auditor`,
    ja: `監査者に、${sender} の ID に対する ses:SendEmail を許可してください`,
  };
}

const remedies = {
  suspended: {
    en: 'let the account send again in the SES console',
    ja: 'SES コンソールで、アカウントの送信を再開してください',
  },
  addresses: {
    en: `correct ${environment.mailFrom} and ${environment.mailTo}`,
    ja: `${environment.mailFrom} と ${environment.mailTo} を修正してください`,
  },
  limits: {
    en: `check ${environment.mailFrom}, ${environment.mailTo} and the sending limits of SES`,
    ja: `${environment.mailFrom}、${environment.mailTo}、SES の送信制限を確認してください`,
  },
} satisfies Record<string, Localized>;
