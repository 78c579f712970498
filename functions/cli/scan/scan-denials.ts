import type { AccountCalls } from '../../../shared/collect/archive/refused-calls.ts';
import type { PodIdentityDenial, ServiceDenial } from '../../../shared/domain/service-denial.ts';
import type { Denial } from '../../../shared/domain/web-identity.ts';
import type { ScanDenial } from '../../../shared/scan-report.ts';

/** The denials of all accounts as a scan tells them, those with the most calls first. */
export function scanDenials(accounts: readonly AccountCalls[]): ScanDenial[] {
  const denials = accounts.flatMap(({ account, denials: refused, podIdentityDenials, serviceDenials }) => [
    ...refused.map((denial) => webIdentityDenial(account, denial)),
    ...podIdentityDenials.map((denial) => podIdentityDenial(account, denial)),
    ...serviceDenials.map((denial) => serviceDenial(account, denial)),
  ]);
  return denials.sort((a, b) => b.calls - a.calls || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
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

function podIdentityDenial(account: string, denial: PodIdentityDenial): ScanDenial {
  const { roleArn, clusterName, node, region } = denial;
  return {
    kind: 'pod-identity',
    account,
    action: 'eks-auth:AssumeRoleForPodIdentity',
    roleArn,
    caller: node === null ? `cluster ${clusterName}` : `cluster ${clusterName}, node ${node}`,
    provider: null,
    resource: null,
    regions: [region],
    ...counts(denial),
  };
}

function serviceDenial(account: string, denial: ServiceDenial): ScanDenial {
  const { action, roleArn, resource, regions, cluster, session } = denial;
  const name = session === 'pod-identity' ? 'EKS Pod Identity' : 'web identity';
  return {
    kind: 'service',
    account,
    action,
    roleArn,
    caller: `a session of ${name}${cluster === null ? '' : ` (${cluster})`}`,
    provider: null,
    resource,
    regions,
    ...counts(denial),
  };
}
