/** Groups refused calls to services while they are read: memory grows with distinct refusals, not with calls. */
import { serviceDenialKey } from '../../domain/denial-key.ts';
import type { RefusedServiceCall } from '../../domain/service-call-record.ts';
import type { ServiceDenial } from '../../domain/service-denial.ts';
import type { Found } from './group-calls.ts';

/** How many sample event ids, and how long a text, a denial keeps: resources and messages are written by callers. */
const samples = 5;
const longestText = 8192;

export interface ServiceCallGroups {
  add(call: RefusedServiceCall, found: Found): void;
  /** In an order that depends on what was added and not on when. */
  denials(): ServiceDenial[];
  /** Calls of groups beyond `limit`, which were counted and not kept. */
  left(): number;
}

/** `limit` bounds the denials: a workload can ask for any number of objects. */
export function groupServiceCalls(limit = 5_000): ServiceCallGroups {
  const groups = new Map<string, ServiceDenial>();
  let left = 0;
  return {
    add(call, found) {
      const key = serviceDenialKey(call);
      const group = groups.get(key);
      if (group) count(group, call, found);
      else if (groups.size >= limit) left++;
      else groups.set(key, newGroup(call, found));
    },
    denials: () => [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group),
    left: () => left,
  };
}

function newGroup(call: RefusedServiceCall, found: Found): ServiceDenial {
  const seen = call.time ?? found.time;
  const id = call.eventId ?? found.eventId;
  return {
    roleArn: call.roleArn,
    session: call.session,
    namespace: call.namespace,
    serviceAccount: call.serviceAccount,
    cluster: call.cluster,
    action: call.action,
    resource: call.resource && call.resource.slice(0, longestText),
    errorCode: call.errorCode,
    ...newestOf(call),
    events: 1,
    firstSeen: seen,
    lastSeen: seen,
    sampleEventIds: id === null ? [] : [id],
    regions: [call.region ?? found.region],
  };
}

/** What the newest call tells of the group. */
function newestOf(call: RefusedServiceCall) {
  const { errorMessage, policyType, explicit, policyArn, userAgent, vpcEndpointId } = call;
  const message = errorMessage && errorMessage.slice(0, longestText);
  return { errorMessage: message, policyType, explicit, policyArn, userAgent, vpcEndpointId };
}

function count(group: ServiceDenial, call: RefusedServiceCall, found: Found): void {
  const seen = call.time ?? found.time;
  const id = call.eventId ?? found.eventId;
  const isNewest = seen >= group.lastSeen;
  group.events++;
  if (seen < group.firstSeen) group.firstSeen = seen;
  if (isNewest) Object.assign(group, { lastSeen: seen, ...newestOf(call) });
  if (id !== null && !group.sampleEventIds.includes(id) && group.sampleEventIds.length < samples)
    group.sampleEventIds.push(id);
  const region = call.region ?? found.region;
  if (!group.regions.includes(region)) group.regions = [...group.regions, region].sort();
  if (call.namespace !== group.namespace || call.serviceAccount !== group.serviceAccount)
    Object.assign(group, { namespace: null, serviceAccount: null });
}
