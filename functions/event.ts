/** Reads the payloads that functions are started with; what is wrong is named with its value and what is allowed. */
import * as z from 'zod/mini';
import { finalErrors } from '../shared/deployment.ts';
import { LocalizedError, saidBy } from '../shared/localized-error.ts';
import { en, ja, type Localized } from '../shared/words.ts';
import { parseSince } from './since.ts';

/** The payload is not one that the program knows; another attempt would fail alike. */
export class EventError extends LocalizedError {
  override name = finalErrors.event;
}

const id = z.string().check(z.regex(/^(?!\.+$)[\w.:@+=-]{1,200}$/));
const account = z.string().check(z.regex(/^\d{12}$/));
const time = z.iso.datetime();
const nonEmptyList = (item: z.ZodMiniType<string>) => z.array(item).check(z.minLength(1));

const onDemand = {
  /** All that the account has enabled where absent. */
  regions: z.optional(nonEmptyList(z.string().check(z.regex(/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/)))),
  /** `24h` where absent. */
  since: z.optional(z.string()),
  /** Names or ARNs. */
  clusters: z.optional(nonEmptyList(z.string().check(z.minLength(1)))),
  /** Ids of rules. */
  checks: z.optional(nonEmptyList(z.string())),
  /** Whether a message is sent: always, or never; where absent, when there is news. */
  deliver: z.optional(z.boolean()),
};

/** What starts a run. */
const startSchema = z.strictObject({
  ...onDemand,
  /** Id of the run; one is made where absent. The same id twice delivers once. */
  runId: z.optional(id),
});

/** What the steps of a run pass on: the payload, and when the run began. */
const requestSchema = z.strictObject({
  ...onDemand,
  startedAt: time,
  /** The captured denials that the run is about; it looks at nothing else. */
  denials: z.optional(nonEmptyList(z.string().check(z.regex(/^[\da-f]{32}$/)))),
  /** Ids of the findings that people are to be told of; all where absent. */
  causes: z.optional(nonEmptyList(z.string())),
  /** New denials that earlier messages left out, and since when. */
  heldBack: z.optional(z.object({ denials: z.int(), since: z.nullable(z.string()) })),
});

const key = (kind: string) => z.string().check(z.regex(new RegExp(`^reports/[\\w./:@+=-]+/${kind}$`)));

const auditSchema = z.strictObject({
  runId: id,
  account,
  /** Key of the issuers of all accounts' clusters; absent where only one account is audited. */
  issuersKey: z.optional(key('plan/issuers.json')),
  request: requestSchema,
});

const digestSchema = z.strictObject({
  runId: id,
  /** One for each account: the key of its report, or the error with which its audit ended. */
  results: z
    .array(
      z.union([
        z.object({ account, key: z.string().check(z.regex(/^reports\/[\w./:@+=-]+\.json$/)) }),
        z.object({ account, error: z.string(), cause: z.optional(z.string()) }),
      ]),
    )
    .check(z.minLength(1)),
  request: requestSchema,
});

const organizationDigestSchema = z.strictObject({
  runId: id,
  /** `o-…`. */
  organization: z.string().check(z.regex(/^o-[a-z0-9]{10,32}$/)),
  accountsKey: key('plan/accounts.json'),
  /** What the Distributed Map answers where it writes its results to the bucket. */
  results: z.object({ ResultWriterDetails: z.object({ Bucket: z.string(), Key: z.string() }) }),
  request: requestSchema,
});

export type Start = z.infer<typeof startSchema>;
export type RunRequest = z.infer<typeof requestSchema>;
export type DigestEvent = z.infer<typeof digestSchema>;
export type OrganizationDigestEvent = z.infer<typeof organizationDigestSchema>;

export interface AuditEvent {
  runId: string;
  /** The account that is to be audited; whichever the credentials belong to where the run names none. */
  account?: string;
  issuersKey?: string | undefined;
  request: RunRequest;
  sinceMs: number;
}

const startAllowed: Localized = {
  en: 'regions (["eu-west-1"]), since ("90m", "24h", "7d"), clusters (["prod"]), checks (["eks/irsa-trust-subject"]), deliver (true or false), runId',
  ja: 'regions (["eu-west-1"])、since ("90m"、"24h"、"7d")、clusters (["prod"])、checks (["eks/irsa-trust-subject"])、deliver (true または false)、runId',
};
const stepAllowed: Localized = {
  en: 'what the step before it in the state machine answered',
  ja: 'ステートマシンの前のステップの出力',
};

/** The payload of a run: an object, nothing, or an event of EventBridge, which asks for everything. */
export function readStart(event: unknown): Start {
  const start = read(startSchema, unwrapSchedule(event ?? {}), startAllowed);
  spanOf(start);
  return start;
}

/** A step of a run, `{runId, account, request}`, or the payload of a run by itself, for which `start` then completes. */
export function readAuditEvent(
  event: unknown,
  complete: (start: Start) => Pick<AuditEvent, 'runId' | 'request'>,
): AuditEvent {
  const given =
    isObject(event) && 'request' in event
      ? read(auditSchema, event, stepAllowed)
      : complete(readDirectStart(event));
  return { ...given, sinceMs: spanOf(given.request) };
}

/** The results of the audits of a run: a list, or where the results of an organization's accounts are. */
export function readDigestEvent(event: unknown): DigestEvent | OrganizationDigestEvent {
  const isOrganization = isObject(event) && 'organization' in event;
  return isOrganization
    ? read(organizationDigestSchema, event, stepAllowed)
    : read(digestSchema, event, stepAllowed);
}

/** The function that audits may store and nothing else. */
function readDirectStart(event: unknown): Start {
  const start = readStart(event);
  if (start.deliver)
    throw new EventError({
      en: 'Cannot use the event: deliver is true, and this function only stores what it finds; start the state machine with it',
      ja: 'イベントを使用できません: deliver が true ですが、この関数は結果を保存するだけです。このイベントでステートマシンを開始してください',
    });
  return start;
}

function spanOf({ since = '24h' }: Start): number {
  try {
    return parseSince(since);
  } catch (error) {
    const why = saidBy(error);
    throw new EventError(
      { en: `Cannot use the event: since: ${why.en}`, ja: `イベントを使用できません: since: ${why.ja}` },
      { cause: error },
    );
  }
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
  allowed: Localized,
): z.infer<Schema> {
  const { success, data, error } = schema.safeParse(event);
  if (success) return data;
  const issue = error.issues[0];
  const isUnknown = issue?.code === 'unrecognized_keys';
  const path = [...(issue?.path ?? []), ...(isUnknown ? issue.keys.slice(0, 1) : [])];
  const name = path.join('.') || theEvent;
  const value = JSON.stringify(valueAt(event, path))?.slice(0, 200) ?? nothing;
  throw new EventError({
    en: en`Cannot use the event: ${name} is ${value}${isUnknown ? ', which is not known' : ''}; allowed are ${allowed}`,
    ja: ja`イベントを使用できません: ${name} は ${value} です${isUnknown ? 'が、この項目はありません' : ''}。使用できるのは ${allowed} です`,
  });
}

const theEvent = { en: 'the event', ja: 'イベント' };
const nothing = { en: 'nothing', ja: '空' };

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
