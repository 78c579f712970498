/** A report that may be shown to a person: every text in it is printable, and none is endless. */
import type { Report } from '../report.ts';
import type { Messages } from './messages/messages-in.ts';
import { printableLine, printableLines } from './printable.ts';

/** UTF-16 units of one value that are shown; more hides the rest of the report. Commands are never cut. */
const longestValue = 2000;

/** The same report with unseen characters escaped. Policies stay as they are: `policyText` prints them. */
export function printableReport(report: Report, says: Messages): Report {
  return printable(report, '', says) as Report;
}

/** A policy as JSON of several lines, with the same value after parsing. */
export function policyText(policy: unknown): string {
  return printableLines(JSON.stringify(policy, null, 2) ?? '');
}

function printable(value: unknown, key: string, says: Messages): unknown {
  if (key === 'policy' || key === 'currentPolicy') return value;
  if (typeof value === 'string') return printableText(value, key, says);
  if (Array.isArray(value)) return value.map((item) => printable(item, key, says));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, printable(item, name, says)]));
}

function printableText(text: string, key: string, says: Messages): string {
  if (key === 'commands') return printableLines(text);
  return cut(key === 'value' ? printableLines(text) : printableLine(text), says);
}

function cut(text: string, says: Messages): string {
  if (text.length <= longestValue) return text;
  const kept = text.slice(0, longestValue).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}…${says.aside(says.moreCharacters(text.length - kept.length))}`;
}
