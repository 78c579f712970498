import { holdsPermissions, permissionsOf, type Access, type Verdict } from '../../domain/google-access.ts';
import type { GkeCluster } from '../../domain/google-cluster.ts';
import { accessTo } from '../../domain/google-project.ts';
import type { AccountLookup } from '../../domain/google-account-state.ts';
import { ownEntry } from '../../domain/own-entry.ts';
import { rule, type Fix, type Problem, type Unknown } from '../../rule.ts';
import { isSoon } from './telling/agent-problem.ts';
import { projectGrantFix } from './telling/grant-fix.ts';
import { en, ja, type Words } from '../../words.ts';
import { advice } from './telling/advice.ts';
import { enableFix } from './telling/annotation-outcome.ts';
import { listNames } from './telling/list-names.ts';
import { nearEvidence, reasonFor } from './telling/verdict-reason.ts';

/** From the smallest on; the last that is tried may still change workloads, but not access. */
const roles = ['roles/container.clusterViewer', 'roles/container.viewer', 'roles/container.developer'];

export default rule({
  id: 'gke/cluster-access-canary',
  title: {
    en: 'A principal that must reach a cluster could not',
    ja: 'クラスターに到達する必要があるプリンシパルが到達できません',
  },
  severity: 'high',
  why: {
    en: 'The configuration says that this principal needs the cluster; its next deployment or its next call at night fails.',
    ja: '設定では、このプリンシパルはクラスターを必要としています。次のデプロイや夜間の次の呼び出しが失敗します。',
  },
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors',
    'https://cloud.google.com/kubernetes-engine/docs/how-to/iam',
  ],
  needs: {
    project: 'whole',
    iamPolicy: 'whole',
    canaries: 'whole',
    gkeClusters: 'supporting',
    gcpServiceAccounts: 'supporting',
    inheritedPolicies: 'supporting',
    roleDefinitions: 'supporting',
  },
  check({ facts, time }): (Problem | Unknown)[] {
    const access = accessTo(facts, time);
    return facts.canaries.flatMap((canary): (Problem | Unknown)[] => {
      const cluster = find(canary, facts.gkeClusters ?? []);
      if (facts.gkeClusters && !cluster)
        return [{ unknown: undecided(canary, noSuchCluster(facts.project.id)) }];
      const scene = { canary, cluster, access, time, project: facts.project.id };
      return [...accountOutcome(scene, facts.gcpServiceAccounts), ...accessOutcome(scene)].slice(0, 1);
    });
  },
});

function undecided({ principal, cluster }: Canary, why: Words): Words {
  return {
    en: en`whether ${principal} reaches ${cluster}: ${why}`,
    ja: ja`${principal} が ${cluster} に到達できるかどうかは不明です: ${why}`,
  };
}

function noSuchCluster(project: string): Words {
  return {
    en: `no cluster of that name was read in ${project}`,
    ja: `${project} で読み取ったクラスターに、その名前のものはありません`,
  };
}

interface Canary {
  principal: string;
  cluster: string;
  location: string | null;
  permissions: string[];
}

interface Scene {
  canary: Canary;
  cluster: GkeCluster | undefined;
  access: Access;
  time: string;
  project: string;
}

function find({ cluster, location }: Canary, clusters: readonly GkeCluster[]): GkeCluster | undefined {
  return clusters.find((each) => each.name === cluster && (location === null || each.location === location));
}

/** What holds for every canary, and what was configured beside it. */
function wanted({ permissions }: Canary): string[] {
  return [...new Set(['container.clusters.get', ...permissions])];
}

