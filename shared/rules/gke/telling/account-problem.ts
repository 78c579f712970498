/** The problem of a node account that is disabled or deleted: one finding for the account, whatever breaks by it. */
import { undeleteDays, type AccountState } from '../../../domain/google-account-state.ts';
import type { Failure } from '../../../domain/google-failure.ts';
import { describeUse, projectOfAccount, type NodeAccount } from '../../../domain/google-identity.ts';
import type { Fix, Problem } from '../../../rule.ts';
import { sh } from '../../../shell.ts';
import { changeEvidence } from './change-evidence.ts';
import { failureEvidence } from './failure-evidence.ts';
import { listNames } from './list-names.ts';

export interface BrokenAccount {
  account: NodeAccount;
  state: Extract<AccountState, { state: 'disabled' | 'missing' }>;
  /** Project id that owns the account. */
  project: string;
  failures: readonly Failure[];
  /** ISO 8601 UTC. */
  time: string;
}

export function accountProblem({ account, state, project, failures, time }: BrokenAccount): Problem {
  const { email, isDefault, uses } = account;
  const where = [...new Set(uses.map(describeUse))];
  const name = isDefault
    ? `The Compute Engine default service account ${email}`
    : `The service account ${email}`;
  const users =
    where.length > 0 ? `, and ${countUses(account)} run${where.length === 1 ? 's' : ''} as it` : '';
  return {
    location: null,
    cluster: null,
    subject: { kind: 'service account', name: email, id: `projects/${project}/serviceAccounts/${email}` },
    cause: `${name} is ${state.state === 'disabled' ? 'disabled' : 'deleted'}${users}.`,
    evidence: [
      ...(where.length > 0 ? [{ label: 'Used by', value: listNames(where, 20) }] : []),
      ...(state.uniqueId === null ? [] : [{ label: 'Unique id', value: state.uniqueId }]),
      ...changeEvidence(state.state === 'disabled' ? 'Disabled by' : 'Deleted by', state.change),
      ...failureEvidence(failures),
    ],
    fix: state.state === 'disabled' ? enableFix(email, project) : restoreFix(state, email, project, time),
  };
}

/** `2 node pools and 1 Autopilot cluster`. */
function countUses({ uses }: NodeAccount): string {
  const pools = uses.filter(({ nodePool }) => nodePool !== null).length;
  const autopilot = uses.filter(({ nodePool, cluster }) => nodePool === null && cluster.autopilot).length;
  const provisioning = uses.length - pools - autopilot;
  const parts = [
    [pools, 'node pool'],
    [autopilot, 'Autopilot cluster'],
    [provisioning, 'auto-provisioning cluster'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, noun]) => `${count} ${noun}${count === 1 ? '' : 's'}`)
    .join(' and ');
}

function enableFix(email: string, project: string): Fix {
  return {
    summary:
      'Enable the account again, unless it was disabled on purpose: then give the pools another account.',
    commands: [sh`gcloud iam service-accounts enable ${email} --project=${project}`],
    verified: false,
  };
}

function restoreFix(
  { uniqueId, change }: BrokenAccount['state'],
  email: string,
  project: string,
  time: string,
): Fix {
  const deletedAt = change ? Date.parse(change.time) : NaN;
  const end = deletedAt + undeleteDays * 86_400_000;
  if (uniqueId !== null && !(Date.parse(time) >= end)) {
    const until = Number.isNaN(end) ? '' : `, until ${new Date(end).toISOString()}`;
    return {
      summary: `Restore the account; its bindings then apply again. That is possible for ${undeleteDays} days after it was deleted${until}.`,
      commands: [sh`gcloud iam service-accounts undelete ${uniqueId} --project=${project}`],
      verified: false,
    };
  }
  const gone =
    uniqueId === null ? 'Its unique id is not known' : `It was deleted more than ${undeleteDays} days ago`;
  return {
    summary: `Advice: ${gone}, so it cannot be restored from here. Make a new account with roles/container.defaultNodeServiceAccount, and node pools that use it in the place of those that use ${email}; an account of the same name would not get the old one's bindings.`,
    commands: [],
    verified: false,
  };
}

/** Project id of the account where the email tells one; the project that is audited owns the default account. */
export function ownerOf(email: string, audited: { id: string; number: string }): string {
  const project = projectOfAccount(email);
  return project === null || project === audited.number ? audited.id : project;
}
