import type { KubernetesServiceAccount } from '../../domain/kubernetes.ts';
import type { AwsFacts } from '../../observation.ts';
import type { AwsSource } from '../aws/source.ts';
import type { Reader } from '../reader.ts';
import { foldList, type Fold } from './fold-list.ts';
import type { ObjectMeta } from './object-meta.ts';
import type { KubernetesPermission } from './permission.ts';
import { readOpenClusters } from './read-open-clusters.ts';

const kubernetes: KubernetesPermission[] = [{ apiGroup: '', resource: 'serviceaccounts', verb: 'list' }];

/** Service accounts with the annotations that may be about AWS. */
export const serviceAccountsReader: Reader<AwsSource, AwsFacts['serviceAccounts']> = {
  permissions: [],
  kubernetes,
  read: (source) =>
    readOpenClusters(source, {
      what: { en: 'service accounts', ja: 'サービスアカウント' },
      permissions: kubernetes,
      atATime: 4,
      tellsRemedy: true,
      read: (get) => foldList(get, '/api/v1/serviceaccounts', foldServiceAccounts),
    }),
};

/** A server's ServiceAccount, as far as it is needed. */
export interface ServiceAccountObject {
  metadata?: ObjectMeta;
}

function foldServiceAccounts(): Fold<ServiceAccountObject, KubernetesServiceAccount[]> {
  const accounts: KubernetesServiceAccount[] = [];
  return {
    add({ metadata: { namespace = '', name = '', annotations, creationTimestamp } = {} }) {
      accounts.push({
        namespace,
        name,
        annotations: annotationsOfAws(annotations ?? {}),
        createdAt: creationTimestamp ?? null,
      });
    },
    result: () => accounts,
  };
}

/** More than an ARN may have. */
const longestValue = 2048;

/**
 * Whatever may have been meant for EKS, also where its key is misspelt. What deployment tools write beside it may be
 * hundreds of kilobytes long.
 */
function annotationsOfAws(annotations: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations)
      .filter(([key, value]) => /aws|amazon|eks|iam|role|arn/i.test(key) || /^\s*arn:/.test(value))
      .map(([key, value]) => [key, value.slice(0, longestValue)]),
  );
}
