import type { AwsFacts } from '../../observation.ts';
import type { AwsSource } from '../aws/source.ts';
import type { Reader } from '../reader.ts';
import { foldList } from './fold-list.ts';
import type { KubernetesPermission } from './permission.ts';
import { foldPods } from './pod-groups.ts';
import { readOpenClusters } from './read-open-clusters.ts';

const kubernetes: KubernetesPermission[] = [{ apiGroup: '', resource: 'pods', verb: 'list' }];

/** Those that have not run to their end. */
const path = `/api/v1/pods?fieldSelector=${encodeURIComponent('status.phase!=Succeeded,status.phase!=Failed')}`;

/** Pods in groups; two clusters side by side, for a page of each may have megabytes. */
export const podGroupsReader: Reader<AwsSource, AwsFacts['podGroups']> = {
  permissions: [],
  kubernetes,
  read: (source) =>
    readOpenClusters(source, {
      what: { en: 'pods', ja: 'Pod' },
      permissions: kubernetes,
      atATime: 2,
      read: (get) => foldList(get, path, foldPods),
    }),
};
