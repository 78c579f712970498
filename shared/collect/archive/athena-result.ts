/**
 * The result of the query that `athenaSql` writes, as a log file of CloudTrail: CSV, as Athena leaves it in S3, or a JSON
 * object on each line, as UNLOAD writes it.
 */
import { DamagedFile } from './damaged-file.ts';
import { athenaColumns } from './athena-columns.ts';
import { csvRows } from './csv-rows.ts';

/** Whether the path or key is that of a result. */
export function isAthenaResult(name: string): boolean {
  return /\.(csv|jsonl|ndjson)(\.gz)?$/i.test(name);
}

type Row = Record<string, unknown>;

/**
 * The parts of a log file that holds the records of the result.
 * @param text parts of the result, decompressed
 * @throws {DamagedFile} where it is not that of the query
 */
export async function* logFileOf(name: string, text: AsyncIterable<string>): AsyncGenerator<string> {
  const rows = /\.csv(\.gz)?$/i.test(name) ? rowsOfCsv(text) : rowsOfJsonLines(text);
  let separator = '{"Records":[';
  for await (const row of rows) {
    yield separator + JSON.stringify(recordOf(row));
    separator = ',';
  }
  yield separator === ',' ? ']}' : '{"Records":[]}';
}

/** The first row names the columns. */
async function* rowsOfCsv(text: AsyncIterable<string>): AsyncGenerator<Row> {
  let names: string[] | null = null;
  for await (const cells of csvRows(text)) {
    if (names === null) {
      names = cells.map((cell) => cell ?? '');
      checkColumns(names);
      continue;
    }
    const known = names;
    if (cells.length !== known.length)
      throw new DamagedFile(`a row of it has ${cells.length} values, and the first has ${known.length}`);
    yield Object.fromEntries(cells.map((cell, index) => [known[index] ?? '', cell]));
  }
  if (names === null) throw new DamagedFile('it is empty');
}

async function* rowsOfJsonLines(text: AsyncIterable<string>): AsyncGenerator<Row> {
  let isChecked = false;
  for await (const line of linesOf(text)) {
    if (line.trim() === '') continue;
    const row = parseLine(line);
    // What is null is left out of an object, so that the first must only be of the query.
    if (!isChecked && !('eventname' in row)) checkColumns(Object.keys(row));
    isChecked = true;
    yield row;
  }
}

async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const part of text) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

function parseLine(line: string): Row {
  let row: unknown = null;
  try {
    row = JSON.parse(line);
  } catch (cause) {
    throw new DamagedFile('a line of it is no JSON', { cause });
  }
  if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row as Row;
  throw new DamagedFile('a line of it is no JSON object');
}

function checkColumns(names: readonly string[]): void {
  const missing = athenaColumns.find(({ name }) => !names.includes(name));
  if (missing)
    throw new DamagedFile(
      `it is no result of the query that "clusterwhy scan --athena-sql" prints: it has no column "${missing.name}"`,
    );
}

/** What is absent stays absent. */
function recordOf(row: Row): object {
  const record: Row = {};
  for (const { name, path, isJson } of athenaColumns) {
    const given = row[name];
    if (given === null || given === undefined) continue;
    put(record, path, isJson && typeof given === 'string' ? parsed(given) : given);
  }
  return record;
}

/** A text that is no JSON is one that CloudTrail cut short: as a text it counts as absent. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The text itself is told, so nothing is lost.
    return text;
  }
}

function put(record: Row, [first = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    record[first] = value;
    return;
  }
  const inner = (record[first] ??= {}) as Row;
  put(inner, rest, value);
}
