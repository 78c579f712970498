/** Which rule tells the root cause of a missing permission, so that one cause is one finding. */
import type { Access } from './google-access.ts';
import { accountState, wasRecreated, type AccountLookup } from './google-account-state.ts';
import type { GkeCluster } from './google-cluster.ts';
import { keysOf } from './google-key.ts';
import { networkProject } from './google-network.ts';
import {
  clustersWithNodeAgent,
  judgeGkeAgent,
  accountMember,
  judgeApisAgent,
  judgeNodeAccount,
  judgeNodeAgent,
  usesOwnAccount,
} from './google-project.ts';
import type { NodeAccount } from './google-identity.ts';
import type { Inquiry, JudgedSuspect } from './google-suspect.ts';

export interface OwnershipFacts {
  project: { id: string; number: string };
  /** The audited project's own. */
  access: Access;
  clusters: readonly GkeCluster[];
  accounts: readonly NodeAccount[];
  accountLookups: Readonly<Record<string, AccountLookup>> | undefined;
}

/** Whether another rule's finding is the cause of what the culprit lacks. */
export function isToldElsewhere({ demand, project, culprit }: Inquiry, facts: OwnershipFacts): boolean {
  if (/^cloudkms\./.test(demand.permission))
    return facts.clusters.some((cluster) => usesKey(cluster, demand.resource));
  if (!culprit) return false;
  if (project === facts.project.id) return isToldAtHome(culprit, facts);
  // Shared VPC is judged for every network that a cluster uses; a cluster that could not be made is none.
  const isNetworkUse = /^(container\.hostServiceAgent\.use|compute\.(sub)?networks\.use)/.test(
    demand.permission,
  );
  return isNetworkUse && facts.clusters.some((cluster) => networkProject(cluster) === project);
}

function isToldAtHome({ kind, email }: JudgedSuspect, facts: OwnershipFacts): boolean {
  const { access, clusters } = facts;
  const member = accountMember(email);
  switch (kind) {
    case 'gke-agent':
      return judgeGkeAgent(access, member).state === 'denied';
    case 'apis-agent':
      return judgeApisAgent(access, member).state === 'denied';
    case 'node-agent':
      return clustersWithNodeAgent(clusters).length > 0 && judgeNodeAgent(access, member).state === 'denied';
    case 'node-account':
      return facts.accounts.some((account) => account.email === email && isAccountAtFault(account, facts));
    default:
      return false;
  }
}

function isAccountAtFault(account: NodeAccount, { access, accountLookups }: OwnershipFacts): boolean {
  const state = accountState(account.email, accountLookups, access.policies, undefined);
  if (state.state === 'disabled' || state.state === 'missing') return true;
  const uses = usesOwnAccount(account);
  const lacks =
    uses.length > 0 && judgeNodeAccount(access, accountMember(account.email), uses).state === 'denied';
  return (
    lacks ||
    (state.state === 'enabled' &&
      uses.length > 0 &&
      wasRecreated(account.email, state.uniqueId, access.policies))
  );
}

function usesKey(cluster: GkeCluster, resource: string | null): boolean {
  return resource !== null && keysOf(cluster).some(({ key }) => resource.includes(key));
}
