/** The report for a terminal or a plain mail: what matters first, what was not looked at last. */
import { styleText } from 'node:util';
import type { Finding, Report } from '../report.ts';
import type { Language } from '../words.ts';
import { describeFinding, shortLine, type Description } from './describe-finding.ts';
import { foldPlaces } from './fold-places.ts';
import type { Messages } from './messages/messages-in.ts';
import { brokenLines, leftOutNote } from './organization.ts';
import { groupByCluster, outline, type Hole, type Outline, type Severity, type Verdict } from './outline.ts';
import { summary } from './summary.ts';
import { columnsOf, padColumns, wrap } from './wrap.ts';

export interface TextOptions {
  /** Columns of the terminal. Prose is broken at no less than 40 and no more than 100; commands are never broken. */
  width: number;
  color: boolean;
  /** English where absent. */
  language?: Language | undefined;
}

/** A text in the parts between which it may be cut. */
export interface TextParts {
  /** Tool, run and the summary paragraph; of an organization also what was broken, and whose it is. */
  head: string;
  /** Where the findings are that the report does not hold; empty where it holds all. */
  leftOut: string;
  /** The headings and findings of one or more clusters. */
  findings: (findings: readonly Finding[]) => string;
  /** The resolved findings; empty where there are none. */
  resolved: string;
  /** Rules without a verdict, coverage, and what is muted. */
  tail: string;
}

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

interface Sheet {
  says: Messages;
  /** Columns of the labels, with the space behind them. */
  labelColumns: number;
  width: number;
  paint: Paint;
  /** Lines of each list that is no finding. */
  mostItems: number;
}

const severityStyles: Record<Severity, Style> = {
  critical: ['bold', 'inverse', 'red'],
  high: ['bold', 'red'],
  medium: ['bold', 'yellow'],
  low: ['bold', 'cyan'],
  info: 'bold',
};

/** Renders the whole report as text that ends with a line break. */
export function renderText(report: Report, options: TextOptions): string {
  const order = outline(report, options.language);
  const parts = textParts(order, options);
  const all = [parts.head, parts.findings(order.standing), parts.leftOut, parts.resolved, parts.tail];
  return all.filter(Boolean).join('\n\n') + '\n';
}

/** The parts of the text, for messages that must be cut at a finding's boundary. */
export function textParts(
  order: Outline,
  { width, color }: Pick<TextOptions, 'width' | 'color'>,
  mostItems = Infinity,
): TextParts {
  const { says } = order;
  const sheet: Sheet = {
    says,
    labelColumns: labelColumnsOf(says),
    width: Math.min(100, Math.max(40, Math.floor(width) || 80)),
    mostItems,
    paint: color ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text,
  };
  return {
    head: head(order, sheet),
    leftOut: note(leftOutNote(order), sheet),
    findings: (findings) => groupsText(findings, order.report, sheet),
    resolved: section(
      says.sections.resolved,
      order.resolved.map((one) => shortLine(one, order)),
      sheet,
    ),
    tail: tail(order, sheet),
  };
}

/** As wide as the widest, in every finding. */
function labelColumnsOf({ finding: label }: Messages): number {
  const labels = [label.subject, label.workload, label.cause, label.alsoWrong, label.evidence, label.refused];
  const others = [label.events, label.muted, label.fix, label.more];
  return Math.max(...[...labels, ...others].map(columnsOf)) + 2;
}

function head(order: Outline, sheet: Sheet): string {
  const { width, paint, says } = sheet;
  const { tool, runId } = order.report;
  const title = wrap(says.lines.run(tool.name, tool.version, runId), width);
  const text = wrap(summary(order), width);
  const paragraph = [...title.map((line) => paint('dim', line)), ...text].join('\n');
  const broken = section(says.organization.broken, brokenLines(order), sheet);
  return broken === '' ? paragraph : `${paragraph}\n\n${broken}`;
}

function groupsText(findings: readonly Finding[], report: Report, sheet: Sheet): string {
  const textOf = (finding: Finding) => findingText(finding, report.finishedAt, sheet);
  return groupByCluster(findings, report)
    .map(({ name, findings: those }) => [heading(name, sheet), ...those.map(textOf)].join('\n\n'))
    .join('\n\n\n');
}

function heading(text: string, { width, paint }: Sheet): string {
  const lines = wrap(text, width);
  return [...lines.map((line) => paint('bold', line)), paint('dim', '─'.repeat(width))].join('\n');
}

function findingText(finding: Finding, time: string, sheet: Sheet): string {
  const { says } = sheet;
  const words = describeFinding(finding, time, says);
  const blocks = words.blocks.map((block) => blockText(block, sheet));
  return [
    ...titleLines(finding, words, sheet),
    ...aboutLines(finding, words, sheet),
    ...field(says.finding.fix, `[${says.fix[words.label]}] ${words.fix}`, sheet),
    ...blocks,
    ...referenceLines(finding.references, sheet),
  ]
    .join('\n')
    .trimEnd();
}

