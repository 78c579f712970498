import {
  DescribePodIdentityAssociationCommand,
  paginateListPodIdentityAssociations,
  type EKSClient,
  type PodIdentityAssociation as EksAssociation,
} from '@aws-sdk/client-eks';
import { isoSeconds } from '../../domain/cloudtrail-record.ts';
import type { PodIdentityAssociation } from '../../domain/kubernetes.ts';
import type { AwsFacts, Gap } from '../../observation.ts';
import { en, ja, type Localized } from '../../words.ts';
import { cannot } from '../cannot.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { readClusters } from './read-clusters.ts';
import type { AwsSource } from './source.ts';

/** DescribePodIdentityAssociation calls side by side for one cluster, and how many there may be. */
const describedAtATime = 4;
const mostDescribed = 2_000;

type Associations = AwsFacts['podIdentityAssociations'];

/** The associations of every cluster; the list tells no roles, so that each is described. */
export const podIdentityAssociationsReader: Reader<AwsSource, Associations> = {
  permissions: ['eks:ListPodIdentityAssociations', 'eks:DescribePodIdentityAssociation'],
  async read(source) {
    const tooMany: Gap[] = [];
    const reading = await readClusters(source, attempt, async ({ name, region }) => {
      const client = source.clients.eks(region);
      const ids = await listIds(client, name, source.signal);
      if (ids.length <= mostDescribed) return describeAll(client, name, ids, source.signal);
      tooMany.push({ location: region, why: tooManyOf(name, ids.length) });
      return null;
    });
    if (reading.state === 'unread') return reading;
    const read = Object.entries(reading.value).flatMap(([arn, value]) =>
      value ? [[arn, value] as const] : [],
    );
    const gaps = reading.state === 'partial' ? reading.gaps : [];
    return readingOf<Associations>(Object.fromEntries(read), [...gaps, ...tooMany]);
  },
};

const attempt = {
  action: (clusters: Localized) => ({
    en: en`read the Pod Identity associations of the ${clusters}`,
    ja: ja`${clusters} の Pod Identity の関連付けを取得`,
  }),
  permission: 'eks:ListPodIdentityAssociations',
};

function tooManyOf(name: string, count: number): Localized {
  const cluster = { en: `EKS cluster "${name}"`, ja: `EKS クラスター "${name}"` };
  return cannot(attempt.action(cluster), {
    en: `it has ${count}, and more than ${mostDescribed} would take too long; look at them with aws eks list-pod-identity-associations`,
    ja: `${count} 件あり、${mostDescribed} 件を超えると時間がかかりすぎます。aws eks list-pod-identity-associations で確認してください`,
  });
}

async function listIds(client: EKSClient, clusterName: string, abortSignal: AbortSignal): Promise<string[]> {
  const ids: string[] = [];
  const pages = paginateListPodIdentityAssociations(
    { client, pageSize: 100 },
    { clusterName },
    { abortSignal },
  );
  for await (const { associations = [] } of pages)
    ids.push(...associations.flatMap(({ associationId }) => associationId ?? []));
  return ids;
}

async function describeAll(
  client: EKSClient,
  clusterName: string,
  ids: string[],
  abortSignal: AbortSignal,
): Promise<PodIdentityAssociation[]> {
  const described = await readEach(ids, describedAtATime, async (associationId) => {
    try {
      const command = new DescribePodIdentityAssociationCommand({ clusterName, associationId });
      const { association } = await client.send(command, { abortSignal });
      return association ? [associationOf(association, associationId)] : [];
    } catch (error) {
      // One that was deleted since it was listed is not missing from the reading.
      if ((error as { name?: string }).name === 'ResourceNotFoundException') return [];
      throw error;
    }
  });
  return described.flat();
}

function associationOf(association: EksAssociation, id: string): PodIdentityAssociation {
  return {
    id: association.associationId ?? id,
    arn: association.associationArn ?? id,
    namespace: association.namespace ?? '',
    serviceAccount: association.serviceAccount ?? '',
    roleArn: association.roleArn ?? '',
    targetRoleArn: association.targetRoleArn ?? null,
    disableSessionTags: association.disableSessionTags ?? false,
    createdAt: isoSeconds(association.createdAt),
    modifiedAt: isoSeconds(association.modifiedAt),
  };
}
