/** Whether CloudTrail hands refused calls to EventBridge at all: only a trail makes it do so. */
import {
  DescribeTrailsCommand,
  GetTrailStatusCommand,
  type CloudTrailClient,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { gapOf } from '../collect/aws/refusal.ts';
import type { Gap } from '../observation.ts';

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
    return { location: region, why: `${blind(region)}; ${remedy(region, trailList)}` };
  } catch (error) {
    return gapOf(error, { action: 'tell whether a trail logs the calls', permission, location: region });
  }
}

async function isLogging(client: CloudTrailClient, { TrailARN: arn, Name: name }: Trail): Promise<boolean> {
  const { IsLogging } = await client.send(new GetTrailStatusCommand({ Name: arn ?? name }));
  return IsLogging === true;
}

function blind(region: string): string {
  return `Nothing is captured as it happens in ${region}: CloudTrail hands calls to EventBridge only where a trail logs them`;
}

function remedy(region: string, [trail]: readonly Trail[]): string {
  if (trail) return `start ${trail.Name ?? 'the trail'}, which does not log`;
  return `create a trail of management events for ${region}, or for all regions`;
}
