/** The report as the text of a message: cut, where it must be, at a finding's boundary. */
import type { Language } from '../words.ts';
import { byteLength, fit, fitLines } from './fit.ts';
import { missing } from './missing.ts';
import type { Outline } from './outline.ts';
import { printableLine } from './printable.ts';
import { textParts } from './text.ts';
import { wrap } from './wrap.ts';

export interface MessageOptions {
  /** Address under which people find the whole report. */
  pageUrl?: string | undefined;
  /** Whether an earlier attempt to send this report may have succeeded. */
  possiblySentBefore?: boolean | undefined;
  /** English where absent. */
  language?: Language | undefined;
}

/** Columns that mail programs show without breaking the lines again. */
const width = 76;

/** Lines of each list that is no finding. */
const mostItems = 100;

/** Bytes kept for the sentence that says what is missing. */
const reserve = 4096;

/**
 * Plain text of at most `longest` bytes in UTF-8: what changed, what is still open, what was not looked at. The last
 * takes a quarter of it at the most.
 */
export function messageText(order: Outline, options: MessageOptions, longest: number): string {
  const { says } = order;
  const parts = textParts(order, { width, color: false }, mostItems);
  const pageUrl = options.pageUrl && printableLine(options.pageUrl);
  const top = [
    ...(options.possiblySentBefore ? [wrap(says.possiblySent, width).join('\n')] : []),
    parts.head,
    ...(pageUrl ? [says.wholeReport(pageUrl)] : []),
  ].join('\n\n');
  const tail = fitLines(parts.tail, Math.floor(longest / 4), says);
  const resolved = fitLines(parts.resolved, Math.floor(longest / 8), says);
  const budget = longest - byteLength(top) - byteLength(tail) - byteLength(resolved) - reserve;
  const all = [...order.news, ...order.open];
  const shown = new Set(fit(all, (finding) => byteLength(parts.findings([finding])) + 4, budget));
  const left = missing(order, [...shown], pageUrl);
  const news = parts.findings(order.news.filter((finding) => shown.has(finding)));
  const open = parts.findings(order.open.filter((finding) => shown.has(finding)));
  const body = order.isFirst
    ? [news, parts.leftOut, tail]
    : [
        titled(says.sections.changed, [news, resolved]),
        titled(says.sections.open, [open]),
        parts.leftOut,
        titled(says.sections.rest, [tail]),
      ];
  return [top, left, ...body].filter((part) => part !== '').join('\n\n') + '\n';
}

function titled(title: string, parts: readonly string[]): string {
  const present = parts.filter((part) => part !== '');
  return present.length === 0 ? '' : [title.toUpperCase(), ...present].join('\n\n');
}
