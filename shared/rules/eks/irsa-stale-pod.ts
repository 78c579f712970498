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
import { en } from '../../words.ts';
import { diagnose } from './web-identity/diagnose.ts';
import { advice } from './web-identity/fix.ts';
import { roleOf, webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { roleAnnotation } from './web-identity/pairs.ts';
import { denialOf, oneLine, shortened } from './web-identity/told.ts';

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
  const owners = ownersOf(pods);
  const asked = [...new Set(pods.map(({ roleArn }) => roleName(roleArn ?? '')))];
  const refused = denial ? ', and are refused' : '';
  return [
    {
      ...about,
      ...(denial ? {} : { severity: 'medium' as const }),
      cause: en`${podCount(pods)} of ${about.subject.name}${owners ? en` (${owners})` : ''} in cluster ${cluster.name} still ${isOne(pods) ? 'asks' : 'ask'} for ${enumerated(asked)}${refused}; the annotation names ${roleName(named)} now.`,
      evidence: evidence(pods, named),
      denial,
      fix: fix(given, workload, pods, named),
    },
  ];
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
  const rest =
    left.length > 0 ? en` ${podCount(left)} of jobs or on their own must be made anew by their owners.` : '';
  const doubt = 'If they ask for the older one even then, their own template sets AWS_ROLE_ARN.';
  const restart = `estart the pods: new ones ask for the role of the annotation${welcome(given, workload, named)}. ${doubt}${rest}`;
  return commands.length === 0
    ? advice(`R${restart}`)
    : { summary: `R${restart}`, commands, verified: false };
}

/** Whether the annotation's role lets them in, where that is known. */
function welcome(given: WebIdentityGiven, workload: Workload, named: string): string {
  const known = roleOf(given, named);
  if (known.state !== 'exists') return '';
  return trustsAccount(known.role, workload, given.time)
    ? ', which lets them in already'
    : ', which does not let them in yet';
}
