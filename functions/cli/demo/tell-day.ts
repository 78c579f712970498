/** A day of the demo in the few lines that somebody reads who sees the program for the first time. */
import { styleText } from 'node:util';
import { notLookedAt } from '../../../shared/compare.ts';
import { shortLine } from '../../../shared/render/describe-finding.ts';
import { outline, type Outline } from '../../../shared/render/outline.ts';
import { printableLines } from '../../../shared/render/printable.ts';
import { subjectLine } from '../../../shared/render/subject-line.ts';
import { summary } from '../../../shared/render/summary.ts';
import { textParts } from '../../../shared/render/text.ts';
import { columnsOf, padColumns, wrap } from '../../../shared/render/wrap.ts';
import type { Finding, Report } from '../../../shared/report.ts';
import type { Session } from '../session.ts';
import { brokenRole, closedProject, firstRepair } from './between-days.ts';
import type { Day, Deed } from './play-days.ts';

/** What is needed of the session. */
export type Sheet = Pick<Session, 'says' | 'language' | 'width' | 'color'>;

/** What was done before a day; ends with a line break. */
export function tellDeeds(number: number, deeds: readonly Deed[], sheet: Sheet): string {
  return `\n${[heading(sheet.says.demo.between(number), sheet), ...deedLines(deeds, sheet)].join('\n')}\n`;
}

/** What a day brought; ends with a line break. */
export function tellDay({ number, report }: Day, sheet: Sheet): string {
  const { demo } = sheet.says;
  const order = outline(report, sheet.language);
  return `\n${[
    heading(demo.day(number, order.says.day(report.startedAt.slice(0, 10))), sheet),
    ...indented(`${demo.mail} ${subjectLine(order)}`, sheet),
    ...indented(summary(order), sheet),
    ...(order.isFirst
      ? [...tableOfRules(order), '', ...inFull(firstRepair(report), order, sheet)]
      : newsLines(order, unseenIn(report), sheet)),
  ].join('\n')}\n`;
}

/** A line that stands out. */
export function heading(text: string, { color }: Sheet): string {
  return color ? styleText('bold', text, { validateStream: false }) : `== ${text}`;
}

/** Broken at the width of the terminal. */
export function indented(text: string, { width }: Sheet, first = '  '): string[] {
  const columns = Math.min(100, Math.max(40, width)) - columnsOf(first);
  return wrap(text, columns).map((line, index) => (index === 0 ? first : ' '.repeat(first.length)) + line);
}

function deedLines(deeds: readonly Deed[], sheet: Sheet): string[] {
  return deeds.flatMap((deed) => [
    ...indented(deedText(deed, sheet), sheet, '  - '),
    ...(deed.kind === 'repaired' ? deed.finding.fix.commands.flatMap(commandLines) : []),
  ]);
}

function deedText(deed: Deed, { says: { demo } }: Sheet): string {
  switch (deed.kind) {
    case 'repaired':
      return demo.repaired(deed.finding.id);
    case 'broke':
      return demo.broke(brokenRole);
    case 'muted':
      return demo.muted(deed.mutes);
    case 'closed':
      return demo.closed(closedProject);
  }
}

/** A command as it was printed; of a document that goes with it the beginning. */
function commandLines(command: string): string[] {
  const lines = printableLines(command).split('\n');
  const shown = lines.length > 3 ? [lines[0] ?? '', '…'] : lines;
  return shown.map((line, index) => `      ${index === 0 ? '$ ' : ''}${line}`);
}

/** On a first day everything is new: how many there are of each kind. */
function tableOfRules({ standing, says }: Outline): string[] {
  const firsts = standing.filter(
    ({ rule }, index) => standing.findIndex((one) => one.rule === rule) === index,
  );
  const columns = Math.max(...standing.map(({ severity }) => columnsOf(says.severity[severity])));
  return firsts.map(({ rule, severity, title }) => {
    const count = says.number(standing.filter((one) => one.rule === rule).length).padStart(3);
    return `  ${count}  ${padColumns(says.severity[severity], columns)}  ${title}`;
  });
}

/** What the report tells of every finding. */
function inFull({ id }: Finding, order: Outline, sheet: Sheet): string[] {
  const shown = order.standing.filter((finding) => finding.id === id);
  return [heading(sheet.says.demo.inFull, sheet), textParts(order, sheet).findings(shown)];
}

function newsLines(order: Outline, unseen: ReadonlySet<string>, sheet: Sheet): string[] {
  const { change } = order.says;
  const told: [label: string, findings: Finding[]][] = [
    ...order.news.map((finding): [string, Finding[]] => [change[finding.change], [finding]]),
    [change.resolved, order.resolved],
    [change.muted, order.muted],
    [sheet.says.demo.unseen, order.open.filter(({ id }) => unseen.has(id))],
  ];
  return told.flatMap(([label, findings]) =>
    findings.flatMap((finding) =>
      indented(order.says.titled(label, shortLine(finding, order)), sheet, '  - '),
    ),
  );
}

/** Ids of findings that stay open only because nobody could look. */
function unseenIn({ findings }: Report): ReadonlySet<string> {
  const unseen = findings.filter(({ evidence }) => evidence.some(({ label }) => label === notLookedAt));
  return new Set(unseen.map(({ id }) => id));
}
