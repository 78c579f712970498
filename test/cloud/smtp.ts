/** A mail server on this machine that keeps what it receives. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerAuthentication, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  /** Of the envelope. */
  from: string;
  to: string[];
  /** The message as it came. */
  raw: Buffer;
}

export interface SmtpOptions {
  /** Addresses to which it takes no mail. */
  refusedRecipients?: string[];
  /** Where given at the start, senders have to log in with these. */
  login?: { user: string; password: string };
  /** Refuses every message after its last byte, with this SMTP code. */
  refuseMessagesWith?: number;
}

export interface RunningSmtp {
  host: string;
  port: number;
  mails: ReceivedMail[];
  /** May be changed while the server runs. */
  options: SmtpOptions;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1, without TLS. */
export async function startSmtp(options: SmtpOptions = {}): Promise<RunningSmtp> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer(serverOptions(options, mails));
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    host: '127.0.0.1',
    port: (listening.address() as AddressInfo).port,
    mails,
    options,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function serverOptions(options: SmtpOptions, mails: ReceivedMail[]): SMTPServerOptions {
  return {
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    allowInsecureAuth: true,
    authOptional: !options.login,
    closeTimeout: 100,
    onAuth: (auth, _, done) => done(...logIn(options, auth)),
    onRcptTo: ({ address }, _, done) => done(refusalOfRecipient(options, address)),
    onData(stream, { envelope }, done) {
      buffer(stream).then((raw) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        if (options.refuseMessagesWith) return done(smtpError(options.refuseMessagesWith, 'Message refused'));
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw });
        done();
      }, done);
    },
  };
}

function logIn({ login }: SmtpOptions, auth: SMTPServerAuthentication): [Error | null, { user: string }?] {
  if (!login || (auth.username === login.user && auth.password === login.password))
    return [null, { user: auth.username ?? 'anonymous' }];
  return [smtpError(535, 'Authentication credentials invalid')];
}

function refusalOfRecipient({ refusedRecipients = [] }: SmtpOptions, address: string): Error | null {
  return refusedRecipients.includes(address) ? smtpError(550, 'No such mailbox') : null;
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
