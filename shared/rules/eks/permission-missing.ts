import type { ServiceDenial } from '../../domain/service-denial.ts';
import type { Cluster, Role } from '../../domain/web-identity.ts';
import { issuerName } from '../../domain/issuer.ts';
import { parseRoleArn } from '../../domain/arn.ts';
import { rule, type Evidence, type Fix, type Problem } from '../../rule.ts';
import { grantFix } from './permissions/grant-fix.ts';
import { refuserAdvice, refuserWords } from './permissions/refuser-advice.ts';
import { judgeRefusal, type Refusal } from './permissions/refusals.ts';
import { enumerated, shown } from './pod-credentials/telling.ts';
import { advice } from './web-identity/fix.ts';
import { groupBy } from './web-identity/look-up-by.ts';
import { oneLine, shortened, times } from './web-identity/told.ts';
import { en, inLanguage, ja, mapWords, type Localized, type Words } from '../../words.ts';

export default rule({
  id: 'eks/permission-missing',
  title: {
    en: "A workload's role is refused a call that it makes",
    ja: 'ワークロードのロールによる呼び出しが拒否されています',
  },
  severity: 'high',
  why: {
    en: 'The pod has credentials, and AWS refuses what it does with them. Which kind of policy refuses decides who can change it. CloudTrail’s event history holds no data events: refused calls for S3 objects, DynamoDB items or queues show only in a trail that records them.',
    ja: 'Pod には認証情報がありますが、AWS がその操作を拒否しています。誰が変更できるかは、どの種類のポリシーが拒否しているかで決まります。CloudTrail のイベント履歴にはデータイベントが含まれないため、S3 オブジェクト、DynamoDB の項目、キューに対する拒否は、それらを記録する証跡にだけ現れます。',
  },
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html',
  ],
  needs: {
    serviceDenials: 'partial',
    permissionChecks: 'supporting',
    clusters: 'supporting',
    roles: 'supporting',
  },
  check: ({ facts, place, partlyRead }) => {
    const roles = partlyRead.includes('roles') ? undefined : facts.roles;
    // What pods call with the role of their node is told as such.
    const own = facts.serviceDenials.denials.filter(
      (denial) => denial.session !== 'node' && !isOfFormerRole(denial, place.account, roles),
    );
    const judged = own.map((denial) => judgeRefusal(denial, facts.permissionChecks));
    const refused = judged.flatMap((one) => (one.state === 'refused' ? [one.refusal] : []));
    const groups = groupBy(refused, ({ denial, refuser }) =>
      JSON.stringify([denial.roleArn, refuser.kind, refuser.explicit]),
    );
    return [
      ...[...groups.values()].flatMap((group) => problem(group, facts.clusters?.clusters ?? [])),
      ...judged.flatMap((one) => (one.state === 'unknown' ? [{ unknown: one.why }] : [])),
    ];
  },
});

/** The role is gone, or was made anew since it was refused: what is there now was refused nothing. */
function isOfFormerRole(
  { roleArn, lastSeen }: ServiceDenial,
  account: string,
  roles: readonly Role[] | undefined,
): boolean {
  const named = parseRoleArn(roleArn);
  if (!roles || named?.account !== account) return false;
  // The record of a call may leave out the path; a name stands once in an account.
  const role = roles.find(({ name }) => name === named.name);
  return role === undefined || (role.createdAt !== null && role.createdAt > lastSeen);
}

/** Calls of one role that one kind of policy refuses. */
function problem(group: Refusal[], clusters: readonly Cluster[]): Problem[] {
  const refusals = [...group].sort(mostFrequentFirst);
  const [first] = refusals;
  if (!first) return [];
  const cluster = clusterOf(refusals, clusters);
  const { refuser, denial } = first;
  const name = parseRoleArn(denial.roleArn)?.name ?? denial.roleArn;
  const { kind, explicit } = refuser;
  const workload = workloadOf(refusals);
  return [
    {
      location: cluster?.region ?? denial.regions[0] ?? null,
      cluster: cluster?.name ?? null,
      subject: {
        kind: 'role',
        name,
        id:
          kind === 'identity' && !explicit
            ? denial.roleArn
            : `${denial.roleArn} ${kind}${explicit ? ' deny' : ''}`,
      },
      workload,
      cause: causeOf(name, workload, refusals, first),
      evidence: evidenceOf(refusals),
      denial: denialSummary(refusals.map((refusal) => refusal.denial)),
      fix: fixOf(denial.roleArn, refusals, first),
    },
  ];
}

function causeOf(
  role: string,
  workload: Problem['workload'],
  refusals: readonly Refusal[],
  first: Refusal,
): Words {
  const owner = workload ? `${workload.namespace}/${workload.serviceAccount}` : null;
  const calls = callsText(refusals);
  const why = refuserWords(first.refuser, first);
  return mapWords(
    {
      en: en`Role ${role}${owner ? ` of ${owner}` : ''} is refused ${calls}, because ${why}.`,
      ja: ja`${owner ? `${owner} の` : ''}ロール ${role} による ${calls}が拒否されています。${why}。`,
    },
    oneLine,
  );
}

function mostFrequentFirst(a: Refusal, b: Refusal): number {
  return b.denial.events - a.denial.events || (sortKey(a) < sortKey(b) ? -1 : 1);
}

function sortKey(refusal: Refusal): string {
  return inLanguage(callText(refusal), 'en');
}

