import type { GkeCluster } from '../../domain/google-cluster.ts';
import type { IamPolicy, Lookup } from '../../domain/google-policy.ts';
import { holdsRole } from '../../domain/google-access.ts';
import { accessTo } from '../../domain/google-project.ts';
import { parseWorkloadMember, workloadUserRole } from '../../domain/google-workload-identity.ts';
import { rule, type Fix, type Problem, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { annotationOutcomes } from './telling/annotation-outcome.ts';
import { en, ja, type Words } from '../../words.ts';
import { advice } from './telling/advice.ts';
import { grantCommand, grantFix } from './telling/grant-fix.ts';

export default rule({
  id: 'gke/workload-identity-binding',
  title: {
    en: 'A binding of Workload Identity Federation does not fit',
    ja: 'Workload Identity 連携のバインディングが正しくありません',
  },
  severity: 'high',
  why: {
    en: 'Pods of such a service account are refused iam.serviceAccounts.getAccessToken, or act as more than they should.',
    ja: 'このようなサービスアカウントの Pod は iam.serviceAccounts.getAccessToken を拒否されるか、本来より多くの権限で動作します。',
  },
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity',
    'https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity',
  ],
  needs: {
    project: 'whole',
    gkeClusters: 'partial',
    iamPolicy: 'whole',
    inheritedPolicies: 'supporting',
    roleDefinitions: 'supporting',
    serviceAccountPolicies: 'supporting',
    gcpServiceAccounts: 'supporting',
    gkeServiceAccounts: 'optional',
  },
  check({ facts, time }): (Problem | Unknown)[] {
    const clusters = facts.gkeClusters.filter(({ workloadPool }) => workloadPool !== null);
    if (clusters.length === 0) return [];
    const access = accessTo(facts, time);
    const policies = [
      { owner: null, policy: facts.iamPolicy },
      ...accountPolicies(facts.serviceAccountPolicies),
    ];
    return [
      ...policies.flatMap(({ owner, policy }) => memberProblems(owner, policy, facts.project, time)),
      ...annotationOutcomes({ ...facts, clusters, access }),
      ...unreadClusters(clusters, facts.gkeServiceAccounts),
    ];
  },
});

/** A policy and the service account whose it is; null for the project's own. */
interface Owned {
  owner: string | null;
  policy: IamPolicy;
}

function accountPolicies(policies: Readonly<Record<string, Lookup<IamPolicy>>> = {}): Owned[] {
  return Object.entries(policies).flatMap(([owner, found]) =>
    found.state === 'exists' ? [{ owner, policy: found.value }] : [],
  );
}

function unreadClusters(
  clusters: GkeCluster[],
  read: Readonly<Record<string, unknown>> | undefined,
): Unknown[] {
  if (!read) return [];
  return clusters
    .filter(({ resource }) => !Object.hasOwn(read, resource))
    .map(({ name, location }) => ({
      unknown: {
        en: `whether the service accounts of ${name} (${location}) are annotated rightly: they were not read`,
        ja: `${name} (${location}) のサービスアカウントのアノテーションが正しいかどうかは不明です: 読み取られていません`,
      },
    }));
}

interface Project {
  id: string;
  number: string;
}

function memberProblems(owner: string | null, policy: IamPolicy, project: Project, time: string): Problem[] {
  return policy.bindings.flatMap(({ role, members }) =>
    members.flatMap((member): Problem[] => {
      const parsed = parseWorkloadMember(member);
      const binding = { owner, role, member, policy };
      if (parsed.state === 'malformed') return [malformed(binding, parsed.why, project, time)];
      return parsed.state === 'valid' && owner === null && role === workloadUserRole
        ? [tooWide(binding, project)]
        : [];
    }),
  );
}

interface BadBinding extends Owned {
  role: string;
  member: string;
}

function malformed(binding: BadBinding, why: Words, project: Project, time: string): Problem {
  const { owner, role, member } = binding;
  const where = owner ?? `projects/${project.id}`;
  return {
    location: null,
    cluster: null,
    severity: 'medium',
    subject: { kind: 'binding', name: member, id: `${where} ${role} ${member}` },
    cause: {
      en: en`A binding of ${role} on ${where} matches no service account, because ${why}: ${member}.`,
      ja: ja`${where} の ${role} のバインディングは、${why} ため、どのサービスアカウントにも一致しません: ${member}`,
    },
    evidence: [{ label: 'Member', value: member }],
    fix: swappedFix(binding, project, time) ?? replaceAdvice,
  };
}

const replaceAdvice = advice({
  en: 'replace the member by the one that was meant; this one grants nothing to anybody.',
  ja: 'メンバーを本来意図したものに置き換えてください。このメンバーは誰にも何も付与しません。',
});

/** Id and number in each other's place: what was meant stands in the member itself. Null where that is not the fault. */
function swappedFix(binding: BadBinding, project: Project, time: string): Fix | null {
  const { owner, role, member, policy } = binding;
  const repaired = member
    .replace(`/projects/${project.id}/`, `/projects/${project.number}/`)
    .replace(`/${project.number}.svc.id.goog/`, `/${project.id}.svc.id.goog/`);
  if (repaired === member || parseWorkloadMember(repaired).state !== 'valid') return null;
  const resource = owner ?? `projects/${project.id}`;
  const access = { policies: [{ resource, state: 'read' as const, policy }], roles: undefined, time };
  const added = grantFix({
    binding: { resource, role, member: repaired },
    command: addCommand(owner, repaired, role, project.id),
    access,
    judge: (given, principal) => holdsRole(given, principal, role),
    summary: {
      en: `Put the project's number before and its id into the pool: ${repaired}. Then remove the binding that matches nobody.`,
      ja: `前にはプロジェクト番号を、プールにはプロジェクト ID を指定してください: ${repaired}。その後、誰にも一致しないバインディングを削除してください。`,
    },
  });
  const remove = removeCommand(owner, member, role, project.id);
  return added.verified ? { ...added, commands: [...added.commands, remove] } : added;
}

function addCommand(owner: string | null, member: string, role: string, project: string): string {
  if (owner === null) return grantCommand(project, member, role);
  return sh`gcloud iam service-accounts add-iam-policy-binding ${owner} --member=${member} --role=${role} --condition=None --project=${project}`;
}

function removeCommand(owner: string | null, member: string, role: string, project: string): string {
  if (owner === null)
    return sh`gcloud projects remove-iam-policy-binding ${project} --member=${member} --role=${role} --all`;
  return sh`gcloud iam service-accounts remove-iam-policy-binding ${owner} --member=${member} --role=${role} --all --project=${project}`;
}

/** On a project the role holds for every service account in it. */
function tooWide({ role, member }: BadBinding, project: Project): Problem {
  return {
    location: null,
    cluster: null,
    severity: 'medium',
    subject: { kind: 'binding', name: member, id: `projects/${project.id} ${role} ${member}` },
    cause: {
      en: `${member} has ${role} on the whole project ${project.id}, so it may act as every service account in it.`,
      ja: `${member} にはプロジェクト ${project.id} 全体の ${role} があるため、その中のすべてのサービスアカウントとして動作できます。`,
    },
    evidence: [
      {
        label: 'Binding',
        value: { en: `${role} on projects/${project.id}`, ja: `projects/${project.id} の ${role}` },
      },
    ],
    fix: advice({
      en: `grant ${role} on the one service account that the workload needs, then take it from the project.`,
      ja: `ワークロードに必要な 1 つのサービスアカウントで ${role} を付与してから、このロールをプロジェクトから削除してください。`,
    }),
  };
}
