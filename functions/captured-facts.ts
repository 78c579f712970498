/** What the daily audit does with the denials that were captured as they happened: it joins them with the event history. */
import type { DenialsTable } from '../shared/capture/denials-table.ts';
import {
  isDenialFact,
  readCaptured,
  reconciled,
  type Captured,
  type CaptureLine,
  type Window,
} from '../shared/capture/reconcile.ts';
import { regionsWithoutTrail } from '../shared/capture/trails.ts';
import type { AwsClients, CollectAwsOptions } from '../shared/collect/aws/account.ts';
import type { CoverageNote } from '../shared/report.ts';

export interface CaptureSource {
  table: DenialsTable;
  /** Regions in which calls are captured. */
  regions: readonly string[];
}

export interface CapturedFacts {
  supplement: NonNullable<CollectAwsOptions['supplement']>;
  /** How the facts were read, and what the capture cannot see; once all facts are read. */
  coverage(account: string): Promise<CoverageNote[]>;
}

export function capturedFacts(
  { table, regions }: CaptureSource,
  { clients, window, now }: { clients: Pick<AwsClients, 'cloudTrail'>; window: Window; now: Date },
): CapturedFacts {
  const lines: CaptureLine[] = [];
  let captured: Promise<Captured> | undefined;
  return {
    async supplement(name, reading, account) {
      if (!isDenialFact(name)) return reading;
      captured ??= readCaptured(table, { account, window, now });
      const joined = reconciled(name, reading as never, await captured, window);
      lines.push(...joined.lines);
      return joined.reading as typeof reading;
    },
    async coverage(account) {
      const gaps = await regionsWithoutTrail(regions, (region) => clients.cloudTrail(region));
      const place = { cloud: 'aws' as const, account };
      return [
        ...lines.map((line) => ({ ...place, location: null, ...line })),
        ...gaps.map((gap) => ({ ...place, fact: 'capture', complete: false, ...gap })),
      ];
    },
  };
}
