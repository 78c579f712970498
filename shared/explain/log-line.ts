/** A line of a log without what the log added: colours, prefixes, JSON around it. */

export interface LogLine {
  /** What the program wrote. */
  text: string;
  /** Whose line it is, where the log says so (`[pod/name/container]`); lines of others do not continue it. */
  source: string;
  /** The time that the log gives it, as it is written there. */
  time: string | null;
}

const escapeSequences =
  /\u001b\[[0-?]{0,30}[ -/]{0,5}[@-~]|\u001b\][^\u0007\u001b]{0,300}(?:\u0007|\u001b\\)|\u001b[@-Z\\-_]/g;
/** Also the replacement for what was no UTF-8, and marks that nobody sees. */
const unseen =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

const isoTime = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?`;
/** `[pod/name/container]` of kubectl, and what else programs put there: a level, a thread. */
const bracketPrefix = /^\[([\w./:-]{1,300})\]\s/;
const composePrefix = /^([\w.-]{1,80})\s{1,20}\|\s/;
const timePrefix = new RegExp(`^(${isoTime})\\s(?:std(?:out|err) [FP] )?`);
/** What Terraform draws at the left of an error. */
const boxPrefix = /^[│╷╵┃]\s?/;
const timeAtStart = new RegExp(`^.{0,60}?(${isoTime})`);
const timeInJson = new RegExp(String.raw`"(?:time|timestamp|@timestamp|ts|eventTime)"\s?:\s?"(${isoTime})"`);

/** Colours and unseen characters gone, typographic quotes plain. */
export function plainText(text: string): string {
  if (!/[^\t\n\r -~]/.test(text)) return text;
  return text
    .replaceAll(escapeSequences, '')
    .replaceAll(unseen, '')
    .replaceAll(/[“”„]/g, '"')
    .replaceAll(/[‘’]/g, "'");
}

export function readLogLine(raw: string): LogLine {
  const line = plainText(raw);
  const docker = dockerLine(line);
  if (docker) return docker;
  const [bracketMatch, bracket = ''] = bracketPrefix.exec(line) ?? [];
  const [composeMatch, compose = ''] = bracketMatch ? [] : (composePrefix.exec(line) ?? []);
  const afterSource = line.slice((bracketMatch ?? composeMatch ?? '').length);
  const [timeMatch = '', ownTime = null] = timePrefix.exec(afterSource) ?? [];
  const text = afterSource.slice(timeMatch.length).replace(boxPrefix, '');
  return { text, source: bracket || compose, time: ownTime ?? timeIn(text) };
}

/** A line of Docker's json-file driver: `{"log":"…\n","stream":"stderr","time":"…"}`, also where it was cut. */
function dockerLine(line: string): LogLine | null {
  if (!line.startsWith('{"log":"')) return null;
  const end = line.lastIndexOf('","stream":"');
  const inner = line.slice('{"log":"'.length, end < 0 ? undefined : end);
  return { text: unescapeJson(inner).trimEnd(), source: '', time: timeInJson.exec(line)?.[1] ?? null };
}

function timeIn(text: string): string | null {
  const start = text.slice(0, 4000);
  return timeInJson.exec(start)?.[1] ?? timeAtStart.exec(start)?.[1] ?? null;
}

const shortEscapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: ' ', f: ' ' };

/** Text inside a JSON string as it was before; what is no escape stays. */
export function unescapeJson(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(["\\/nrtbf]))/g, (_, code?: string, char = '') =>
    code ? String.fromCharCode(parseInt(code, 16)) : (shortEscapes[char as string] ?? (char as string)),
  );
}

/** Whether a line goes on with what the one before it said. */
export function isContinuation(text: string): boolean {
  return /^(?:\s|caused by:|Caused by:|---> |status code:|[}\])],?\s*$|\[\s*$|- '@type': |For verbose messaging|Details:)/.test(
    text,
  );
}
