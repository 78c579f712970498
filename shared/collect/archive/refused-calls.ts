/** All refused calls that a scan found, by account and in groups: memory grows with distinct groups, not with calls. */
import type { WebIdentityRecord } from '../../domain/cloudtrail-record.ts';
import type { Caller, Denial } from '../../domain/web-identity.ts';
import type { PodIdentityDenial, ServiceDenial } from '../../domain/service-denial.ts';
import { EventGroups, type EventGroup, type GroupsData, type When } from './event-groups.ts';
import type { PodIdentityCall, RefusedCall, ServiceCall } from './refused-call.ts';

const kinds = ['webIdentity', 'caller', 'podIdentity', 'service'] as const;

interface Told {
  webIdentity: WebIdentityRecord;
  caller: WebIdentityRecord;
  podIdentity: PodIdentityCall;
  service: ServiceCall;
}

/** The groups of each kind; a key begins with the account. Plain data. */
export type RefusedCallsData = { [Kind in keyof Told]: GroupsData<Told[Kind]> };

/** What was refused in one account. */
export interface AccountCalls {
  account: string;
  denials: Denial[];
  callers: Caller[];
  podIdentityDenials: PodIdentityDenial[];
  serviceDenials: ServiceDenial[];
}

export class RefusedCalls {
  readonly #groups: { [Kind in keyof Told]: EventGroups<Told[Kind]> };

  constructor(limit?: number) {
    const make = <T>() => new EventGroups<T>(limit);
    this.#groups = { webIdentity: make(), caller: make(), podIdentity: make(), service: make() };
  }

  add({ kind, key, told, seen }: RefusedCall): void {
    const groups = this.#groups[kind] as EventGroups<typeof told>;
    groups.add(key, told, seen);
  }

  /** Adds a call like one that was added and is newer; says whether it did, for the newest must be added whole. */
  addOlder({ kind, key }: RefusedCall, when: When): boolean {
    return this.#groups[kind].addOlder(key, when);
  }

  /** Adds what was found elsewhere in other files, and takes it over. */
  join(data: RefusedCallsData): void {
    for (const kind of kinds) this.#groups[kind].join(data[kind] as GroupsData<never>);
  }

  data(): RefusedCallsData {
    const { webIdentity, caller, podIdentity, service } = this.#groups;
    return {
      webIdentity: webIdentity.data(),
      caller: caller.data(),
      podIdentity: podIdentity.data(),
      service: service.data(),
    };
  }

  /** Calls of groups beyond the limit, which were counted and not kept. */
  left(): number {
    return kinds.reduce((sum, kind) => sum + this.#groups[kind].left, 0);
  }

  /** By account, sorted. */
  byAccount(): AccountCalls[] {
    const accounts = new Map<string, AccountCalls>();
    const of = (key: string): AccountCalls => {
      const account = key.slice(0, key.indexOf(' '));
      const calls = accounts.get(account) ?? {
        account,
        denials: [],
        callers: [],
        podIdentityDenials: [],
        serviceDenials: [],
      };
      accounts.set(account, calls);
      return calls;
    };
    const { webIdentity, caller, podIdentity, service } = this.#groups;
    for (const [key, group] of webIdentity.inOrder()) of(key).denials.push(denialOf(group));
    for (const [key, group] of caller.inOrder()) of(key).callers.push(callerOf(group));
    for (const [key, group] of podIdentity.inOrder())
      of(key).podIdentityDenials.push({ ...group.latest, ...countsOf(group) });
    for (const [key, group] of service.inOrder())
      of(key).serviceDenials.push({ ...group.latest, ...countsOf(group), regions: group.regions });
    return [...accounts.values()].sort((a, b) => (a.account < b.account ? -1 : 1));
  }
}

function countsOf({ events, firstSeen, lastSeen, eventIds }: EventGroup<unknown>) {
  return { events, firstSeen, lastSeen, sampleEventIds: eventIds.map(([id]) => id) };
}

function denialOf(group: EventGroup<WebIdentityRecord>): Denial {
  const { roleArn, subject, provider, audience, errorCode, errorMessage, ...latest } = group.latest;
  return {
    roleArn,
    subject,
    provider,
    audience,
    errorCode: errorCode ?? '',
    errorMessage,
    ...countsOf(group),
    regions: group.regions,
    latest: { ...latest, region: latest.region ?? group.regions[0] ?? '' },
    sourceIps: group.sourceIps.map(([address]) => address).sort(),
  };
}

function callerOf(group: EventGroup<WebIdentityRecord>): Caller {
  const { roleArn, subject, provider, audience } = group.latest;
  return {
    roleArn: roleArn ?? '',
    subject: subject ?? '',
    provider,
    audience,
    events: group.events,
    lastSeen: group.lastSeen,
    longestDurationSeconds: group.largest,
  };
}