function accountOutcome(
  scene: Scene,
  accounts: Readonly<Record<string, AccountLookup>> | undefined,
): Problem[] {
  const email = /^serviceAccount:(.+)$/.exec(scene.canary.principal)?.[1] ?? '';
  const found = ownEntry(accounts, email);
  const isDisabled = found?.state === 'exists' && found.value.disabled;
  if (!isDisabled && found?.state !== 'missing') return [];
  const state = isDisabled ? { en: 'disabled', ja: '無効' } : { en: 'deleted', ja: '削除済み' };
  return [
    {
      ...place(scene),
      cause: {
        en: en`${email} must reach ${scene.canary.cluster}, but the account is ${state}.`,
        ja: ja`${email} は ${scene.canary.cluster} に到達する必要がありますが、アカウントは${state}です。`,
      },
      evidence: [
        {
          label: 'Service account',
          value: { en: en`${email} is ${state}`, ja: ja`${email} は${state}です` },
        },
      ],
      fix: isDisabled ? enableFix(email, scene.project) : restoreAdvice(email),
    },
  ];
}

function restoreAdvice(email: string): Fix {
  return advice({
    en: `restore ${email}, or configure the account that took its place.`,
    ja: `${email} を復元するか、代わりに使用しているアカウントを設定してください。`,
  });
}

function accessOutcome(scene: Scene): (Problem | Unknown)[] {
  const { canary, access, time } = scene;
  const verdict = holdsPermissions(access, canary.principal, wanted(canary));
  if (verdict.state === 'unknown') return [{ unknown: undecided(canary, listNames(verdict.why, 2)) }];
  if (verdict.state === 'denied') return [lacking(scene, verdict)];
  if (verdict.until === null || !isSoon(verdict.until, time)) return [];
  return [
    {
      ...lacking(scene, verdict),
      severity: 'medium',
      cause: {
        en: `${canary.principal} can reach ${canary.cluster} only until ${verdict.until}.`,
        ja: `${canary.principal} が ${canary.cluster} に到達できるのは ${verdict.until} までです。`,
      },
    },
  ];
}

function lacking(scene: Scene, verdict: Verdict): Problem {
  const { canary, project } = scene;
  const missing = listNames(verdict.state === 'allowed' ? [] : verdict.missing, 4);
  const reason = reasonFor(verdict, '', `projects/${project}`);
  return {
    ...place(scene),
    cause: {
      en: en`${canary.principal} must reach ${canary.cluster}, but lacks ${missing}: ${reason}.`,
      ja: ja`${canary.principal} は ${canary.cluster} に到達する必要がありますが、${missing} がありません。${reason}。`,
    },
    evidence: [
      { label: 'Configured to need', value: listNames(wanted(canary), 10) },
      ...nearEvidence(verdict),
    ],
    fix: fixFor(scene),
  };
}

function place({ canary, cluster, project }: Scene): Pick<Problem, 'location' | 'cluster' | 'subject'> {
  const location = cluster?.location ?? canary.location;
  return {
    location,
    cluster: canary.cluster,
    subject: {
      kind: 'principal',
      name: canary.principal,
      id: `${canary.principal} to projects/${project}/locations/${location ?? '-'}/clusters/${canary.cluster}`,
    },
  };
}

/** The smallest of the roles whose definition holds all that is wanted. */
function fixFor({ canary, access, project }: Scene): Fix {
  const needed = wanted(canary);
  const role = roles.find((name) => {
    const permissions = permissionsOf(access, name) ?? [];
    return needed.every((permission) => permissions.includes(permission));
  });
  if (role === undefined) return otherRoleAdvice(canary, project);
  return projectGrantFix({
    project,
    member: canary.principal,
    role,
    access,
    judge: (given, principal) => holdsPermissions(given, principal, needed),
    summary: {
      en: `Grant ${canary.principal} ${role} on project ${project}: the configuration says that it needs the cluster.`,
      ja: `プロジェクト ${project} で ${canary.principal} に ${role} を付与してください。設定では、このプリンシパルはクラスターを必要としています。`,
    },
  });
}

function otherRoleAdvice(canary: Canary, project: string): Fix {
  const needed = listNames(wanted(canary), 10);
  return advice({
    en: en`grant ${canary.principal} a role with ${needed} on ${project}; none of the small GKE roles that were read holds them all.`,
    ja: ja`${project} で ${canary.principal} に ${needed} を含むロールを付与してください。読み取った小さい GKE ロールには、これらをすべて含むものがありません。`,
  });
}
