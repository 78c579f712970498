import { holdsPermissions, type Verdict } from '../../domain/google-access.ts';
import { parseErrorText } from '../../domain/google-error-text.ts';
import { failuresOf, type Failure } from '../../domain/google-failure.ts';
import { nodeAccounts, type NodeAccount } from '../../domain/google-identity.ts';
import { casesOf, type Case, type InquiryFacts } from '../../domain/google-inquiry.ts';
import { isToldElsewhere, type OwnershipFacts } from '../../domain/google-ownership.ts';
import { unreadBecause, type IamPolicy, type Lookup, type PolicyLevel } from '../../domain/google-policy.ts';
import { accessTo, accountMember } from '../../domain/google-project.ts';
import { roleFor, type Inquiry, type JudgedSuspect } from '../../domain/google-suspect.ts';
import { ownEntry } from '../../domain/own-entry.ts';
import { rule, type Fix, type Problem, type Unknown } from '../../rule.ts';
import { failureEvidence } from './telling/failure-evidence.ts';
import { en, ja, joinWords, type Words } from '../../words.ts';
import { advice } from './telling/advice.ts';
import { projectGrantFix } from './telling/grant-fix.ts';
import { listNames } from './telling/list-names.ts';

export default rule({
  id: 'gke/permission-missing',
  title: { en: 'GKE says that a permission is missing', ja: '権限が不足していると GKE が報告しています' },
  severity: 'high',
  why: {
    en: 'The message does not say whose permission it is; each identity that acts for GKE is judged here, and the one that lacks it is named.',
    ja: 'メッセージからは誰の権限なのかがわかりません。GKE のために動作する各 ID をここで判定し、権限のないものを特定します。',
  },
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors',
    'https://cloud.google.com/iam/docs/service-agents',
  ],
  needs: {
    project: 'whole',
    iamPolicy: 'whole',
    gkeClusters: 'partial',
    operations: 'optional',
    adminActivity: 'supporting',
    inheritedPolicies: 'supporting',
    roleDefinitions: 'supporting',
    gcpServiceAccounts: 'supporting',
    serviceAccountPolicies: 'supporting',
    hostProjects: 'supporting',
  },
  check({ facts, time }): (Problem | Unknown)[] {
    const accounts = nodeAccounts(facts.gkeClusters, facts.project.number);
    const access = accessTo(facts, time);
    const scene: Scene = {
      ...facts,
      access,
      accounts,
      clusters: facts.gkeClusters,
      accountLookups: facts.gcpServiceAccounts,
    };
    const failures = failuresOf(facts);
    const callers = failures.flatMap((failure) => actAsOutcome(failure, scene));
    const open = failures
      .flatMap((failure) => casesOf(failure, scene))
      .filter(({ inquiry }) => !isToldElsewhere(inquiry, scene));
    return [...namedCulprits(open, scene), ...open.flatMap(undecided), ...callers];
  },
});

interface Scene extends OwnershipFacts, InquiryFacts {
  accounts: readonly NodeAccount[];
  serviceAccountPolicies: Record<string, Lookup<IamPolicy>> | undefined;
}

/** A case whose culprit is known, with the role that would give it what it lacks; null where none is documented. */
interface Blamed extends Case {
  culprit: JudgedSuspect;
  role: string | null;
}

/** One problem for each identity, project and role, however often its want was told. */
function namedCulprits(cases: Case[], { accounts }: Scene): Problem[] {
  const groups = new Map<string, Blamed[]>();
  for (const each of cases) {
    const { culprit, demand, project } = each.inquiry;
    if (!culprit) continue;
    const role = culprit.kind === 'other' ? null : roleFor(demand.permission, culprit, each.access);
    const key = `${culprit.email} on projects/${project}: ${role ?? demand.permission}`;
    groups.set(key, [...(groups.get(key) ?? []), { ...each, culprit, role }]);
  }
  return [...groups].flatMap(([id, group]) =>
    group[0] ? [culpritProblem(id, group[0], group, accounts)] : [],
  );
}

function culpritProblem(
  id: string,
  first: Blamed,
  group: Blamed[],
  accounts: readonly NodeAccount[],
): Problem {
  const { culprit, inquiry } = first;
  const permissions = [...new Set(group.map((each) => each.inquiry.demand.permission))];
  const resource = inquiry.demand.resource ?? `projects/${inquiry.project}`;
  return {
    location: null,
    cluster: null,
    subject: { kind: 'principal', name: culprit.email, id },
    cause: causeOf(culprit, listNames(permissions, 4), resource),
    evidence: [
      ...failureEvidence(uniqueFailures(group)),
      ...suspectEvidence(inquiry),
      ...affected(culprit, accounts),
    ],
    fix: fixFor(first, permissions),
  };
}

function causeOf({ name, email }: JudgedSuspect, permissions: Words, resource: string): Words {
  return {
    en: en`The ${name} ${email} lacks ${permissions} on ${resource}.`,
    ja: ja`${name} ${email} には ${resource} での ${permissions} がありません。`,
  };
}

function uniqueFailures(group: Case[]): Failure[] {
  return [...new Map(group.map(({ failure }) => [failure.source, failure])).values()];
}

/** How every identity stands on the permission: why this one is named and the others are not. */
function suspectEvidence({ demand, suspects }: Inquiry): Problem['evidence'] {
  const stands = {
    allowed: { en: 'has it', ja: 'あり' },
    denied: { en: 'lacks it', ja: 'なし' },
    unknown: { en: 'cannot be told', ja: '判定できません' },
  };
  return suspects.map(({ name, email, verdict }) => ({
    label: demand.permission,
    value: {
      en: en`${name} ${email}: ${stands[verdict.state]}`,
      ja: ja`${name} ${email}: ${stands[verdict.state]}`,
    },
  }));
}

