/** The entry of a worker thread that scans log files: batches come as messages, and each is answered by one. */
import { parentPort, workerData } from 'node:worker_threads';
import { makeBatchScanner, type ScanFilter } from './scan-batch.ts';
import type { Content } from './file-decoder.ts';

const scan = makeBatchScanner(workerData as ScanFilter);
parentPort?.on('message', ({ id, files }: { id: number; files: Content[] }) => {
  parentPort?.postMessage({ id, batch: scan(files) });
});