function fixOf(roleArn: string, refusals: readonly Refusal[], first: Refusal): Fix {
  const { kind, explicit } = first.refuser;
  return kind === 'identity' && !explicit ? grantFix(roleArn, refusals) : advice(refuserAdvice(first));
}

/** The Japanese reads on before "が". */
function callsText([first, ...others]: readonly Refusal[]): Words {
  const count = others.length;
  const more: Words =
    count > 0
      ? { en: ` and ${count} more ${count === 1 ? 'call' : 'calls'}`, ja: `、ほか ${count} 件の呼び出し` }
      : { en: '', ja: ' の呼び出し' };
  const call = first ? mapWords(callText(first), shortened) : '';
  return { en: en`${call}${more}`, ja: ja`${call}${more}` };
}

function callText({ action, resource }: Refusal): Words {
  return resource === null || resource === '*'
    ? action
    : { en: `${action} on ${resource}`, ja: `${resource} への ${action}` };
}

/** The workload, where it is one alone. */
function workloadOf(refusals: readonly Refusal[]): NonNullable<Problem['workload']> | null {
  const names = new Map(
    refusals.map(({ denial: { namespace, serviceAccount } }) => [
      `${namespace ?? ''}/${serviceAccount ?? ''}`,
      namespace !== null && serviceAccount !== null ? { namespace, serviceAccount } : null,
    ]),
  );
  const [only = null, ...others] = [...names.values()];
  return others.length > 0 ? null : only;
}

/** A denial names its cluster by its issuer or by its name. */
function clusterOf(refusals: readonly Refusal[], clusters: readonly Cluster[]): Cluster | null {
  const named = [...new Set(refusals.map(({ denial }) => denial.cluster))];
  const found = clusters.filter(
    ({ name, issuer, region }) =>
      (named.includes(name) && refusals.some(({ denial }) => denial.regions.includes(region))) ||
      (issuer !== null && named.includes(issuerName(issuer))),
  );
  return named.length === 1 && found.length === 1 ? (found[0] ?? null) : null;
}

/** So many calls are shown. */
const mostShown = 20;

function evidenceOf(refusals: readonly Refusal[]): Evidence[] {
  const [first] = refusals;
  const denials = refusals.map(({ denial }) => denial);
  const more = refusals.length - mostShown;
  return [
    ...shown('Role', first?.denial.roleArn),
    ...refusals.slice(0, mostShown).map(callEvidence),
    ...(more > 0 ? [{ label: 'Refused calls', value: { en: `${more} more`, ja: `ほか ${more} 件` } }] : []),
    ...shown('Workloads', enumerated(namesOf(denials))),
    ...shown('Credentials from', enumerated([...new Set(denials.map(({ session }) => sessions[session]))])),
    ...shown(
      'Refusing policy',
      enumerated([...new Set(denials.flatMap(({ policyArn }) => policyArn ?? []))]),
    ),
    ...shown(
      'VPC endpoint',
      enumerated([...new Set(denials.flatMap(({ vpcEndpointId }) => vpcEndpointId ?? []))]),
    ),
    ...shown('User agent', first?.denial.userAgent && oneLine(first.denial.userAgent)),
    ...shown('IAM’s simulator', first && simulatorText(first)),
  ].filter(({ value }) => inLanguage(value, 'en').trim() !== '');
}

const sessions: Readonly<Record<ServiceDenial['session'], Words>> = {
  'web-identity': { en: 'its service account (IRSA)', ja: 'サービスアカウント (IRSA)' },
  'pod-identity': 'EKS Pod Identity',
  node: { en: 'the node', ja: 'ノード' },
};

function namesOf(denials: readonly ServiceDenial[]): string[] {
  const names = denials.flatMap(({ namespace, serviceAccount }) =>
    namespace !== null && serviceAccount !== null ? [`${namespace}/${serviceAccount}`] : [],
  );
  return [...new Set(names)];
}

function callEvidence(refusal: Refusal): Evidence {
  const { events, lastSeen, errorCode } = refusal.denial;
  return {
    label: 'Refused call',
    value: mapWords(
      {
        en: en`${callText(refusal)}: ${times(events)}, last at ${lastSeen} (${errorCode})`,
        ja: ja`${callText(refusal)}: ${times(events)}、最終 ${lastSeen} (${errorCode})`,
      },
      oneLine,
    ),
  };
}

function simulatorText({ check }: Refusal): Words | null {
  if (!check) return null;
  const { decision, matchedPolicies } = check;
  if (typeof decision !== 'string') return mapWords(decision.unknown, (text) => oneLine(text));
  return matchedPolicies.length > 0 ? byPolicies(decision, enumerated(matchedPolicies)) : decision;
}

function byPolicies(decision: string, policies: Words): Localized {
  return { en: en`${decision}, by ${policies}`, ja: ja`${decision} (${policies} による)` };
}

function denialSummary(denials: readonly ServiceDenial[]): NonNullable<Problem['denial']> {
  const newestFirst = [...denials].sort((a, b) => (a.lastSeen < b.lastSeen ? 1 : -1));
  return {
    errorCode: denials[0]?.errorCode ?? '',
    events: denials.reduce((sum, { events }) => sum + events, 0),
    firstSeen: denials.map(({ firstSeen }) => firstSeen).sort()[0] ?? '',
    lastSeen: newestFirst[0]?.lastSeen ?? '',
    sampleEventIds: [...new Set(newestFirst.flatMap(({ sampleEventIds }) => sampleEventIds))].slice(0, 5),
  };
}
