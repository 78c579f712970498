import type { ListRegionsResponse } from '@aws-sdk/client-account';
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import { pageOf } from '../pages.ts';
import type { JsonObject } from '../protocols/json-values.ts';
import { restJsonService } from '../protocols/rest-json.ts';

export const account = restJsonService({
  signingName: 'account',
  regional: false,
  operations: [
    {
      http: 'POST /listRegions',
      action: 'account:ListRegions',
      resource: (_, call) => `arn:${call.account.partition}:account::${call.account.id}:account`,
      run: ({ body }, call) => listRegions(call, body),
    },
  ],
});

function listRegions(call: Call, body: JsonObject): ListRegionsResponse {
  const wanted = body['RegionOptStatusContains'] as string[] | undefined;
  const regions = call.account.regions
    .filter(({ status }) => !wanted || wanted.includes(status))
    .map(({ name, status }) => ({ RegionName: name, RegionOptStatus: status }));
  const limit = Math.min(Number(body['MaxResults'] ?? 50), call.cloud.behaviour.pageSize);
  const page = pageOf(regions, limit, body['NextToken'] as string | undefined);
  if (!page) throw new AwsError('ValidationException', 'Invalid NextToken');
  return { Regions: page.items, NextToken: page.next };
}
