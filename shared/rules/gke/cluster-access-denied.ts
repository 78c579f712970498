import {
  grantsOf,
  holdsPermissions,
  type Access,
  type Grant,
  type Verdict,
} from '../../domain/google-access.ts';
import type { AccessDenial } from '../../domain/google-audit.ts';
import { logsReads } from '../../domain/google-blindness.ts';
import { isGoogleManaged, nodeAccounts } from '../../domain/google-identity.ts';
import { accessTo } from '../../domain/google-project.ts';
import { rule, type Fix, type Problem, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { projectGrantFix } from './telling/grant-fix.ts';
import { en, ja, type Words } from '../../words.ts';
import { advice } from './telling/advice.ts';
import { listNames } from './telling/list-names.ts';
import { nearEvidence } from './telling/verdict-reason.ts';

const permission = 'container.clusters.get';
/** Two permissions on clusters and two on projects: the least that get-credentials needs. */
const viewerRole = 'roles/container.clusterViewer';

export default rule({
  id: 'gke/cluster-access-denied',
  title: {
    en: 'A principal was refused container.clusters.get',
    ja: 'プリンシパルが container.clusters.get を拒否されました',
  },
  severity: 'medium',
  why: {
    en: 'Without it gcloud container clusters get-credentials fails with 403, and so does everything that begins with it.',
    ja: 'この権限がないと gcloud container clusters get-credentials が 403 で失敗し、そこから始まる操作もすべて失敗します。',
  },
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors',
    'https://cloud.google.com/kubernetes-engine/docs/how-to/audit-logging',
  ],
  needs: {
    project: 'whole',
    iamPolicy: 'whole',
    accessDenials: 'partial',
    gkeClusters: 'partial',
    canaries: 'whole',
    inheritedPolicies: 'supporting',
    roleDefinitions: 'supporting',
  },
  check({ facts, time }): (Problem | Unknown)[] {
    const access = accessTo(facts, time);
    const nodes = nodeAccounts(facts.gkeClusters, facts.project.number).map(({ email }) => email);
    const expected = new Set(facts.canaries.map(({ principal }) => principal.toLowerCase()));
    const refused = facts.accessDenials.denials.filter(isRefusal);
    const problems = [...byPrincipal(refused)]
      // Agents on nodes try this in passing, and the canaries have a rule of their own.
      .filter(
        ([email]) =>
          !nodes.includes(email) && !isGoogleManaged(email) && !expected.has(memberOf(email).toLowerCase()),
      )
      .flatMap(([email, denials]) => judged(memberOf(email), denials, access, facts.project.id));
    return [...problems, ...blindness(facts)];
  },
});

function isRefusal({ service, permission: asked, code, message }: AccessDenial): boolean {
  return (
    service === 'container.googleapis.com' &&
    code === 7 &&
    (asked === permission || (message ?? '').includes(permission))
  );
}

function byPrincipal(denials: AccessDenial[]): Map<string, AccessDenial[]> {
  const groups = new Map<string, AccessDenial[]>();
  for (const denial of denials) {
    if (denial.principal === null) continue;
    const email = denial.principal.toLowerCase();
    groups.set(email, [...(groups.get(email) ?? []), denial]);
  }
  return groups;
}

function memberOf(email: string): string {
  if (email.includes('://')) return email;
  return `${email.endsWith('.gserviceaccount.com') ? 'serviceAccount' : 'user'}:${email}`;
}

function judged(
  member: string,
  denials: AccessDenial[],
  access: Access,
  project: string,
): (Problem | Unknown)[] {
  const verdict = holdsPermissions(access, member, [permission]);
  // It was granted since.
  if (verdict.state === 'allowed') return [];
  // A group did not hold it when the call was refused; a role of its own that was not read may hold it by now.
  if (verdict.state === 'unknown' && grantsOf(access, member).some(isUnreadRole))
    return [{ unknown: undecided(member, listNames(verdict.why, 2)) }];
  return [problem(member, denials, access, project)];
}

function undecided(member: string, why: Words): Words {
  return {
    en: en`whether ${member} still lacks ${permission}: ${why}`,
    ja: ja`${member} に今も ${permission} がないかどうかは不明です: ${why}`,
  };
}

function problem(member: string, denials: AccessDenial[], access: Access, project: string): Problem {
  const clusters = [...new Set(denials.map(describeTarget))];
  const name = member.replace(/^(user|serviceAccount):/, '');
  return {
    location: null,
    cluster: null,
    subject: { kind: 'principal', name, id: `${member} on projects/${project}` },
    cause: causeOf(name, clusters),
    evidence: [
      { label: 'Its roles', value: rolesOf(access, member) },
      ...doubtEvidence(holdsPermissions(access, member, [permission])),
      ...callerEvidence(denials),
    ],
    denial: mergedDenial(denials),
    fix: fixFor(member, access, project),
  };
}

function causeOf(name: string, clusters: readonly string[]): Words {
  const where = listNames(clusters, 3);
  const those =
    clusters.length === 1
      ? { en: 'that cluster', ja: 'そのクラスター' }
      : { en: 'those clusters', ja: 'それらのクラスター' };
  return {
    en: en`${name} was refused ${permission} on ${where}. If it should not reach ${those}, nothing is broken.`,
    ja: ja`${name} は ${where} に対する ${permission} を拒否されました。${those}に到達すべきでなければ、問題はありません。`,
  };
}

function describeTarget({ cluster, location, resource }: AccessDenial): string {
  return cluster === null ? resource : `${cluster} (${location ?? '?'})`;
}

