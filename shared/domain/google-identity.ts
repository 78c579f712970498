/** The accounts and agents that act for GKE in a project, and how their names are built. */
import type { Words } from '../words.ts';
import type { GkeCluster } from './google-cluster.ts';

/** Emails of the identities that GKE needs in the project of that number. */
export interface GkeIdentities {
  /** GKE service agent: makes and changes what a cluster consists of. */
  gkeAgent: string;
  /** GKE node service agent: logs and metrics of nodes from 1.33 on. */
  nodeAgent: string;
  /** Google APIs service agent: runs managed instance groups, and so the nodes. */
  apisAgent: string;
  /** Compute Engine service agent: disks and instances. */
  computeAgent: string;
  /** Compute Engine default service account: what nodes run as unless told otherwise. */
  defaultAccount: string;
}

/** The documented names, from a project number. */
export function gkeIdentities(projectNumber: string): GkeIdentities {
  return {
    gkeAgent: `service-${projectNumber}@container-engine-robot.iam.gserviceaccount.com`,
    nodeAgent: `service-${projectNumber}@gcp-sa-gkenode.iam.gserviceaccount.com`,
    apisAgent: `${projectNumber}@cloudservices.gserviceaccount.com`,
    computeAgent: `service-${projectNumber}@compute-system.iam.gserviceaccount.com`,
    defaultAccount: `${projectNumber}-compute@developer.gserviceaccount.com`,
  };
}

/** What Google's documentation calls its agents. */
export const agentNames = {
  gkeAgent: { en: 'GKE service agent', ja: 'GKE サービスエージェント' },
  nodeAgent: { en: 'GKE node service agent', ja: 'GKE ノードサービスエージェント' },
  apisAgent: { en: 'Google APIs service agent', ja: 'Google API サービスエージェント' },
  computeAgent: { en: 'Compute Engine service agent', ja: 'Compute Engine サービスエージェント' },
} as const satisfies Record<string, Words>;

/** Whether Google makes and keeps the account: the IAM API tells nothing reliable about those. */
export function isGoogleManaged(email: string): boolean {
  const [name = '', domain = ''] = email.split('@');
  if (domain === 'cloudservices.gserviceaccount.com') return /^\d+$/.test(name);
  return (
    /^service-\d+$/.test(name) &&
    /^(gcp-sa-[a-z0-9-]+|container-engine-robot|compute-system|containerregistry)\.iam\.gserviceaccount\.com$/.test(
      domain,
    )
  );
}

/**
 * Project of a service account as its email tells: an id (`example.com:p` where it is domain-scoped), or the number of
 * the Compute Engine default account; null where the email tells none.
 */
export function projectOfAccount(email: string): string | null {
  const [name = '', domain = ''] = email.split('@');
  if (domain === 'developer.gserviceaccount.com') return /^(\d+)-compute$/.exec(name)?.[1] ?? null;
  if (domain === 'appspot.gserviceaccount.com') return name || null;
  const labels = /^(.+)\.iam\.gserviceaccount\.com$/.exec(domain)?.[1]?.split('.');
  const [project, ...organization] = labels ?? [];
  if (!project) return null;
  return organization.length > 0 ? `${organization.join('.')}:${project}` : project;
}

/** One use of a node account: a pool, or what a cluster makes pools with by itself. */
export interface NodeAccountUse {
  cluster: GkeCluster;
  /** Null for Autopilot and node auto-provisioning. */
  nodePool: string | null;
  /** Version of the nodes; null where GKE gives none. */
  version: string | null;
}

export interface NodeAccount {
  email: string;
  isDefault: boolean;
  uses: NodeAccountUse[];
}

/** The accounts that nodes run as, and where; sorted by email. */
export function nodeAccounts(clusters: readonly GkeCluster[], projectNumber: string): NodeAccount[] {
  const { defaultAccount } = gkeIdentities(projectNumber);
  const accounts = new Map<string, NodeAccount>();
  for (const [name, use] of clusters.flatMap(usesOf)) {
    const email = name === null || name === '' || name === 'default' ? defaultAccount : name.toLowerCase();
    const account = accounts.get(email) ?? { email, isDefault: email === defaultAccount, uses: [] };
    accounts.set(email, account);
    account.uses.push(use);
  }
  return [...accounts.values()].sort((a, b) => (a.email < b.email ? -1 : 1));
}

function usesOf(cluster: GkeCluster): [string | null, NodeAccountUse][] {
  const pools = cluster.nodePools.map((pool): [string | null, NodeAccountUse] => [
    pool.serviceAccount,
    { cluster, nodePool: pool.name, version: pool.version },
  ]);
  if (!cluster.autopilot && !cluster.autoprovisioning) return pools;
  const version = cluster.nodeVersion ?? cluster.masterVersion;
  return [...pools, [cluster.autoprovisioning?.serviceAccount ?? null, { cluster, nodePool: null, version }]];
}

/** A use in words: `pool "a" of prod (europe-west4)`, `Autopilot cluster prod (europe-west4)`. */
export function describeUse({ cluster, nodePool }: NodeAccountUse): Words {
  const name = `${cluster.name} (${cluster.location})`;
  if (nodePool !== null)
    return { en: `pool "${nodePool}" of ${name}`, ja: `${name} のノードプール "${nodePool}"` };
  return cluster.autopilot
    ? { en: `Autopilot cluster ${name}`, ja: `Autopilot クラスター ${name}` }
    : { en: `node auto-provisioning of ${name}`, ja: `${name} のノード自動プロビジョニング` };
}
