/** Reads one CloudTrail record of a refused call that a workload's role made to an AWS service, whatever it lacks. */
import { parseAccessDenied } from './access-denied-text.ts';
import { actionOfEvent } from './action-of-event.ts';
import { isoSeconds, normalErrorCode } from './cloudtrail-record.ts';
import type { ServiceDenial } from './service-denial.ts';

/** One refused call, as `ServiceDenial` counts them. */
export interface RefusedServiceCall extends Omit<
  ServiceDenial,
  'events' | 'firstSeen' | 'lastSeen' | 'sampleEventIds' | 'regions'
> {
  eventId: string | null;
  /** ISO 8601 UTC to the second; null where the record has none. */
  time: string | null;
  region: string | null;
  sessionName: string | null;
}

/** The codes by which services say that a call is not allowed; each has its own. */
const refusalCode = /access\s?denied|unauthorized|not\s?authorized|authorizationerror|forbidden/i;

/** EKS names its sessions `eks-<cluster>-<pod>-<uuid>`, the first two cut short. */
const podSession = /^eks-.{1,64}-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const instanceSession = /^i-[\da-f]{8,17}$/;

type Fields = Record<string, unknown>;

/**
 * Null for a call that was not refused, that gets credentials instead of using them, or whose session is none of IRSA, of
 * EKS Pod Identity or of an instance.
 */
export function parseRefusedServiceCall(record: object): RefusedServiceCall | null {
  const event = fieldsOf(record);
  const errorCode = normalErrorCode(text(event['errorCode']));
  if (errorCode === null || !refusalCode.test(errorCode)) return null;
  if (/^AssumeRole(WithWebIdentity|ForPodIdentity)$/.test(text(event['eventName']) ?? '')) return null;
  const caller = callerOf(fieldsOf(event['userIdentity']));
  const refusal = refusalOf(event);
  if (!caller || !refusal) return null;
  return {
    ...caller,
    ...refusal,
    errorCode,
    userAgent: text(event['userAgent']),
    vpcEndpointId: text(event['vpcEndpointId']),
    eventId: text(event['eventID']),
    time: isoSeconds(text(event['eventTime'])),
    region: text(event['awsRegion']),
  };
}

type Caller = Pick<
  RefusedServiceCall,
  'roleArn' | 'session' | 'cluster' | 'namespace' | 'serviceAccount' | 'sessionName'
>;

/** The record tells of IRSA its provider, and of neither way the service account. */
function callerOf(identity: Fields): Caller | null {
  const context = fieldsOf(identity['sessionContext']);
  const roleArn = text(fieldsOf(context['sessionIssuer'])['arn']);
  const provider = text(fieldsOf(context['webIdFederationData'])['federatedProvider']);
  const sessionName = sessionNameOf(identity);
  if (roleArn === null) return null;
  const named = { roleArn, namespace: null, serviceAccount: null, sessionName };
  const issuer = provider?.split(':oidc-provider/')[1];
  if (issuer !== undefined) return { ...named, session: 'web-identity', cluster: issuer };
  if (podSession.test(sessionName ?? '')) return { ...named, session: 'pod-identity', cluster: null };
  return instanceSession.test(sessionName ?? '') ? { ...named, session: 'node', cluster: null } : null;
}

/** `AROA…:<session name>`; the ARN ends with it too. */
function sessionNameOf(identity: Fields): string | null {
  const principal = text(identity['principalId']) ?? '';
  const colon = principal.indexOf(':');
  if (colon >= 0) return principal.slice(colon + 1) || null;
  return /:assumed-role\/[^/]+\/(.+)$/.exec(text(identity['arn']) ?? '')?.[1] ?? null;
}

type Refusal = Pick<
  RefusedServiceCall,
  'action' | 'resource' | 'errorMessage' | 'policyType' | 'explicit' | 'policyArn'
>;

/** The message tells best what was refused; null where neither it nor the event names an action. */
function refusalOf(event: Fields): Refusal | null {
  const errorMessage = text(event['errorMessage']);
  const said = errorMessage === null ? null : parseAccessDenied(errorMessage);
  const action =
    said?.action ?? actionOfEvent(text(event['eventSource']) ?? '', text(event['eventName']) ?? '');
  if (!action) return null;
  return {
    action,
    resource: said?.resource ?? onlyResource(event['resources']),
    errorMessage,
    policyType: said?.policyType ?? null,
    explicit: said?.explicit ?? null,
    policyArn: said?.policyArn ?? null,
  };
}

/** Of several resources nobody can tell which was refused. */
function onlyResource(resources: unknown): string | null {
  if (!Array.isArray(resources)) return null;
  const arns = [...new Set(resources.flatMap((one) => text(fieldsOf(one)['ARN']) ?? []))];
  return arns.length === 1 ? (arns[0] ?? null) : null;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
