import { defaultNodeRole, type Access, type Verdict } from '../../domain/google-access.ts';
import { accountState, wasRecreated } from '../../domain/google-account-state.ts';
import { removalOf } from '../../domain/google-change.ts';
import {
  describeUse,
  nodeAccounts,
  type NodeAccount,
  type NodeAccountUse,
} from '../../domain/google-identity.ts';
import {
  accessTo,
  accountMember,
  judgeNodeAccount,
  neededFor,
  usesOwnAccount,
} from '../../domain/google-project.ts';
import { compareMinor, minorVersion } from '../../domain/google-version.ts';
import { rule, type Problem, type Severity, type Unknown } from '../../rule.ts';
import { ownerOf } from './telling/account-problem.ts';
import { en, ja, joinWords, type Words } from '../../words.ts';
import { isSoon } from './telling/agent-problem.ts';
import { changeEvidence } from './telling/change-evidence.ts';
import { projectGrantFix } from './telling/grant-fix.ts';
import { listNames } from './telling/list-names.ts';
import { nearEvidence, reasonFor } from './telling/verdict-reason.ts';

const missingCode = 'NODE_SERVICE_ACCOUNT_MISSING_PERMISSIONS';

export default rule({
  id: 'gke/node-service-account-permissions',
  title: {
    en: 'The service account of nodes lacks the permissions that nodes need',
    ja: 'ノードのサービスアカウントに、ノードに必要な権限がありません',
  },
  severity: 'high',
  why: {
    en: 'Logs, metrics and autoscaling of these nodes are lost; GKE itself reports such clusters as degraded.',
    ja: 'これらのノードのログと指標が失われ、自動スケーリングが機能しなくなります。GKE 自身も、このようなクラスターを機能低下 (degraded) と報告します。',
  },
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/how-to/service-accounts',
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/service-accounts',
  ],
  needs: {
    project: 'whole',
    gkeClusters: 'partial',
    iamPolicy: 'whole',
    inheritedPolicies: 'supporting',
    roleDefinitions: 'supporting',
    gcpServiceAccounts: 'supporting',
    adminActivity: 'supporting',
  },
  check({ facts, time }): (Problem | Unknown)[] {
    const { project, gkeClusters, gcpServiceAccounts, adminActivity } = facts;
    const access = accessTo(facts, time);
    return nodeAccounts(gkeClusters, project.number).flatMap((account): (Problem | Unknown)[] => {
      const state = accountState(account.email, gcpServiceAccounts, access.policies, undefined);
      // A disabled, deleted or re-created account is another rule's finding, and the cause of what is missing here.
      if (state.state === 'disabled' || state.state === 'missing') return [];
      if (state.state === 'enabled' && wasRecreated(account.email, state.uniqueId, access.policies))
        return [];
      const removal = removalOf(adminActivity ?? [], defaultNodeRole, accountMember(account.email));
      return judged({ account, access, project, time }).map((found) =>
        'unknown' in found
          ? found
          : { ...found, evidence: [...found.evidence, ...changeEvidence('Removed by', removal)] },
      );
    });
  },
});

interface Examined {
  account: NodeAccount;
  access: Access;
  project: { id: string; number: string };
  time: string;
}

function judged(examined: Examined): (Problem | Unknown)[] {
  const { account, access, time } = examined;
  const uses = usesOwnAccount(account);
  if (uses.length === 0) return versionless(account, access);
  const verdict = judgeNodeAccount(access, accountMember(account.email), uses);
  if (verdict.state === 'allowed')
    return verdict.until !== null && isSoon(verdict.until, time) ? [problem(examined, uses, verdict)] : [];
  // Where a group may help, GKE's own check decides.
  if (verdict.state === 'unknown' && !uses.some(gkeSaysSo))
    return verdict.why.map((why) => ({
      unknown: {
        en: en`whether ${account.email} has what its nodes need: ${why}`,
        ja: ja`${account.email} にノードに必要な権限があるかどうかは不明です: ${why}`,
      },
    }));
  return [problem(examined, uses, verdict)];
}

