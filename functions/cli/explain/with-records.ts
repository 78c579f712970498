/** What CloudTrail recorded of the requests that a text names takes the place of what the text does not name. */
import type { AwsClients } from '../../../shared/collect/aws/account.ts';
import type { Values } from '../../../shared/explain/error-kind.ts';
import type { FoundError } from '../../../shared/explain/scan-errors.ts';
import { derivedValues } from '../../../shared/explain/values.ts';
import { readSettings } from '../../../shared/settings.ts';
import type { Session } from '../session.ts';
import { userError } from '../user-error.ts';
import { findRecords } from './find-record.ts';
import type { LiveOptions } from './live.ts';

/** A request that the text names without its caller. */
interface Wanted {
  requestId: string;
  eventName: string;
  region: string | undefined;
}

export async function withRecords(
  session: Session,
  clients: AwsClients,
  errors: FoundError[],
  options: LiveOptions,
): Promise<{ errors: FoundError[]; notes: string[] }> {
  const judged = errors.filter(({ kind }) => kind.rules.length > 0);
  const wanted = judged.flatMap(({ kind, cases }) =>
    cases.flatMap(({ values }) => wantedRequest(kind.id, values) ?? []),
  );
  const records = new Map<string, Values>();
  const notes: string[] = [];
  for (const eventName of new Set(wanted.map((one) => one.eventName))) {
    const own = wanted.filter((one) => one.eventName === eventName);
    const found = await lookUp(session, clients, own, options);
    notes.push(...found.notes);
    for (const [id, values] of found.values) records.set(id, values);
  }
  return { errors: errors.map((error) => completed(error, records)), notes };
}

/** Null where the text names the caller itself, or where CloudTrail keeps no record of such a request. */
function wantedRequest(kind: string, values: Values): Wanted | null {
  const { requestId, eventId, region, action, roleName, subject } = values;
  const eventName = eventNameOf(kind, values);
  const isKnown = subject !== undefined || (action !== undefined && roleName !== undefined);
  if (requestId === undefined || eventName === null || eventId !== undefined || isKnown) return null;
  return { requestId, eventName, region };
}

/** The operation whose event a request of this kind leaves. STS records no token that it could not verify. */
function eventNameOf(kind: string, { operation }: Values): string | null {
  if (/^aws-token-(no-provider|audience|keys)$/.test(kind)) return null;
  if (/^aws-(web-identity|token)/.test(kind)) return 'AssumeRoleWithWebIdentity';
  if (kind.startsWith('eks-pod-identity')) return 'AssumeRoleForPodIdentity';
  return operation ?? null;
}

async function lookUp(
  session: Session,
  clients: AwsClients,
  wanted: readonly Wanted[],
  options: LiveOptions,
): Promise<{ values: Map<string, Values>; notes: string[] }> {
  const { live } = session.says.explain;
  const regions = await regionsOf(wanted, clients, options);
  const requestIds = new Set(wanted.map(({ requestId }) => requestId));
  const to = new Date();
  const found = await findRecords({
    clients,
    regions,
    requestIds,
    eventName: wanted[0]?.eventName ?? '',
    window: { from: new Date(to.getTime() - options.since), to },
    lookupRate: userError(() => readSettings(session.env)).lookupRate,
  });
  const missing = [...requestIds].filter((id) => !found.values.has(id));
  if (missing.length === 0) return { values: found.values, notes: [] };
  const why = found.isLate ? live.tooMany : found.why;
  const note = why === null ? live.noRecord(missing, regions) : live.notSearched(why);
  return { values: found.values, notes: [note] };
}

/** The regions that are named; else the caller's own, and that in which the global endpoint of STS is recorded. */
async function regionsOf(
  wanted: readonly Wanted[],
  clients: AwsClients,
  { region }: LiveOptions,
): Promise<string[]> {
  if (region) return region;
  const known = wanted.flatMap((one) => one.region ?? []);
  if (known.length === wanted.length) return [...new Set(known)];
  return [...new Set([...known, await clients.sts.config.region(), 'us-east-1'])];
}

function completed(error: FoundError, records: ReadonlyMap<string, Values>): FoundError {
  const cases = error.cases.map(({ values, count }) => {
    const record = values.requestId === undefined ? undefined : records.get(values.requestId);
    return { values: record ? derivedValues({ ...values, ...record }) : values, count };
  });
  return { ...error, cases };
}
