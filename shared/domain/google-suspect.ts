/** Whose permission it is, where GKE says that one is missing: every identity that acts for GKE, judged. */
import type { Words } from '../words.ts';
import {
  defaultNodeRole,
  holdsPermissions,
  permissionsOf,
  type Access,
  type Verdict,
} from './google-access.ts';
import { projectOfResource, type Demand } from './google-error-text.ts';
import type { Failure } from './google-failure.ts';
import { agentNames, gkeIdentities, type NodeAccount } from './google-identity.ts';
import {
  accountMember,
  apisAgentRole,
  computeAgentRole,
  gkeAgentRole,
  hostAgentRole,
  nodeAgentRole,
} from './google-project.ts';

/** An identity that acts for GKE. */
export interface Suspect {
  name: Words;
  email: string;
  /** The role that Google documents for it; what is in it, the identity should have. */
  role: string;
  kind: 'gke-agent' | 'node-agent' | 'apis-agent' | 'compute-agent' | 'node-account' | 'other';
}

export interface JudgedSuspect extends Suspect {
  verdict: Verdict;
}

/** Where the permission was asked for, and how each identity stands there. */
export interface Inquiry {
  demand: Demand;
  /** Project that the demand names, else the cluster's own; its id where that is the audited one. */
  project: string;
  suspects: JudgedSuspect[];
  /** Who lacks it; null where nobody that should have it does, or where it cannot be decided. */
  culprit: JudgedSuspect | null;
}

/** The identities that act for GKE in the project, with the node accounts of a failure's target. */
export function suspectsFor(
  failure: Failure,
  projectNumber: string,
  accounts: readonly NodeAccount[],
): Suspect[] {
  const { gkeAgent, nodeAgent, apisAgent, computeAgent } = gkeIdentities(projectNumber);
  const nodes = accounts.filter(({ uses }) =>
    uses.some(
      ({ cluster, nodePool }) =>
        cluster.name === failure.cluster &&
        cluster.location === failure.location &&
        (failure.nodePool === null || failure.nodePool === nodePool),
    ),
  );
  return [
    { name: agentNames.gkeAgent, email: gkeAgent, role: gkeAgentRole, kind: 'gke-agent' },
    { name: agentNames.apisAgent, email: apisAgent, role: apisAgentRole, kind: 'apis-agent' },
    {
      name: agentNames.computeAgent,
      email: computeAgent,
      role: computeAgentRole,
      kind: 'compute-agent',
    },
    { name: agentNames.nodeAgent, email: nodeAgent, role: nodeAgentRole, kind: 'node-agent' },
    ...nodes.map(({ email }): Suspect => ({
      name: { en: 'node service account', ja: 'ノードのサービスアカウント' },
      email,
      role: defaultNodeRole,
      kind: 'node-account',
    })),
  ];
}

/**
 * Judges every identity on one demand. The text's own word comes first (`when acting as`), then what Google documents:
 * GKE acts on Compute Engine as its service agent, nodes log as their account. Whoever else lacks the permission is
 * named only where its documented role holds it; node accounts lack most permissions, and rightly.
 */
export function inquire(
  demand: Demand,
  actingAs: string | null,
  suspects: readonly Suspect[],
  access: Access,
  audited: { id: string; number: string },
): Inquiry {
  const known = suspects.find(({ email }) => email === actingAs);
  const named: Suspect[] =
    actingAs === null || known
      ? []
      : [{ name: { en: 'account', ja: 'アカウント' }, email: actingAs, role: '', kind: 'other' }];
  const judged = [...suspects, ...named].map((suspect): JudgedSuspect => ({
    ...suspect,
    verdict: holdsPermissions(access, accountMember(suspect.email), [demand.permission]),
  }));
  const owner = demand.resource === null ? null : projectOfResource(demand.resource);
  const project = owner === null || owner === audited.number ? audited.id : owner;
  const first =
    actingAs === null
      ? primeSuspects(demand.permission, judged)
      : judged.filter(({ email }) => email === actingAs);
  return {
    demand,
    project,
    suspects: judged,
    culprit: culpritOf(demand.permission, first, judged, access, actingAs),
  };
}

function primeSuspects(permission: string, judged: JudgedSuspect[]): JudgedSuspect[] {
  const isForNodes = /^(logging|monitoring|autoscaling|artifactregistry|storage)\./.test(permission);
  return judged.filter(({ kind }) => kind === (isForNodes ? 'node-account' : 'gke-agent'));
}

function culpritOf(
  permission: string,
  first: JudgedSuspect[],
  judged: JudgedSuspect[],
  access: Access,
  actingAs: string | null,
): JudgedSuspect | null {
  const lacking = first.find(({ verdict }) => verdict.state === 'denied');
  if (lacking) return lacking;
  if (actingAs !== null || first.some(({ verdict }) => verdict.state === 'unknown')) return null;
  const shouldHave = judged.filter(
    ({ role, verdict, kind }) =>
      kind !== 'node-account' &&
      verdict.state === 'denied' &&
      (permissionsOf(access, role)?.includes(permission) ?? false),
  );
  return shouldHave.length === 1 ? (shouldHave[0] ?? null) : null;
}

/**
 * The predefined role that Google documents for what was asked on a project; null where there is none, or where the
 * grant belongs on something smaller (a subnetwork, a key, an account).
 */
export function roleFor(permission: string, suspect: Suspect, access: Access): string | null {
  if (permissionsOf(access, suspect.role)?.includes(permission)) return suspect.role;
  return documentedRoles.find(([pattern]) => pattern.test(permission))?.[1] ?? null;
}

/** From Google's pages on Shared VPC, custom images, image streaming and Artifact Registry. */
const documentedRoles: [RegExp, string][] = [
  [/^container\.hostServiceAgent\.use$/, hostAgentRole],
  [/^compute\.images\.(useReadOnly|get|list|getFromFamily)$/, 'roles/compute.imageUser'],
  [/^serviceusage\.services\.use$/, 'roles/serviceusage.serviceUsageConsumer'],
  [/^artifactregistry\.\w+\.(get|list|downloadArtifacts)$/, 'roles/artifactregistry.reader'],
];
