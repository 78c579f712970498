/** Explanations of errors as text for a terminal. */
import { styleText } from 'node:util';
import { explanationIn, type Explained, type Explanation } from '../explain/explanation.ts';
import type { ValueName } from '../explain/error-kind.ts';
import type { Language } from '../words.ts';
import { messagesIn, type Messages } from './messages/messages-in.ts';
import { printableLine, printableLines } from './printable.ts';
import { padColumns, wrap } from './wrap.ts';

export interface ExplanationTextOptions {
  /** Columns of the terminal. */
  width: number;
  color: boolean;
  /** English where absent. */
  language?: Language | undefined;
}

interface Sheet {
  says: Messages;
  width: number;
  paint: (style: 'bold' | 'dim' | 'yellow', text: string) => string;
}

const labelColumns = 12;

/** What of the values is told, in this order. */
const toldValues = [
  'roleArn',
  'subject',
  'principal',
  'action',
  'permission',
  'resource',
  'policyArn',
  'issuer',
  'host',
  'cluster',
  'location',
  'nodePool',
  'project',
  'serviceAccountEmail',
  'instanceId',
  'region',
  'pod',
  'requestId',
  'eventId',
] as const satisfies readonly ValueName[];

/** All of them as text that ends with a line break; says so where there is none. */
export function renderExplanations(
  { lines, explanations }: Explained,
  { width, color, language = 'en' }: ExplanationTextOptions,
): string {
  const says = messagesIn(language);
  const sheet: Sheet = {
    says,
    width: Math.min(100, Math.max(40, Math.floor(width) || 80)),
    paint: color ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text,
  };
  if (explanations.length === 0) {
    const nothing = lines === 0 ? says.explain.empty : says.explain.unknown(lines);
    return `${wrap(nothing, sheet.width).join('\n')}\n`;
  }
  const told = explanations.map((one) => explanationText(explanationIn(one, language), sheet));
  return `${told.join('\n\n\n')}\n`;
}

function explanationText(explanation: Explanation, sheet: Sheet): string {
  const { happened, usually, excludes, suspects, placeholders, references } = explanation;
  const { explain: label } = sheet.says;
  return [
    ...titleLines(explanation, sheet),
    ...field(label.seen, seenText(explanation, sheet.says), sheet),
    ...field(label.text, printableLine(explanation.sample.replaceAll(/\s+/g, ' ').trim()), sheet),
    ...field(label.names, namesText(explanation, sheet.says), sheet),
    ...field(label.what, happened, sheet),
    ...field(label.usually, usually, sheet),
    ...field(label.not, excludes.map((one) => `- ${one}`).join('\n'), sheet),
    ...suspects.flatMap((suspect, index) => suspectLines(suspect, index + 1, sheet)),
    ...placeholderLines(placeholders, sheet),
    '',
    ...references.map(
      (url, index) =>
        `  ${sheet.paint('dim', padColumns(index === 0 ? label.more : '', labelColumns))}${url}`,
    ),
  ].join('\n');
}

function titleLines({ title, kind, row }: Explanation, { width, paint }: Sheet): string[] {
  return [
    ...wrap(title, width).map((line) => paint('bold', line)),
    ...wrap(`${kind}${row === null ? '' : ` · ${row}`}`, width - 2).map((line) => paint('dim', `  ${line}`)),
  ];
}

function seenText({ count, first, last }: Explanation, says: Messages): string {
  const { line: nth, once, times } = says.explain;
  const at = ({ line, time }: Explanation['first']) =>
    nth(line) + (time === null ? '' : says.aside(says.moment(printableLine(time))));
  return count === 1 ? once(at(first)) : times(count, at(first), at(last));
}

/** One line for each case, with how often it was where there are several. */
function namesText({ cases, count }: Explanation, { explain: says, join }: Messages): string {
  const lines = cases.flatMap(({ values, count: times }) => {
    const named = toldValues.flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [`${says.named[name]} ${printableLine(value)}`];
    });
    return named.length === 0
      ? []
      : [`${cases.length > 1 || times < count ? says.often(times) : ''}${join(named)}`];
  });
  return lines.join('\n');
}

function suspectLines(
  { cause, decides, commands }: Explanation['suspects'][number],
  number: number,
  { width, paint }: Sheet,
): string[] {
  const indented = (text: string) => wrap(printableLine(text), width - 5).map((line) => `     ${line}`);
  const [first = '', ...rest] = wrap(printableLine(cause), width - 5);
  return [
    '',
    `  ${paint('yellow', `${number}.`)} ${paint('bold', first)}`,
    ...rest.map((line) => `     ${paint('bold', line)}`),
    ...indented(decides),
    ...(commands.length > 0 ? ['', ...commands.map((command) => printableLines(command))] : []),
  ];
}

function placeholderLines(
  placeholders: Explanation['placeholders'],
  { paint, says, width }: Sheet,
): string[] {
  if (placeholders.length === 0) return [];
  const columns = Math.max(...placeholders.map(({ word }) => word.length)) + 2;
  const lines = placeholders.map(({ word, find }) => `  ${paint('bold', word.padEnd(columns))}${find}`);
  const heading = wrap(says.explain.placeholders, width - 2).map((line) => paint('dim', `  ${line}`));
  return ['', ...heading, ...lines];
}

/** A label and its text beside it; below it where the terminal is narrow. */
function field(label: string, text: string, { width, paint }: Sheet): string[] {
  if (text === '') return [];
  const name = paint('dim', padColumns(label, labelColumns));
  if (width < 60) return [`  ${name.trimEnd()}`, ...wrap(text, width - 4).map((line) => `    ${line}`)];
  const [first = '', ...rest] = wrap(text, width - labelColumns - 2);
  return [`  ${name}${first}`, ...rest.map((line) => ' '.repeat(labelColumns + 2) + line)];
}
