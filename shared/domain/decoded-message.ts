/** What sts:DecodeAuthorizationMessage gives for an encoded authorization failure message. */
import type { PermissionCheck } from './service-denial.ts';

type Decoded = NonNullable<PermissionCheck['decoded']>;
type Fields = Record<string, unknown>;

/** Null for a text that is no such document. */
export function parseDecodedMessage(json: string): Decoded | null {
  const message = fieldsOf(parse(json));
  if (typeof message['allowed'] !== 'boolean') return null;
  const context = fieldsOf(message['context']);
  return {
    action: text(context['action']),
    resource: text(context['resource']),
    explicit: message['explicitDeny'] === true,
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null; // the caller is told so by the null, as for any other text that is no such document
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
