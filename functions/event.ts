/** Reads the payloads that functions are started with; what is wrong is named with its value and what is allowed. */
import * as z from 'zod/mini';
import { parseSince } from './since.ts';

const id = z.string().check(z.regex(/^[\w.:@+=-]{1,200}$/));
const nonEmptyList = (item: z.ZodMiniType<string>) => z.array(item).check(z.minLength(1));

const auditSchema = z.strictObject({
  /** All that the account has enabled where absent. */
  regions: z.optional(nonEmptyList(z.string().check(z.regex(/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/)))),
  /** `24h` where absent. */
  since: z.optional(z.string()),
  /** Names or ARNs. */
  clusters: z.optional(nonEmptyList(z.string().check(z.minLength(1)))),
  /** Ids of rules. */
  checks: z.optional(nonEmptyList(z.string())),
  /** Whether the report is also sent. */
  deliver: z.optional(z.boolean()),
  /** Id of the run; one is made where absent. The same id twice delivers once. */
  runId: z.optional(id),
});

const digestSchema = z.strictObject({
  /** Keys of reports in the bucket. */
  keys: nonEmptyList(z.string().check(z.regex(/^reports\/.+\/report\.json$/))),
  runId: z.optional(id),
});

export type AuditEvent = Omit<z.infer<typeof auditSchema>, 'since'> & { sinceMs: number };
export type DigestEvent = z.infer<typeof digestSchema>;

const auditAllowed =
  'regions (["eu-west-1"]), since ("90m", "24h", "7d"), clusters (["prod"]), checks (["eks/irsa-trust-subject"]), deliver (true or false), runId';
const digestAllowed =
  'keys (["reports/2026/01/01/RUN/report.json"]), runId; or the answer of an audit, or a list of them';

/** The payload of an audit: an object, nothing, or an event of EventBridge, which asks for everything. */
export function readAuditEvent(event: unknown): AuditEvent {
  const { since = '24h', ...rest } = read(auditSchema, unwrapSchedule(event ?? {}), auditAllowed);
  try {
    return { ...rest, sinceMs: parseSince(since) };
  } catch (error) {
    throw new Error(`Cannot use the event: since: ${(error as Error).message}`, { cause: error });
  }
}

/** The payload of a digest: keys of reports, or what audits answered. */
export function readDigestEvent(event: unknown): DigestEvent {
  const answers = Array.isArray(event) ? event : [event];
  const keys = answers.map((answer) => (isObject(answer) ? answer['key'] : undefined));
  const isAnswers = keys.length > 0 && keys.every((key) => key !== undefined);
  return read(digestSchema, isAnswers ? { keys } : event, digestAllowed);
}

/** EventBridge sends its own envelope where a schedule has no input; its id makes a repeated event the same run. */
function unwrapSchedule(event: unknown): unknown {
  if (
    !isObject(event) ||
    !('detail-type' in event) ||
    !/^aws\.(events|scheduler)$/.test(String(event['source']))
  )
    return event;
  return typeof event['id'] === 'string' ? { runId: event['id'] } : {};
}

function read<Schema extends z.ZodMiniType>(
  schema: Schema,
  event: unknown,
  allowed: string,
): z.infer<Schema> {
  const { success, data, error } = schema.safeParse(event);
  if (success) return data;
  const issue = error.issues[0];
  const path = [
    ...(issue?.path ?? []),
    ...(issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []),
  ];
  const name = path.join('.') || 'the event';
  const value = JSON.stringify(valueAt(event, path)) ?? 'nothing';
  throw new Error(
    `Cannot use the event: ${name} is ${value.slice(0, 200)}${issue?.code === 'unrecognized_keys' ? ', which is not known' : ''}; allowed are ${allowed}`,
  );
}

function valueAt(event: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    event,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
