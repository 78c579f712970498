/** Groups events that are alike. Groups can be joined, sent to another thread and kept in a file: they are plain data. */

/** A few distinct values with the newest time of each, newest first. */
export type Newest = [value: string, time: string][];

export interface EventGroup<Told> {
  /** What the newest event tells; older ones with the same key tell the same, but for the circumstances of the call. */
  latest: Told;
  /** Of the newest event. */
  latestTime: string;
  latestId: string | null;
  events: number;
  firstSeen: string;
  lastSeen: string;
  eventIds: Newest;
  sourceIps: Newest;
  /** Sorted. */
  regions: string[];
  /** The largest of the amounts that its events had; null where none had one. */
  largest: number | null;
}

/** One event, as its group counts it. */
export interface Seen {
  /** ISO 8601 UTC to the second. */
  time: string;
  eventId: string | null;
  sourceIp: string | null;
  region: string | null;
  amount?: number | null;
}

/** When an event was, and which. */
export type When = Pick<Seen, 'time' | 'eventId'>;

export interface GroupsData<Told> {
  groups: [key: string, group: EventGroup<Told>][];
  /** Events of groups beyond the limit, which were counted and not kept. */
  left: number;
}

/** How many sample event ids and source addresses a group keeps. */
const samples = 5;

export class EventGroups<Told> {
  readonly #groups = new Map<string, EventGroup<Told>>();
  readonly #limit: number;
  #left = 0;

  /** `limit` bounds the groups: whoever holds a token can ask for any number of roles that do not exist. */
  constructor(limit = 100_000) {
    this.#limit = limit;
  }

  add(key: string, told: Told, seen: Seen): void {
    const group = this.#groups.get(key);
    if (group) addEvent(group, told, seen);
    else if (this.#groups.size < this.#limit) this.#groups.set(key, newGroup(told, seen));
    else this.#left++;
  }

  /** Adds an event from where and with what a newer one was added; says whether it did, for the newest must be added whole. */
  addOlder(key: string, when: When): boolean {
    const group = this.#groups.get(key);
    if (!group || isNewer(when, group)) return false;
    countEvent(group, when);
    return true;
  }

  /** Adds groups that were made elsewhere of other events, and takes them over. */
  join({ groups, left }: GroupsData<Told>): void {
    this.#left += left;
    for (const [key, group] of groups) {
      const known = this.#groups.get(key);
      if (known) joinGroup(known, group);
      else if (this.#groups.size < this.#limit) this.#groups.set(key, group);
      else this.#left += group.events;
    }
  }

  get left(): number {
    return this.#left;
  }

  data(): GroupsData<Told> {
    return { groups: [...this.#groups], left: this.#left };
  }

  /** In an order that depends on what was added and not on when. */
  inOrder(): [key: string, group: EventGroup<Told>][] {
    return [...this.#groups].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

function newGroup<Told>(told: Told, seen: Seen): EventGroup<Told> {
  const { time, eventId, sourceIp, region, amount = null } = seen;
  return {
    latest: told,
    latestTime: time,
    latestId: eventId,
    events: 1,
    firstSeen: time,
    lastSeen: time,
    eventIds: eventId === null ? [] : [[eventId, time]],
    sourceIps: sourceIp === null ? [] : [[sourceIp, time]],
    regions: region === null ? [] : [region],
    largest: amount,
  };
}

function addEvent<Told>(group: EventGroup<Told>, told: Told, seen: Seen): void {
  const { sourceIp, region, amount = null } = seen;
  countEvent(group, seen);
  if (sourceIp !== null) keepNewest(group.sourceIps, sourceIp, seen.time);
  if (region !== null) addRegion(group.regions, region);
  group.largest = larger(group.largest, amount);
  if (!isNewer(seen, group)) return;
  group.latest = told;
  group.latestTime = seen.time;
  group.latestId = seen.eventId;
}

function countEvent(group: EventGroup<unknown>, { time, eventId }: When): void {
  group.events++;
  if (time < group.firstSeen) group.firstSeen = time;
  if (time > group.lastSeen) group.lastSeen = time;
  if (eventId !== null) keepNewest(group.eventIds, eventId, time);
}

/** Of events of the same second the one with the greatest id counts as the newest, in whatever order they come. */
function isNewer({ time, eventId }: When, { latestTime, latestId }: EventGroup<unknown>): boolean {
  return time === latestTime ? (eventId ?? '') > (latestId ?? '') : time > latestTime;
}

function joinGroup<Told>(group: EventGroup<Told>, other: EventGroup<Told>): void {
  const { latest, latestTime, latestId } = other;
  if (isNewer({ time: latestTime, eventId: latestId }, group))
    Object.assign(group, { latest, latestTime, latestId });
  group.events += other.events;
  if (other.firstSeen < group.firstSeen) group.firstSeen = other.firstSeen;
  if (other.lastSeen > group.lastSeen) group.lastSeen = other.lastSeen;
  for (const [value, time] of other.eventIds) keepNewest(group.eventIds, value, time);
  for (const [value, time] of other.sourceIps) keepNewest(group.sourceIps, value, time);
  for (const region of other.regions) addRegion(group.regions, region);
  group.largest = larger(group.largest, other.largest);
}

function larger(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function addRegion(regions: string[], region: string): void {
  if (regions.includes(region)) return;
  regions.push(region);
  regions.sort();
}

/** Newest first, and of those of one second in their own order: what is kept does not depend on the order of the events. */
function keepNewest(newest: Newest, value: string, time: string): void {
  if (newest.length === samples && time < (newest[samples - 1]?.[1] ?? '')) return;
  for (let known = 0; known < newest.length; known++) {
    if (newest[known]?.[0] !== value) continue;
    if (time <= (newest[known]?.[1] ?? '')) return;
    newest.splice(known, 1);
  }
  const entry: Newest[number] = [value, time];
  let index = newest.length;
  while (index > 0 && comesBefore(entry, newest[index - 1] as Newest[number])) index--;
  if (index === samples) return;
  newest.splice(index, 0, entry);
  if (newest.length > samples) newest.pop();
}

function comesBefore(a: Newest[number], b: Newest[number]): boolean {
  return a[1] === b[1] ? a[0] < b[0] : a[1] > b[1];
}
