import { certificateHash } from '../../../domain/google-certificate.ts';
import type { GkeCluster, SeenCluster } from '../../../domain/google-cluster.ts';
import type { Evidence, Problem } from '../../../rule.ts';
import { en, ja, joinWords } from '../../../words.ts';
import { clusterSubject } from './cluster-subject.ts';
import { getCredentials } from './connection-cause.ts';
import { wasAndIs } from './was-and-is.ts';

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
  const parts = [
    ...(authority.length > 0 ? [{ en: 'certificate authority', ja: '認証局 (CA)' }] : []),
    ...(endpoint.length > 0 ? [{ en: 'endpoint', ja: 'エンドポイント' }] : []),
  ];
  const what = joinWords(parts, { en: ' and the ', ja: ' と' });
  const failure =
    authority.length > 0
      ? { en: 'x509 or 401', ja: 'x509 または 401' }
      : { en: 'a timeout', ja: 'タイムアウト' };
  const where = `${cluster.name} (${cluster.location})`;
  return {
    ...clusterSubject(cluster),
    severity: 'medium',
    cause: {
      en: en`The ${what} of ${where} changed since ${before.lastSeen}: every kubeconfig written before fails with ${failure}.`,
      ja: ja`${where} の ${what} が ${before.lastSeen} 以降に変わりました。それより前に作成した kubeconfig はすべて ${failure} で失敗します。`,
    },
    evidence: [...endpoint, ...authority],
    fix: getCredentials(cluster, false),
  };
}

function changedAuthority({ caCertificate }: GkeCluster, { caSha256 }: SeenCluster): Evidence[] {
  const hash = caCertificate === null ? null : certificateHash(caCertificate);
  if (caSha256 === null || hash === null || caSha256 === hash) return [];
  return [{ label: 'SHA-256 of clusterCaCertificate', value: wasAndIs(caSha256, hash) }];
}

function changedEndpoint({ endpoint }: GkeCluster, before: SeenCluster): Evidence[] {
  if (before.endpoint === null || endpoint === null || before.endpoint === endpoint) return [];
  return [{ label: 'Endpoint', value: wasAndIs(before.endpoint, endpoint) }];
}
