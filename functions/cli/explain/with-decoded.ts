/** What EC2 tells of a refusal only to those who may decode it: who called, what, and on what. */
import { DecodeAuthorizationMessageCommand } from '@aws-sdk/client-sts';
import type { AwsClients } from '../../../shared/collect/aws/account.ts';
import type { Values } from '../../../shared/explain/error-kind.ts';
import { at, textOf } from '../../../shared/explain/json-object.ts';
import type { FoundError } from '../../../shared/explain/scan-errors.ts';
import { derivedValues, tidyValues } from '../../../shared/explain/values.ts';
import { failureLine } from '../failure.ts';
import type { Session } from '../session.ts';

/** So many messages of one text are decoded. */
const mostMessages = 10;

export async function withDecoded(
  session: Session,
  clients: AwsClients,
  errors: readonly FoundError[],
): Promise<{ errors: FoundError[]; notes: string[] }> {
  const encoded = errors.flatMap(({ cases }) => cases.flatMap(({ values }) => undecoded(values) ?? []));
  const messages = [...new Set(encoded)].slice(0, mostMessages);
  const decoded = await Promise.all(messages.map((message) => decode(session, clients, message)));
  const known = new Map(messages.map((message, index) => [message, decoded[index]]));
  return {
    errors: errors.map((error) => ({
      ...error,
      cases: error.cases.map(({ values, count }) => {
        const found = known.get(undecoded(values) ?? '');
        return {
          values: found && 'values' in found ? derivedValues({ ...values, ...found.values }) : values,
          count,
        };
      }),
    })),
    notes: decoded.flatMap((one) => ('why' in one ? [one.why] : [])),
  };
}

/** The message of a text that does not say itself what was refused to whom. */
function undecoded({ encoded, action, roleName }: Values): string | undefined {
  return action === undefined || roleName === undefined ? encoded : undefined;
}

async function decode(
  { says, language }: Session,
  clients: AwsClients,
  message: string,
): Promise<{ values: Values } | { why: string }> {
  try {
    const command = new DecodeAuthorizationMessageCommand({ EncodedMessage: message });
    const { DecodedMessage = '' } = await clients.sts.send(command);
    const document: unknown = JSON.parse(DecodedMessage);
    const field = (path: string) => textOf(at(document, `context.${path}`));
    return {
      values: tidyValues({
        principal: field('principal.arn'),
        action: field('action'),
        resource: field('resource'),
      }),
    };
  } catch (error) {
    return { why: says.explain.live.notDecoded(failureLine(error, language)) };
  }
}