function affected({ email }: JudgedSuspect, accounts: readonly NodeAccount[]): Problem['evidence'] {
  const account = accounts.find((each) => each.email === email);
  if (!account) return [];
  return [
    {
      label: 'Used by',
      value: listNames(account.uses.map(({ cluster, nodePool }) => `${cluster.name}/${nodePool ?? '*'}`)),
    },
  ];
}

function fixFor({ culprit, role, access, inquiry }: Blamed, permissions: string[]): Fix {
  const { project } = inquiry;
  if (role === null) return roleAdvice(culprit.email, listNames(permissions, 10), project);
  return projectGrantFix({
    project,
    member: accountMember(culprit.email),
    role,
    access,
    judge: (given, principal): Verdict => holdsPermissions(given, principal, permissions),
    summary: {
      en: en`Grant the ${culprit.name} ${role} on project ${project}.`,
      ja: ja`プロジェクト ${project} で ${culprit.name} に ${role} を付与してください。`,
    },
  });
}

function roleAdvice(email: string, permissions: Words, project: string): Fix {
  return advice({
    en: en`give ${email} a role with ${permissions} and little else on projects/${project}; which one is for whoever owns the resource to decide.`,
    ja: ja`projects/${project} で ${email} に、${permissions} を含み、それ以外の権限が少ないロールを付与してください。どのロールにするかは、リソースの所有者が決めてください。`,
  });
}

/** What nobody can be blamed for, with what stands in the way. */
function undecided({ failure, inquiry }: Case): Unknown[] {
  if (inquiry.culprit) return [];
  const { permission, resource } = inquiry.demand;
  const doubts = inquiry.suspects.flatMap(({ name, verdict }) =>
    verdict.state === 'unknown' ? [joinWords([name, verdict.why[0] ?? ''], ': ')] : [],
  );
  const why = doubts.length > 0 ? listNames(doubts, 2) : nobodyLacks;
  const on = resource === null ? { en: '', ja: '' } : { en: ` on ${resource}`, ja: `${resource} での ` };
  const unknown = {
    en: en`whose ${permission}${on} was missing (${failure.label}): ${why}`,
    ja: ja`${on}${permission} が誰に不足していたのかは不明です (${failure.label}): ${why}`,
  };
  return [{ unknown }];
}

const nobodyLacks = {
  en: 'no identity that should have it lacks it now: it was granted since, or a deny policy, which is not read, takes it away',
  ja: 'この権限があるべき ID はすべて、現在この権限を持っています。その後に付与されたか、読み取りの対象ではない拒否ポリシーによって取り消されています',
};

/** `The user does not have access to service account`: the caller's permission, on the account. */
function actAsOutcome(failure: Failure, scene: Scene): (Problem | Unknown)[] {
  const text = parseErrorText(failure.message);
  if (text.kind !== 'act-as') return [];
  const { email } = text;
  if (email === null || failure.principal === null)
    return [{ unknown: namelessCaller(email ?? '', failure.label) }];
  const member = memberOf(failure.principal);
  const own = ownEntry(scene.serviceAccountPolicies, email);
  const level: PolicyLevel =
    own?.state === 'exists'
      ? { resource: email, state: 'read', policy: own.value }
      : {
          resource: email,
          state: 'unread',
          why: own?.state === 'unread' ? own.why : unreadBecause.notAskedFor,
        };
  const access = { ...scene.access, policies: [level, ...scene.access.policies] };
  const verdict = holdsPermissions(access, member, ['iam.serviceAccounts.actAs']);
  if (verdict.state === 'allowed') return [];
  if (verdict.state === 'unknown') return [{ unknown: undecidedCaller(member, email, verdict.why[0] ?? '') }];
  return [callerProblem(failure, member, email)];
}

function namelessCaller(email: string, label: Words): Words {
  return {
    en: en`who may not use the service account ${email} (${label}): the message does not name the caller`,
    ja: ja`サービスアカウント ${email} を使用できないのが誰かは不明です (${label}): メッセージに呼び出し元の名前がありません`,
  };
}

function undecidedCaller(member: string, email: string, why: Words): Words {
  return {
    en: en`whether ${member} may use ${email}: ${why}`,
    ja: ja`${member} が ${email} を使用できるかどうかは不明です: ${why}`,
  };
}

function callerProblem(failure: Failure, member: string, email: string): Problem {
  return {
    location: failure.location,
    cluster: failure.cluster,
    severity: 'medium',
    subject: { kind: 'principal', name: member, id: `${member} on ${email}` },
    cause: {
      en: `${member} may not use the service account ${email} (iam.serviceAccounts.actAs). If it should not, nothing is broken.`,
      ja: `${member} はサービスアカウント ${email} を使用できません (iam.serviceAccounts.actAs)。使用すべきでなければ、問題はありません。`,
    },
    evidence: failureEvidence([failure]),
    fix: advice({
      en: `if ${member} is meant to make nodes that run as ${email}, grant it roles/iam.serviceAccountUser on that account alone.`,
      ja: `${member} が ${email} として動作するノードを作成すべきであれば、そのアカウントにのみ roles/iam.serviceAccountUser を付与してください。`,
    }),
  };
}

/** An email from an audit log as policies name it. */
function memberOf(principal: string): string {
  return `${principal.endsWith('.gserviceaccount.com') ? 'serviceAccount' : 'user'}:${principal}`;
}
