/** Sessions that workloads have of their roles: by whose names CloudTrail finds what they called. */
import { parsePodSession, type PodSession } from '../../domain/pod-session.ts';
import { issuerName, issuerOfProvider, parseEksIssuer } from '../../domain/issuer.ts';
import type { PodIdentityAssociation } from '../../domain/kubernetes.ts';
import { parseSubject } from '../../domain/service-account.ts';
import type { Caller, Cluster } from '../../domain/web-identity.ts';

export interface WorkloadSession {
  /** The session's name, which a program may give to all of its sessions, and several programs to theirs. */
  name: string;
  roleArn: string;
  /** When it began, ISO 8601. */
  since: string;
  /** Region whose event history is looked at: the cluster's. */
  region: string;
  namespace: string | null;
  serviceAccount: string | null;
  /** The cluster's name, or its issuer where no cluster that was read has it. */
  cluster: string | null;
}

/** The newest sessions of each caller whose token an EKS cluster issued; the newest of all first, one of each caller at first. */
export function webIdentitySessions(
  callers: readonly Caller[],
  clusters: readonly Cluster[],
): WorkloadSession[] {
  const names = new Map(clusters.flatMap(({ issuer, name }) => (issuer ? [[issuerName(issuer), name]] : [])));
  const rounds: WorkloadSession[][] = [];
  for (const { roleArn, subject, provider, sessions = [] } of callers) {
    const issuer = provider === null ? null : issuerOfProvider(provider);
    const eks = issuer === null ? null : parseEksIssuer(issuer);
    const account = parseSubject(subject);
    if (issuer === null || !eks || !account) continue;
    for (const [round, { name, time }] of sessions.entries())
      (rounds[round] ??= []).push({
        name,
        roleArn,
        since: time,
        region: eks.region,
        namespace: account.namespace,
        serviceAccount: account.name,
        cluster: names.get(issuer) ?? issuer,
      });
  }
  return rounds.flatMap((round) => round.sort((a, b) => (a.since > b.since ? -1 : 1)));
}

/** The newest session of each workload among the records of roles that EKS assumed for pods. */
export function podIdentitySessions(
  records: readonly string[],
  association: Pick<PodIdentityAssociation, 'namespace' | 'serviceAccount' | 'roleArn'> & {
    cluster: string;
    region: string;
  },
): WorkloadSession[] {
  const own = records
    .map(parsePodSession)
    .filter((session): session is PodSession => session !== null && isOf(session, association));
  const newest = own.reduce<PodSession | null>(
    (best, one) => (best && best.time >= one.time ? best : one),
    null,
  );
  if (!newest) return [];
  const { namespace, serviceAccount, cluster, region, roleArn } = association;
  return [{ name: newest.name, roleArn, since: newest.time, region, namespace, serviceAccount, cluster }];
}

/** A role may serve several associations; a record without tags belongs to any of them. */
function isOf(
  session: PodSession,
  { namespace, serviceAccount, cluster }: { namespace: string; serviceAccount: string; cluster: string },
): boolean {
  return (
    (session.namespace ?? namespace) === namespace &&
    (session.serviceAccount ?? serviceAccount) === serviceAccount &&
    (session.cluster ?? cluster) === cluster
  );
}

/** Sessions of one name in one region, which CloudTrail cannot tell apart. */
export interface NamedSessions {
  name: string;
  region: string;
  /** When the first and the last of them began, ISO 8601. */
  first: string;
  last: string;
  sessions: WorkloadSession[];
}

/** The sessions by region and name, in the order in which they come. */
export function sessionsByName(sessions: readonly WorkloadSession[]): Map<string, NamedSessions[]> {
  const named = new Map<string, NamedSessions>();
  for (const session of sessions) {
    const { name, region, since } = session;
    const key = `${region} ${name}`;
    const known = named.get(key) ?? { name, region, first: since, last: since, sessions: [] };
    named.set(key, known);
    known.sessions.push(session);
    if (since < known.first) known.first = since;
    if (since > known.last) known.last = since;
  }
  const byRegion = new Map<string, NamedSessions[]>();
  for (const one of named.values()) byRegion.set(one.region, [...(byRegion.get(one.region) ?? []), one]);
  return byRegion;
}

/** Whose session of a name it was: known by its role, where only one workload has that role under this name. */
export function workloadOf(
  { sessions }: NamedSessions,
  call: { roleArn: string; cluster: string | null },
): Pick<WorkloadSession, 'namespace' | 'serviceAccount' | 'cluster'> {
  const own = sessions.filter(({ roleArn }) => roleArn === call.roleArn);
  const names = new Set(
    own.map(({ cluster, namespace, serviceAccount }) => JSON.stringify([cluster, namespace, serviceAccount])),
  );
  const [first] = own;
  const clusters = new Set(own.map(({ cluster }) => cluster));
  if (!first) return { namespace: null, serviceAccount: null, cluster: call.cluster };
  if (names.size === 1) return first;
  return {
    namespace: null,
    serviceAccount: null,
    cluster: clusters.size === 1 ? first.cluster : call.cluster,
  };
}
