/** Makes a denial of one CloudTrail record of a refused call, and joins denials that are one. */
import { groupCalls, type Found } from '../collect/aws/group-calls.ts';
import { parseWebIdentityRecord } from '../domain/cloudtrail-record.ts';
import { webIdentityDenialKey } from '../domain/denial-key.ts';
import type { Denial } from '../domain/web-identity.ts';

/** What was refused: the role's credentials, those of EKS Pod Identity, or a call that was made with either. */
export type DenialKind = 'web-identity';

export type AnyDenial = Denial;

export interface DenialOfRecord {
  kind: DenialKind;
  /** What makes two calls one denial, within account and kind. */
  key: string;
  denial: AnyDenial;
}

/** How much of a text that a stranger wrote is kept. */
const longestText = 4096;

/** Event ids and source addresses that a denial keeps, and regions. */
const mostSamples = 5;
const mostRegions = 40;

/** The denial of one record; null where the call was not refused, or is none that the auditor explains. */
export function denialOfRecord(record: Record<string, unknown>, found: Found): DenialOfRecord | null {
  const parsed = parseWebIdentityRecord(record);
  if (!parsed.ok || parsed.record.errorCode === null) return null;
  const groups = groupCalls();
  groups.add(parsed.record, found);
  const [denial] = groups.denials();
  if (!denial) return null;
  const kept = shortened(denial);
  return { kind: 'web-identity', key: webIdentityDenialKey(kept), denial: kept };
}

/** Two parts of one denial, counted together; what only the newest call tells is that of the newer. */
export function joinDenials(a: AnyDenial, b: AnyDenial): AnyDenial {
  const newer = a.lastSeen > b.lastSeen ? a : b;
  const older = newer === a ? b : a;
  return {
    ...newer,
    events: a.events + b.events,
    firstSeen: a.firstSeen < b.firstSeen ? a.firstSeen : b.firstSeen,
    sampleEventIds: joined(newer.sampleEventIds, older.sampleEventIds, mostSamples),
    regions: joined(newer.regions, older.regions, mostRegions).sort(),
    sourceIps: joined(newer.sourceIps, older.sourceIps, mostSamples).sort(),
  };
}

/** The same denial as the event history tells it and as it was captured: most of their events are the same. */
export function joinedWithHistory(history: AnyDenial, captured: AnyDenial): AnyDenial {
  return { ...joinDenials(history, captured), events: Math.max(history.events, captured.events) };
}

/** What makes two denials one, within account and kind. */
export function denialKeyOf(denial: AnyDenial): string {
  return webIdentityDenialKey(denial);
}

/** Distinct values, those of the newer part first. */
function joined(newer: readonly string[], older: readonly string[], most: number): string[] {
  return [...new Set([...newer, ...older])].slice(0, most);
}

/** A record may be 256 KB long, and a denial is kept in an item of the table beside others. */
function shortened<T>(value: T): T {
  if (typeof value === 'string') return value.slice(0, longestText) as T;
  if (Array.isArray(value)) return value.map(shortened) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shortened(item)])) as T;
}
