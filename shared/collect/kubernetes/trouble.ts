/** Why a cluster's API server could not be read, and what would let the auditor in. */
import type { Cluster } from '../../domain/web-identity.ts';
import type { KubernetesAnswer } from './request.ts';
import { auditorGroup } from './permission.ts';

export type Trouble =
  | { kind: 'unreachable' | 'untrusted'; code: string }
  /** 401: no access entry knows the caller. */
  | { kind: 'unknown caller' }
  /** 403: the caller is known, and may not read this. */
  | { kind: 'forbidden' }
  | { kind: 'out of time' }
  | { kind: 'other'; said: string };

/** A list or an object of a cluster could not be read. */
export class KubernetesError extends Error {
  override name = 'KubernetesError';
  readonly trouble: Trouble;

  constructor(trouble: Trouble, options?: ErrorOptions) {
    super(reasonOf(trouble), options);
    this.trouble = trouble;
  }
}

/** Null for an object. */
export function troubleOf(answer: KubernetesAnswer): Trouble | null {
  if (answer.state !== 'answered') return { kind: answer.state, code: answer.code };
  if (answer.status === 401) return { kind: 'unknown caller' };
  if (answer.status === 403) return { kind: 'forbidden' };
  if (answer.status !== 200) return { kind: 'other', said: `it answered status ${answer.status}` };
  return typeof answer.body === 'object' && answer.body !== null
    ? null
    : { kind: 'other', said: 'it answered something that is no JSON' };
}

/** Reads on after "Cannot read …:". */
export function reasonOf(trouble: Trouble): string {
  switch (trouble.kind) {
    case 'unreachable':
      return `its API server did not answer (${trouble.code})`;
    case 'untrusted':
      return `its API server showed a certificate that is not of the cluster's CA (${trouble.code})`;
    case 'unknown caller':
      return 'its API server does not know the auditor (401 Unauthorized)';
    case 'forbidden':
      return 'its API server does not let the auditor read this (403 Forbidden)';
    case 'out of time':
      return 'the time that was given ended before its API server had told all';
    case 'other':
      return trouble.said;
  }
}

const never = 'leave it out with "--kubernetes never"';

/** What to do; `principal` is the ARN that an access entry is to name, null where it is not known. */
export function remedyOf(trouble: Trouble, cluster: Cluster, principal: string | null): string {
  switch (trouble.kind) {
    case 'unreachable':
      return `${reach(cluster)}, or ${never}`;
    case 'untrusted':
      return `let the auditor reach the server itself, past whatever opens TLS on the way, or ${never}`;
    case 'unknown caller':
      return `let it in: ${entryCommands(cluster, principal).join('; ')}; or ${never}`;
    case 'forbidden':
      return `let it read: ${groupCommands(cluster, principal).join('; ')}; or ${never}`;
    case 'out of time':
      return 'allow more of it, or ask for fewer clusters';
    case 'other':
      return `run it again, or ${never}`;
  }
}

function reach({ access }: Cluster): string {
  return access?.publicEndpoint
    ? "let the auditor's address in among the cluster's public access CIDRs, or run it inside of its VPC"
    : 'its endpoint is private, so run the auditor inside of its VPC (settings vpcSubnets and vpcSecurityGroups of the stack)';
}

/** The ClusterRole, for whoever administers the cluster to apply. */
const roleCommand = 'clusterwhy permissions kubernetes | kubectl apply -f -';

function entryCommands(cluster: Cluster, principal: string | null): string[] {
  const { name, region, access } = cluster;
  const where = `--cluster-name ${name} --region ${region} --principal-arn ${principal ?? "the auditor's ARN"}`;
  const modeFirst =
    access?.authenticationMode === 'CONFIG_MAP'
      ? [
          `aws eks update-cluster-config --name ${name} --region ${region} --access-config authenticationMode=API_AND_CONFIG_MAP (which cannot be undone)`,
        ]
      : [];
  return [
    ...modeFirst,
    `aws eks create-access-entry ${where} --kubernetes-groups ${auditorGroup}`,
    viewCommand(cluster, where),
    roleCommand,
  ];
}

/** `update-access-entry` replaces the groups that the entry has. */
function groupCommands(cluster: Cluster, principal: string | null): string[] {
  const { name, region } = cluster;
  const where = `--cluster-name ${name} --region ${region} --principal-arn ${principal ?? "the auditor's ARN"}`;
  return [
    `aws eks update-access-entry ${where} --kubernetes-groups ${auditorGroup} (and the groups that it has)`,
    roleCommand,
  ];
}

function viewCommand({ arn }: Cluster, where: string): string {
  const partition = arn.split(':')[1] || 'aws';
  return `aws eks associate-access-policy ${where} --access-scope type=cluster --policy-arn arn:${partition}:eks::aws:cluster-access-policy/AmazonEKSViewPolicy`;
}
