import type { Cluster } from '../../domain/web-identity.ts';
import { rule, type Problem } from '../../rule.ts';
import { diagnose } from './web-identity/diagnose.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { advice } from './web-identity/fix.ts';
import { webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { groupBy } from './web-identity/look-up-by.ts';
import { callEvidence } from './web-identity/problem.ts';
import { callersOf, denialOf, verb, type Told } from './web-identity/told.ts';

const id = 'eks/sts-region-disabled';

export default rule({
  id,
  title: 'STS is not activated in the region of a cluster',
  severity: 'critical',
  why: 'No workload of the cluster can get credentials from the regional STS endpoint, and EKS itself cannot manage the cluster.',
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => {
    const reported = clustersReported(given);
    const denied = diagnose(given).filter(({ causes }) => causes[0] === id);
    const places = groupBy(denied, (diagnosis) => placeOf(diagnosis, reported));
    const ofClusters = reported.map((cluster) => reportedByEks(cluster, places.get(cluster.arn) ?? []));
    const elsewhere = [...places].filter(([place]) => !reported.some(({ arn }) => arn === place));
    return [...ofClusters, ...elsewhere.flatMap(([region, diagnoses]) => seenByCallers(region, diagnoses))];
  },
});

const activate = advice(
  'Activate STS for the region in the IAM console under Account settings, Security Token Service (STS), Endpoints. It takes an administrator of the account, and effect at once.',
);

const isDisabled = ({ code }: { code: string }) =>
  /^(StsRegionalEndpointDisabled|STS_REGIONAL_ENDPOINT_DISABLED)$/.test(code);

function clustersReported({ facts }: WebIdentityGiven): Cluster[] {
  return (facts.clusters?.clusters ?? []).filter(({ healthIssues }) => healthIssues.some(isDisabled));
}

/** The cluster of which EKS reports the same, the caller's or another of the region; the region where there is none. */
function placeOf({ cluster, denial }: Diagnosis, reported: Cluster[]): string {
  const region = denial?.latest.region ?? '';
  const same =
    reported.find(({ arn }) => arn === cluster?.arn) ?? reported.find((other) => other.region === region);
  return same?.arn ?? region;
}

function reportedByEks({ name, arn, region, healthIssues }: Cluster, callers: Diagnosis[]): Problem {
  const { code = '', message = '' } = healthIssues.find(isDisabled) ?? {};
  const [first, ...others] = callers;
  const told: Told | null = first ? [first, ...others] : null;
  const refused = told ? `, and STS refused ${callersOf(told)} for it` : '';
  return {
    location: region,
    cluster: name,
    subject: { kind: 'cluster', name, id: arn },
    cause: `EKS reports that the STS endpoint of ${region} is disabled for the account of cluster ${name}${refused}.`,
    evidence: [
      { label: code, value: message || 'EKS gives no further text' },
      ...(told ? callEvidence(told) : []),
    ],
    denial: denialOf(callers),
    fix: activate,
  };
}

function seenByCallers(region: string, diagnoses: Diagnosis[]): Problem[] {
  const [first, ...others] = diagnoses;
  if (!first) return [];
  const told: Told = [first, ...others];
  return [
    {
      location: region,
      cluster: null,
      subject: { kind: 'region', name: region, id: region },
      cause: `STS refused ${callersOf(told)} because it is not activated in ${region} for ${verb(told, "the role's", "the roles'")} account.`,
      evidence: callEvidence(told),
      denial: denialOf(told),
      fix: activate,
    },
  ];
}
