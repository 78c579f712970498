import { isoSeconds } from '../../domain/cloudtrail-record.ts';
import { parseRefusedServiceCall } from '../../domain/service-call-record.ts';
import type { AwsFacts, Gap } from '../../observation.ts';
import type { Localized } from '../../words.ts';
import { abortAfter } from '../abort-after.ts';
import { remedied, repairShownFirst } from '../cannot.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { groupServiceCalls, type ServiceCallGroups } from './group-service-calls.ts';
import { lookUpEvents, type Event, type Wanted } from './look-up-events.ts';
import { gapOf } from './refusal.ts';
import type { AwsSource } from './source.ts';
import {
  podIdentitySessions,
  sessionsByName,
  webIdentitySessions,
  workloadOf,
  type NamedSessions,
  type WorkloadSession,
} from './workload-sessions.ts';

const permission = 'cloudtrail:LookupEvents';
const action = {
  en: "look up the calls of workloads' sessions",
  ja: 'ワークロードのセッションの呼び出しを検索',
};

/** Sessions of one region that are looked at: LookupEvents is asked for one at a time, twice a second. */
const mostSessions = 40;
/** Roles of Pod Identity in one region whose sessions are looked for. */
const mostRoles = 20;
/** Look-ups side by side, so that no turn is lost while CloudTrail thinks. */
const lookUpsAtATime = 4;
/** Pages of 50 events for one session; a workload that calls more often is looked at in part. */
const pagesOfSession = 4;
/** The time for all of it, besides the deadline of the whole reading. */
const budgetMs = 90_000;
/** A session lasts an hour unless a longer one is asked for. */
const sessionMs = 3600_000;

/**
 * Refused calls of workloads' roles. The event history cannot be asked for errors, and holds no data events (S3 objects,
 * DynamoDB items, queues): so the newest sessions that STS gave to workloads are looked up by their names, within a budget.
 */
export const serviceDenialsReader: Reader<AwsSource, AwsFacts['serviceDenials']> = {
  permissions: [permission],
  async read(source) {
    // The time is for the look-ups: until the calls of AssumeRoleWithWebIdentity are read there is nothing to look up.
    await Promise.all([source.reading('denials'), source.reading('podIdentityAssociations')]);
    const stop = abortAfter(millisecondsLeft(source), source.signal);
    try {
      const [byRegion, gaps] = await sessionsByRegion(source, stop.signal);
      const groups = groupServiceCalls();
      const regions = await Promise.all(
        [...byRegion].map(([region, sessions]) =>
          readRegion(source, { region, sessions, groups, signal: stop.signal }),
        ),
      );
      return combine(groups, regions, gaps);
    } finally {
      stop.clear();
    }
  },
};

function millisecondsLeft({ deadline }: AwsSource): number {
  return Math.min(budgetMs, deadline ? deadline.getTime() - Date.now() : budgetMs);
}

type Sessions = [byRegion: Map<string, NamedSessions[]>, gaps: Gap[]];

/** The sessions to look at in each region that was asked for. */
async function sessionsByRegion(source: AwsSource, signal: AbortSignal): Promise<Sessions> {
  const [denials, clusters] = await Promise.all([source.reading('denials'), source.reading('clusters')]);
  const known = clusters.state === 'unread' ? [] : clusters.value.clusters;
  const ofIrsa = denials.state === 'unread' ? [] : webIdentitySessions(denials.value.callers, known);
  const gaps: Gap[] = denials.state === 'unread' ? [unknownSessions] : [];
  const ofPods = await podSessions(source, signal, gaps);
  const asked = [...ofPods, ...ofIrsa].filter(({ region }) => source.regions.includes(region));
  return [sessionsByName(asked), gaps];
}

const unknownSessions: Gap = {
  location: null,
  why: {
    en: 'Cannot tell which sessions the workloads have: the calls of AssumeRoleWithWebIdentity could not be read',
    ja: 'ワークロードのセッションを確認できません: AssumeRoleWithWebIdentity の呼び出しを読み取れませんでした',
  },
};

/** The newest session of each association of Pod Identity, found by its role. */
async function podSessions(source: AwsSource, signal: AbortSignal, gaps: Gap[]): Promise<WorkloadSession[]> {
  const [associations, clusters] = await Promise.all([
    source.reading('podIdentityAssociations'),
    source.reading('clusters'),
  ]);
  if (associations.state === 'unread' || clusters.state === 'unread') return [];
  const wanted = clusters.value.clusters.flatMap(({ arn, name, region }) =>
    (associations.value[arn] ?? []).map((one) => ({ ...one, cluster: name, region })),
  );
  const roles = new Map<string, { region: string; roleArn: string }>();
  for (const { region, roleArn } of wanted) roles.set(`${region} ${roleArn}`, { region, roleArn });
  const records = new Map<string, string[]>();
  const chosen = [...roles].slice(0, mostRoles);
  await readEach(chosen, lookUpsAtATime, async ([key, { region, roleArn: resourceName }]) => {
    const found: string[] = [];
    const take = ({ CloudTrailEvent }: Event) => void found.push(CloudTrailEvent ?? '');
    const since = source.window.from;
    const until = source.window.to;
    await lookUp(source, { region, wanted: { resourceName }, since, until, signal, take, gaps });
    records.set(key, found);
  });
  if (roles.size > mostRoles)
    gaps.push({
      location: null,
      why: tooManyRoles(roles.size),
    });
  return wanted.flatMap((one) => podIdentitySessions(records.get(`${one.region} ${one.roleArn}`) ?? [], one));
}

