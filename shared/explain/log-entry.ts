/** One entry of a log: the line at a place, and the lines that go on with it. */
import { isContinuation, plainText, readLogLine, unescapeJson, type LogLine } from './log-line.ts';

export interface LogEntry {
  /** What the program wrote: the line, and the lines that continue it. */
  text: string;
  /** A few lines before and behind, for sentences that were wrapped. */
  before: string;
  after: string;
  /** Where the entry stands in the whole text; the end is exclusive. */
  start: number;
  end: number;
  time: string | null;
  /** The pod that wrote it, where the log says so. */
  pod: string | null;
}

/** What is looked at of a line that does not end, and of the lines behind it. */
const longestPart = 4000;
const longestEntry = 8000;
const mostLines = 16;
export const linesAround = 2;
/** Narrower than any terminal that somebody copies from. */
const leastColumns = 40;

export function readEntry(text: string, place: number): LogEntry {
  const start = Math.max(text.lastIndexOf('\n', place - 1) + 1, place - longestPart);
  const line = lineFrom(text, start, place + longestPart);
  const first = readLogLine(line.raw);
  const { lines, end } = continuationOf(text, line.end, first);
  return {
    text: [first.text, ...lines].join('\n'),
    before: linesBefore(text, start),
    after: linesAfter(text, end),
    start,
    end: Math.max(end, place + 1),
    time: first.time ?? timeBefore(text, start, first),
    pod: podOf(first.source),
  };
}

/** What goes on with an entry has the time of that. */
function timeBefore(text: string, start: number, { text: said, source }: LogLine): string | null {
  let end = start;
  let isPart = isContinuation(said);
  for (let lines = 0; isPart && lines < mostLines && end > 0 && text[end - 1] === '\n'; lines++) {
    const begin = Math.max(text.lastIndexOf('\n', end - 2) + 1, end - longestPart);
    const line = readLogLine(text.slice(begin, end - 1));
    if (line.source !== source) return null;
    if (line.time !== null) return line.time;
    isPart = isContinuation(line.text);
    end = begin;
  }
  return null;
}

interface RawLine {
  raw: string;
  /** Behind its line break; where the line is cut, the place of the cut. */
  end: number;
  isWhole: boolean;
}

function lineFrom(text: string, start: number, most: number): RawLine {
  const at = text.indexOf('\n', start);
  const isWhole = at >= 0 && at < most;
  const end = isWhole ? at : Math.min(text.length, most);
  return { raw: text.slice(start, end).replace(/\r$/, ''), end: isWhole ? at + 1 : end, isWhole };
}

function continuationOf(text: string, from: number, first: LogLine): { lines: string[]; end: number } {
  const lines: string[] = [];
  let end = from;
  while (
    lines.length < mostLines &&
    end < text.length &&
    end - from < longestEntry &&
    text[end - 1] === '\n'
  ) {
    const next = lineFrom(text, end, end + longestPart);
    const { text: said, source } = readLogLine(next.raw);
    if (source !== first.source || !isContinuation(said)) break;
    lines.push(said);
    end = next.end;
  }
  return { lines, end };
}

function linesBefore(text: string, start: number): string {
  const lines: string[] = [];
  let end = start;
  while (lines.length < linesAround && end > 0 && text[end - 1] === '\n') {
    const begin = Math.max(text.lastIndexOf('\n', end - 2) + 1, end - 1000);
    lines.unshift(readLogLine(text.slice(begin, end - 1).replace(/\r$/, '')).text);
    end = begin;
  }
  return lines.map((line) => `${line}\n`).join('');
}

function linesAfter(text: string, start: number): string {
  const lines: string[] = [];
  let end = start;
  while (lines.length < linesAround && end < text.length && text[end - 1] === '\n') {
    const next = lineFrom(text, end, end + 1000);
    lines.push(readLogLine(next.raw).text);
    end = next.end;
  }
  return lines.map((line) => `\n${line}`).join('');
}

function podOf(source: string): string | null {
  return /^pod\/([a-z0-9][a-z0-9.-]{0,252})(?:\/|$)/.exec(source)?.[1] ?? null;
}

/** The entry as it is, and as it was before a log put it into JSON, once or twice. */
export function readings(entry: LogEntry): LogEntry[] {
  const once = unescaped(entry);
  if (!once) return [entry];
  const twice = unescaped(once);
  return [entry, once, ...(twice ? [twice] : [])];
}

/**
 * The entry as it was before a terminal broke its lines at the last column, in the middle of words; null where it has
 * no line of the greatest length but the last.
 */
export function unwrapped(entry: LogEntry): LogEntry | null {
  const { before, text, after } = entry;
  const lines = (before + text + after).split('\n');
  const columns = Math.max(...lines.map(({ length }) => length));
  if (columns < leastColumns || !lines.slice(0, -1).some(({ length }) => length === columns)) return null;
  const join = (part: string) => {
    const kept = part.split('\n');
    return kept
      .map((line, at) => (line.length === columns || at === kept.length - 1 ? line : `${line}\n`))
      .join('');
  };
  const goesOn = text.length - (text.lastIndexOf('\n') + 1) === columns;
  return {
    ...entry,
    before: join(before),
    text: join(text),
    after: goesOn ? join(after.slice(1)) : join(after),
  };
}

function unescaped(entry: LogEntry): LogEntry | null {
  if (!entry.text.includes('\\')) return null;
  const plain = (text: string) => plainText(unescapeJson(text));
  return { ...entry, text: plain(entry.text), before: plain(entry.before), after: plain(entry.after) };
}
