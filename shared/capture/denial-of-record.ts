/** Makes a denial of one CloudTrail record of a refused call, and joins denials that are one. */
import { RefusedCalls } from '../collect/archive/refused-calls.ts';
import { readRefusedCall } from '../collect/archive/refused-call.ts';
import { groupCalls, type Found } from '../collect/aws/group-calls.ts';
import { groupServiceCalls } from '../collect/aws/group-service-calls.ts';
import { parseWebIdentityRecord } from '../domain/cloudtrail-record.ts';
import { podIdentityDenialKey, serviceDenialKey, webIdentityDenialKey } from '../domain/denial-key.ts';
import { parseRefusedServiceCall } from '../domain/service-call-record.ts';
import type { PodIdentityDenial, ServiceDenial } from '../domain/service-denial.ts';
import type { Denial } from '../domain/web-identity.ts';

/** What was refused: a role's credentials, those of EKS Pod Identity, or a call with either; each is told by a fact of its own. */
export interface DenialsByKind {
  'web-identity': Denial;
  'pod-identity': PodIdentityDenial;
  service: ServiceDenial;
}
export type DenialKind = keyof DenialsByKind;
export type AnyDenial = DenialsByKind[DenialKind];

export interface DenialOfRecord {
  kind: DenialKind;
  /** What makes two calls one denial, within account and kind. */
  key: string;
  denial: AnyDenial;
}

type Fields = Record<string, unknown>;

/** How much of a text that a stranger wrote is kept. */
const longestText = 4096;

/** How much of each list a denial keeps; some kinds lack some of them. */
const lists = { sampleEventIds: 5, sourceIps: 5, regions: 40, nodes: 50 } as const;

/** The denial of one record; null where the call was not refused, or is none that the auditor explains. */
export function denialOfRecord(record: Fields, found: Found): DenialOfRecord | null {
  const made = webIdentity(record, found) ?? podIdentity(record, found) ?? serviceCall(record, found);
  if (!made) return null;
  const denial = shortened(made.denial);
  return { kind: made.kind, key: denialKeyOf(made.kind, denial), denial };
}

type Made = { kind: DenialKind; denial: AnyDenial } | null;

function webIdentity(record: Fields, found: Found): Made {
  const parsed = parseWebIdentityRecord(record);
  if (!parsed.ok || parsed.record.errorCode === null) return null;
  const groups = groupCalls();
  groups.add(parsed.record, found);
  const [denial] = groups.denials();
  return denial ? { kind: 'web-identity', denial } : null;
}

function podIdentity(record: Fields, { eventId, time, region }: Found): Made {
  const call = readRefusedCall(record);
  if (call?.kind !== 'podIdentity') return null;
  const calls = new RefusedCalls();
  const { seen, told } = call;
  calls.add({
    ...call,
    told: { ...told, region: told.region || region },
    seen: { ...seen, time: seen.time || time, eventId: seen.eventId ?? eventId },
  });
  const [denial] = calls.byAccount().flatMap(({ podIdentityDenials }) => podIdentityDenials);
  return denial ? { kind: 'pod-identity', denial } : null;
}

/** Calls with a node's own role are the node's as often as a pod's, and are not captured. */
function serviceCall(record: Fields, found: Found): Made {
  const call = parseRefusedServiceCall(record);
  if (!call || call.session === 'node') return null;
  const groups = groupServiceCalls();
  groups.add(call, found);
  const [denial] = groups.denials();
  return denial ? { kind: 'service', denial } : null;
}

/** Two parts of one denial, counted together; what only the newest call tells is that of the newer. */
export function joinDenials(a: AnyDenial, b: AnyDenial): AnyDenial {
  const newer = a.lastSeen > b.lastSeen ? a : b;
  const older = newer === a ? b : a;
  return {
    ...newer,
    events: a.events + b.events,
    firstSeen: a.firstSeen < b.firstSeen ? a.firstSeen : b.firstSeen,
    ...joinedLists(newer, older),
  };
}

type Lists = Record<keyof typeof lists, string[]>;

/** Distinct values, those of the newer part first; only event ids have an order. */
function joinedLists(newer: Partial<Lists>, older: Partial<Lists>): Partial<Lists> {
  const names = (Object.keys(lists) as (keyof Lists)[]).filter((name) => newer[name] ?? older[name]);
  const entries = names.map((name): [string, string[]] => {
    const values = [...new Set([...(newer[name] ?? []), ...(older[name] ?? [])])].slice(0, lists[name]);
    return [name, name === 'sampleEventIds' ? values : values.sort()];
  });
  return Object.fromEntries(entries);
}

/** The same denial as the event history tells it and as it was captured: most of their events are the same. */
export function joinedWithHistory(history: AnyDenial, captured: AnyDenial): AnyDenial {
  return { ...joinDenials(history, captured), events: Math.max(history.events, captured.events) };
}

/** What makes two denials one, within account and kind. */
export function denialKeyOf(kind: DenialKind, denial: AnyDenial): string {
  switch (kind) {
    case 'web-identity':
      return webIdentityDenialKey(denial as Denial);
    case 'pod-identity':
      return podIdentityDenialKey(denial as PodIdentityDenial);
    case 'service':
      return serviceDenialKey(denial as ServiceDenial);
  }
}

/** A record may be 256 KB long, and a denial is kept in an item of the table beside others. */
function shortened<T>(value: T): T {
  if (typeof value === 'string') return value.slice(0, longestText) as T;
  if (Array.isArray(value)) return value.map(shortened) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shortened(item)])) as T;
}
