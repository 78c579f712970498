import type { Cluster } from '../../domain/web-identity.ts';
import { rule, type Problem } from '../../rule.ts';
import { diagnose } from './web-identity/diagnose.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { advice } from './web-identity/fix.ts';
import { webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { groupBy } from './web-identity/look-up-by.ts';
import { callEvidence } from './web-identity/problem.ts';
import { callersOf, denialOf, verb, type Told } from './web-identity/told.ts';
import { en, ja } from '../../words.ts';

const id = 'eks/sts-region-disabled';

export default rule({
  id,
  title: {
    en: 'STS is not activated in the region of a cluster',
    ja: 'クラスターのリージョンで STS が有効化されていません',
  },
  severity: 'critical',
  why: {
    en: 'No workload of the cluster can get credentials from the regional STS endpoint, and EKS itself cannot manage the cluster.',
    ja: 'クラスターのどのワークロードもリージョンの STS エンドポイントから認証情報を取得できず、EKS 自体もクラスターを管理できません。',
  },
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

const activate = advice({
  en: 'Activate STS for the region in the IAM console under Account settings, Security Token Service (STS), Endpoints. It takes an administrator of the account, and effect at once.',
  ja: 'IAM コンソールの [アカウント設定] の [Security Token Service (STS)] の [エンドポイント] で、このリージョンの STS を有効化してください。アカウントの管理者が行う必要があり、すぐに反映されます。',
});

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
  const refused = told
    ? {
        en: en`, and STS refused ${callersOf(told)} for it`,
        ja: ja`STS はこれを理由に ${callersOf(told)} を拒否しました。`,
      }
    : '';
  return {
    location: region,
    cluster: name,
    subject: { kind: 'cluster', name, id: arn },
    cause: {
      en: en`EKS reports that the STS endpoint of ${region} is disabled for the account of cluster ${name}${refused}.`,
      ja: ja`クラスター ${name} のアカウントで ${region} の STS エンドポイントが無効になっていると EKS が報告しています。${refused}`,
    },
    evidence: [
      {
        label: code,
        value: message || { en: 'EKS gives no further text', ja: 'EKS からの追加の説明はありません' },
      },
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
      cause: {
        en: en`STS refused ${callersOf(told)} because it is not activated in ${region} for ${verb(told, "the role's", "the roles'")} account.`,
        ja: ja`ロールのアカウントでは ${region} の STS が有効化されていないため、STS が ${callersOf(told)} を拒否しました。`,
      },
      evidence: callEvidence(told),
      denial: denialOf(told),
      fix: activate,
    },
  ];
}
