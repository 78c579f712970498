import { roleAnnotation } from '../../domain/annotation-key.ts';
import { subjectOf } from '../../domain/service-account.ts';
import type { PodGroup } from '../../domain/kubernetes.ts';
import { rule, type Evidence, type Fix, type Problem } from '../../rule.ts';
import { trustsAccount } from './pod-credentials/annotated-role.ts';
import {
  aboutAccount,
  enumerated,
  ownersOf,
  podCount,
  restartCommands,
  shown,
  withoutRestart,
} from './pod-credentials/telling.ts';
import { workloadsIn, type Workload } from './pod-credentials/workloads.ts';
import { stalePods } from './web-identity/by-kubernetes.ts';
import { diagnose } from './web-identity/diagnose.ts';
import { advice } from './web-identity/fix.ts';
import { roleOf, webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { joinSentences } from './web-identity/joint-repair.ts';
import { denialOf, oneLine, shortened } from './web-identity/told.ts';
import { en, ja, type Localized, type Words } from '../../words.ts';

export default rule({
  id: 'eks/irsa-stale-pod',
  title: {
    en: 'Pods still ask for the role of an older annotation',
    ja: 'Pod が以前のアノテーションのロールを要求し続けています',
  },
  severity: 'high',
  why: {
    en: 'The role is written into a pod when it is created; a new annotation reaches only the pods that are created after it.',
    ja: 'ロールは Pod の作成時に書き込まれます。新しいアノテーションは、その後に作成された Pod にだけ反映されます。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://github.com/aws/amazon-eks-pod-identity-webhook',
  ],
  needs: {
    ...webIdentityNeeds,
    clusters: 'partial',
    serviceAccounts: 'partial',
    podGroups: 'partial',
    denials: 'supporting',
    roles: 'supporting',
    namedRoles: 'supporting',
    oidcProviders: 'supporting',
    issuerDiscovery: 'supporting',
  },
  check: (given) => workloadsIn(given.facts).flatMap((workload) => problem(given, workload)),
});

function problem(given: WebIdentityGiven, workload: Workload): Problem[] {
  const { cluster, account, pods: all = [] } = workload;
  const named = account.annotations[roleAnnotation];
  const pods = named ? stalePods(all, named) : [];
  if (!named || pods.length === 0) return [];
  const about = aboutAccount(cluster, account);
  const denial = denialOf(refusedIn(given, workload));
  return [
    {
      ...about,
      ...(denial ? {} : { severity: 'medium' as const }),
      cause: sentence(workload, pods, roleName(named), denial !== null),
      evidence: evidence(pods, named),
      denial,
      fix: fix(given, workload, pods, named),
    },
  ];
}

function sentence(
  { cluster, account }: Workload,
  pods: PodGroup[],
  named: string,
  refused: boolean,
): Localized {
  const owners = ownersOf(pods);
  const owned = owners ? { en: en` (${owners})`, ja: ja` (${owners})` } : '';
  const asked = enumerated([...new Set(pods.map(({ roleArn }) => roleName(roleArn ?? '')))]);
  const name = `${account.namespace}/${account.name}`;
  const isRefused = refused
    ? { en: ', and are refused', ja: 'し、拒否されています' }
    : { en: '', ja: 'しています' };
  return {
    en: en`${podCount(pods)} of ${name}${owned} in cluster ${cluster.name} still ${isOne(pods) ? 'asks' : 'ask'} for ${asked}${isRefused}; the annotation names ${named} now.`,
    ja: ja`クラスター ${cluster.name} の ${name} の ${podCount(pods)}${owned} がまだ ${asked} を要求${isRefused}。アノテーションは現在 ${named} を指定しています。`,
  };
}

function isOne(pods: readonly PodGroup[]): boolean {
  return pods.length === 1 && pods[0]?.pods === 1;
}

/** The refused calls that these pods made. */
function refusedIn(given: WebIdentityGiven, { cluster, account }: Workload) {
  const subject = subjectOf(account);
  return diagnose(given).filter(
    (diagnosis) =>
      diagnosis.causes[0] === 'eks/irsa-stale-pod' &&
      diagnosis.cluster?.arn === cluster.arn &&
      diagnosis.subject === subject,
  );
}

function roleName(arn: string): string {
  return oneLine(shortened(arn.split('/').at(-1) || arn));
}

function evidence(pods: readonly PodGroup[], named: string): Evidence[] {
  const asked = [...new Set(pods.map(({ roleArn }) => roleArn ?? ''))];
  const newest = pods.flatMap((group) => group.newest ?? []).sort();
  return [
    { label: 'Annotation eks.amazonaws.com/role-arn', value: oneLine(named) },
    { label: 'AWS_ROLE_ARN of the pods', value: enumerated(asked) },
    ...shown('Pods', enumerated(pods.flatMap((group) => group.names))),
    ...shown('Newest of them created', newest.at(-1)),
  ];
}

function fix(given: WebIdentityGiven, workload: Workload, pods: readonly PodGroup[], named: string): Fix {
  const commands = restartCommands(pods);
  const left = withoutRestart(pods);
  const summary = joinSentences([
    restartText(welcome(given, workload, named)),
    ownTemplate,
    ...(left.length > 0 ? [remainderText(left)] : []),
  ]);
  return commands.length === 0 ? advice(summary) : { summary, commands, verified: false };
}

function restartText(welcomed: Words): Localized {
  return {
    en: en`Restart the pods: new ones ask for the role of the annotation${welcomed}.`,
    ja: ja`Pod を再起動してください。新しい Pod はアノテーションのロールを要求します${welcomed}。`,
  };
}

const ownTemplate = {
  en: 'If they ask for the older one even then, their own template sets AWS_ROLE_ARN.',
  ja: 'それでも以前のロールを要求する場合は、Pod テンプレート自体が AWS_ROLE_ARN を設定しています。',
};

function remainderText(left: PodGroup[]): Localized {
  return {
    en: en`${podCount(left)} of jobs or on their own must be made anew by their owners.`,
    ja: ja`ジョブの Pod や単独の Pod (${podCount(left)}) は、所有者が作り直す必要があります。`,
  };
}

/** Whether the annotation's role lets them in, where that is known. */
function welcome(given: WebIdentityGiven, workload: Workload, named: string): Words {
  const known = roleOf(given, named);
  if (known.state !== 'exists') return '';
  return trustsAccount(known.role, workload, given.time)
    ? { en: ', which lets them in already', ja: ' (このロールはすでに許可しています)' }
    : { en: ', which does not let them in yet', ja: ' (このロールはまだ許可していません)' };
}