/** Nodes of an unknown version may or may not need the permissions; it matters only where they are missing. */
function versionless({ email, uses }: NodeAccount, access: Access): Unknown[] {
  const unclear = uses.filter(({ version }) => minorVersion(version) === null);
  if (unclear.length === 0 || judgeNodeAccount(access, accountMember(email), unclear).state === 'allowed')
    return [];
  const where = listNames(unclear.map(describeUse));
  const unknown = {
    en: en`whether ${email} needs node permissions: the version of ${where} is not known`,
    ja: ja`${email} にノード用の権限が必要かどうかは不明です: ${where} のバージョンがわかりません`,
  };
  return [{ unknown }];
}

function problem(examined: Examined, uses: NodeAccountUse[], verdict: Verdict): Problem {
  const { account, access, project } = examined;
  const { email } = account;
  const id = `projects/${ownerOf(email, project)}/serviceAccounts/${email}`;
  return {
    location: null,
    cluster: null,
    subject: { kind: 'service account', name: email, id },
    severity: severityOf(uses, verdict),
    cause: causeOf(email, `projects/${project.id}`, verdict),
    evidence: evidenceOf(uses, verdict),
    fix: projectGrantFix({
      project: project.id,
      member: accountMember(email),
      role: defaultNodeRole,
      access,
      judge: (given, principal) => judgeNodeAccount(given, principal, uses),
      summary: {
        en: `Grant the account ${defaultNodeRole}, the least that nodes need, on project ${project.id}.`,
        ja: `プロジェクト ${project.id} で、このアカウントに ${defaultNodeRole} (ノードに必要な最小限のロール) を付与してください。`,
      },
    }),
  };
}

function causeOf(email: string, resource: string, verdict: Verdict): Words {
  if (verdict.state === 'allowed')
    return {
      en: `${email} has what its nodes need on ${resource} only until ${verdict.until ?? ''}.`,
      ja: `${resource} で ${email} にノードに必要な権限があるのは ${verdict.until ?? ''} までです。`,
    };
  const reason = reasonFor(verdict, defaultNodeRole, resource);
  const missing = listNames(verdict.missing, 4);
  return {
    en: en`${email} lacks ${missing} on ${resource}: ${reason}.`,
    ja: ja`${email} には ${resource} での ${missing} がありません。${reason}。`,
  };
}

function evidenceOf(uses: NodeAccountUse[], verdict: Verdict): Problem['evidence'] {
  const needed = [...new Set(uses.flatMap(({ cluster }) => neededFor(cluster)))];
  const says = [...uses].filter(gkeSaysSo).map((use) => joinWords([describeUse(use), missingCode], ': '));
  return [
    { label: 'Used by', value: listNames([...uses].map(describeUse), 20) },
    { label: 'Needs', value: listNames(needed, 10) },
    ...says.map((value) => ({ label: 'GKE itself reports', value })),
    ...nearEvidence(verdict),
  ];
}

function gkeSaysSo({ cluster, nodePool }: NodeAccountUse): boolean {
  const pool = cluster.nodePools.find(({ name }) => name === nodePool);
  return [...cluster.conditions, ...(pool?.conditions ?? [])].some(({ code }) => code === missingCode);
}

/** Lower where only autoscaling metrics are missing, and for 1.33, the version for which Google documents both ways. */
function severityOf(uses: NodeAccountUse[], verdict: Verdict): Severity {
  if (verdict.state === 'allowed') return 'medium';
  const onlyScaling = verdict.missing.every((permission) => permission.startsWith('autoscaling.'));
  const onlyDoubtful = uses.every(({ version }) => compareMinor(version, '1.33') === 0);
  return (onlyScaling || onlyDoubtful) && !uses.some(gkeSaysSo) ? 'medium' : 'high';
}
