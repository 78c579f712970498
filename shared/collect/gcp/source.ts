/** What every reader of a Google Cloud project is given. */
import type { SeenCluster } from '../../domain/google-cluster.ts';
import type { Gap, GcpFacts, Reading } from '../../observation.ts';
import type { Localized } from '../../words.ts';
import type { GcpRun } from './run.ts';

export type GcpFactName = keyof GcpFacts;

/** How far the reading has come. */
export type GcpProgress =
  | { kind: 'project'; project: string; state: 'started' | 'done' }
  | { kind: 'clusters'; project: string; clusters: number };

export interface GcpSource {
  run: GcpRun;
  /** Project id. */
  project: string;
  window: { from: Date; to: Date };
  now: Date;
  /** Names of the only clusters to read; all where absent. */
  onlyClusters?: readonly string[];
  /** Clusters that earlier runs saw here. */
  history: Reading<SeenCluster[]>;
  canaries: GcpFacts['canaries'];
  /** How clusters' own API servers are reached. */
  kubernetes: KubernetesAccess;
  signal?: AbortSignal;
  report(progress: GcpProgress): void;
  /** Another fact of the same project; each is read at most once. */
  reading<Name extends GcpFactName>(name: Name): Promise<Reading<GcpFacts[Name]>>;
}

export interface KubernetesAccess {
  /** PEM that is trusted for DNS endpoints instead of the system's authorities; null for those. */
  publicCa: string | null;
  /** How long a cluster's API server may take to answer. */
  timeoutMs: number;
}

/** What a reading holds, or undefined where nothing was read. */
export function valueOf<T>(reading: Reading<T>): T | undefined {
  return 'value' in reading ? reading.value : undefined;
}

export function gapsOf(reading: Reading<unknown>): Gap[] {
  return 'gaps' in reading ? reading.gaps : [];
}

/**
 * A reading that nothing could be read for, since another fact is missing.
 * @param what reads on before "is not known" and 「は不明です」
 */
export function unreadFor(what: Localized, reading: Reading<unknown>): { state: 'unread'; gaps: Gap[] } {
  const gaps = gapsOf(reading).map((gap) => ({
    ...gap,
    why: {
      en: `${what.en} is not known: ${gap.why.en.charAt(0).toLowerCase()}${gap.why.en.slice(1)}`,
      ja: `${what.ja}は不明です: ${gap.why.ja}`,
    },
  }));
  return { state: 'unread', gaps };
}
