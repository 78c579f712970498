import { holdsPermissions, type Access, type Verdict } from '../../domain/google-access.ts';
import type { GkeCluster } from '../../domain/google-cluster.ts';
import { agentNames, gkeIdentities } from '../../domain/google-identity.ts';
import { networkProject, parseSubnetwork } from '../../domain/google-network.ts';
import {
  unreadBecause,
  type IamPolicy,
  type Lookup,
  type PolicyLevel,
  type RoleDefinition,
} from '../../domain/google-policy.ts';
import { accountMember, hostAgentRole } from '../../domain/google-project.ts';
import { policyAt, proveGrant, type PolicyDocument } from '../../domain/google-proof.ts';
import { ownEntry } from '../../domain/own-entry.ts';
import { rule, type Fix, type Problem, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { grantCommand, unproven } from './telling/grant-fix.ts';
import { en, ja, joinWords, type Words } from '../../words.ts';
import { listNames } from './telling/list-names.ts';
import { nearEvidence, reasonFor } from './telling/verdict-reason.ts';

const networkRole = 'roles/compute.networkUser';

export default rule({
  id: 'gke/shared-vpc-binding',
  title: {
    en: 'An agent lacks its role on the host project of a Shared VPC',
    ja: '共有 VPC のホストプロジェクトでサービスエージェントにロールがありません',
  },
  severity: 'high',
  why: {
    en: 'Nodes, load balancers and firewall rules of the cluster lie in a network of another project; without these roles GKE cannot make them there.',
    ja: 'クラスターのノード、ロードバランサー、ファイアウォールルールは、別のプロジェクトのネットワークにあります。これらのロールがないと、GKE はそこに作成できません。',
  },
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
      if (!host) return [{ unknown: unreadHost(project.id, id) }];
      return judgeHost({ id, ...host, clusters, roles, time, projectNumber: project.number });
    });
  },
});

function unreadHost(project: string, host: string): Words {
  return {
    en: `whether the agents of ${project} may use the network of ${host}: its policy was not read`,
    ja: `${project} のサービスエージェントが ${host} のネットワークを使用できるかどうかは不明です: ポリシーが読み取られていません`,
  };
}

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
    ...agentOutcome(host, agentNames.gkeAgent, gkeAgent, [hostDemand(host), ...subnetworkDemands(host)]),
    ...agentOutcome(host, agentNames.apisAgent, apisAgent, subnetworkDemands(host)),
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
  const why = found?.state === 'unread' ? found.why : unreadBecause.notFound;
  return { resource, state: 'unread', why };
}

function agentOutcome(host: Host, name: Words, email: string, demands: Demand[]): (Problem | Unknown)[] {
  const member = accountMember(email);
  const judged = demands.map((demand) => ({
    demand,
    verdict: judge({ policies: demand.policies, roles: host.roles, time: host.time }, demand.role, member),
  }));
  const denied = judged.filter(({ verdict }) => verdict.state === 'denied');
  const doubts = judged.flatMap(({ demand, verdict }) =>
    verdict.state === 'unknown' ? [{ unknown: undecided(name, demand, listNames(verdict.why, 2)) }] : [],
  );
  return denied.length > 0 ? [problem(host, name, email, denied), ...doubts] : doubts;
}

function undecided(name: Words, { role, resource }: Demand, why: Words): Words {
  return {
    en: en`whether the ${name} has ${role} on ${resource}: ${why}`,
    ja: ja`${name} に ${resource} の ${role} があるかどうかは不明です: ${why}`,
  };
}

/** The one permission of the role without which nothing works: a custom role may well hold no more. */
function judge(access: Access, role: string, principal: string): Verdict {
  const least = role === networkRole ? 'compute.subnetworks.use' : 'container.hostServiceAgent.use';
  return holdsPermissions(access, principal, [least], [role]);
}

function problem(
  host: Host,
  name: Words,
  email: string,
  denied: { demand: Demand; verdict: Verdict }[],
): Problem {
  const clusters = host.clusters.map((cluster) => `${cluster.name} (${cluster.location})`);
  const needs = denied.map(({ demand: { role, resource } }) => ({
    en: `${role} on ${resource}`,
    ja: `${resource} の ${role}`,
  }));
  return {
    location: null,
    cluster: null,
    subject: { kind: 'service agent', name: email, id: `${email} on projects/${host.id}` },
    cause: causeOf(name, joinWords(needs, { en: ' and ', ja: ' と ' }), listNames(clusters, 3)),
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

function causeOf(name: Words, needs: Words, clusters: Words): Words {
  return {
    en: en`The ${name} lacks ${needs}, where the network of ${clusters} lies.`,
    ja: ja`${name} に ${needs} がありません。${clusters} のネットワークはそこにあります。`,
  };
}

/** Every binding is proven on its own; the policies after the repair are given by resource. */
function fixFor(host: Host, name: Words, member: string, demands: Demand[]): Fix {
  const summary = {
    en: en`Grant the ${name} what it lacks on host project ${host.id}; that takes the rights of the host project's administrator.`,
    ja: ja`ホストプロジェクト ${host.id} で、${name} に不足しているロールを付与してください。ホストプロジェクトの管理者の権限が必要です。`,
  };
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
  const current = demands.map(
    ({ policies, resource }) => [resource, policyAt({ policies }, resource)] as const,
  );
  return {
    summary,
    commands,
    policy: Object.fromEntries(proven),
    currentPolicy: Object.fromEntries(current),
    verified: true,
  };
}

/** The API must be on in the host project as well: its agent's name is otherwise not known there. */
function apiOutcome({ id, services, clusters }: Host): (Problem | Unknown)[] {
  const api = 'container.googleapis.com';
  if (services?.[api] === 'ENABLED') return [];
  if (services?.[api] !== 'DISABLED') return [{ unknown: unreadApi(api, id) }];
  const names = listNames(
    clusters.map(({ name }) => name),
    3,
  );
  return [
    {
      location: null,
      cluster: null,
      subject: { kind: 'api', name: api, id: `projects/${id}/services/${api}` },
      cause: {
        en: en`${api} is disabled in ${id}, the host project of ${names}.`,
        ja: ja`${names} のホストプロジェクト ${id} で ${api} が無効になっています。`,
      },
      evidence: [
        {
          label: 'Service Usage says',
          value: { en: `${api} is DISABLED in ${id}`, ja: `${id} の ${api} は DISABLED です` },
        },
      ],
      fix: {
        summary: {
          en: 'Enable the API in the host project as well.',
          ja: 'ホストプロジェクトでも API を有効にしてください。',
        },
        commands: [sh`gcloud services enable ${api} --project=${id}`],
        verified: false,
      },
    },
  ];
}

function unreadApi(api: string, host: string): Words {
  return {
    en: `whether ${api} is enabled in host project ${host}`,
    ja: `ホストプロジェクト ${host} で ${api} が有効かどうかは不明です`,
  };
}
