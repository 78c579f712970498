/** The request context of an AssumeRoleWithWebIdentity call, as far as CloudTrail tells it. */
import { isIP } from 'node:net';
import type { CallContext } from '../../../domain/web-identity.ts';

export interface Circumstances {
  /** Context keys whose value is known. A key that is neither here nor unknown is absent from the request. */
  context: Record<string, string>;
  /** Whether the request may have this key with a value that nobody recorded. */
  isUnknown(key: string): boolean;
}

/**
 * Keys that a call with a cluster's token never has: its caller is not yet a principal, and the token carries no tags.
 * Source: IAM User Guide, "AWS global condition context keys" (availability) and "IAM and AWS STS condition context keys".
 */
const neverPresent =
  /^(aws:(principal(arn|account|orgid|orgpaths|tag\/.*|isawsservice|servicename|servicenameslist)|requesttag\/.*|tagkeys|resourcetag\/.*|sourcearn|sourceaccount|sourceorgid|sourceorgpaths|multifactorauth(age|present)|userid|username|calledvia(first|last)?|tokenissuetime|ec2instancesource.*|assumedroot|sourceidentity)|sts:(externalid|sourceidentity|transitivetagkeys|rolesessiontags?|roleauthorizedbyidp|awsservicename|requestcontext.*))$/i;

/** Keys of the way through a VPC endpoint; the records name the endpoint at most. */
const ofTheWay = /^aws:(sourcevpce|sourcevpc|sourcevpcarn|vpcsourceip|vpceaccount|vpceorgid|vpceorgpaths)$/i;

const always = { 'aws:SecureTransport': 'true', 'aws:ViaAWSService': 'false' };

/** The circumstances of a call that was recorded. */
export function circumstancesOf(call: CallContext): Circumstances {
  const way = wayOf(call);
  const context: Record<string, string> = { ...always, ...contextOfTheWay(call, way) };
  if (call.sessionName !== null) context['sts:RoleSessionName'] = call.sessionName;
  if (call.durationSeconds !== null) context['sts:DurationSeconds'] = String(call.durationSeconds);
  if (call.userAgent !== null) context['aws:UserAgent'] = call.userAgent;
  if (call.time !== null) Object.assign(context, timeContext(call.time));
  const region = requestedRegion(call);
  if (region) context['aws:RequestedRegion'] = region;
  const known = keysOf(context);
  const isUnknown = (key: string) => {
    if (known.has(key.toLowerCase()) || neverPresent.test(key)) return false;
    if (ofTheWay.test(key)) return way !== 'internet';
    if (/^aws:sourceip$/i.test(key)) return way === 'unknown';
    return !/^sts:durationseconds$/i.test(key);
  };
  return { context, isUnknown };
}

/** A private address reaches STS only through an interface endpoint, also where an older record does not name it. */
function wayOf({ sourceIp, vpcEndpointId }: CallContext): 'internet' | 'endpoint' | 'unknown' {
  if (vpcEndpointId !== null) return 'endpoint';
  if (isIP(sourceIp ?? '') === 0) return 'unknown';
  return isPrivate.test(sourceIp ?? '') ? 'endpoint' : 'internet';
}

const isPrivate =
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:)/i;

/** Through an endpoint the request has aws:VpcSourceIp in the place of aws:SourceIp. */
function contextOfTheWay(
  { sourceIp, vpcEndpointId }: CallContext,
  way: 'internet' | 'endpoint' | 'unknown',
): Record<string, string> {
  const address = isIP(sourceIp ?? '') === 0 ? null : sourceIp;
  return {
    ...(address !== null && way === 'internet' && { 'aws:SourceIp': address }),
    ...(address !== null && way === 'endpoint' && { 'aws:VpcSourceIp': address }),
    ...(vpcEndpointId !== null && { 'aws:SourceVpce': vpcEndpointId }),
  };
}

function timeContext(time: string): Record<string, string> {
  const seconds = Math.floor(Date.parse(time) / 1000);
  return Number.isNaN(seconds) ? {} : { 'aws:CurrentTime': time, 'aws:EpochTime': String(seconds) };
}

function keysOf(context: Record<string, string>): Set<string> {
  return new Set(Object.keys(context).map((key) => key.toLowerCase()));
}

/** The global endpoint's calls have the region us-east-1, wherever they are served. */
function requestedRegion({ host, region }: CallContext): string | null {
  if (host === null) return null;
  if (/^sts\.amazonaws\.com$/i.test(host)) return 'us-east-1';
  return /^sts(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/i.exec(host)?.[1] ?? region;
}

/** The circumstances of a call that nobody made yet: only what no such call can have is known. */
export function latentCircumstances(time: string): Circumstances {
  const context = { ...always, ...timeContext(time) };
  const known = keysOf(context);
  return { context, isUnknown: (key) => !known.has(key.toLowerCase()) && !neverPresent.test(key) };
}