/** A command stands by itself, to be copied; anything else is said to be what it is. */
function blockText({ caption, text, isCommand }: Description['blocks'][number], { width }: Sheet): string {
  return isCommand ? `\n${text}\n` : `\n${wrap(`${caption}:`, width).join('\n')}\n\n${text}\n`;
}

function titleLines(
  { severity, title, rule, change, id }: Finding,
  { age }: Description,
  { width, paint, says }: Sheet,
): string[] {
  const known = change === 'open' && age !== null ? [] : [says.change[change]];
  const state = says.join([...known, ...(age === null ? [] : [age])]);
  const label = says.severity[severity].toUpperCase();
  const lines = wrap(`${label}  ${title}`, width);
  const first = lines[0]?.startsWith(label) ? lines[0].slice(label.length) : '';
  const chip = paint(severityStyles[severity], label);
  return [
    chip + paint('bold', first),
    ...lines.slice(1).map((line) => paint('bold', line)),
    ...wrap(`${state} · ${rule} · ${id}`, width - 2).map((line) => paint('dim', `  ${line}`)),
  ];
}

function aboutLines(finding: Finding, words: Description, sheet: Sheet): string[] {
  const { finding: labels, titled } = sheet.says;
  const evidence = finding.evidence.map(({ label, value }) => titled(label, value));
  return [
    ...field(labels.subject, words.subject, sheet),
    ...field(labels.workload, words.workload, sheet),
    ...field(labels.cause, finding.cause, sheet),
    ...field(labels.alsoWrong, finding.alsoWrong.join(', '), sheet),
    ...field(labels.evidence, evidence.join('\n'), sheet),
    ...field(labels.refused, words.denial, sheet),
    ...field(labels.events, words.events.join(', '), sheet),
    ...field(labels.muted, words.mute, sheet),
  ];
}

/** A label and its text beside it; below it where the terminal is narrow. */
function field(label: string, text: string | null, { width, paint, labelColumns }: Sheet): string[] {
  if (!text) return [];
  const name = paint('dim', padColumns(label, labelColumns - 2));
  if (width < 60) return [`  ${name.trimEnd()}`, ...wrap(text, width - 4).map((line) => `    ${line}`)];
  const [first = '', ...rest] = wrap(text, width - labelColumns - 2);
  return [`  ${name}  ${first}`, ...rest.map((line) => ' '.repeat(labelColumns + 2) + line)];
}

/** Each reference whole on a line of its own, so that it can be followed. */
function referenceLines(references: readonly string[], { paint, says, labelColumns }: Sheet): string[] {
  return references.map((reference, index) => {
    const label = index === 0 ? says.finding.more : '';
    return `  ${paint('dim', padColumns(label, labelColumns - 2))}  ${reference}`;
  });
}

function tail(order: Outline, sheet: Sheet): string {
  const { says } = sheet;
  const { sections } = says;
  return [
    section(
      sections.broken,
      foldPlaces(order.broken, (one) => verdictText(one, says), says),
      sheet,
    ),
    section(
      sections.undecided,
      foldPlaces(order.undecided, (one) => verdictText(one, says), says),
      sheet,
    ),
    section(
      sections.holes,
      foldPlaces(order.holes, (one) => holeText(one, says), says),
      sheet,
    ),
    section(
      sections.expired,
      order.expiredMutes.map((mute) => expiredLine(mute, says)),
      sheet,
    ),
    section(
      sections.muted,
      order.muted.map((one) => shortLine(one, order)),
      sheet,
    ),
    section(sections.read, readLines(order), sheet),
    order.standing.length > 0 ? note(says.legend, sheet) : '',
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function section(title: string, lines: readonly string[], { width, paint, mostItems, says }: Sheet): string {
  if (lines.length === 0) return '';
  const shown = lines.length > mostItems ? lines.slice(0, mostItems) : lines;
  const more = lines.length - shown.length;
  const all = more > 0 ? [...shown, says.moreLines(more)] : shown;
  const items = all.flatMap((line) =>
    wrap(line, width - 4).map((part, index) => (index === 0 ? `  - ${part}` : `    ${part}`)),
  );
  return [...wrap(title, width).map((line) => paint('bold', line)), ...items].join('\n');
}

function note(text: string, { width, paint }: Sheet): string {
  if (text === '') return '';
  return wrap(text, width)
    .map((line) => paint('dim', line))
    .join('\n');
}

function verdictText({ why, rules }: Verdict, says: Messages): string {
  return says.lines.rules(why, rules.join(', '));
}

function holeText({ fact, locations, why, missingPermission }: Hole, says: Messages): string {
  const where = locations.length > 0 ? says.lines.where(locations.join(', ')) : '';
  const permission = missingPermission === null ? '' : says.lines.permission(missingPermission);
  return says.titled(fact + where, why + permission);
}

function expiredLine(
  { of, reason, expires, findings }: Outline['expiredMutes'][number],
  says: Messages,
): string {
  return says.titled(of + says.aside(reason), says.lines.expired(says.moment(expires), findings));
}

function readLines({ read, holes, report, says }: Outline): string[] {
  if (read.length === 0 && holes.length === 0) return [says.lines.nothingRead(report.scope.length)];
  return foldPlaces(read, ({ facts }) => says.join(facts), says);
}
