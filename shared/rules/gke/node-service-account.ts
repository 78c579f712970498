import type { Access } from '../../domain/google-access.ts';
import { defaultNodeRole } from '../../domain/google-access.ts';
import {
  accountState,
  deletedBindings,
  deletedIds,
  wasRecreated,
} from '../../domain/google-account-state.ts';
import type { AdminActivity } from '../../domain/google-audit.ts';
import { accountChange } from '../../domain/google-change.ts';
import { parseErrorText } from '../../domain/google-error-text.ts';
import { failuresOf, type Failure } from '../../domain/google-failure.ts';
import { describeUse, nodeAccounts, type NodeAccount } from '../../domain/google-identity.ts';
import { accessTo, accountMember, judgeNodeAccount, usesOwnAccount } from '../../domain/google-project.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { en, ja } from '../../words.ts';
import { accountProblem, isEnabledUnknown, ownerOf } from './telling/account-problem.ts';
import { changeEvidence } from './telling/change-evidence.ts';
import { projectGrantFix } from './telling/grant-fix.ts';
import { listNames } from './telling/list-names.ts';

export default rule({
  id: 'gke/node-service-account',
  title: {
    en: 'The service account of nodes is disabled, deleted or re-created',
    ja: 'ノードのサービスアカウントが無効か、削除または作り直されています',
  },
  severity: 'critical',
  why: {
    en: 'Nodes get no credentials from such an account: new ones do not join, running ones cannot pull images or write logs. An account made again under its old name has none of the old one’s roles.',
    ja: 'このようなアカウントからノードは認証情報を取得できません。新しいノードは参加できず、稼働中のノードはイメージを pull できず、ログも書き込めません。同じ名前で作り直したアカウントは、以前のアカウントのロールを引き継ぎません。',
  },
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/service-accounts',
    'https://cloud.google.com/iam/docs/service-accounts-delete-undelete',
  ],
  needs: {
    project: 'whole',
    gkeClusters: 'partial',
    gcpServiceAccounts: 'partial',
    iamPolicy: 'whole',
    inheritedPolicies: 'supporting',
    roleDefinitions: 'supporting',
    operations: 'supporting',
    adminActivity: 'supporting',
  },
  check({ facts, time }): (Problem | Unknown)[] {
    const { project, gkeClusters, gcpServiceAccounts, adminActivity } = facts;
    const access = accessTo(facts, time);
    const failures = failuresOf(facts);
    return nodeAccounts(gkeClusters, project.number).flatMap((account): (Problem | Unknown)[] => {
      const state = accountState(account.email, gcpServiceAccounts, access.policies, adminActivity);
      if (state.state === 'enabled')
        return recreated({ account, uniqueId: state.uniqueId, access, project, adminActivity });
      // The default account has a rule of its own.
      if (account.isDefault) return [];
      if (state.state === 'unread') return [isEnabledUnknown(account.email, state.why)];
      const own = failures.filter((failure) => namesAccount(failure, account.email));
      return [
        accountProblem({ account, state, project: ownerOf(account.email, project), failures: own, time }),
      ];
    });
  },
});

interface Enabled {
  account: NodeAccount;
  /** Of the account of today. */
  uniqueId: string;
  access: Access;
  project: { id: string; number: string };
  adminActivity: readonly AdminActivity[] | undefined;
}

/** An account made again is at fault only where the roles that its nodes need went with the old one. */
function recreated(enabled: Enabled): (Problem | Unknown)[] {
  const { account, uniqueId, access } = enabled;
  const { email } = account;
  const uses = usesOwnAccount(account);
  if (uses.length === 0 || !wasRecreated(email, uniqueId, access.policies)) return [];
  const verdict = judgeNodeAccount(access, accountMember(email), uses);
  if (verdict.state === 'denied') return [recreatedProblem(enabled)];
  if (verdict.state === 'allowed') return [];
  return verdict.why.map((why) => ({
    unknown: {
      en: en`whether ${email}, which was made again, has what its nodes need: ${why}`,
      ja: ja`作り直された ${email} にノードに必要な権限があるかどうかは不明です: ${why}`,
    },
  }));
}

function recreatedProblem({ account, uniqueId, access, project, adminActivity = [] }: Enabled): Problem {
  const { email } = account;
  const [old] = deletedIds(email, access.policies);
  const deletion = accountChange(adminActivity, 'Delete', { email, uniqueId: old ?? null });
  const id = `projects/${ownerOf(email, project)}/serviceAccounts/${email}`;
  const lost = deletedBindings(email, access.policies).map(({ role, resource, uid }) => ({
    en: `${role} on ${resource} (uid ${uid})`,
    ja: `${resource} の ${role} (uid ${uid})`,
  }));
  return {
    location: null,
    cluster: null,
    subject: { kind: 'service account', name: email, id },
    cause: {
      en: `${email} was deleted and made again (unique id ${uniqueId}): the bindings of the old account do not apply to it, and its nodes lack what they need.`,
      ja: `${email} は削除された後に作り直されました (一意の ID は ${uniqueId})。以前のアカウントのバインディングは適用されず、ノードに必要な権限がありません。`,
    },
    evidence: [
      { label: 'Used by', value: listNames(account.uses.map(describeUse), 20) },
      { label: 'Bindings of the deleted account', value: listNames(lost, 10) },
      ...changeEvidence('Deleted by', deletion),
    ],
    fix: projectGrantFix({
      project: project.id,
      member: accountMember(email),
      role: defaultNodeRole,
      access,
      judge: (given, principal) => judgeNodeAccount(given, principal, usesOwnAccount(account)),
      summary: {
        en: `Grant the new account ${defaultNodeRole}, the least that nodes need; grant what else the old one had only where it is still wanted.`,
        ja: `新しいアカウントに ${defaultNodeRole} (ノードに必要な最小限のロール) を付与してください。以前のアカウントにあったそれ以外のロールは、今も必要な場合にのみ付与してください。`,
      },
    }),
  };
}

function namesAccount({ message }: Failure, email: string): boolean {
  const text = parseErrorText(message);
  return text.kind === 'account-missing' && (text.email === email || text.email === null);
}
