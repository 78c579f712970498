/** Customer-managed encryption keys (CMEK) of GKE clusters. */
import type { GkeCluster } from './google-cluster.ts';

/** One key of a cluster and what it is for. */
export interface KeyUse {
  /** `projects/…/locations/…/keyRings/…/cryptoKeys/…`. */
  key: string;
  /** `secrets` are encrypted by the GKE service agent, boot `disks` by the Compute Engine service agent. */
  purpose: 'secrets' | 'disks';
  cluster: GkeCluster;
  /** Null for the cluster itself and for pools that it makes by itself. */
  nodePool: string | null;
}

/** The keys that a cluster depends on. */
export function keysOf(cluster: GkeCluster): KeyUse[] {
  const { databaseEncryption, autoprovisioning, nodePools } = cluster;
  const isEncrypted = databaseEncryption?.state === 'ENCRYPTED' && databaseEncryption.keyName;
  const secrets = isEncrypted ? databaseEncryption.keyName : null;
  const uses: [string | null | undefined, KeyUse['purpose'], string | null][] = [
    [secrets, 'secrets', null],
    [autoprovisioning?.bootDiskKmsKey, 'disks', null],
    ...nodePools.map(({ name, bootDiskKmsKey }): [string | null, KeyUse['purpose'], string] => [
      bootDiskKmsKey,
      'disks',
      name,
    ]),
  ];
  return uses.flatMap(([key, purpose, nodePool]) => (key ? [{ key, purpose, cluster, nodePool }] : []));
}

/** A key's name in its parts; null where it has another form. */
export function parseKey(
  name: string,
): { project: string; location: string; keyRing: string; key: string } | null {
  const match = /^projects\/([^/]+)\/locations\/([^/]+)\/keyRings\/([^/]+)\/cryptoKeys\/([^/]+)/.exec(name);
  if (!match) return null;
  return { project: match[1] ?? '', location: match[2] ?? '', keyRing: match[3] ?? '', key: match[4] ?? '' };
}
