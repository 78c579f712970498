/** Refused calls that a text tells of and that the event history need not hold: it never holds calls for S3 objects, DynamoDB items and messages. */
import { GetRoleCommand, type Role } from '@aws-sdk/client-iam';
import type { AwsClients, CollectAwsOptions } from '../../../shared/collect/aws/account.ts';
import { parseAccessDenied } from '../../../shared/domain/access-denied-text.ts';
import type { ServiceDenial } from '../../../shared/domain/service-denial.ts';
import type { Values } from '../../../shared/explain/error-kind.ts';
import type { FoundError } from '../../../shared/explain/scan-errors.ts';
import type { AwsFacts, Reading } from '../../../shared/observation.ts';
import { valuesOf } from './named-by-all.ts';

type ServiceDenials = AwsFacts['serviceDenials'];

/** So many calls of one text are judged. */
const mostCalls = 10;

export interface ToldDenials {
  /** Adds them to those that were seen, so that the same rule judges them with the same proof. */
  supplement: NonNullable<CollectAwsOptions['supplement']>;
  /** What was judged by the text alone, as `role action`; known once the account was read. */
  judged: ReadonlySet<string>;
  /** Whether a call could not be judged: it was not seen, and the text names no role of the account with an action. */
  isUnknown(): boolean;
}

export function toldDenials(clients: AwsClients, errors: readonly FoundError[], time: string): ToldDenials {
  const calls = errors
    .filter(({ kind }) => kind.id === 'aws-denied')
    .flatMap(valuesOf)
    .slice(0, mostCalls);
  const judged = new Set<string>();
  let unjudged = calls.length;
  return {
    judged,
    isUnknown: () => unjudged > 0,
    async supplement(name, reading, account) {
      if (name !== 'serviceDenials' || calls.length === 0) return reading;
      const seen = reading as Reading<ServiceDenials>;
      const known = seen.state === 'unread' ? [] : seen.value.denials;
      const unseen = calls.filter((call) => !known.some((one) => isOf(one, call)));
      const own = unseen.filter((call) => call.account === account && isWhole(call));
      const found = await Promise.all(own.map((call) => denialOf(clients, call, time)));
      const told = found.flatMap((one) => one ?? []);
      for (const { roleArn, action } of told) judged.add(`${roleArn.split('/').at(-1)} ${action}`);
      unjudged = unseen.length - told.length;
      return withDenials(seen, told) as typeof reading;
    },
  };
}

/** A log is written by strangers: what no service says, such as an action with a wildcard, is not judged. */
function isWhole({ action = '', roleName, instanceId }: Values): boolean {
  return /^[\w-]+:\w+$/.test(action) && roleName !== undefined && instanceId === undefined;
}

function isOf({ roleArn, action }: ServiceDenial, call: Values): boolean {
  return roleArn.split('/').at(-1) === call.roleName && action.toLowerCase() === call.action?.toLowerCase();
}

function withDenials(seen: Reading<ServiceDenials>, told: ServiceDenial[]): Reading<ServiceDenials> {
  if (told.length === 0) return seen;
  if (seen.state === 'unread')
    return { state: 'partial', value: { denials: told, events: 0, unparsed: 0 }, gaps: seen.gaps };
  return { ...seen, value: { ...seen.value, denials: [...seen.value.denials, ...told] } };
}

/** Null where the role is not there, or may not be read: then nothing can be proven of it. */
async function denialOf({ iam, sts }: AwsClients, call: Values, time: string): Promise<ServiceDenial | null> {
  const role = await iam.send(new GetRoleCommand({ RoleName: call.roleName })).then(
    ({ Role: found }) => found ?? null,
    () => null, // the reading of roles says why
  );
  if (!role?.Arn) return null;
  const message = messageOf(call);
  const said = parseAccessDenied(message);
  return {
    roleArn: role.Arn,
    session: sessionOf(role),
    namespace: null,
    serviceAccount: null,
    cluster: null,
    action: said?.action ?? call.action ?? '',
    resource: said?.resource ?? null,
    errorCode: call.code ?? 'AccessDenied',
    errorMessage: message,
    policyType: said?.policyType ?? null,
    explicit: said?.explicit ?? null,
    policyArn: said?.policyArn ?? null,
    events: 1,
    firstSeen: time,
    lastSeen: time,
    sampleEventIds: [],
    regions: [call.region ?? (await sts.config.region())],
    userAgent: null,
    vpcEndpointId: null,
  };
}

/** By whom the role may be assumed. */
function sessionOf({ AssumeRolePolicyDocument: trust = '' }: Role): ServiceDenial['session'] {
  return trust.includes('pods.eks.amazonaws.com') ? 'pod-identity' : 'web-identity';
}

/** The sentence that the values were taken from. */
function messageOf({ principal, action, resource, policyType, policyEffect, policyArn }: Values): string {
  const on = resource === undefined ? '' : ` on resource: ${resource}`;
  const arn = policyArn === undefined ? '' : `: ${policyArn}`;
  const policy = /(?:policy|boundary)$/.test(policyType ?? '') ? policyType : `${policyType} policy`;
  const why =
    policyEffect === 'explicit'
      ? ` with an explicit deny in a ${policy}${arn}`
      : ` because no ${policy} allows the ${action} action${arn}`;
  return `User: ${principal} is not authorized to perform: ${action}${on}${policyType === undefined ? '' : why}`;
}
