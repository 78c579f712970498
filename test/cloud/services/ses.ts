import type { SendEmailRequest, SendEmailResponse } from '@aws-sdk/client-sesv2';
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import type { SentMail } from '../cloud-state.ts';
import { restDialect, restJsonService, type RestInput } from '../protocols/rest-json.ts';

/** The request as JSON has it: bytes are base64. */
type JsonRequest = Omit<SendEmailRequest, 'Content'> & {
  Content?: Omit<NonNullable<SendEmailRequest['Content']>, 'Raw'> & { Raw?: { Data?: string } };
};

export const ses = restJsonService({
  signingName: 'ses',
  regional: true,
  dialect: {
    ...restDialect,
    deniedMessage: ({ caller, action, resource }) =>
      `User \`${caller}' is not authorized to perform \`${action}' on resource \`${resource}'`,
  },
  operations: [
    {
      http: 'POST /v2/email/outbound-emails',
      action: (input) => (requestOf(input).Content?.Raw ? 'ses:SendRawEmail' : 'ses:SendEmail'),
      resource: (input, call) => identityArn(requestOf(input), call),
      run: (input, call) => sendEmail(requestOf(input), call),
    },
  ],
});

function requestOf({ body }: RestInput): JsonRequest {
  return body;
}

function sendEmail(request: JsonRequest, call: Call): SendEmailResponse {
  const mail = readMail(request, call);
  checkIdentity(mail.from, call);
  const recipients = [...mail.to, ...mail.cc, ...mail.bcc];
  if (recipients.length === 0) throw badRequest('Missing required header: To');
  if (recipients.length > 50) throw badRequest('Recipient count exceeds 50');
  for (const recipient of recipients) checkAddress(recipient);
  call.cloud.mails.push(mail);
  return { MessageId: mail.messageId };
}

function readMail(request: JsonRequest, { region, requestId }: Call): SentMail {
  const { Simple, Raw } = request.Content ?? {};
  const raw = Raw ? Buffer.from(Raw.Data ?? '', 'base64') : null;
  if (!raw && !(Simple?.Subject?.Data && Simple.Body)) throw badRequest('Missing required member: Content');
  const { ToAddresses, CcAddresses, BccAddresses } = request.Destination ?? {};
  const inHeader = raw && !request.Destination ? headerOf(raw, 'To')?.split(',') : undefined;
  return {
    messageId: requestId,
    region,
    from: senderOf(request),
    to: (ToAddresses ?? inHeader ?? []).map((address) => address.trim()),
    cc: CcAddresses ?? [],
    bcc: BccAddresses ?? [],
    subject: Simple?.Subject?.Data ?? (raw && headerOf(raw, 'Subject')),
    text: Simple?.Body?.Text?.Data ?? null,
    html: Simple?.Body?.Html?.Data ?? null,
    raw,
  };
}

/** The sender's address, of the request or else of the raw message. */
function senderOf({ FromEmailAddress, Content }: JsonRequest): string {
  const raw = Content?.Raw?.Data;
  return FromEmailAddress ?? (raw && headerOf(Buffer.from(raw, 'base64'), 'From')) ?? '';
}

/** A header's value on its first line; null where the message has no such header. */
function headerOf(message: Buffer, name: string): string | null {
  const [head = ''] = message.toString('utf8').split(/\r?\n\r?\n/, 1);
  return new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1]?.trim() ?? null;
}

/** SES sends only for an address, or a domain, that the account has verified in the region. */
function checkIdentity(from: string, { account, region }: Call): void {
  const address = addressOf(from);
  checkAddress(address);
  const domain = address.split('@')[1] ?? '';
  if (account.mailIdentities.includes(address) || account.mailIdentities.includes(domain)) return;
  throw new AwsError(
    'MessageRejected',
    `Email address is not verified. The following identities failed the check in region ${region.toUpperCase()}: ${address}`,
  );
}

function checkAddress(address: string): void {
  if (!/^[^\s@<>,;]+@[^\s@<>,;.]+(\.[^\s@<>,;.]+)+$/.test(addressOf(address)))
    throw badRequest(`Invalid email address: ${address}`);
}

/** The address in `Name <address>`. */
function addressOf(mailbox: string): string {
  return /<([^<>]*)>\s*$/.exec(mailbox)?.[1] ?? mailbox.trim();
}

function identityArn(request: JsonRequest, { account, region }: Call): string {
  return `arn:${account.partition}:ses:${region}:${account.id}:identity/${addressOf(senderOf(request))}`;
}

function badRequest(message: string): AwsError {
  return new AwsError('BadRequestException', message);
}
