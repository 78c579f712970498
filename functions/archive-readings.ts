/** The facts that log files of a trail tell, in place of CloudTrail's event history. */
import type { AwsClients, KnownReadings } from '../shared/collect/aws/account.ts';
import { readIdentity } from '../shared/collect/aws/identity.ts';
import {
  readTrustChanges,
  type TrustChanges,
  type TrustChangesSource,
} from '../shared/collect/aws/trust-changes.ts';
import { tokenBucket } from '../shared/collect/aws/token-bucket.ts';
import { abortAfter } from '../shared/collect/abort-after.ts';
import type { AccountCalls } from '../shared/collect/archive/refused-calls.ts';
import type { ScanFilter } from '../shared/collect/archive/scan-batch.ts';
import type { ScanThreads } from '../shared/collect/archive/scan-threads.ts';
import { noProgress, scanArchive, type ScanTotals } from '../shared/collect/archive/scan-archive.ts';
import { damageInWords } from '../shared/collect/archive/damage-words.ts';
import { coverageGaps, type ScannedArchive } from '../shared/collect/archive/coverage-gaps.ts';
import { readingOf } from '../shared/collect/reading-of.ts';
import { saidBy } from '../shared/localized-error.ts';
import type { Gap, Reading } from '../shared/observation.ts';
import type { Localized } from '../shared/words.ts';
import { archiveFiles, readArchivePlace, type ArchivePlace } from './archive.ts';
import type { AwsClientSettings } from './aws-clients.ts';
import type { Elsewhere } from './run-audit.ts';

/** The facts that log files tell. */
const trailFacts = ['denials', 'podIdentityDenials', 'serviceDenials'] as const;

export interface Trail {
  /** Where it writes, `s3://BUCKET/PREFIX`, or a folder; told to people as it is. */
  source: string;
  /** Of the account that is audited. */
  clients: Pick<AwsClients, 'sts' | 'cloudTrail'>;
  /** For the bucket, which may be another account's. */
  aws: AwsClientSettings;
  /** Calls that were recorded in other regions are not read; all are where absent. */
  regions?: readonly string[];
  startThreads: (filter: ScanFilter) => ScanThreads;
  /** LookupEvents requests a second. */
  lookupRate: number;
  /** When to stop reading events: the log files take two thirds of the time until then, for others are read after them. */
  deadline?: Date;
  signal?: AbortSignal;
}

/** Reads the trail in place of the event history. @throws {Error} where the source names no possible bucket. */
export function trailReader(trail: Trail): Elsewhere {
  const place = readArchivePlace(trail.source);
  return {
    facts: trailFacts,
    async read(window) {
      const { clients, signal = new AbortController().signal } = trail;
      const { account, partition } = await readIdentity(clients, signal);
      const readings = await scanTrail(trail, { place, account, window });
      return withTrustChanges(readings, { ...trail, account, partition, now: window.to });
    },
  };
}

interface TrailRequest {
  place: ArchivePlace;
  account: string;
  window: { from: Date; to: Date };
}

/** What cannot be read is a gap, and an archive that is not there leaves the facts unread. */
async function scanTrail(trail: Trail, { place, account, window }: TrailRequest): Promise<KnownReadings> {
  const { source, aws, signal } = trail;
  const filter = { ...boundsOf(window), accounts: [account], ...regionsOf(trail) };
  const threads = trail.startThreads({ ...filter, callers: true });
  const budget = abortAfter(leftMs(trail, 2 / 3), signal);
  const progress = noProgress();
  try {
    const files = archiveFiles(place, filter, aws, budget.signal);
    await scanArchive({ files, threads, progress, signal: budget.signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (!budget.signal.aborted) return unread({ location: null, why: saidBy(error) });
  } finally {
    budget.clear();
    await threads.close();
  }
  signal?.throwIfAborted();
  const { totals, calls } = progress;
  const own = calls.byAccount().find((one) => one.account === account);
  return archiveReadings(own, { source, totals, left: calls.left(), isCutOff: budget.signal.aborted });
}

function boundsOf({ from, to }: TrailRequest['window']): { from: string; to: string } {
  return { from: isoTime(from), to: isoTime(to) };
}

/** Calls to the global endpoint of STS are recorded in us-east-1. */
function regionsOf({ regions }: Trail): { regions?: string[] } {
  return regions ? { regions: [...new Set([...regions, 'us-east-1'])] } : {};
}

/** A part of the time until the deadline, in milliseconds; null where there is none. */
function leftMs({ deadline }: Pick<Trail, 'deadline'>, share: number): number | null {
  return deadline ? share * (deadline.getTime() - Date.now()) : null;
}

export interface ChangesRequest
  extends
    Pick<Trail, 'clients' | 'lookupRate' | 'deadline' | 'signal'>,
    Pick<TrustChangesSource, 'account' | 'partition' | 'now'> {}

/**
 * Adds when trust policies were changed since they refused: there are few such calls, so that they are looked up even
 * where a trail is read, which may not hold the region in which they are recorded.
 */
export async function withTrustChanges(
  readings: KnownReadings,
  request: ChangesRequest,
): Promise<KnownReadings> {
  const { denials } = readings;
  if (!denials || denials.state === 'unread') return readings;
  const bucket = tokenBucket(request.lookupRate);
  const budget = abortAfter(leftMs(request, 1), request.signal);
  try {
    const source = { ...request, lookups: () => bucket };
    const changes = await readTrustChanges(source, denials.value.denials, budget.signal);
    return { ...readings, denials: joined(denials, changes) };
  } finally {
    budget.clear();
  }
}

type ReadDenials = Exclude<NonNullable<KnownReadings['denials']>, { state: 'unread' }>;

function joined(denials: ReadDenials, { trustChanges, gap }: TrustChanges): ReadDenials {
  const value = { ...denials.value, ...(trustChanges && { trustChanges }) };
  if (!gap) return { ...denials, value };
  return { state: 'partial', value, gaps: [...(denials.state === 'partial' ? denials.gaps : []), gap] };
}

function isoTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** The facts about one account; `calls` is undefined where the archive has none of it. */
export function archiveReadings(calls: AccountCalls | undefined, scanned: ScannedArchive): KnownReadings {
  const { denials = [], callers = [], podIdentityDenials = [], serviceDenials = [] } = calls ?? {};
  const gaps = archiveGaps(scanned);
  if (scanned.totals.files === 0) return unread(...gaps);
  const note = {
    en: `read from the log files in ${scanned.source}`,
    ja: `${scanned.source} のログファイルから読み取りました`,
  };
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

/** What of the archive was not read, with the names of some files. */
function archiveGaps(scanned: ScannedArchive): Gap[] {
  const { totals } = scanned;
  const whys = coverageGaps(scanned);
  if (totals.damaged > 0) {
    whys.push(damagedFiles(totals));
  }
  return whys.map((why) => ({ location: null, why }));
}

function damagedFiles({ damaged, files, problems }: ScanTotals): Localized {
  const some = problems.slice(0, mostNamed);
  const more = damaged - some.length;
  const named = some.map(({ file, why }) => `${file} (${why})`);
  const inJapanese = some.map(({ file, why }) => `${file} (${damageInWords(why).ja})`);
  return {
    en: `${damaged} of ${files} log files could not be read: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    ja: `ログファイル ${files} 個のうち ${damaged} 個を読み取れませんでした: ${inJapanese.join('、')}${more > 0 ? ` ほか ${more} 個` : ''}`,
  };
}
