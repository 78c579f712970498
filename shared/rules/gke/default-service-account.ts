import { accountState } from '../../domain/google-account-state.ts';
import { parseErrorText } from '../../domain/google-error-text.ts';
import { failuresOf, type Failure } from '../../domain/google-failure.ts';
import { gkeIdentities, nodeAccounts } from '../../domain/google-identity.ts';
import { accessTo } from '../../domain/google-project.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { accountProblem, isEnabledUnknown } from './telling/account-problem.ts';

export default rule({
  id: 'gke/default-service-account',
  title: {
    en: 'The Compute Engine default service account is in use, and disabled or deleted',
    ja: '使用中の Compute Engine のデフォルトのサービスアカウントが無効または削除済みです',
  },
  severity: 'critical',
  why: {
    en: 'Nodes that run as it get no credentials and new ones are not created; cluster creation can fail without it even where pools use another account.',
    ja: 'このアカウントで動作するノードは認証情報を取得できず、新しいノードは作成されません。ノードプールが別のアカウントを使用していても、クラスターの作成が失敗することがあります。',
  },
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors',
    'https://cloud.google.com/iam/docs/service-accounts-delete-undelete',
  ],
  needs: {
    project: 'whole',
    gkeClusters: 'partial',
    gcpServiceAccounts: 'partial',
    iamPolicy: 'supporting',
    inheritedPolicies: 'supporting',
    operations: 'supporting',
    adminActivity: 'supporting',
  },
  check({ facts, time }): (Problem | Unknown)[] {
    const { project, gkeClusters, gcpServiceAccounts, iamPolicy, adminActivity } = facts;
    const email = gkeIdentities(project.number).defaultAccount;
    const account = nodeAccounts(gkeClusters, project.number).find((each) => each.email === email);
    const failures = failuresOf(facts).filter((failure) => namesAccount(failure, email));
    // Nobody needs the account where nothing runs as it and no call asked for it.
    if (!account && failures.length === 0) return [];
    const policies = iamPolicy
      ? accessTo({ ...facts, iamPolicy, roleDefinitions: undefined }, time).policies
      : [];
    const state = accountState(email, gcpServiceAccounts, policies, adminActivity);
    if (state.state === 'enabled') return [];
    if (state.state === 'unread') return [isEnabledUnknown(email, state.why)];
    return [
      accountProblem({
        account: account ?? { email, isDefault: true, uses: [] },
        state,
        project: project.id,
        failures,
        time,
      }),
    ];
  },
});

function namesAccount({ message }: Failure, email: string): boolean {
  const text = parseErrorText(message);
  return text.kind === 'account-missing' && text.email === email;
}
