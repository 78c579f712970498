/** What a scan found, for programs. */
import type { ScanDenial, ScanReport } from '../scan-report.ts';
import { cell } from './csv.ts';
import { printableLines } from './printable.ts';

/** Indented JSON with a line break at its end. */
export function renderScanJson(report: ScanReport): string {
  return `${printableLines(JSON.stringify(report, null, 2))}\n`;
}

const columns = [
  'status',
  'kind',
  'account',
  'action',
  'roleArn',
  'caller',
  'provider',
  'resource',
  'errorCode',
  'errorMessage',
  'calls',
  'firstSeen',
  'lastSeen',
  'regions',
  'sampleEventIds',
] as const satisfies readonly (keyof ScanDenial | 'status')[];

/** A header, a row for each denial (`refused`), and one for each file that was `not read`; RFC 4180. */
export function renderScanCsv({ denials, notRead }: ScanReport): string {
  const rows = [
    columns,
    ...denials.map((denial) => columns.map((column) => valueOf(denial, column))),
    ...notRead.map(({ file, why }) => columns.map((column) => lineOf(column, file, why))),
  ];
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function valueOf(denial: ScanDenial, column: (typeof columns)[number]): string | number {
  if (column === 'status') return 'refused';
  const value = denial[column];
  return Array.isArray(value) ? value.join(' ') : (value ?? '');
}

function lineOf(column: (typeof columns)[number], file: string | null, why: string): string {
  const values: Partial<Record<typeof column, string>> = {
    status: 'not read',
    resource: file ?? '',
    errorMessage: why,
  };
  return values[column] ?? '';
}
