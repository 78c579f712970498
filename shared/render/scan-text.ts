/** What a scan found, for a terminal. */
import { styleText } from 'node:util';
import type { Language } from '../words.ts';
import type { ScanDenial, ScanReport } from '../scan-report.ts';
import { messagesIn, type Messages } from './messages/messages-in.ts';
import { printableLine } from './printable.ts';
import type { TextOptions } from './text.ts';
import { padColumns, wrap } from './wrap.ts';

/** Denials and files that are shown; the other forms of the result have all. */
const mostShown = 200;

const labelColumns = 12;

/** Ends with a line break. */
export function renderScanText(report: ScanReport, { width, color, language = 'en' }: TextOptions): string {
  const says = messagesIn(language);
  const columns = Math.min(100, Math.max(40, Math.floor(width) || 80));
  const strong = (text: string) => (color ? styleText('bold', text, { validateStream: false }) : text);
  const sheet = { columns, strong, says, language };
  const blocks = [
    wrap(summaryOf(report, says), columns).join('\n'),
    ...report.denials.slice(0, mostShown).map((denial) => denialText(denial, sheet)),
    moreText(report.denials.length, says.scan.moreDenials),
    notReadText(report.notRead, sheet),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function summaryOf({ tool, source, window, summary }: ScanReport, says: Messages): string {
  const { files, filesReadBefore, jsonBytes, refusedCalls, denials } = summary;
  const [from, to] = [window.from, window.to].map((time) => (time === null ? '' : says.moment(time))) as [
    string,
    string,
  ];
  const { read, none, found } = says.scan;
  const name = `${tool.name} ${tool.version}`;
  return printableLine(
    says.joinSentences([
      read(name, files, filesReadBefore, source, sizeText(jsonBytes)),
      denials === 0 ? none(from, to) : found(refusedCalls, denials, from, to),
    ]),
  );
}

function sizeText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(1)} kB`;
}

interface Sheet {
  columns: number;
  strong: (text: string) => string;
  says: Messages;
  language: Language;
}

function denialText(denial: ScanDenial, { columns, strong, says, language }: Sheet): string {
  const { scan: label } = says;
  const { calls, errorCode, action, firstSeen, lastSeen, regions, sampleEventIds } = denial;
  const title = printableLine(`${label.calls(calls)}  ${errorCode}  ${action}`);
  const fields: [string, string | null][] = [
    [label.role, denial.roleArn],
    [label.caller, callerOf(denial, language)],
    [label.provider, denial.provider],
    [label.resource, denial.resource],
    [label.account, denial.account || null],
    [label.message, denial.errorMessage],
    [
      label.seen,
      says.joinNotes([label.span(says.moment(firstSeen), says.moment(lastSeen)), regions.join(', ')]),
    ],
    [label.events, sampleEventIds.join(', ')],
  ];
  return [
    ...wrap(title, columns).map(strong),
    ...fields.flatMap(([name, value]) => fieldLines(name, value, columns)),
  ].join('\n');
}

function callerOf({ caller, translated }: ScanDenial, language: Language): string | null {
  return translated?.language === language ? translated.caller : caller;
}

function whyOf({ why, translated }: ScanReport['notRead'][number], language: Language): string {
  return translated?.language === language ? translated.why : why;
}

function fieldLines(label: string, value: string | null, width: number): string[] {
  if (!value) return [];
  const [first = '', ...rest] = wrap(printableLine(value), width - labelColumns - 2);
  return [
    `  ${padColumns(label, labelColumns)}${first}`,
    ...rest.map((line) => ' '.repeat(labelColumns + 2) + line),
  ];
}

function notReadText(notRead: ScanReport['notRead'], { columns, strong, says, language }: Sheet): string {
  if (notRead.length === 0) return '';
  const lines = notRead
    .slice(0, mostShown)
    .map((line) =>
      printableLine(line.file === null ? whyOf(line, language) : `${line.file}: ${whyOf(line, language)}`),
    )
    .flatMap((line) =>
      wrap(line, columns - 4).map((part, index) => (index === 0 ? `  - ${part}` : `    ${part}`)),
    );
  const more = moreText(notRead.length, says.scan.moreLines);
  return [strong(says.sections.holes), ...lines, ...(more === '' ? [] : [`  ${more}`])].join('\n');
}

function moreText(count: number, more: (left: number) => string): string {
  return count > mostShown ? more(count - mostShown) : '';
}
