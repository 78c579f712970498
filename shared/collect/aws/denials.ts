import { isoSeconds, parseWebIdentityRecord } from '../../domain/cloudtrail-record.ts';
import type { AwsFacts, Gap } from '../../observation.ts';
import { en, ja, type Localized } from '../../words.ts';
import { abortAfter } from '../abort-after.ts';
import { allowMoreOrLess, remedied, tooManyDenials } from '../cannot.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { groupCalls, type CallGroups } from './group-calls.ts';
import { lookUpEvents, type Event, type LookedUp } from './look-up-events.ts';
import { gapOf } from './refusal.ts';
import type { Slices, Span } from './slices.ts';
import type { AwsSource } from './source.ts';
import { readTrustChanges, type TrustChanges } from './trust-changes.ts';

/** LookupEvents reaches back 90 days. */
const retentionMs = 90 * 24 * 3600 * 1000;

/** AssumeRoleWithWebIdentity in the event history of every region, grouped while it is read. */
export const denialsReader: Reader<AwsSource, AwsFacts['denials']> = {
  permissions: ['cloudtrail:LookupEvents'],
  async read(source) {
    const groups = groupCalls();
    const budget = abortAfter(millisecondsLeft(source), source.signal);
    try {
      const regions = await Promise.all(
        trailRegions(source).map((region) => readRegion(source, region, groups, budget.signal)),
      );
      const changes = await readTrustChanges(source, groups.denials(), budget.signal);
      return combine(source, groups, regions, changes);
    } finally {
      budget.clear();
    }
  },
};

function millisecondsLeft({ deadline }: AwsSource): number | null {
  return deadline ? deadline.getTime() - Date.now() : null;
}

/** Calls to the global endpoint sts.amazonaws.com are recorded in us-east-1; other partitions have no such endpoint. */
function trailRegions({ partition, regions }: AwsSource): string[] {
  return [...new Set(partition === 'aws' ? [...regions, 'us-east-1'] : regions)].sort();
}

interface RegionEvents extends LookedUp {
  region: string;
  unparsed: number;
  /** Why the first of them could not be parsed. */
  unparsedWhy: Localized | null;
}

async function readRegion(
  source: AwsSource,
  region: string,
  groups: CallGroups,
  signal: AbortSignal,
): Promise<RegionEvents> {
  source.report({ kind: 'region', region, state: 'started' });
  const parsing: Pick<RegionEvents, 'unparsed' | 'unparsedWhy'> = { unparsed: 0, unparsedWhy: null };
  const started = Date.now();
  const result = await lookUpEvents({
    client: source.clients.cloudTrail(region),
    eventName: 'AssumeRoleWithWebIdentity',
    window: source.window,
    bucket: source.lookups(region),
    signal,
    onPage(events, slices) {
      for (const event of events) {
        const problem = addEvent(groups, event, region, source);
        if (problem === null) continue;
        parsing.unparsed++;
        parsing.unparsedWhy ??= problem;
      }
      source.report({ kind: 'events', region, ...progressOf(slices), budget: budgetOf(source, started) });
    },
  });
  source.report({ kind: 'region', region, state: 'done' });
  return { ...result, ...parsing, region };
}

function progressOf({ events, counts, covered }: Slices) {
  return { events, slices: counts, covered };
}

function budgetOf({ deadline }: AwsSource, started: number) {
  return deadline ? { spentMs: Date.now() - started, totalMs: deadline.getTime() - started } : null;
}

/** Adds one event to the groups; says why where it cannot. */
function addEvent(groups: CallGroups, event: Event, region: string, { window }: AwsSource): Localized | null {
  const parsed = parseWebIdentityRecord(event.CloudTrailEvent ?? '');
  if (!parsed.ok) return parsed.why;
  // An event without any time is within the window all the same.
  const time = isoSeconds(event.EventTime) ?? isoSeconds(window.to) ?? '';
  const added = groups.add(parsed.record, { eventId: event.EventId ?? null, time, region });
  return added ? null : namesNobody;
}