function doubtEvidence(verdict: Verdict): Problem['evidence'] {
  const doubts =
    verdict.state === 'unknown' ? [{ label: 'Not certain', value: listNames(verdict.why, 2) }] : [];
  return [...nearEvidence(verdict), ...doubts];
}

function isUnreadRole({ match, permissions }: Grant): boolean {
  return match === 'yes' && permissions === null;
}

function rolesOf(access: Access, member: string): Words {
  const roles = grantsOf(access, member).filter(({ match }) => match === 'yes');
  return roles.length > 0
    ? listNames([...new Set(roles.map(({ role }) => role))])
    : {
        en: 'none by name on the project or above it',
        ja: 'プロジェクトにもその上位にも、直接付与されたものはありません',
      };
}

function callerEvidence(denials: AccessDenial[]): Problem['evidence'] {
  const callers = denials.flatMap(({ callerIp, userAgent }) =>
    callerIp || userAgent ? [`${callerIp ?? '?'}, ${userAgent ?? '?'}`] : [],
  );
  return callers.length > 0 ? [{ label: 'Called from', value: listNames([...new Set(callers)], 3) }] : [];
}

function mergedDenial(denials: AccessDenial[]): NonNullable<Problem['denial']> {
  return {
    errorCode: 'PERMISSION_DENIED',
    events: denials.reduce((sum, { events }) => sum + events, 0),
    firstSeen: denials.map(({ firstSeen }) => firstSeen).sort()[0] ?? '',
    lastSeen:
      denials
        .map(({ lastSeen }) => lastSeen)
        .sort()
        .at(-1) ?? '',
    sampleEventIds: denials.flatMap(({ sampleEventIds }) => sampleEventIds).slice(0, 5),
  };
}

/**
 * A refusal alone is no reason to grant. That the project's policy gives the principal other rights on clusters is:
 * whoever wrote that meant it to use them.
 */
function fixFor(member: string, access: Access, project: string): Fix {
  const isMeant = grantsOf(access, member).some(
    ({ match, condition, role, permissions }) =>
      match === 'yes' &&
      (condition === null || condition.state === 'holds') &&
      !/^roles\/(owner|editor|viewer)$/.test(role) &&
      (permissions ?? []).some((name) => name.startsWith('container.')),
  );
  if (!isMeant) return viewerAdvice(member, project);
  return projectGrantFix({
    project,
    member,
    role: viewerRole,
    access,
    judge: (given, principal) => holdsPermissions(given, principal, [permission], [viewerRole]),
    summary: {
      en: `Its roles on ${project} are for clusters, yet lack ${permission}: grant ${viewerRole} beside them.`,
      ja: `${project} でのロールはクラスター用ですが、${permission} がありません。あわせて ${viewerRole} を付与してください。`,
    },
  });
}

function viewerAdvice(member: string, project: string): Fix {
  return advice({
    en: `if ${member} should reach the clusters of ${project}, ${viewerRole} is the smallest role that lets it get credentials; what it may do inside is decided by Kubernetes RBAC.`,
    ja: `${member} が ${project} のクラスターに到達すべきであれば、認証情報を取得できる最小のロールは ${viewerRole} です。クラスター内で許可される操作は Kubernetes RBAC で決まります。`,
  });
}

/** Where reads are not logged, silence says nothing. */
function blindness(facts: {
  project: { id: string; parent: string | null };
  iamPolicy: Parameters<typeof logsReads>[1];
  inheritedPolicies: Parameters<typeof logsReads>[2];
  gkeClusters: readonly unknown[];
}): Unknown[] {
  const { project, iamPolicy, inheritedPolicies, gkeClusters } = facts;
  if (gkeClusters.length === 0) return [];
  const inherited = project.parent === null ? (inheritedPolicies ?? []) : inheritedPolicies;
  const logged = logsReads('container.googleapis.com', iamPolicy, inherited);
  if (logged === 'yes') return [];
  return [{ unknown: unseen(project.id, logged === 'no' ? off : offHere) }];
}

const off = { en: 'are off', ja: 'が無効です' };
const offHere = {
  en: 'are off in the project, and its ancestors could not be read',
  ja: 'がプロジェクトでは無効で、上位のリソースは読み取れませんでした',
};

function unseen(project: string, state: Words): Words {
  const command = turnOnCommand(project);
  return {
    en: en`refused calls of ${permission} cannot be seen in ${project}: Data Access logs (ADMIN_READ) of container.googleapis.com ${state}; to turn them on: ${command}`,
    ja: ja`${project} では拒否された ${permission} の呼び出しを確認できません: container.googleapis.com のデータアクセス監査ログ (ADMIN_READ) ${state}。有効にするコマンド: ${command}`,
  };
}

/** Edits the policy as it is at that moment: its etag keeps a change made meanwhile, and what the API logs already stays. */
function turnOnCommand(project: string): string {
  const api = '"container.googleapis.com"';
  const others = `map(select(.service != ${api}))`;
  const logged = `map(select(.service == ${api}) | .auditLogConfigs[] | select(.logType != "ADMIN_READ"))`;
  const edit = `(.auditConfigs // []) as $all | .auditConfigs = ($all | ${others}) + [{service: ${api}, auditLogConfigs: (($all | ${logged}) + [{logType: "ADMIN_READ"}])}]`;
  return sh`gcloud projects get-iam-policy ${project} --format=json | jq ${edit} | gcloud projects set-iam-policy ${project} /dev/stdin`;
}
