/** The report as the text of a message: cut, where it must be, at a finding's boundary. */
import { byteLength, fit, fitLines } from './fit.ts';
import { missing } from './missing.ts';
import type { Outline } from './outline.ts';
import { possiblySent } from './possibly-sent.ts';
import { printableLine } from './printable.ts';
import { textParts } from './text.ts';
import { wrap } from './wrap.ts';

export interface MessageOptions {
  /** Address under which people find the whole report. */
  pageUrl?: string | undefined;
  /** Whether an earlier attempt to send this report may have succeeded. */
  possiblySentBefore?: boolean | undefined;
}

/** Columns that mail programs show without breaking the lines again. */
const width = 76;

/** Lines of each list that is no finding. */
const mostItems = 100;

/** Bytes kept for the sentence that says what is missing. */
const reserve = 4096;

/** Plain text of at most `longest` bytes in UTF-8; what could not be read takes a quarter of it at the most. */
export function messageText(order: Outline, options: MessageOptions, longest: number): string {
  const parts = textParts(order, { width, color: false }, mostItems);
  const pageUrl = options.pageUrl && printableLine(options.pageUrl);
  const top = [
    ...(options.possiblySentBefore ? [wrap(possiblySent, width).join('\n')] : []),
    parts.head,
    ...(pageUrl ? [`The whole report: ${pageUrl}`] : []),
  ].join('\n\n');
  const tail = fitLines(parts.tail, Math.floor(longest / 4));
  const budget = longest - byteLength(top) - byteLength(tail) - reserve;
  const shown = fit(order.standing, (finding) => byteLength(parts.findings([finding])) + 4, budget);
  const left = missing(order.standing, shown, pageUrl);
  return [top, left, parts.findings(shown), tail].filter((part) => part !== '').join('\n\n') + '\n';
}
