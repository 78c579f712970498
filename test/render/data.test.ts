import { Ajv2020 } from 'ajv/dist/2020.js';
import * as z from 'zod/mini';
import { renderCsv } from '../../shared/render/csv.ts';
import { renderJson } from '../../shared/render/json.ts';
import { reportSchema } from '../../shared/report.ts';
import { hostile, quietReport, sampleFinding, sampleReport } from './sample-report.ts';

describe('renderJson()', () => {
  const validate = new Ajv2020({ strict: false }).compile(z.toJSONSchema(reportSchema, { io: 'input' }));

  it.each([
    ['the sample', sampleReport],
    ['a quiet day', quietReport],
  ])('gives the report itself, as its JSON Schema says: %s', (_, report) => {
    const parsed: unknown = JSON.parse(renderJson(report));
    expect(validate(parsed) ? [] : validate.errors).toEqual([]);
    expect(parsed).toEqual(report);
  });

  it('is refused by the schema where it is wrong', () => {
    expect(validate({ ...sampleReport, schemaVersion: 2 })).toBe(false);
    expect(validate({ ...sampleReport, findings: [{ id: 'a' }] })).toBe(false);
  });

  it('holds nothing that a terminal obeys', () => {
    const json = renderJson(sampleReport);
    expect(json.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(json.endsWith('}\n')).toBe(true);
  });
});

/** Reads RFC 4180 strictly: a row for each record, every cell quoted. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /"((?:[^"]|"")*)"(,|\r\n)/y;
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const [, value = '', end] = cell.exec(text) ?? [];
    if (!end) throw new Error(`No quoted cell at ${at}: ${JSON.stringify(text.slice(at, at + 40))}`);
    rows.at(-1)?.push(value.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

describe('renderCsv()', () => {
  const [header = [], ...rows] = readCsv(renderCsv(sampleReport));
  const records = rows.map((row): Record<string, string> =>
    Object.fromEntries(header.map((name, index) => [name, row[index] ?? ''])),
  );

  it('has as many cells in every row', () => {
    expect(new Set(rows.map(({ length }) => length))).toEqual(new Set([header.length]));
  });

  it('has a row for each finding, and for what could not be decided or read', () => {
    expect(records.map(({ status }) => status)).toEqual([
      ...Array<string>(5).fill('fail'),
      ...['resolved', 'muted'],
      ...['unknown', 'unknown', 'broken'],
      ...['not read', 'not read', 'not read'],
    ]);
    expect(records[2]).toMatchObject({
      severity: 'high',
      rule: 'eks/irsa-trust-subject',
      account: '111122223333',
      namespace: 'shop',
      'service account': 'cart',
      'refused calls': '1342',
      'fix is': 'proven',
      commands: sampleReport.findings[2]?.fix.commands[0],
    });
    expect(records.at(-3)).toMatchObject({
      status: 'not read',
      title: 'clusters',
      location: 'us-east-1',
      cause: expect.stringContaining('(missing permission: eks:ListClusters)') as string,
    });
  });

  it('says since when a finding is open, and until when it is muted', () => {
    const mute = { reason: '=the move', expires: '2026-02-01T00:00:00Z', state: 'active' } as const;
    const finding = sampleFinding({ change: 'muted', mute, openSince: '2025-12-01T00:00:00Z' });
    const [names = [], cells = []] = readCsv(renderCsv({ ...quietReport, findings: [finding] }));
    const of = (name: string) => cells[names.indexOf(name)];
    expect(['open since', 'muted until', 'mute reason'].map(of)).toEqual([
      '2025-12-01T00:00:00Z',
      '2026-02-01T00:00:00Z',
      "'=the move",
    ]);
  });

  it('begins no cell as a formula', () => {
    for (const cell of rows.flat()) expect(cell).not.toMatch(/^[\s]*[=+\-@＝＋－＠]/);
    expect(records[3]).toMatchObject({ namespace: `'${hostile.formula}`, 'error code': "'+1+cmd|calc" });
  });

  it.each(['=1', '+1', '-1', '@a', '\t=1', '\r=1', '\n=1', ' =1', '＝1', "'=1"])('defuses %j', (name) => {
    const [finding] = sampleReport.findings;
    const report = { ...quietReport, findings: finding ? [{ ...finding, cause: name }] : [] };
    const cell = readCsv(renderCsv(report))[1]?.[header.indexOf('cause')] ?? '';
    expect(cell).toMatch(/^['\\]/);
  });

  it('holds nothing that a terminal obeys', () => {
    expect(renderCsv(sampleReport).replaceAll(/\r?\n/g, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('is more than a header where nothing was found and something was not read', () => {
    const report = { ...quietReport, coverage: sampleReport.coverage };
    expect(readCsv(renderCsv(report))).toHaveLength(4);
    expect(readCsv(renderCsv(quietReport))).toHaveLength(1);
  });
});
