/** The facts that log files of a trail tell, in place of CloudTrail's event history. */
import type { AwsClients, KnownReadings } from '../shared/collect/aws/account.ts';
import { readIdentity } from '../shared/collect/aws/identity.ts';
import type { AccountCalls } from '../shared/collect/archive/refused-calls.ts';
import { noProgress, scanArchive, type ScanTotals } from '../shared/collect/archive/scan-archive.ts';
import { readingOf } from '../shared/collect/reading-of.ts';
import type { Gap, Reading } from '../shared/observation.ts';
import { archiveFiles, readArchivePlace, startScanThreads, type ArchivePlace } from './archive.ts';
import type { AwsClientSettings } from './aws-clients.ts';

export interface TrailRequest {
  place: ArchivePlace;
  /** How the place is told to people. */
  source: string;
  account: string;
  window: { from: Date; to: Date };
  aws: AwsClientSettings;
  signal?: AbortSignal;
}

/** Reads the trail at `s3://…` in place of the event history of the account whose clients these are. */
export function trailReader(
  source: string,
  clients: Pick<AwsClients, 'sts'>,
  aws: AwsClientSettings,
): (window: TrailRequest['window']) => Promise<KnownReadings> {
  const place = readArchivePlace(source);
  return async (window) => {
    const { account } = await readIdentity(clients, new AbortController().signal);
    return readTrail({ place, source, account, window, aws });
  };
}

/** Scans the account's files of the window; what cannot be read is a gap, and an archive that is not there leaves the facts unread. */
export async function readTrail(request: TrailRequest): Promise<KnownReadings> {
  const { place, source, account, window, aws, signal } = request;
  const filter = { from: isoTime(window.from), to: isoTime(window.to), accounts: [account] };
  const threads = startScanThreads({ ...filter, callers: true });
  try {
    const files = archiveFiles(place, filter, aws, signal);
    const progress = noProgress();
    const { totals, calls } = await scanArchive({
      files,
      threads,
      batches: 4,
      progress,
      ...(signal && { signal }),
    });
    const own = calls.byAccount().find((one) => one.account === account);
    return archiveReadings(own, { source, totals, left: calls.left() });
  } catch (error) {
    signal?.throwIfAborted();
    return unread({ location: null, why: (error as Error).message });
  } finally {
    await threads.close();
  }
}

function isoTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** The facts about one account; `calls` is undefined where the archive has none of it. */
export function archiveReadings(calls: AccountCalls | undefined, scanned: ScannedArchive): KnownReadings {
  const { denials = [], callers = [], podIdentityDenials = [], serviceDenials = [] } = calls ?? {};
  const gaps = archiveGaps(scanned);
  if (scanned.totals.files === 0) return unread(...gaps);
  const note = `read from the log files in ${scanned.source}`;
  const told = <T>(value: T): Reading<T> => {
    const reading = readingOf(value, gaps);
    return reading.state === 'whole' ? { ...reading, note } : reading;
  };
  return {
    denials: told({ denials, callers, events: sumOf(denials) + sumOf(callers), unparsed: 0 }),
    serviceDenials: told({ denials: serviceDenials, events: sumOf(serviceDenials), unparsed: 0 }),
    podIdentityDenials: told({ denials: podIdentityDenials, events: sumOf(podIdentityDenials), unparsed: 0 }),
  };
}

function unread(...gaps: Gap[]): KnownReadings {
  const reading = { state: 'unread' as const, gaps };
  return { denials: reading, podIdentityDenials: reading, serviceDenials: reading };
}

function sumOf(groups: readonly { events: number }[]): number {
  return groups.reduce((sum, { events }) => sum + events, 0);
}

const mostNamed = 5;

export interface ScannedArchive {
  source: string;
  totals: ScanTotals;
  /** Calls of denials beyond those that are kept. */
  left: number;
}

/** What of the archive was not read, with the names of some files. */
function archiveGaps(scanned: ScannedArchive): Gap[] {
  const { totals } = scanned;
  const whys = coverageGaps(scanned);
  if (totals.damaged > 0) {
    const named = totals.problems.slice(0, mostNamed).map(({ file, why }) => `${file} (${why})`);
    const more = totals.damaged - named.length;
    whys.push(
      `${totals.damaged} of ${totals.files} log files could not be read: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    );
  }
  return whys.map((why) => ({ location: null, why }));
}

/** What was not read, apart from single files. */
export function coverageGaps({ source, totals, left }: ScannedArchive): string[] {
  const unnamed = totals.damaged - totals.problems.length;
  return [
    ...(totals.files === 0
      ? [
          `There is no log file of CloudTrail in ${source} for what was asked; check the place, the time, and whether the trail is on`,
        ]
      : []),
    ...(unnamed > 0 ? [`${unnamed} more log files could not be read`] : []),
    ...(left > 0
      ? [
          `Cannot tell all denials apart: ${left} calls belong to more distinct denials than are kept; repair those that are shown first`,
        ]
      : []),
  ];
}
