import { isoSeconds } from '../../domain/cloudtrail-record.ts';
import { podIdentityDenialKey } from '../../domain/denial-key.ts';
import { parseInstanceCall } from '../../domain/instance-call.ts';
import type { PodIdentityDenial } from '../../domain/service-denial.ts';
import type { AwsFacts, Gap } from '../../observation.ts';
import { abortAfter } from '../abort-after.ts';
import { allowMoreOrLess, outOfTime } from '../cannot.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { lookUpEvents, type Event } from './look-up-events.ts';
import { gapOf } from './refusal.ts';
import type { AwsSource } from './source.ts';

type Denials = AwsFacts['podIdentityDenials'];

const permission = 'cloudtrail:LookupEvents';
const action = {
  en: 'look up AssumeRoleForPodIdentity events',
  ja: 'AssumeRoleForPodIdentity のイベントを検索',
};

/** Sample event ids, and nodes, that a denial keeps. */
const samples = 5;

/** Refused AssumeRoleForPodIdentity calls of the regions that have clusters, grouped while they are read. */
export const podIdentityDenialsReader: Reader<AwsSource, Denials> = {
  permissions: [permission],
  async read(source) {
    const budget = abortAfter(source.deadline ? source.deadline.getTime() - Date.now() : null, source.signal);
    try {
      const regions = await regionsToRead(source);
      const read = await Promise.all(regions.map((region) => readRegion(source, region, budget.signal)));
      const gaps = [...source.regionGaps, ...read.flatMap((one) => one.gaps)];
      if (gaps.length > 0 && read.every(({ pages }) => pages === 0)) return { state: 'unread', gaps };
      return readingOf(
        {
          denials: read.flatMap(({ denials }) => denials),
          events: read.reduce((sum, { events }) => sum + events, 0),
          unparsed: read.reduce((sum, { unparsed }) => sum + unparsed, 0),
        },
        gaps,
      );
    } finally {
      budget.clear();
    }
  },
};

/** Only nodes of a cluster make such calls, in its region. */
async function regionsToRead(source: AwsSource): Promise<string[]> {
  const clusters = await source.reading('clusters');
  if (clusters.state !== 'whole') return [...source.regions];
  return [...new Set(clusters.value.clusters.map(({ region }) => region))].sort();
}

interface RegionRead {
  denials: PodIdentityDenial[];
  events: number;
  unparsed: number;
  pages: number;
  gaps: Gap[];
}

async function readRegion(source: AwsSource, region: string, signal: AbortSignal): Promise<RegionRead> {
  const groups = new Map<string, PodIdentityDenial>();
  let unparsed = 0;
  const { events, pages, uncovered, error } = await lookUpEvents({
    client: source.clients.cloudTrail(region),
    eventName: 'AssumeRoleForPodIdentity',
    window: source.window,
    bucket: source.lookups(region),
    signal,
    onPage: (page) => {
      for (const event of page) if (!addEvent(groups, event, region)) unparsed++;
    },
  });
  const denials = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, denial]) => denial);
  return { denials, events, unparsed, pages, gaps: gapsOf({ region, uncovered, error, unparsed }) };
}

function gapsOf({
  region,
  uncovered,
  error,
  unparsed,
}: {
  region: string;
  uncovered: readonly unknown[];
  error: unknown;
  unparsed: number;
}): Gap[] {
  const odd = {
    en: `${unparsed} AssumeRoleForPodIdentity events could not be understood; report it with one of the records`,
    ja: `AssumeRoleForPodIdentity のイベント ${unparsed} 件を解釈できませんでした。レコードを 1 件添えて報告してください`,
  };
  const late = outOfTime(action, allowMoreOrLess);
  return [
    ...(unparsed > 0 ? [{ location: region, why: odd }] : []),
    ...(uncovered.length > 0
      ? [
          error === null
            ? { location: region, why: late }
            : gapOf(error, { action, permission, location: region }),
        ]
      : []),
  ];
}

/** False for a record that cannot be understood; a call that succeeded belongs to no group. */
function addEvent(groups: Map<string, PodIdentityDenial>, event: Event, region: string): boolean {
  const parsed = parseInstanceCall(event.CloudTrailEvent ?? '');
  if (!parsed.ok) return false;
  const { clusterName, errorCode, errorMessage, eventId, instanceId, nodeName, time } = parsed.call;
  if (errorCode === null) return true;
  if (clusterName === null) return false;
  const seen = time ?? isoSeconds(event.EventTime) ?? '';
  const told = { clusterName, region, namespace: null, serviceAccount: null, errorCode, errorMessage };
  const key = podIdentityDenialKey(told);
  const group = groups.get(key) ?? newGroup(told, seen);
  groups.set(key, group);
  count(group, { seen, eventId: eventId ?? event.EventId ?? null, node: nodeName ?? instanceId });
  return true;
}

function newGroup(
  told: Omit<
    PodIdentityDenial,
    'pod' | 'node' | 'nodes' | 'roleArn' | 'events' | 'firstSeen' | 'lastSeen' | 'sampleEventIds'
  >,
  seen: string,
): PodIdentityDenial {
  return {
    ...told,
    pod: null,
    node: null,
    nodes: [],
    roleArn: null,
    events: 0,
    firstSeen: seen,
    lastSeen: seen,
    sampleEventIds: [],
  };
}

function count(
  group: PodIdentityDenial,
  { seen, eventId, node }: { seen: string; eventId: string | null; node: string | null },
): void {
  group.events++;
  if (seen < group.firstSeen) group.firstSeen = seen;
  if (seen >= group.lastSeen) Object.assign(group, { lastSeen: seen, node: node ?? group.node });
  if (eventId !== null && group.sampleEventIds.length < samples) group.sampleEventIds.push(eventId);
  const nodes = (group.nodes ??= []);
  if (node !== null && !nodes.includes(node) && nodes.length < mostNodes) nodes.push(node);
}

/** Nodes that a denial names: enough to tell on which nodes the refused pods may run. */
const mostNodes = 50;
