/** The entry of a worker thread that scans log files: batches come as messages, and each is answered by one. */
import { parentPort, workerData } from 'node:worker_threads';
import { makeBatchScanner, type BatchFile, type ScanFilter } from './scan-batch.ts';

const scan = makeBatchScanner(workerData as ScanFilter);
parentPort?.on('message', ({ id, files }: { id: number; files: BatchFile[] }) => {
  parentPort?.postMessage({ id, batch: scan(files) });
});
