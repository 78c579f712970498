/** The report for an SNS topic: a subject, plain text, and attributes that filter policies match. */
import type { Finding, Report } from '../report.ts';
import { byteLength, fit } from './fit.ts';
import { messageText, type MessageOptions } from './message-text.ts';
import { messagesIn, type Messages } from './messages/messages-in.ts';
import { outline, type Outline } from './outline.ts';
import { subjectLine } from './subject-line.ts';

export interface NotificationAttribute {
  type: 'String' | 'String.Array';
  /** For `String.Array` a JSON array of strings. */
  value: string;
}

export interface Notification {
  /** ASCII, fewer than 100 characters. */
  subject: string;
  message: string;
  /** `severity` (the worst; `none` without a finding), `cloud`, `account`, `region`, `cluster`, `rule`, `change`. */
  attributes: Record<string, NotificationAttribute>;
}

/** SNS takes 256 KB for message and attributes together; the subject is counted too, to be safe. */
const longestNotification = 256 * 1024;

/** Bytes of one attribute: seven of them leave most of the notification to the text. */
const longestAttribute = 8 * 1024;

/** Renders the report within the limits of SNS; what is cut is said in the text. */
export function renderNotification(report: Report, options: MessageOptions = {}): Notification {
  const order = outline(report, options.language);
  // SNS takes no other letters.
  const subject = subjectLine({ ...order, says: messagesIn('en') });
  const all = attributeValues(order);
  const kept = all.map(([name, values]) => [name, cutValues(values)] as const);
  const attributes = Object.fromEntries(
    kept.filter(([, values]) => values.length > 0).map(([name, values]) => [name, attribute(values)]),
  );
  const note = cutNote(all, kept, order.says);
  const used = attributeBytes(attributes) + byteLength(subject) + byteLength(note);
  const text = messageText(order, options, longestNotification - used);
  return { subject, message: note + text, attributes };
}

/** Distinct values, those of the worst findings first; without findings those of the places looked at. */
function attributeValues({ standing, resolved, report }: Outline): [name: string, values: string[]][] {
  const findings = [...standing, ...resolved];
  const of = (pick: (finding: Finding) => string | null) => distinct(findings.map(pick));
  const places = findings.length > 0 ? findings : report.scope;
  return [
    ['severity', [standing[0]?.severity ?? 'none']],
    ['cloud', distinct(places.map(({ cloud }) => cloud))],
    ['account', distinct(places.map(({ account }) => account))],
    ['region', findings.length > 0 ? of(({ location }) => location) : regions(report)],
    ['cluster', of(({ cluster }) => cluster)],
    ['rule', of(({ rule }) => rule)],
    ['change', of(({ change }) => change)],
  ];
}

function regions({ scope }: Report): string[] {
  return distinct(scope.flatMap((place) => place.regions ?? []));
}

function distinct(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null && value !== ''))] as string[];
}

function cutValues(values: string[]): string[] {
  return fit(values, (value) => byteLength(JSON.stringify(value)) + 1, longestAttribute - 2);
}

function attribute(values: readonly string[]): NotificationAttribute {
  const [only = ''] = values;
  return values.length === 1
    ? { type: 'String', value: only }
    : { type: 'String.Array', value: JSON.stringify(values) };
}

function cutNote(
  all: readonly (readonly [string, string[]])[],
  kept: readonly (readonly [string, string[]])[],
  says: Messages,
): string {
  const cut = all.flatMap(([name, values], index) => {
    const left = values.length - (kept[index]?.[1].length ?? 0);
    return left > 0 ? [says.cut.values(left, name)] : [];
  });
  return cut.length > 0 ? `${says.cut.attributes(cut)}\n\n` : '';
}

function attributeBytes(attributes: Notification['attributes']): number {
  return Object.entries(attributes)
    .map(([name, { type, value }]) => byteLength(name) + byteLength(type) + byteLength(value))
    .reduce((sum, bytes) => sum + bytes, 0);
}
