/** Scans batches of log files in as many threads as are wanted, or in this one. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { LocalizedError } from '../../localized-error.ts';
import { makeBatchScanner, type ScanFilter, type ScannedBatch } from './scan-batch.ts';
import type { Content } from './file-decoder.ts';

export interface ThreadOptions {
  /** The built `scan-thread.ts`; null scans in this thread, which blocks it. */
  script: URL | null;
  count: number;
}

export interface ScanThreads {
  readonly count: number;
  scan(files: Content[]): Promise<ScannedBatch>;
  close(): Promise<void>;
}

/** What a record leaves behind is short-lived: a small nursery keeps the peak of memory low, and fits a cache. */
const resourceLimits = { maxYoungGenerationSizeMb: 4 };

export function startThreads(filter: ScanFilter, { script, count }: ThreadOptions): ScanThreads {
  if (script === null) {
    const scan = makeBatchScanner(filter);
    return { count: 1, scan: async (files) => scan(files), close: async () => undefined };
  }
  const threads = Array.from(
    { length: Math.max(1, count) },
    () => new Thread(new Worker(script, { workerData: filter, resourceLimits })),
  );
  return {
    count: threads.length,
    scan: (files) => leastBusy(threads).scan(files),
    close: async () => void (await Promise.all(threads.map((thread) => thread.close()))),
  };
}

function leastBusy(threads: readonly Thread[]): Thread {
  return threads.reduce((least, thread) => (thread.busy < least.busy ? thread : least));
}

interface Waiting {
  done: (batch: ScannedBatch) => void;
  failed: (error: Error) => void;
}

class Thread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #failure: Error | null = null;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', ({ id, batch }: { id: number; batch: ScannedBatch }) => {
      this.#waiting.get(id)?.done(batch);
      this.#waiting.delete(id);
    });
    worker.on('error', (error: Error) => this.#fail(error));
    worker.on('exit', (code) => this.#fail(new Error(`it ended with ${code}`)));
  }

  /** Batches that it was given and has not answered. */
  get busy(): number {
    return this.#waiting.size;
  }

  scan(files: Content[]): Promise<ScannedBatch> {
    const id = this.#next++;
    return new Promise((done, failed) => {
      if (this.#failure) return failed(this.#failure);
      this.#waiting.set(id, { done, failed });
      this.#worker.postMessage({ id, files }, files.flatMap(ownMemory));
    });
  }

  async close(): Promise<void> {
    if (this.#failure) return;
    this.#failure = new Error('Cannot scan: the threads are closed');
    const exited = once(this.#worker, 'exit');
    await this.#worker.terminate();
    await exited;
  }

  #fail(cause: Error): void {
    this.#failure ??= new LocalizedError(
      {
        en: `Cannot go on scanning: a thread failed (${cause.message}); try again with --threads 1`,
        ja: `スキャンを続行できません: スレッドが失敗しました (${cause.message})。--threads 1 を指定してもう一度試してください`,
      },
      { cause },
    );
    for (const { failed } of this.#waiting.values()) failed(this.#failure);
    this.#waiting.clear();
  }
}

/** Bytes are handed over and not copied, where they have memory of their own. */
function ownMemory(content: Content): ArrayBuffer[] {
  if (!('bytes' in content)) return [];
  const { buffer, byteLength } = content.bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