function tooManyRoles(roles: number): Localized {
  return {
    en: `Cannot look up the sessions of all ${roles} roles of Pod Identity: it is done for ${mostRoles}; the capture of denials, or a scan of the trail's archive, sees all`,
    ja: `Pod Identity の ${roles} 個のロールすべてのセッションは検索できません: 検索したのは ${mostRoles} 個です。${seesAll.ja}`,
  };
}

const seesAll = {
  en: 'the capture of denials, or a scan of the trail’s archive, sees all',
  ja: '拒否のキャプチャ、または証跡のログファイルのスキャンでは、すべてを確認できます',
};

interface RegionRequest {
  region: string;
  sessions: readonly NamedSessions[];
  groups: ServiceCallGroups;
  signal: AbortSignal;
}

interface RegionRead {
  events: number;
  unparsed: number;
  pages: number;
  gaps: Gap[];
}

async function readRegion(source: AwsSource, request: RegionRequest): Promise<RegionRead> {
  const { region, sessions, groups, signal } = request;
  const read: RegionRead = { events: 0, unparsed: 0, pages: 0, gaps: [] };
  await readEach(sessions.slice(0, mostSessions), lookUpsAtATime, async (session) => {
    if (signal.aborted) return;
    const take = (event: Event) => {
      read.events++;
      if (!addEvent(groups, event, session)) read.unparsed++;
    };
    const wanted = { username: session.name };
    const since = new Date(Date.parse(session.first) - 60_000);
    const until = new Date(Date.parse(session.last) + sessionMs);
    const pages = await lookUp(source, { region, wanted, since, until, signal, take, gaps: read.gaps });
    read.pages += pages;
  });
  read.gaps = [...new Map(read.gaps.map((gap) => [gap.why.en, gap])).values(), ...leftOut(request)];
  return read;
}

function leftOut({ region, sessions, signal }: RegionRequest): Gap[] {
  if (signal.aborted) return [{ location: region, why: remedied(tooLate, seesAll) }];
  if (sessions.length <= mostSessions) return [];
  const newest = {
    en: `Only the newest ${mostSessions} of ${sessions.length} sessions of workloads were looked at`,
    ja: `ワークロードのセッション ${sessions.length} 件のうち、新しいものから ${mostSessions} 件だけを調べました`,
  };
  return [{ location: region, why: remedied(newest, seesAll) }];
}

const tooLate = {
  en: 'The time for it ended before every session could be looked at',
  ja: 'すべてのセッションを調べる前に時間が終わりました',
};

/** False for a record that is none. */
function addEvent(groups: ServiceCallGroups, event: Event, named: NamedSessions): boolean {
  const record = parse(event.CloudTrailEvent ?? '');
  if (record === null) return false;
  const call = parseRefusedServiceCall(record);
  if (call === null || call.session === 'node') return true;
  const { namespace, serviceAccount, cluster } = workloadOf(named, call);
  const time = isoSeconds(event.EventTime) ?? named.last;
  const found = { eventId: event.EventId ?? null, time, region: named.region };
  groups.add({ ...call, namespace, serviceAccount, cluster }, found);
  return true;
}

function parse(json: string): object | null {
  try {
    const record: unknown = JSON.parse(json);
    return typeof record === 'object' ? record : null;
  } catch {
    return null; // it is counted as a record that could not be understood
  }
}

interface SessionLookUp {
  region: string;
  wanted: Wanted;
  since: Date;
  until: Date;
  signal: AbortSignal;
  take: (event: Event) => void;
  gaps: Gap[];
}

/** Looks up the events of one session, or about one role, a few pages of them; gives the number of answers. */
async function lookUp(
  source: AwsSource,
  { region, wanted, since, until, signal, take, gaps }: SessionLookUp,
): Promise<number> {
  const enough = new AbortController();
  const window = { from: since, to: until < source.window.to ? until : source.window.to };
  if (window.from >= window.to) return 0;
  let pages = 0;
  const { error } = await lookUpEvents({
    client: source.clients.cloudTrail(region),
    ...wanted,
    oneAtATime: true,
    window,
    bucket: source.lookups(region),
    signal: AbortSignal.any([signal, enough.signal]),
    onPage(events) {
      events.forEach(take);
      if (++pages >= pagesOfSession) enough.abort();
    },
  });
  if (error !== null) gaps.push(gapOf(error, { action, permission, location: region }));
  return pages;
}

function combine(groups: ServiceCallGroups, regions: RegionRead[], gaps: Gap[]) {
  const all = [...gaps, ...regions.flatMap((region) => region.gaps)];
  const left = groups.left();
  if (left > 0)
    all.push({
      location: null,
      why: remedied(tooManyCalls(left), repairShownFirst),
    });
  const pages = regions.reduce((sum, region) => sum + region.pages, 0);
  if (all.length > 0 && pages === 0) return { state: 'unread' as const, gaps: all };
  const events = regions.reduce((sum, region) => sum + region.events, 0);
  const unparsed = regions.reduce((sum, region) => sum + region.unparsed, 0);
  return readingOf({ denials: groups.denials(), events, unparsed }, all);
}

function tooManyCalls(left: number): Localized {
  return {
    en: `Cannot tell all refused calls apart: ${left} belong to more than are kept`,
    ja: `拒否された呼び出しをすべては区別できません: ${left} 件は、保持できる種類を超えたものです`,
  };
}
