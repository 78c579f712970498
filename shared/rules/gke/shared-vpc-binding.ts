import { holdsPermissions, type Access, type Verdict } from '../../domain/google-access.ts';
import type { GkeCluster } from '../../domain/google-cluster.ts';
import { gkeIdentities } from '../../domain/google-identity.ts';
import { networkProject, parseSubnetwork } from '../../domain/google-network.ts';
import type { IamPolicy, Lookup, PolicyLevel, RoleDefinition } from '../../domain/google-policy.ts';
import { accountMember, hostAgentRole } from '../../domain/google-project.ts';
import { proveGrant, type PolicyDocument } from '../../domain/google-proof.ts';
import { ownEntry } from '../../domain/own-entry.ts';
import { rule, type Fix, type Problem, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { grantCommand, unproven } from './telling/grant-fix.ts';
import { listNames } from './telling/list-names.ts';
import { nearEvidence, reasonFor } from './telling/verdict-reason.ts';

const networkRole = 'roles/compute.networkUser';

export default rule({
  id: 'gke/shared-vpc-binding',
  title: 'An agent lacks its role on the host project of a Shared VPC',
  severity: 'high',
  why: 'Nodes, load balancers and firewall rules of the cluster lie in a network of another project; without these roles GKE cannot make them there.',
  references: ['https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-shared-vpc'],
  needs: {
    project: 'whole',
    gkeClusters: 'partial',
    hostProjects: 'supporting',
    roleDefinitions: 'supporting',
  },
  check({ facts, time }): (Problem | Unknown)[] {
    const { project, hostProjects, roleDefinitions: roles } = facts;
    const shared = facts.gkeClusters.filter((cluster) => isShared(cluster, project));
    const hosts = [...new Set(shared.map(networkProject))].filter((host) => host !== null).sort();
    return hosts.flatMap((id): (Problem | Unknown)[] => {
      const clusters = shared.filter((cluster) => networkProject(cluster) === id);
      const host = ownEntry(hostProjects, id);
      if (!host)
        return [
          {
            unknown: `whether the agents of ${project.id} may use the network of ${id}: its policy was not read`,
          },
        ];
      return judgeHost({ id, ...host, clusters, roles, time, projectNumber: project.number });
    });
  },
});

interface Host {
  id: string;
  clusters: GkeCluster[];
  services: Record<string, string> | null;
  policies: PolicyLevel[];
  subnetworks: Record<string, Lookup<IamPolicy>>;
  roles: Record<string, Lookup<RoleDefinition>> | undefined;
  time: string;
  projectNumber: string;
}

function isShared(cluster: GkeCluster, project: { id: string; number: string }): boolean {
  const owner = networkProject(cluster);
  return owner !== null && owner !== project.id && owner !== project.number;
}

/** One outcome for the API and one for each agent: what an agent lacks on one host has one cause. */
function judgeHost(host: Host): (Problem | Unknown)[] {
  const { gkeAgent, apisAgent } = gkeIdentities(host.projectNumber);
  return [
    ...apiOutcome(host),
    ...agentOutcome(host, 'GKE service agent', gkeAgent, [hostDemand(host), ...subnetworkDemands(host)]),
    ...agentOutcome(host, 'Google APIs service agent', apisAgent, subnetworkDemands(host)),
  ];
}

/** One role on one resource, and the command that grants it. */
interface Demand {
  role: string;
  resource: string;
  policies: PolicyLevel[];
  command: (member: string) => string;
}

function hostDemand({ id, policies }: Host): Demand {
  return {
    role: hostAgentRole,
    resource: `projects/${id}`,
    policies,
    command: (member) => grantCommand(id, member, hostAgentRole),
  };
}

/** The role on each subnetwork in use, or on the whole project. */
function subnetworkDemands({ clusters, subnetworks, policies }: Host): Demand[] {
  const names = [...new Set(clusters.flatMap(({ subnetwork }) => (subnetwork ? [subnetwork] : [])))].sort();
  return names.flatMap((name): Demand[] => {
    const parts = parseSubnetwork(name);
    if (!parts) return [];
    const level = levelOf(name, ownEntry(subnetworks, name));
    const command = (member: string) =>
      sh`gcloud compute networks subnets add-iam-policy-binding ${parts.name} --region=${parts.region} --member=${member} --role=${networkRole} --project=${parts.project}`;
    return [{ role: networkRole, resource: name, policies: [level, ...policies], command }];
  });
}

function levelOf(resource: string, found: Lookup<IamPolicy> | undefined): PolicyLevel {
  if (found?.state === 'exists') return { resource, state: 'read', policy: found.value };
  const why = found?.state === 'unread' ? found.why : 'it was not found';
  return { resource, state: 'unread', why };
}

function agentOutcome(host: Host, name: string, email: string, demands: Demand[]): (Problem | Unknown)[] {
  const member = accountMember(email);
  const judged = demands.map((demand) => ({
    demand,
    verdict: judge({ policies: demand.policies, roles: host.roles, time: host.time }, demand.role, member),
  }));
  const denied = judged.filter(({ verdict }) => verdict.state === 'denied');
  const doubts = judged.flatMap(({ demand, verdict }) =>
    verdict.state === 'unknown'
      ? [
          {
            unknown: `whether the ${name} has ${demand.role} on ${demand.resource}: ${listNames(verdict.why, 2)}`,
          },
        ]
      : [],
  );
  return denied.length > 0 ? [problem(host, name, email, denied), ...doubts] : doubts;
}

/** The one permission of the role without which nothing works: a custom role may well hold no more. */
function judge(access: Access, role: string, principal: string): Verdict {
  const least = role === networkRole ? 'compute.subnetworks.use' : 'container.hostServiceAgent.use';
  return holdsPermissions(access, principal, [least], [role]);
}

function problem(
  host: Host,
  name: string,
  email: string,
  denied: { demand: Demand; verdict: Verdict }[],
): Problem {
  const clusters = host.clusters.map((cluster) => `${cluster.name} (${cluster.location})`);
  const needs = denied.map(({ demand }) => `${demand.role} on ${demand.resource}`);
  return {
    location: null,
    cluster: null,
    subject: { kind: 'service agent', name: email, id: `${email} on projects/${host.id}` },
    cause: `The ${name} lacks ${needs.join(' and ')}, where the network of ${listNames(clusters, 3)} lies.`,
    evidence: [
      ...denied.map(({ demand, verdict }) => ({
        label: demand.role,
        value: reasonFor(verdict, demand.role, demand.resource),
      })),
      ...denied.flatMap(({ verdict }) => nearEvidence(verdict)),
      { label: 'Host project', value: host.id },
      { label: 'Clusters', value: listNames(clusters, 20) },
    ],
    fix: fixFor(
      host,
      name,
      accountMember(email),
      denied.map(({ demand }) => demand),
    ),
  };
}

/** Every binding is proven on its own; the policies after the repair are given by resource. */
function fixFor(host: Host, name: string, member: string, demands: Demand[]): Fix {
  const summary = `Grant the ${name} what it lacks on host project ${host.id}; that takes the rights of the host project's administrator.`;
  const proven = demands.map((demand): [string, PolicyDocument | null] => [
    demand.resource,
    proveGrant(
      { policies: demand.policies, roles: host.roles, time: host.time },
      { resource: demand.resource, role: demand.role, member },
      member,
      (given, principal) => judge(given, demand.role, principal),
    ),
  ]);
  if (proven.some(([, policy]) => policy === null)) return unproven(summary);
  const commands = demands.map(({ command }) => command(member));
  return { summary, commands, policy: Object.fromEntries(proven), verified: true };
}

/** The API must be on in the host project as well: its agent's name is otherwise not known there. */
function apiOutcome({ id, services, clusters }: Host): (Problem | Unknown)[] {
  const api = 'container.googleapis.com';
  if (services?.[api] === 'ENABLED') return [];
  if (services?.[api] !== 'DISABLED') return [{ unknown: `whether ${api} is enabled in host project ${id}` }];
  return [
    {
      location: null,
      cluster: null,
      subject: { kind: 'api', name: api, id: `projects/${id}/services/${api}` },
      cause: `${api} is disabled in ${id}, the host project of ${listNames(
        clusters.map(({ name }) => name),
        3,
      )}.`,
      evidence: [{ label: 'Service Usage says', value: `${api} is DISABLED in ${id}` }],
      fix: {
        summary: 'Enable the API in the host project as well.',
        commands: [sh`gcloud services enable ${api} --project=${id}`],
        verified: false,
      },
    },
  ];
}
