import type { PublishResponse } from '@aws-sdk/client-sns';
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import type { PublishedMessage } from '../cloud-state.ts';
import { queryDialect, queryService, type QueryInput } from '../protocols/query.ts';
import { usualDenial } from '../service.ts';

/** Message, subject and attributes together, in bytes. */
const largestMessage = 262_144;

export const sns = queryService({
  signingName: 'sns',
  regional: true,
  namespace: 'https://sns.amazonaws.com/doc/2010-03-31/',
  dialect: {
    ...queryDialect,
    denied: ['AuthorizationError', 403],
    deniedMessage: (refused) => usualDenial({ ...refused, action: refused.action.replace('sns:', 'SNS:') }),
  },
  operations: { Publish: { action: 'sns:Publish', resource: topicOf, run: publish } },
});

function publish(input: QueryInput, call: Call): PublishResponse {
  const message = {
    messageId: call.requestId,
    topicArn: checkTopic(topicOf(input), call),
    subject: checkSubject(input.text('Subject')),
    message: input.text('Message') ?? '',
    messageStructure: checkStructure(input),
    attributes: readAttributes(input),
  };
  checkSize(message);
  call.cloud.published.push(message);
  return { MessageId: message.messageId };
}

function topicOf(input: QueryInput): string {
  return input.text('TopicArn') ?? input.text('TargetArn') ?? '';
}

function checkTopic(arn: string, { cloud, region }: Call): string {
  const [scheme, , service, topicRegion, account, name] = arn.split(':');
  if (scheme !== 'arn' || service !== 'sns' || !name || topicRegion !== region) throw invalid('TopicArn');
  if (!cloud.accounts.get(account ?? '')?.topics.includes(arn))
    throw new AwsError('NotFound', 'Topic does not exist', 404);
  return arn;
}

/** ASCII text without line breaks and control characters that begins with no space; at most 100 characters. */
function checkSubject(subject: string | null): string | null {
  if (subject !== null && !/^[\x21-\x7e][\x20-\x7e]{0,99}$/.test(subject)) throw invalid('Subject');
  return subject;
}

/** With `json` the message is an object with a text for each protocol, `default` among them. */
function checkStructure(input: QueryInput): string | null {
  const structure = input.text('MessageStructure');
  if (structure === null) return null;
  if (structure !== 'json') throw invalid('MessageStructure');
  const texts = parse(
    input.text('Message') ?? '',
    invalid('Message Structure - JSON message body failed to parse'),
  );
  if (
    typeof texts !== 'object' ||
    texts === null ||
    !('default' in texts) ||
    typeof texts.default !== 'string'
  )
    throw invalid('Message Structure - No default entry in JSON message body');
  return structure;
}

function readAttributes(input: QueryInput): PublishedMessage['attributes'] {
  const attributes: [name: string, attribute: { type: string; value: string }][] = [];
  for (let index = 1; ; index++) {
    const entry = `MessageAttributes.entry.${index}`;
    const name = input.text(`${entry}.Name`);
    if (name === null) return Object.fromEntries(attributes);
    const type = input.text(`${entry}.Value.DataType`) ?? '';
    const member = type === 'Binary' ? 'BinaryValue' : 'StringValue';
    const value = checkValue(name, type, input.text(`${entry}.Value.${member}`));
    attributes.push([checkName(name), { type, value }]);
  }
}

function checkName(name: string): string {
  if (name.length > 256 || !/^(?!AWS\.|Amazon\.)[\w-]+(\.[\w-]+)*$/i.test(name))
    throw invalidValue(`Invalid message attribute name: ${name}`);
  return name;
}

function checkValue(name: string, type: string, value: string | null): string {
  if (!/^(String|String\.Array|Number|Binary)$/.test(type))
    throw invalidValue(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  if (!value)
    throw invalidValue(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
    );
  if (type === 'Number' && !Number.isFinite(Number(value)))
    throw invalidValue(`Could not cast message attribute '${name}' value to number.`);
  if (type === 'String.Array' && !isArrayOfScalars(value))
    throw invalidValue(`Invalid value for message attribute '${name}': it is not a JSON array of scalars.`);
  return value;
}

function isArrayOfScalars(text: string): boolean {
  const values = parse(text, invalidValue('A message attribute of type String.Array is no JSON'));
  return Array.isArray(values) && values.every((value) => value === null || typeof value !== 'object');
}

/** Attributes count with their names, types and values. */
function checkSize({ message, attributes }: PublishedMessage): void {
  if (message === '') throw invalid('Empty message');
  const parts = Object.entries(attributes).flatMap(([name, { type, value }]) => [name, type, value]);
  const bytes = [message, ...parts].reduce((sum, part) => sum + Buffer.byteLength(part), 0);
  if (bytes > largestMessage) throw invalid('Message too long');
}

function parse(text: string, otherwise: AwsError): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    otherwise.cause = error;
    throw otherwise;
  }
}

function invalid(what: string): AwsError {
  return new AwsError('InvalidParameter', `Invalid parameter: ${what}`);
}

function invalidValue(message: string): AwsError {
  return new AwsError('ParameterValueInvalid', message);
}
