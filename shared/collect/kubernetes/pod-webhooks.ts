import type { PodWebhook } from '../../domain/kubernetes.ts';
import type { AwsFacts } from '../../observation.ts';
import type { AwsSource } from '../aws/source.ts';
import type { Reader } from '../reader.ts';
import { foldList, type Fold } from './fold-list.ts';
import type { ObjectMeta } from './object-meta.ts';
import type { KubernetesPermission } from './permission.ts';
import { readOpenClusters } from './read-open-clusters.ts';

const apiGroup = 'admissionregistration.k8s.io';
const kubernetes: KubernetesPermission[] = [
  { apiGroup, resource: 'mutatingwebhookconfigurations', verb: 'list' },
];

/** The mutating webhooks that are called when a pod is made. */
export const podWebhooksReader: Reader<AwsSource, AwsFacts['podWebhooks']> = {
  permissions: [],
  kubernetes,
  read: (source) =>
    readOpenClusters(source, {
      what: { en: 'webhooks for pods', ja: 'Pod の Webhook' },
      permissions: kubernetes,
      atATime: 4,
      read: (get) => foldList(get, `/apis/${apiGroup}/v1/mutatingwebhookconfigurations`, foldWebhooks),
    }),
};

/** A server's MutatingWebhookConfiguration, as far as it is needed. */
export interface WebhookConfigurationObject {
  metadata?: ObjectMeta;
  webhooks?:
    | {
        name: string;
        failurePolicy?: string;
        clientConfig?: {
          caBundle?: string;
          url?: string;
          service?: { namespace: string; name: string };
        };
        rules?: { apiGroups?: string[]; operations?: string[]; resources?: string[] }[];
      }[]
    | null;
}

type Webhook = NonNullable<WebhookConfigurationObject['webhooks']>[number];

function foldWebhooks(): Fold<WebhookConfigurationObject, PodWebhook[]> {
  const found: PodWebhook[] = [];
  return {
    add({ metadata, webhooks }) {
      for (const webhook of webhooks ?? [])
        if (isForPods(webhook)) found.push(podWebhookOf(metadata?.name ?? '', webhook));
    },
    result: () => found,
  };
}

function isForPods({ rules }: Webhook): boolean {
  const names = (list: string[] | undefined, ...wanted: string[]) =>
    list?.some((one) => wanted.includes(one)) ?? false;
  return (
    rules?.some(
      ({ apiGroups, operations, resources }) =>
        names(apiGroups, '', '*') &&
        names(operations, 'CREATE', '*') &&
        names(resources, 'pods', 'pods/*', '*', '*/*'),
    ) ?? false
  );
}

function podWebhookOf(
  configuration: string,
  { name, failurePolicy, clientConfig = {} }: Webhook,
): PodWebhook {
  const { url, service, caBundle } = clientConfig;
  return {
    configuration,
    name,
    // The API server fills it in; the default of v1 is Fail.
    failurePolicy: failurePolicy ?? 'Fail',
    hasCaBundle: Boolean(caBundle),
    target: url ?? (service ? `${service.namespace}/${service.name}` : ''),
  };
}
