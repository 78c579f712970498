import { certificateHash } from '../../../domain/google-certificate.ts';
import type { GkeCluster, SeenCluster } from '../../../domain/google-cluster.ts';
import type { Evidence, Problem } from '../../../rule.ts';
import { clusterSubject } from './cluster-subject.ts';
import { getCredentials } from './connection-cause.ts';

/** What every kubeconfig of the cluster holds changed since an earlier run: clients fail until they fetch it again. */
export function changedAccess(cluster: GkeCluster, history: readonly SeenCluster[]): Problem[] {
  const [last] = history
    .filter(
      ({ name, location, id }) => name === cluster.name && location === cluster.location && id === cluster.id,
    )
    .map((before) => ({
      before,
      authority: changedAuthority(cluster, before),
      endpoint: changedEndpoint(cluster, before),
    }))
    .filter(({ authority, endpoint }) => authority.length + endpoint.length > 0)
    .sort((a, b) => Date.parse(b.before.lastSeen) - Date.parse(a.before.lastSeen));
  return last ? [changed(cluster, last)] : [];
}

interface ChangedAccess {
  /** As the cluster was when it last was otherwise. */
  before: SeenCluster;
  authority: Evidence[];
  endpoint: Evidence[];
}

function changed(cluster: GkeCluster, { before, authority, endpoint }: ChangedAccess): Problem {
  const what = [
    ...(authority.length > 0 ? ['certificate authority'] : []),
    ...(endpoint.length > 0 ? ['endpoint'] : []),
  ];
  const failure = authority.length > 0 ? 'x509 or 401' : 'a timeout';
  return {
    ...clusterSubject(cluster),
    severity: 'medium',
    cause: `The ${what.join(' and the ')} of ${cluster.name} (${cluster.location}) changed since ${before.lastSeen}: every kubeconfig written before fails with ${failure}.`,
    evidence: [...endpoint, ...authority],
    fix: getCredentials(cluster, false),
  };
}

function changedAuthority({ caCertificate }: GkeCluster, { caSha256 }: SeenCluster): Evidence[] {
  const hash = caCertificate === null ? null : certificateHash(caCertificate);
  if (caSha256 === null || hash === null || caSha256 === hash) return [];
  return [{ label: 'SHA-256 of clusterCaCertificate', value: `${caSha256}, now ${hash}` }];
}

function changedEndpoint({ endpoint }: GkeCluster, before: SeenCluster): Evidence[] {
  if (before.endpoint === null || endpoint === null || before.endpoint === endpoint) return [];
  return [{ label: 'Endpoint', value: `${before.endpoint}, now ${endpoint}` }];
}
