/** The report for a terminal or a plain mail: what matters first, what was not looked at last. */
import { styleText } from 'node:util';
import type { Finding, Report } from '../report.ts';
import { describeFinding, type Description } from './describe-finding.ts';
import { fixLegend } from './fix-legend.ts';
import { foldPlaces } from './fold-places.ts';
import { moment } from './moment.ts';
import { brokenLines, brokenTitle, leftOutNote } from './organization.ts';
import { groupByCluster, outline, type Hole, type Outline, type Severity, type Verdict } from './outline.ts';
import { plural } from './plural.ts';
import { summary } from './summary.ts';
import { wrap } from './wrap.ts';

export interface TextOptions {
  /** Columns of the terminal. Prose is broken at no less than 40 and no more than 100; commands are never broken. */
  width: number;
  color: boolean;
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
  width: number;
  paint: Paint;
  /** Lines of each list that is no finding. */
  mostItems: number;
}

const says = {
  label: {
    subject: 'Subject',
    workload: 'Workload',
    cause: 'Cause',
    alsoWrong: 'Also wrong',
    evidence: 'Evidence',
    refused: 'Refused',
    events: 'Events',
    muted: 'Muted',
    fix: 'Fix',
    more: 'More',
  },
  sections: {
    resolved: 'Resolved',
    muted: 'Muted, not counted',
    expired: 'Mutes that have expired',
    broken: 'Rules that broke: a fault of clusterwhy, please report it',
    undecided: 'Rules that could not decide',
    holes: 'Not looked at, or only in part',
    read: 'Read to the end',
  },
  run: (tool: string, version: string, runId: string) => `${tool} ${version}, run ${runId}`,
  more: (lines: string) => `and ${lines}`,
  rules: (why: string, rules: string) => `${why}. Rules: ${rules}`,
  where: (places: string) => ` in ${places}`,
  permission: (name: string) => ` (missing permission: ${name})`,
  expired: (of: string, reason: string, moment: string, findings: string) =>
    `${of} (${reason}): expired ${moment}; ${findings} counted again`,
  nothing: (places: number) => `nothing: the report names no reading of its ${places} places`,
};

const labelColumns = 12;

const severityStyles: Record<Severity, Style> = {
  critical: ['bold', 'inverse', 'red'],
  high: ['bold', 'red'],
  medium: ['bold', 'yellow'],
  low: ['bold', 'cyan'],
  info: 'bold',
};

/** Renders the whole report as text that ends with a line break. */
export function renderText(report: Report, options: TextOptions): string {
  const order = outline(report);
  const parts = textParts(order, options);
  const all = [parts.head, parts.findings(order.standing), parts.leftOut, parts.resolved, parts.tail];
  return all.filter(Boolean).join('\n\n') + '\n';
}

/** The parts of the text, for messages that must be cut at a finding's boundary. */
export function textParts(order: Outline, { width, color }: TextOptions, mostItems = Infinity): TextParts {
  const sheet: Sheet = {
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
      order.resolved.map((one) => shortLine(one, order.report)),
      sheet,
    ),
    tail: tail(order, sheet),
  };
}

function head(order: Outline, sheet: Sheet): string {
  const { width, paint } = sheet;
  const { tool, runId } = order.report;
  const title = wrap(says.run(tool.name, tool.version, runId), width);
  const text = wrap(summary(order).join(' '), width);
  const paragraph = [...title.map((line) => paint('dim', line)), ...text].join('\n');
  const broken = section(brokenTitle, brokenLines(order), sheet);
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
  const words = describeFinding(finding, time);
  const blocks = words.blocks.map((block) => blockText(block, sheet));
  return [
    ...titleLines(finding, words, sheet),
    ...aboutLines(finding, words, sheet),
    ...field(says.label.fix, `[${words.label}] ${words.fix}`, sheet),
    ...blocks,
    ...referenceLines(finding.references, sheet),
  ]
    .join('\n')
    .trimEnd();
}

/** A command stands by itself, to be copied; anything else is said to be what it is. */
function blockText({ caption, text }: Description['blocks'][number], { width }: Sheet): string {
  return caption === 'Command' ? `\n${text}\n` : `\n${wrap(`${caption}:`, width).join('\n')}\n\n${text}\n`;
}

