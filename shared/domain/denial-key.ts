/** What makes two refused calls one denial; every source of events groups by the same. */
import type { PodIdentityDenial, ServiceDenial } from './service-denial.ts';
import type { Denial } from './web-identity.ts';

type WebIdentityIdentity = Pick<Denial, 'roleArn' | 'subject' | 'provider' | 'audience' | 'errorMessage'> & {
  errorCode: string | null;
};

/** Refused AssumeRoleWithWebIdentity calls with the same role, subject, provider, audience and error. */
export function webIdentityDenialKey(call: WebIdentityIdentity): string {
  const { roleArn, subject, provider, audience, errorCode, errorMessage } = call;
  return JSON.stringify([
    roleArn,
    subject,
    provider,
    audience,
    errorCode,
    tellingMessage(errorCode, errorMessage),
  ]);
}

/**
 * Refused AssumeRoleForPodIdentity calls in the same cluster, for the same workload where the record tells it. The message
 * tells whether EKS may not assume the role, or the node may not ask.
 */
export function podIdentityDenialKey(
  call: Pick<
    PodIdentityDenial,
    'clusterName' | 'region' | 'namespace' | 'serviceAccount' | 'errorCode' | 'errorMessage'
  >,
): string {
  const { clusterName, region, namespace, serviceAccount, errorCode, errorMessage } = call;
  return JSON.stringify([
    clusterName,
    region,
    namespace,
    serviceAccount,
    errorCode,
    withoutCall(errorMessage),
  ]);
}

/** Refused calls with the same role, action, resource and error. */
export function serviceDenialKey(
  call: Pick<ServiceDenial, 'roleArn' | 'action' | 'resource' | 'errorCode'>,
): string {
  return JSON.stringify([call.roleArn, call.action, call.resource, call.errorCode]);
}

/**
 * AccessDenied carries no telling message; other messages tell faults apart, but hold times and request ids
 * ("current date/time 1704727025"), which would make every call a group of its own.
 */
function tellingMessage(errorCode: string | null, message: string | null): string | null {
  return errorCode === 'AccessDenied' ? null : withoutCall(message);
}

function withoutCall(message: string | null): string | null {
  return message?.replaceAll(changing, '#') ?? null;
}

const changing =
  /\b(?:i-[\da-f]{8,17}|\d{9,}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\b|\b\d{4}-\d\d-\d\dT[\d:.]+Z?/gi;
