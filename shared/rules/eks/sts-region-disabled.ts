import { rule, type Problem } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { callerName, problemsOf } from './web-identity/problem.ts';

export default rule({
  id: 'eks/sts-region-disabled',
  title: 'STS is not activated in the region of a cluster',
  severity: 'critical',
  why: 'No workload of the cluster can get credentials from the regional STS endpoint, and EKS itself cannot manage the cluster.',
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => [
    ...reportedByEks(given),
    ...problemsOf('eks/sts-region-disabled', given, (diagnosis) => ({
      cause: `STS refused ${callerName(diagnosis)} because it is not activated in ${diagnosis.denial?.regions.join(', ') ?? 'its region'}.`,
      fix: activate,
    })),
  ],
});

const activate = advice(
  'Activate STS for the region in the IAM console under Account settings, Security Token Service (STS), Endpoints. It takes an administrator of the account, and effect at once.',
);

function reportedByEks({ facts }: WebIdentityGiven): Problem[] {
  return (facts.clusters?.clusters ?? []).flatMap(({ name, arn, region, healthIssues }) =>
    healthIssues
      .filter(({ code }) => /^(StsRegionalEndpointDisabled|STS_REGIONAL_ENDPOINT_DISABLED)$/.test(code))
      .map(({ code, message }) => ({
        location: region,
        cluster: name,
        subject: { kind: 'cluster', name, id: arn },
        cause: `EKS reports that the STS endpoint of ${region} is disabled for the account of cluster ${name}.`,
        evidence: [{ label: code, value: message || 'EKS gives no further text' }],
        fix: activate,
      })),
  );
}
