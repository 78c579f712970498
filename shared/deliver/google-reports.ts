/** Puts the report on Google Cloud where the digest on AWS finds it. */
import { googlePrefix } from '../deployment.ts';
import { renderJson } from '../render/json.ts';
import type { Report } from '../report.ts';
import type { Bucket } from './bucket.ts';
import { RefusedError, toldBy, type Channel } from './channel.ts';

/** `reports/google/latest.json`: always the newest; the bucket keeps the earlier versions. */
export const googleReportKey = `${googlePrefix}latest.json`;

/** A channel that writes the one report over the last; writing again changes nothing. Needs s3:PutObject on it alone. */
export function googleReportsChannel(bucket: Bucket): Channel {
  return {
    id: `s3:${bucket.name}`,
    async send(report: Report, { signal }) {
      try {
        await bucket.write(googleReportKey, renderJson(report), { signal });
      } catch (error) {
        throw new RefusedError(toldBy(error), { cause: error });
      }
    },
  };
}