function titleLines(
  { severity, title, rule, change, id }: Finding,
  { age }: Description,
  { width, paint }: Sheet,
): string[] {
  const state = [change, ...(age === null ? [] : [age])].join(', ').replace(/^open, /, '');
  const label = severity.toUpperCase();
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
  const evidence = finding.evidence.map(({ label, value }) => `${label}: ${value}`);
  return [
    ...field(says.label.subject, words.subject, sheet),
    ...field(says.label.workload, words.workload, sheet),
    ...field(says.label.cause, finding.cause, sheet),
    ...field(says.label.alsoWrong, finding.alsoWrong.join(', '), sheet),
    ...field(says.label.evidence, evidence.join('\n'), sheet),
    ...field(says.label.refused, words.denial, sheet),
    ...field(says.label.events, words.events.join(', '), sheet),
    ...field(says.label.muted, words.mute, sheet),
  ];
}

/** A label and its text beside it; below it where the terminal is narrow. */
function field(label: string, text: string | null, { width, paint }: Sheet): string[] {
  if (!text) return [];
  const name = paint('dim', label.padEnd(labelColumns - 2));
  if (width < 60) return [`  ${name.trimEnd()}`, ...wrap(text, width - 4).map((line) => `    ${line}`)];
  const [first = '', ...rest] = wrap(text, width - labelColumns - 2);
  return [`  ${name}  ${first}`, ...rest.map((line) => ' '.repeat(labelColumns + 2) + line)];
}

/** Each reference whole on a line of its own, so that it can be followed. */
function referenceLines(references: readonly string[], { paint }: Sheet): string[] {
  return references.map((reference, index) => {
    const label = index === 0 ? says.label.more : '';
    return `  ${paint('dim', label.padEnd(labelColumns - 2))}  ${reference}`;
  });
}

function tail(order: Outline, sheet: Sheet): string {
  const { sections } = says;
  return [
    section(sections.broken, foldPlaces(order.broken, verdictText), sheet),
    section(sections.undecided, foldPlaces(order.undecided, verdictText), sheet),
    section(sections.holes, foldPlaces(order.holes, holeText), sheet),
    section(sections.expired, order.expiredMutes.map(expiredLine), sheet),
    section(
      sections.muted,
      order.muted.map((one) => shortLine(one, order.report)),
      sheet,
    ),
    section(sections.read, readLines(order), sheet),
    order.standing.length > 0 ? note(fixLegend, sheet) : '',
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function section(title: string, lines: readonly string[], { width, paint, mostItems }: Sheet): string {
  if (lines.length === 0) return '';
  const shown = lines.length > mostItems ? lines.slice(0, mostItems) : lines;
  const more = lines.length - shown.length;
  const all = more > 0 ? [...shown, says.more(plural(more, 'more line'))] : shown;
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

function shortLine(finding: Finding, { finishedAt }: Report): string {
  const { severity, title, subject, cluster } = finding;
  const { age, mute } = describeFinding(finding, finishedAt);
  const note = [age, mute].filter((part) => part !== null).join('; ');
  const line = `${severity}: ${title}: ${subject.kind} ${subject.name}${cluster === null ? '' : ` (${cluster})`}`;
  return note === '' ? line : `${line}; ${note}`;
}

function verdictText({ why, rules }: Verdict): string {
  return says.rules(why, rules.join(', '));
}

function holeText({ fact, locations, why, missingPermission }: Hole): string {
  const where = locations.length > 0 ? says.where(locations.join(', ')) : '';
  const permission = missingPermission === null ? '' : says.permission(missingPermission);
  return `${fact}${where}: ${why}${permission}`;
}

function expiredLine({ of, reason, expires, findings }: Outline['expiredMutes'][number]): string {
  return says.expired(of, reason, moment(expires), plural(findings, 'finding'));
}

function readLines({ read, holes, report }: Outline): string[] {
  if (read.length === 0 && holes.length === 0) return [says.nothing(report.scope.length)];
  return foldPlaces(read, ({ facts }) => facts.join(', '));
}
