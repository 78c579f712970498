/**
 * One measured run over an archive, in a process of its own: `node scan-child.js HOW DIRECTORY THREADS`. Writes one line
 * of JSON: how long it took, what it found, and the peak of its memory.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { filesOnDisk } from '../../shared/collect/archive/disk-files.ts';
import { noProgress, scanArchive } from '../../shared/collect/archive/scan-archive.ts';
import { searchFor } from '../../shared/collect/archive/scan-batch.ts';
import { FileScanner } from '../../shared/collect/archive/scan-file.ts';
import { startThreads } from '../../shared/collect/archive/scan-threads.ts';
import type { RefusedCall } from '../../shared/collect/archive/refused-call.ts';
import type { Hit } from '../../shared/collect/archive/search.ts';

export interface Run {
  ms: number;
  /** Of all threads together. */
  cpuMs: number;
  /** Refused calls of AssumeRoleWithWebIdentity. */
  denied: number;
  /** SHA-256 of their sorted event ids; empty where it was not asked for. */
  ids: string;
  peakMiB: number;
}

type Found = Pick<Run, 'denied' | 'ids'>;

const [how = '', directory = '', threads = '1'] = process.argv.slice(2);

const ways: Record<string, (count: number) => Promise<Found>> = {
  scan,
  ids: collectIds,
  gunzip: (count) => inWorkers(count, gunzipAlone),
  parse: (count) => inWorkers(count, gunzipAndParse),
  duckdb: queryDuckDb,
};

function peakMiB(): number {
  return process.resourceUsage().maxRSS / 1024;
}

async function scan(count: number): Promise<Found> {
  const pool = startThreads({}, { script: new URL('./scan-thread.js', import.meta.url), count });
  const files = filesOnDisk(directory, {});
  const { calls } = await scanArchive({ files, threads: pool, progress: noProgress() });
  await pool.close();
  const denials = calls.byAccount().flatMap((account) => account.denials);
  return { denied: denials.reduce((sum, { events }) => sum + events, 0), ids: '' };
}

/** The same search file by file, in this thread, so that every single event is known. */
async function collectIds(): Promise<Found> {
  const ids: string[] = [];
  const scanner = new FileScanner(searchFor({}));
  for (const path of logFiles()) {
    const ofFile: string[] = [];
    const add = ({ found: call, values }: Hit<RefusedCall>) => {
      if (call.kind === 'webIdentity') ofFile.push(values?.eventID ?? call.seen.eventId ?? '');
    };
    if (isWhole(() => scanner.scan({ path }, () => ((ofFile.length = 0), { add })))) ids.push(...ofFile);
  }
  return { denied: ids.length, ids: createHash('sha256').update(ids.sort().join('\n')).digest('hex') };
}

function isWhole(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if ((error as Error).name === 'DamagedFile') return false;
    throw error;
  }
}

function logFiles(): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json.gz') && /\/CloudTrail\//.test(name))
    .map((name) => join(directory, name));
}

const gunzipAlone = `gunzipSync(readFileSync(file))`;
const gunzipAndParse = `for (const record of JSON.parse(gunzipSync(readFileSync(file)).toString()).Records)
  if (record.errorCode && record.eventName === 'AssumeRoleWithWebIdentity') denied++`;

/** Each thread takes the next file when it is done with one. */
async function inWorkers(count: number, work: string): Promise<Found> {
  const code = `
    const { gunzipSync } = require('node:zlib');
    const { readFileSync } = require('node:fs');
    const { parentPort, workerData: { files, next } } = require('node:worker_threads');
    let denied = 0;
    for (let i = Atomics.add(next, 0, 1); i < files.length; i = Atomics.add(next, 0, 1)) {
      const file = files[i];
      ${work};
    }
    parentPort.postMessage(denied);`;
  const workerData = { files: logFiles(), next: new Int32Array(new SharedArrayBuffer(4)) };
  const counts = await Promise.all(
    Array.from({ length: count }, () => answerOf(new Worker(code, { eval: true, workerData }))),
  );
  return { denied: counts.reduce((sum, one) => sum + one, 0), ids: '' };
}

function answerOf(worker: Worker): Promise<number> {
  return new Promise((done, failed) => {
    worker.on('message', done);
    worker.on('error', failed);
  });
}

interface DuckDb {
  DuckDBInstance: {
    create(
      path: string,
      options: Record<string, string>,
    ): Promise<{
      connect(): Promise<{ runAndReadAll(sql: string): Promise<{ getRows(): unknown[][] }> }>;
    }>;
  };
}

async function queryDuckDb(count: number): Promise<Found> {
  const require = createRequire(join(process.env['DUCKDB_FOLDER'] ?? '', 'package.json'));
  const { DuckDBInstance } = require('@duckdb/node-api') as DuckDb;
  const database = await DuckDBInstance.create(':memory:', { threads: String(count) });
  const connection = await database.connect();
  const record = 'STRUCT(eventID VARCHAR, eventName VARCHAR, errorCode VARCHAR)[]';
  const answer = await connection.runAndReadAll(`
    SELECT count(*) FROM (
      SELECT unnest(Records) AS record
      FROM read_json('${directory}/**/*.json.gz',
        columns = {Records: '${record}'}, format = 'unstructured', maximum_object_size = 67108864)
    ) WHERE record.eventName = 'AssumeRoleWithWebIdentity' AND record.errorCode IS NOT NULL`);
  return { denied: Number(answer.getRows()[0]?.[0]), ids: '' };
}

const started = performance.now();
const before = process.cpuUsage();
const found = await ways[how]?.(Number(threads));
const { user, system } = process.cpuUsage(before);
const run = { ms: performance.now() - started, cpuMs: (user + system) / 1000, ...found, peakMiB: peakMiB() };
process.stdout.write(`${JSON.stringify(run)}\n`);
