/** The problem of a node account that is disabled or deleted: one finding for the account, whatever breaks by it. */
import { undeleteDays, type AccountState } from '../../../domain/google-account-state.ts';
import type { Failure } from '../../../domain/google-failure.ts';
import { describeUse, projectOfAccount, type NodeAccount } from '../../../domain/google-identity.ts';
import type { Fix, Problem, Unknown } from '../../../rule.ts';
import { en, ja, joinWords, type Words } from '../../../words.ts';
import { sh } from '../../../shell.ts';
import { advice } from './advice.ts';
import { changeEvidence } from './change-evidence.ts';
import { eachOnce } from './each-once.ts';
import { failureEvidence } from './failure-evidence.ts';
import { listNames } from './list-names.ts';

export interface BrokenAccount {
  account: NodeAccount;
  state: Extract<AccountState, { state: 'disabled' | 'missing' }>;
  /** Project id that owns the account. */
  project: string;
  failures: readonly Failure[];
  /** ISO 8601 UTC. */
  time: string;
}

export function accountProblem({ account, state, project, failures, time }: BrokenAccount): Problem {
  const { email, uses } = account;
  const where = eachOnce(uses.map(describeUse));
  return {
    location: null,
    cluster: null,
    subject: { kind: 'service account', name: email, id: `projects/${project}/serviceAccounts/${email}` },
    cause: causeOf(account, state.state, where.length),
    evidence: [
      ...(where.length > 0 ? [{ label: 'Used by', value: listNames(where, 20) }] : []),
      ...(state.uniqueId === null ? [] : [{ label: 'Unique id', value: state.uniqueId }]),
      ...changeEvidence(state.state === 'disabled' ? 'Disabled by' : 'Deleted by', state.change),
      ...failureEvidence(failures),
    ],
    fix: state.state === 'disabled' ? enableFix(email, project) : restoreFix(state, email, project, time),
  };
}

function causeOf(account: NodeAccount, state: 'disabled' | 'missing', places: number): Words {
  const { email, isDefault } = account;
  const name = isDefault ? defaultName : { en: 'The service account', ja: 'サービスアカウント' };
  const is =
    state === 'disabled'
      ? { en: 'is disabled', ja: 'は無効になっています' }
      : { en: 'is deleted', ja: 'は削除されています' };
  const count = countUses(account);
  const run = places === 1 ? 'runs' : 'run';
  const users =
    places === 0
      ? { en: '', ja: '' }
      : { en: en`, and ${count} ${run} as it`, ja: ja`${count} がこのアカウントで動作しています。` };
  return { en: en`${name} ${email} ${is}${users}.`, ja: ja`${name} ${email} ${is}。${users}` };
}

const defaultName = {
  en: 'The Compute Engine default service account',
  ja: 'Compute Engine のデフォルトのサービスアカウント',
};

/** `2 node pools and 1 Autopilot cluster`. */
function countUses({ uses }: NodeAccount): Words {
  const pools = uses.filter(({ nodePool }) => nodePool !== null).length;
  const autopilot = uses.filter(({ nodePool, cluster }) => nodePool === null && cluster.autopilot).length;
  const provisioning = uses.length - pools - autopilot;
  const parts = [
    [pools, 'node pool', 'ノードプール'],
    [autopilot, 'Autopilot cluster', 'Autopilot クラスター'],
    [provisioning, 'auto-provisioning cluster', '自動プロビジョニングを使用するクラスター'],
  ] as const;
  const counts = parts
    .filter(([count]) => count > 0)
    .map(([count, noun, japanese]) => ({
      en: `${count} ${noun}${count === 1 ? '' : 's'}`,
      ja: `${japanese} ${count} 個`,
    }));
  return joinWords(counts, { en: ' and ', ja: ' と ' });
}

function enableFix(email: string, project: string): Fix {
  return {
    summary: {
      en: 'Enable the account again, unless it was disabled on purpose: then give the pools another account.',
      ja: 'アカウントを再度有効にしてください。意図的に無効にした場合は、ノードプールに別のアカウントを設定してください。',
    },
    commands: [sh`gcloud iam service-accounts enable ${email} --project=${project}`],
    verified: false,
  };
}

function restoreFix(
  { uniqueId, change }: BrokenAccount['state'],
  email: string,
  project: string,
  time: string,
): Fix {
  const deletedAt = change ? Date.parse(change.time) : NaN;
  const end = deletedAt + undeleteDays * 86_400_000;
  if (uniqueId !== null && !(Date.parse(time) >= end)) {
    return {
      summary: restoreSummary(end),
      commands: [sh`gcloud iam service-accounts undelete ${uniqueId} --project=${project}`],
      verified: false,
    };
  }
  return goneAdvice(email, uniqueId !== null);
}

/** `end` is the last moment, in milliseconds since 1970; NaN where it is not known. */
function restoreSummary(end: number): Words {
  const until = Number.isNaN(end) ? null : new Date(end).toISOString();
  return {
    en: `Restore the account; its bindings then apply again. That is possible for ${undeleteDays} days after it was deleted${until === null ? '' : `, until ${until}`}.`,
    ja: `アカウントを復元してください。バインディングが再び適用されます。復元できるのは削除後 ${undeleteDays} 日間${until === null ? '' : ` (${until} まで) `}です。`,
  };
}

function goneAdvice(email: string, isTooLate: boolean): Fix {
  const gone = isTooLate
    ? {
        en: `It was deleted more than ${undeleteDays} days ago`,
        ja: `削除から ${undeleteDays} 日を過ぎているため`,
      }
    : { en: 'Its unique id is not known', ja: '一意の ID が不明なため' };
  return advice({
    en: en`${gone}, so it cannot be restored from here. Make a new account with roles/container.defaultNodeServiceAccount, and node pools that use it in the place of those that use ${email}; an account of the same name would not get the old one's bindings.`,
    ja: ja`${gone}、ここからは復元できません。roles/container.defaultNodeServiceAccount を付与した新しいアカウントと、それを使用するノードプールを作成し、${email} を使用しているノードプールと置き換えてください。同じ名前でアカウントを作成しても、以前のアカウントのバインディングは適用されません。`,
  });
}

/** Where the account could not be looked at. */
export function isEnabledUnknown(email: string, why: Words): Unknown {
  return {
    unknown: {
      en: en`whether ${email} is enabled: ${why}`,
      ja: ja`${email} が有効かどうかは不明です: ${why}`,
    },
  };
}

/** Project id of the account where the email tells one; the project that is audited owns the default account. */
export function ownerOf(email: string, audited: { id: string; number: string }): string {
  const project = projectOfAccount(email);
  return project === null || project === audited.number ? audited.id : project;
}
