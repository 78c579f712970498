/** The report as a table for spreadsheets: findings first, then what could not be decided or looked at. */
import type { Finding, Report } from '../report.ts';
import type { Language } from '../words.ts';
import { messagesIn, type Messages } from './messages/messages-in.ts';
import { reportIn } from './outline.ts';
import { printableLines } from './printable.ts';

const columns = [
  'status',
  'severity',
  'change',
  'open since',
  'muted until',
  'mute reason',
  'rule',
  'title',
  'cloud',
  'account',
  'location',
  'cluster',
  'subject kind',
  'subject name',
  'subject id',
  'namespace',
  'service account',
  'cause',
  'also wrong',
  'evidence',
  'error code',
  'refused calls',
  'first seen',
  'last seen',
  'fix',
  'fix is',
  'commands',
  'references',
  'finding id',
] as const;

type Row = Partial<Record<(typeof columns)[number], string | number | null>>;

/**
 * RFC 4180: a header, one row for each finding (`status` is `fail`, `resolved` or `muted`), each rule that is `unknown` or
 * `broken`, and each fact that was `not read` to its end, so that an empty table is no claim of health. Every cell is quoted, and one
 * that a spreadsheet would take for a formula begins with an apostrophe. Texts are in the language, where the report has
 * them in it; the header, and the words of status, severity and change, are for programs and stay.
 */
export function renderCsv(given: Report, language: Language = 'en'): string {
  const says = messagesIn(language);
  const report = reportIn(given, language);
  const rows: Row[] = [
    ...report.findings.map(findingRow),
    ...report.outcomes
      .filter(({ status }) => status === 'unknown' || status === 'broken')
      .map(({ why, ...outcome }) => ({ ...outcome, cause: why })),
    ...report.coverage.filter(({ complete }) => !complete).map((line) => coverageRow(line, says)),
  ];
  const lines = [columns.map(cell), ...rows.map((row) => columns.map((column) => cell(row[column] ?? '')))];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

function findingRow(finding: Finding): Row {
  const { subject, workload, denial, fix } = finding;
  return {
    ...pick(finding),
    'open since': finding.openSince ?? null,
    'muted until': finding.mute?.expires ?? null,
    'mute reason': finding.mute?.reason ?? null,
    status: finding.change === 'resolved' || finding.change === 'muted' ? finding.change : 'fail',
    'subject kind': subject.kind,
    'subject name': subject.name,
    'subject id': subject.id,
    namespace: workload?.namespace ?? null,
    'service account': workload?.serviceAccount ?? null,
    'also wrong': finding.alsoWrong.join(' '),
    evidence: finding.evidence.map(({ label, value }) => `${label}: ${value}`).join('\n'),
    'error code': denial?.errorCode ?? null,
    'refused calls': denial?.events ?? null,
    'first seen': denial?.firstSeen ?? null,
    'last seen': denial?.lastSeen ?? null,
    fix: fix.summary,
    'fix is': fix.verified ? 'proven' : 'advice',
    commands: fix.commands.join('\n\n'),
    references: finding.references.join(' '),
    'finding id': finding.id,
  };
}

function pick({ severity, change, rule, title, cloud, account, location, cluster, cause }: Finding): Row {
  return { severity, change, rule, title, cloud, account, location, cluster, cause };
}

function coverageRow(
  { cloud, account, location, fact, why, missingPermission }: Report['coverage'][number],
  says: Messages,
): Row {
  const permission = missingPermission ? says.lines.permission(missingPermission) : '';
  return { status: 'not read', cloud, account, location, title: fact, cause: `${why ?? ''}${permission}` };
}

/** A quoted cell that no spreadsheet takes for a formula. */
export function cell(value: string | number): string {
  const text = typeof value === 'number' ? String(value) : defuse(printableLines(value));
  return `"${text.replaceAll('"', '""')}"`;
}

/** Takes the force from what begins a formula, also in its full-width form or behind white space. */
function defuse(text: string): string {
  return /^\s*[=+\-@＝＋－＠]/.test(text) ? `'${text}` : text;
}
