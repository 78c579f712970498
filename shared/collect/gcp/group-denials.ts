import type { AccessDenial } from '../../domain/google-audit.ts';

/** Refused calls while they are read: memory grows with distinct refusals, not with events. */
export interface DenialGroups {
  events: number;
  /** Entries that were no readable refusals. */
  unparsed: number;
  /** Takes one refusal; null for an entry that could not be read as one. */
  add(denial: AccessDenial | null): void;
  /** Those with most events first. */
  list(): AccessDenial[];
}

const mostSamples = 5;

/** Groups by caller, permission, resource and status. */
export function groupDenials(): DenialGroups {
  const groups = new Map<string, AccessDenial>();
  const result: DenialGroups = {
    events: 0,
    unparsed: 0,
    add(denial) {
      if (!denial) {
        result.unparsed++;
        return;
      }
      result.events++;
      const { principal, service, permission, resource, code } = denial;
      const key = JSON.stringify([principal, service, permission, resource, code]);
      const known = groups.get(key);
      groups.set(key, known ? merge(known, denial) : denial);
    },
    list: () => [...groups.values()].sort((a, b) => b.events - a.events),
  };
  return result;
}

function merge(known: AccessDenial, one: AccessDenial): AccessDenial {
  const [newer, older] = one.lastSeen > known.lastSeen ? [one, known] : [known, one];
  return {
    ...newer,
    events: known.events + 1,
    firstSeen: one.firstSeen < known.firstSeen ? one.firstSeen : known.firstSeen,
    lastSeen: newer.lastSeen,
    sampleEventIds: [...newer.sampleEventIds, ...older.sampleEventIds].slice(0, mostSamples),
  };
}
