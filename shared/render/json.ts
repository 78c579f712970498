/** The report as JSON: what scripts read and what is stored. */
import type { Report } from '../report.ts';
import { printableLines } from './printable.ts';

/** Indented JSON with a line break at its end. What a terminal would obey is written as an escape of the same value. */
export function renderJson(report: Report): string {
  return `${printableLines(JSON.stringify(report, null, 2))}\n`;
}
