/** Explanations of errors as text for a terminal. */
import { styleText } from 'node:util';
import { explanationIn, type Explained, type Explanation, type ToldCase } from '../explain/explanation.ts';
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
  const { references, otherCases, untoldCases, hasMoreCases } = explanation;
  const { explain: label } = sheet.says;
  const told = 1 + otherCases.length;
  const alone = field(label.names, namesText(explanation, 0, sheet.says), sheet);
  const also = field(label.also, namesText(explanation, told, sheet.says), sheet);
  return [
    ...titleLines(explanation, sheet),
    ...field(label.seen, seenText(explanation, sheet.says), sheet),
    ...field(label.text, printableLine(explanation.sample.replaceAll(/\s+/g, ' ').trim()), sheet),
    ...(told === 1 ? alone : []),
    ...Array.from({ length: told }, (_, index) => caseLines(explanation, index, sheet)).flat(),
    ...(told === 1 || also.length === 0 ? [] : ['', ...also]),
    ...(untoldCases > 0 ? ['', ...indented(label.untold(untoldCases, hasMoreCases), 2, sheet)] : []),
    '',
    ...references.map(
      (url, index) =>
        `  ${sheet.paint('dim', padColumns(index === 0 ? label.more : '', labelColumns))}${url}`,
    ),
  ].join('\n');
}

/** A case; of what an earlier one says in the same words, only its commands, where they differ. */
function caseLines(explanation: Explanation, index: number, sheet: Sheet): string[] {
  const { explain: label } = sheet.says;
  const told: ToldCase[] = [explanation, ...explanation.otherCases];
  const one = told[index]!;
  const before = told.slice(0, index);
  const last = before.at(-1);
  const excludes = (of: ToldCase) => of.excludes.map((text) => `- ${text}`).join('\n');
  return [
    ...(told.length > 1 ? ['', ...caseHeading(explanation, index, sheet)] : []),
    ...field(label.what, one.happened, sheet),
    ...(last?.usually === one.usually ? [] : field(label.usually, one.usually, sheet)),
    ...(last && excludes(last) === excludes(one) ? [] : field(label.not, excludes(one), sheet)),
    ...one.suspects.flatMap((suspect, at) => suspectLines(suspect, at + 1, before, sheet)),
    ...placeholderLines(newPlaceholders(one, before), sheet),
  ];
}

function caseHeading(explanation: Explanation, index: number, sheet: Sheet): string[] {
  const { cases, otherCases, untoldCases, hasMoreCases } = explanation;
  const { says } = sheet;
  const { values = {}, count = 0 } = cases[index] ?? {};
  const all = 1 + otherCases.length + untoldCases;
  const name = says.explain.case(index + 1, `${all}${hasMoreCases ? '+' : ''}`);
  return field(name, `${says.explain.often(count)}${namedText(values, says)}`.trimEnd(), sheet, 'bold');
}

function newPlaceholders(one: ToldCase, before: readonly ToldCase[]): ToldCase['placeholders'] {
  const known = before.flatMap(({ placeholders }) => placeholders);
  return one.placeholders.filter(
    ({ word, find }) => !known.some((other) => other.word === word && other.find === find),
  );
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

/** One line for each case from this one on, with how often it was where there are several. */
function namesText({ cases, count }: Explanation, from: number, says: Messages): string {
  const lines = cases.slice(from).flatMap(({ values, count: times }) => {
    const named = namedText(values, says);
    const isOne = cases.length === 1 && times === count;
    return named === '' ? [] : [`${isOne ? '' : says.explain.often(times)}${named}`];
  });
  return lines.join('\n');
}

function namedText(
  values: Explanation['cases'][number]['values'],
  { explain: says, join }: Messages,
): string {
  const named = toldValues.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [`${says.named[name]} ${printableLine(value)}`];
  });
  return join(named);
}

function suspectLines(
  { cause, decides, commands }: ToldCase['suspects'][number],
  number: number,
  before: readonly ToldCase[],
  sheet: Sheet,
): string[] {
  const { paint, says } = sheet;
  const [first = '', ...rest] = indented(printableLine(cause), 5, sheet);
  const told = sameSuspect(before, cause, decides);
  const isKnown = told?.suspect.commands.join('\n') === commands.join('\n');
  const text = told ? says.explain.asInCase(told.number, isKnown) : printableLine(decides);
  const shown = isKnown ? [] : commands;
  return [
    '',
    `  ${paint('yellow', `${number}.`)} ${paint('bold', first.trimStart())}`,
    ...rest.map((line) => paint('bold', line)),
    ...indented(text, 5, sheet),
    ...(shown.length > 0 ? ['', ...shown.map((command) => printableLines(command))] : []),
  ];
}

/** The first case with a suspect of the same words, from 1. */
function sameSuspect(before: readonly ToldCase[], cause: string, decides: string) {
  for (const [index, { suspects }] of before.entries()) {
    const suspect = suspects.find((one) => one.cause === cause && one.decides === decides);
    if (suspect) return { number: index + 1, suspect };
  }
  return null;
}

function indented(text: string, columns: number, { width }: Sheet): string[] {
  return wrap(text, width - columns).map((line) => ' '.repeat(columns) + line);
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
function field(
  label: string,
  text: string,
  { width, paint }: Sheet,
  style: 'bold' | 'dim' = 'dim',
): string[] {
  if (text === '') return [];
  const name = paint(style, padColumns(label, labelColumns));
  if (width < 60) return [`  ${name.trimEnd()}`, ...wrap(text, width - 4).map((line) => `    ${line}`)];
  const [first = '', ...rest] = wrap(text, width - labelColumns - 2);
  return [`  ${name}${first}`, ...rest.map((line) => ' '.repeat(labelColumns + 2) + line)];
}
