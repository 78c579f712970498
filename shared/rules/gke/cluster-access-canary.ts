import { holdsPermissions, permissionsOf, type Access, type Verdict } from '../../domain/google-access.ts';
import type { GkeCluster } from '../../domain/google-cluster.ts';
import { accessTo } from '../../domain/google-project.ts';
import type { AccountLookup } from '../../domain/google-account-state.ts';
import { ownEntry } from '../../domain/own-entry.ts';
import { rule, type Fix, type Problem, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { isSoon } from './telling/agent-problem.ts';
import { projectGrantFix } from './telling/grant-fix.ts';
import { listNames } from './telling/list-names.ts';
import { nearEvidence, reasonFor } from './telling/verdict-reason.ts';

/** From the smallest on; the last that is tried may still change workloads, but not access. */
const roles = ['roles/container.clusterViewer', 'roles/container.viewer', 'roles/container.developer'];

export default rule({
  id: 'gke/cluster-access-canary',
  title: 'A principal that must reach a cluster could not',
  severity: 'high',
  why: 'The configuration says that this principal needs the cluster; its next deployment or its next call at night fails.',
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
        return [
          {
            unknown: `whether ${canary.principal} reaches ${canary.cluster}: no cluster of that name was read in ${facts.project.id}`,
          },
        ];
      const scene = { canary, cluster, access, time, project: facts.project.id };
      return [...accountOutcome(scene, facts.gcpServiceAccounts), ...accessOutcome(scene)].slice(0, 1);
    });
  },
});

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
  const fix: Fix = isDisabled
    ? {
        summary: 'Enable the account again, unless it was disabled on purpose.',
        commands: [sh`gcloud iam service-accounts enable ${email} --project=${scene.project}`],
        verified: false,
      }
    : {
        summary: `Advice: restore ${email}, or configure the account that took its place.`,
        commands: [],
        verified: false,
      };
  const state = isDisabled ? 'disabled' : 'deleted';
  return [
    {
      ...place(scene),
      cause: `${email} must reach ${scene.canary.cluster}, but the account is ${state}.`,
      evidence: [{ label: 'Service account', value: `${email} is ${state}` }],
      fix,
    },
  ];
}

function accessOutcome(scene: Scene): (Problem | Unknown)[] {
  const { canary, access, time } = scene;
  const verdict = holdsPermissions(access, canary.principal, wanted(canary));
  if (verdict.state === 'unknown')
    return [
      { unknown: `whether ${canary.principal} reaches ${canary.cluster}: ${listNames(verdict.why, 2)}` },
    ];
  if (verdict.state === 'denied') return [lacking(scene, verdict)];
  if (verdict.until === null || !isSoon(verdict.until, time)) return [];
  return [
    {
      ...lacking(scene, verdict),
      severity: 'medium',
      cause: `${canary.principal} can reach ${canary.cluster} only until ${verdict.until}.`,
    },
  ];
}

function lacking(scene: Scene, verdict: Verdict): Problem {
  const { canary, project } = scene;
  const missing = verdict.state === 'allowed' ? [] : verdict.missing;
  return {
    ...place(scene),
    cause: `${canary.principal} must reach ${canary.cluster}, but lacks ${listNames(missing, 4)}: ${reasonFor(verdict, '', `projects/${project}`)}.`,
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
  if (role === undefined)
    return {
      summary: `Advice: grant ${canary.principal} a role with ${listNames(needed, 10)} on ${project}; none of the small GKE roles that were read holds them all.`,
      commands: [],
      verified: false,
    };
  return projectGrantFix({
    project,
    member: canary.principal,
    role,
    access,
    judge: (given, principal) => holdsPermissions(given, principal, needed),
    summary: `Grant ${canary.principal} ${role} on project ${project}: the configuration says that it needs the cluster.`,
  });
}
