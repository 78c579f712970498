import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { ScanFilter } from '../../../shared/collect/archive/scan-batch.ts';
import { startThreads, type ScanThreads } from '../../../shared/collect/archive/scan-threads.ts';

/** More threads than this would wait for the disk or the network. */
const mostThreads = 8;

/** Threads where the built program has their script beside it; a checkout has none, and scans in the thread that it has. */
export function startScanThreads(filter: ScanFilter, count?: number): ScanThreads {
  const script = new URL('./scan-thread.js', import.meta.url);
  const threads = count ?? Math.min(availableParallelism(), mostThreads);
  return startThreads(filter, { script: existsSync(script) ? script : null, count: threads });
}
