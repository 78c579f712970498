import type { AccountCalls } from '../../../shared/collect/archive/refused-calls.ts';
import type { PodIdentityDenial, ServiceDenial } from '../../../shared/domain/service-denial.ts';
import type { Denial } from '../../../shared/domain/web-identity.ts';
import type { Language, Localized } from '../../../shared/words.ts';
import type { ScanDenial } from '../../../shared/scan-report.ts';

/** The denials of all accounts as a scan tells them, those with the most calls first. */
export function scanDenials(accounts: readonly AccountCalls[], language: Language): ScanDenial[] {
  const denials = accounts.flatMap(({ account, denials: refused, podIdentityDenials, serviceDenials }) => [
    ...refused.map((denial) => webIdentityDenial(account, denial)),
    ...podIdentityDenials.map((denial) => podIdentityDenial(account, denial, language)),
    ...serviceDenials.map((denial) => serviceDenial(account, denial, language)),
  ]);
  return denials.sort((a, b) => b.calls - a.calls || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** The caller where it has no name, but is described. */
function described(caller: Localized, language: Language): Pick<ScanDenial, 'caller' | 'translated'> {
  return {
    caller: caller.en,
    ...(language !== 'en' && { translated: { language, caller: caller[language] } }),
  };
}

type Counted = Pick<
  Denial,
  'errorCode' | 'errorMessage' | 'events' | 'firstSeen' | 'lastSeen' | 'sampleEventIds'
>;

function counts({ errorCode, errorMessage, events, firstSeen, lastSeen, sampleEventIds }: Counted) {
  return { errorCode, errorMessage, calls: events, firstSeen, lastSeen, sampleEventIds };
}

function webIdentityDenial(account: string, denial: Denial): ScanDenial {
  const { roleArn, subject: caller, provider, regions } = denial;
  const action = 'sts:AssumeRoleWithWebIdentity';
  return {
    kind: 'web-identity',
    account,
    action,
    roleArn,
    caller,
    provider,
    resource: null,
    regions,
    ...counts(denial),
  };
}

function podIdentityDenial(account: string, denial: PodIdentityDenial, language: Language): ScanDenial {
  const { roleArn, clusterName, node, region } = denial;
  const caller = {
    en: node === null ? `cluster ${clusterName}` : `cluster ${clusterName}, node ${node}`,
    ja: node === null ? `クラスター ${clusterName}` : `クラスター ${clusterName}、ノード ${node}`,
  };
  return {
    kind: 'pod-identity',
    account,
    action: 'eks-auth:AssumeRoleForPodIdentity',
    roleArn,
    ...described(caller, language),
    provider: null,
    resource: null,
    regions: [region],
    ...counts(denial),
  };
}

function serviceDenial(account: string, denial: ServiceDenial, language: Language): ScanDenial {
  const { action, roleArn, resource, regions, cluster, session } = denial;
  const isOfPod = session === 'pod-identity';
  const of = cluster === null ? '' : ` (${cluster})`;
  const caller = {
    en: `a session of ${isOfPod ? 'EKS Pod Identity' : 'web identity'}${of}`,
    ja: `${isOfPod ? 'EKS Pod Identity の' : 'ウェブ ID の'}セッション${of}`,
  };
  return {
    kind: 'service',
    account,
    action,
    roleArn,
    ...described(caller, language),
    provider: null,
    resource,
    regions,
    ...counts(denial),
  };
}
