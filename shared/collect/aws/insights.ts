import { paginateListInsights, type InsightSummary } from '@aws-sdk/client-eks';
import type { Insight } from '../../domain/kubernetes.ts';
import type { AwsFacts } from '../../observation.ts';
import { en, ja, type Localized } from '../../words.ts';
import type { Reader } from '../reader.ts';
import { readClusters } from './read-clusters.ts';
import type { AwsSource } from './source.ts';

const action = (clusters: Localized) => ({
  en: en`list the insights of the ${clusters}`,
  ja: ja`${clusters} のインサイトの一覧を取得`,
});

/** What EKS itself found wrong with a cluster's configuration, and has not seen mended. */
export const insightsReader: Reader<AwsSource, AwsFacts['insights']> = {
  permissions: ['eks:ListInsights'],
  read(source) {
    const attempt = { action, permission: 'eks:ListInsights' };
    return readClusters(source, attempt, async ({ name: clusterName, region }) => {
      const client = source.clients.eks(region);
      const request = {
        clusterName,
        filter: { statuses: ['WARNING' as const, 'ERROR' as const, 'UNKNOWN' as const] },
      };
      const options = { abortSignal: source.signal };
      const found: Insight[] = [];
      for await (const page of paginateListInsights({ client, pageSize: 100 }, request, options))
        found.push(...(page.insights ?? []).map(insightOf));
      return found;
    });
  },
};

function insightOf({ id, name, category, insightStatus }: InsightSummary): Insight {
  return {
    id: id ?? '',
    name: name ?? '',
    category: category ?? 'UNKNOWN',
    status: insightStatus?.status ?? 'UNKNOWN',
    reason: insightStatus?.reason ?? null,
  };
}
