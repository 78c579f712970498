/** What a scan found, for a terminal. */
import { styleText } from 'node:util';
import type { ScanDenial, ScanReport } from '../scan-report.ts';
import { en } from './messages/en.ts';
import { plural } from './plural.ts';
import { printableLine } from './printable.ts';
import type { TextOptions } from './text.ts';
import { wrap } from './wrap.ts';

/** Denials and files that are shown; the other forms of the result have all. */
const mostShown = 200;

const labelColumns = 12;

/** Ends with a line break. */
export function renderScanText(report: ScanReport, { width, color }: TextOptions): string {
  const columns = Math.min(100, Math.max(40, Math.floor(width) || 80));
  const strong = (text: string) => (color ? styleText('bold', text, { validateStream: false }) : text);
  const blocks = [
    wrap(summaryOf(report), columns).join('\n'),
    ...report.denials.slice(0, mostShown).map((denial) => denialText(denial, columns, strong)),
    moreText(report.denials.length, 'denial'),
    notReadText(report.notRead, columns, strong),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function summaryOf({ tool, source, window, summary }: ScanReport): string {
  const { files, filesReadBefore, jsonBytes, refusedCalls, denials } = summary;
  const span = window.from !== null || window.to !== null ? ` ${spanText(window)}` : '';
  const before = filesReadBefore > 0 ? ` (${filesReadBefore.toLocaleString('en-US')} of them before)` : '';
  const found =
    denials === 0
      ? `No refused call of a workload was seen${span}; many failures leave no event, so that does not show that all is well.`
      : `${plural(refusedCalls, 'refused call')} (${denials.toLocaleString('en-US')} distinct)${span}.`;
  const read = `${tool.name} ${tool.version} read ${plural(files, 'log file')}${before} of ${source}: ${sizeText(jsonBytes)} of JSON.`;
  return printableLine(`${read} ${found}`);
}

function spanText({ from, to }: ScanReport['window']): string {
  const begin = from === null ? '' : `from ${en.moment(from)}`;
  const end = to === null ? '' : `until ${en.moment(to)}`;
  return [begin, end].filter((text) => text !== '').join(' ');
}

function sizeText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(1)} kB`;
}

function denialText(denial: ScanDenial, width: number, strong: (text: string) => string): string {
  const { calls, errorCode, action, firstSeen, lastSeen, regions, sampleEventIds } = denial;
  const title = printableLine(`${plural(calls, 'call')}  ${errorCode}  ${action}`);
  const fields: [string, string | null][] = [
    ['Role', denial.roleArn],
    ['Caller', denial.caller],
    ['Provider', denial.provider],
    ['Resource', denial.resource],
    ['Account', denial.account || null],
    ['Message', denial.errorMessage],
    ['Seen', `first ${en.moment(firstSeen)}, last ${en.moment(lastSeen)}; ${regions.join(', ')}`],
    ['Events', sampleEventIds.join(', ')],
  ];
  return [
    ...wrap(title, width).map(strong),
    ...fields.flatMap(([label, value]) => fieldLines(label, value, width)),
  ].join('\n');
}

function fieldLines(label: string, value: string | null, width: number): string[] {
  if (!value) return [];
  const [first = '', ...rest] = wrap(printableLine(value), width - labelColumns - 2);
  return [
    `  ${label.padEnd(labelColumns)}${first}`,
    ...rest.map((line) => ' '.repeat(labelColumns + 2) + line),
  ];
}

function notReadText(
  notRead: ScanReport['notRead'],
  width: number,
  strong: (text: string) => string,
): string {
  if (notRead.length === 0) return '';
  const lines = notRead
    .slice(0, mostShown)
    .map(({ file, why }) => printableLine(file === null ? why : `${file}: ${why}`))
    .flatMap((line) =>
      wrap(line, width - 4).map((part, index) => (index === 0 ? `  - ${part}` : `    ${part}`)),
    );
  const more = moreText(notRead.length, 'line');
  return [strong('Not looked at, or only in part'), ...lines, ...(more === '' ? [] : [`  ${more}`])].join(
    '\n',
  );
}

function moreText(count: number, noun: string): string {
  return count > mostShown ? `And ${plural(count - mostShown, noun)} more: see --output json` : '';
}
