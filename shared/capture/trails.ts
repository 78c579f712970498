/** Whether CloudTrail hands refused calls to EventBridge at all: only a trail makes it do so. */
import {
  DescribeTrailsCommand,
  GetTrailStatusCommand,
  type CloudTrailClient,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { gapOf } from '../collect/aws/refusal.ts';
import { remedied } from '../collect/cannot.ts';
import type { Gap } from '../observation.ts';
import { en, ja, type Localized } from '../words.ts';

/** What looking for trails takes; only an auditor that captures needs it. */
export const trailPermissions = ['cloudtrail:DescribeTrails', 'cloudtrail:GetTrailStatus'] as const;

/** One gap for each region in which nothing can be captured, or in which that is not known. */
export async function regionsWithoutTrail(
  regions: readonly string[],
  clientOf: (region: string) => CloudTrailClient,
): Promise<Gap[]> {
  const gaps = await Promise.all(regions.map((region) => gapIn(region, clientOf(region))));
  return gaps.filter((gap) => gap !== null);
}

async function gapIn(region: string, client: CloudTrailClient): Promise<Gap | null> {
  let permission: string = trailPermissions[0];
  try {
    // It also answers with the trails of other regions that log this one.
    const { trailList = [] } = await client.send(new DescribeTrailsCommand({}));
    permission = trailPermissions[1];
    for (const trail of trailList) if (await isLogging(client, trail)) return null;
    return { location: region, why: remedied(blind(region), remedy(region, trailList)) };
  } catch (error) {
    return gapOf(error, { action: asking, permission, location: region });
  }
}

const asking = {
  en: 'tell whether a trail logs the calls',
  ja: '証跡が呼び出しを記録しているかどうかを確認',
};

async function isLogging(client: CloudTrailClient, { TrailARN: arn, Name: name }: Trail): Promise<boolean> {
  const { IsLogging } = await client.send(new GetTrailStatusCommand({ Name: arn ?? name }));
  return IsLogging === true;
}

function blind(region: string): Localized {
  return {
    en: `Nothing is captured as it happens in ${region}: CloudTrail hands calls to EventBridge only where a trail logs them`,
    ja: `${region} では発生時のキャプチャが行われません: CloudTrail が呼び出しを EventBridge に渡すのは、証跡が記録している場合だけです`,
  };
}

const theTrail = { en: 'the trail', ja: '証跡' };

function remedy(region: string, [trail]: readonly Trail[]): Localized {
  if (trail)
    return {
      en: en`start ${trail.Name ?? theTrail}, which does not log`,
      ja: ja`記録が停止している ${trail.Name ?? theTrail} を開始してください`,
    };
  return {
    en: `create a trail of management events for ${region}, or for all regions`,
    ja: `${region} またはすべてのリージョンの管理イベントの証跡を作成してください`,
  };
}
