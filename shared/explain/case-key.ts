/** Which occurrences of an error are the same case. */
import type { Values } from './error-kind.ts';

/**
 * A text that is the same for occurrences of one case. The request differs each time, and so do sessions of a role, pods
 * of a workload and objects of a bucket; everything else makes a case.
 */
export function caseKey(values: Values): string {
  const { action, encoded, pod, principal, resource, roleName } = values;
  const isDecoded = action !== undefined && roleName !== undefined;
  const lasting: Values = {
    ...values,
    ...(encoded !== undefined && { encoded: isDecoded ? '' : encoded }),
    ...(pod !== undefined && { pod: workloadOf(pod) }),
    ...(principal !== undefined && { principal: roleOfSession(principal) }),
    ...(resource !== undefined && { resource: familyOf(resource) }),
  };
  const named = Object.entries(lasting).filter(([name]) => !/^(?:requestId|eventId|session)$/.test(name));
  return JSON.stringify(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Without what a ReplicaSet, a DaemonSet or a StatefulSet puts behind the names of its pods. */
function workloadOf(pod: string): string {
  return pod.replace(/(?:(?:-[0-9a-f]{6,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}|-\d{1,5})$/, '');
}

/** Without the name that an SDK made up; that of a node, `i-…`, stays. */
function roleOfSession(principal: string): string {
  return principal.replace(/(:assumed-role\/[^/]+)\/(?!i-[0-9a-f]{8})[^/]*$/, '$1');
}

/** The bucket of an object, the log group of a stream, the kind of a thing of EC2 or Compute Engine that comes and goes. */
function familyOf(resource: string): string {
  return resource
    .replace(/^(arn:aws[a-z-]*:s3:::[^/]+)\/.*$/, '$1')
    .replace(/:log-stream:.*$/, '')
    .replace(/^(arn:aws[a-z-]*:ec2:[^/]*\/)[a-z]+-[0-9a-f]{8,17}$/, '$1')
    .replace(/\/instances\/[^/]+$/, '');
}