const namesNobody = {
  en: 'the record of a call that succeeded names no role or no caller',
  ja: '成功した呼び出しのレコードに、ロールまたは呼び出し元がありません',
};

function combine(
  source: AwsSource,
  groups: CallGroups,
  regions: RegionEvents[],
  { trustChanges, gap }: TrustChanges,
) {
  const gaps = [
    ...source.regionGaps,
    ...retentionGap(source),
    ...regions.flatMap((region) => gapsOfRegion(source, region)),
    ...limitGap(groups),
  ];
  // Where the region's events were refused already, that says it all.
  if (gap && !gaps.some(({ location }) => location === gap.location)) gaps.push(gap);
  const events = regions.reduce((sum, region) => sum + region.events, 0);
  const unparsed = regions.reduce((sum, region) => sum + region.unparsed, 0);
  if (gaps.length > 0 && regions.every(({ pages }) => pages === 0)) return { state: 'unread' as const, gaps };
  const found = { denials: groups.denials(), callers: groups.callers(), events, unparsed };
  return readingOf({ ...found, ...(trustChanges && { trustChanges }) }, gaps);
}

function gapsOfRegion(source: AwsSource, read: RegionEvents): Gap[] {
  const spans = read.uncovered.map((span) => ({
    ...whyUncovered(read),
    ...boundsOf(span, source),
  }));
  if (read.unparsed === 0) return spans;
  const { unparsed, events, unparsedWhy } = read;
  const why = {
    en: en`${unparsed} of ${events} events could not be understood (${unparsedWhy ?? ''}); report it with one of the records`,
    ja: ja`イベント ${events} 件のうち ${unparsed} 件を解釈できませんでした (${unparsedWhy ?? ''})。レコードを 1 件添えて報告してください`,
  };
  return [...spans, { location: read.region, why }];
}

function whyUncovered({ region, events, error }: RegionEvents): Gap {
  const counted = events === 1 ? '1 event was' : `${events} events were`;
  if (error === null) {
    const reason = {
      en: `The time for reading events ended after ${counted} read`,
      ja: `イベントを ${events} 件読み取ったところで、読み取りの時間が終わりました`,
    };
    return { location: region, why: remedied(reason, allowMoreOrLess) };
  }
  const attempt = {
    action: {
      en: 'look up AssumeRoleWithWebIdentity events',
      ja: 'AssumeRoleWithWebIdentity のイベントを検索',
    },
    permission: 'cloudtrail:LookupEvents',
    location: region,
  };
  const gap = gapOf(error, attempt);
  const why = {
    en: en`${gap.why} (${counted} read before)`,
    ja: ja`${gap.why} (それまでに ${events} 件を読み取りました)`,
  };
  return events === 0 ? gap : { ...gap, why };
}

/** The span as it is told: the ends of the window are told as they were asked for. */
function boundsOf({ from, to }: Span, { window }: AwsSource): { from: string; to: string } {
  const start = new Date(Math.max(from * 1000, window.from.getTime()));
  const end = new Date(Math.min(to * 1000, window.to.getTime()));
  return { from: isoSeconds(start) ?? '', to: isoSeconds(end) ?? '' };
}

function retentionGap({ window, now }: AwsSource): Gap[] {
  const oldest = new Date(now.getTime() - retentionMs);
  if (window.from >= oldest) return [];
  const to = window.to < oldest ? window.to : oldest;
  const span = { from: isoSeconds(window.from) ?? '', to: isoSeconds(to) ?? '' };
  return [{ location: null, why: keptFor90Days, ...span }];
}

const keptFor90Days = {
  en: 'CloudTrail keeps its event history for 90 days; scan the trail’s archive for older calls',
  ja: 'CloudTrail のイベント履歴の保存期間は 90 日です。それより古い呼び出しは、証跡のログファイルをスキャンしてください',
};

function limitGap(groups: CallGroups): Gap[] {
  const left = groups.left();
  if (left === 0) return [];
  return [{ location: null, why: tooManyDenials(left) }];
}
