/** Sessions that workloads have of their roles: by whose names CloudTrail finds what they called. */
import { parsePodSession, type PodSession } from '../../domain/pod-session.ts';
import { issuerName, issuerOfProvider, parseEksIssuer } from '../../domain/issuer.ts';
import type { PodIdentityAssociation } from '../../domain/kubernetes.ts';
import { parseSubject } from '../../domain/service-account.ts';
import type { Caller, Cluster } from '../../domain/web-identity.ts';

export interface WorkloadSession {
  /** The session's name. */
  name: string;
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
  for (const { subject, provider, sessions = [] } of callers) {
    const issuer = provider === null ? null : issuerOfProvider(provider);
    const eks = issuer === null ? null : parseEksIssuer(issuer);
    const account = parseSubject(subject);
    if (issuer === null || !eks || !account) continue;
    for (const [round, { name, time }] of sessions.entries())
      (rounds[round] ??= []).push({
        name,
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
  association: Pick<PodIdentityAssociation, 'namespace' | 'serviceAccount'> & {
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
  const { namespace, serviceAccount, cluster, region } = association;
  return [{ name: newest.name, since: newest.time, region, namespace, serviceAccount, cluster }];
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
