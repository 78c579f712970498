/** A report that may be shown to a person: every text in it is printable, and none is endless. */
import type { Report } from '../report.ts';
import { printableLine, printableLines } from './printable.ts';

/** UTF-16 units of one value that are shown; more hides the rest of the report. Commands are never cut. */
const longestValue = 2000;

/** The same report with unseen characters escaped. Policies stay as they are: `policyText` prints them. */
export function printableReport(report: Report): Report {
  return printable(report, '') as Report;
}

/** A policy as JSON of several lines, with the same value after parsing. */
export function policyText(policy: unknown): string {
  return printableLines(JSON.stringify(policy, null, 2) ?? '');
}

function printable(value: unknown, key: string): unknown {
  if (key === 'policy' || key === 'currentPolicy') return value;
  if (typeof value === 'string') return printableText(value, key);
  if (Array.isArray(value)) return value.map((item) => printable(item, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, printable(item, name)]));
}

function printableText(text: string, key: string): string {
  if (key === 'commands') return printableLines(text);
  return cut(key === 'value' ? printableLines(text) : printableLine(text));
}

function cut(text: string): string {
  if (text.length <= longestValue) return text;
  const kept = text.slice(0, longestValue).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}… (${(text.length - kept.length).toLocaleString('en-US')} more characters)`;
}
