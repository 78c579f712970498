import { randomUUID } from 'node:crypto';

/** Sorts by time, and is unlike that of any other run: `20260101T060000Z-3f9a1c20`. */
export function makeRunId(now: Date): string {
  return `${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${randomUUID().slice(0, 8)}`;
}
