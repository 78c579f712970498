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

/** Refused AssumeRoleForPodIdentity calls in the same cluster, for the same workload where the record tells it. */
export function podIdentityDenialKey(
  call: Pick<
    PodIdentityDenial,
    'clusterName' | 'region' | 'namespace' | 'serviceAccount' | 'errorCode' | 'errorMessage'
  >,
): string {
  const { clusterName, region, namespace, serviceAccount, errorCode, errorMessage } = call;
  const message = tellingMessage(errorCode, errorMessage);
  return JSON.stringify([clusterName, region, namespace, serviceAccount, errorCode, message]);
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
  return errorCode === 'AccessDenied' ? null : (message?.replaceAll(changing, '#') ?? null);
}

const changing = /\b(?:\d{9,}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\b|\b\d{4}-\d\d-\d\dT[\d:.]+Z?/gi;
