import { DescribeAddonCommand, paginateListAddons, type Addon as EksAddon } from '@aws-sdk/client-eks';
import type { Addon } from '../../domain/kubernetes.ts';
import type { AwsFacts } from '../../observation.ts';
import { en, ja, type Localized } from '../../words.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readClusters } from './read-clusters.ts';
import type { AwsSource } from './source.ts';

/** DescribeAddon calls side by side for one cluster. */
const describedAtATime = 4;

const action = (clusters: Localized) => ({
  en: en`read the add-ons of the ${clusters}`,
  ja: ja`${clusters} のアドオンを取得`,
});

/** The EKS add-ons of every cluster, with what EKS says of their health. */
export const addonsReader: Reader<AwsSource, AwsFacts['addons']> = {
  permissions: ['eks:ListAddons', 'eks:DescribeAddon'],
  read(source) {
    const attempt = { action, permission: 'eks:ListAddons' };
    return readClusters(source, attempt, async ({ name: clusterName, region }) => {
      const client = source.clients.eks(region);
      const options = { abortSignal: source.signal };
      const names: string[] = [];
      for await (const page of paginateListAddons({ client, pageSize: 100 }, { clusterName }, options))
        names.push(...(page.addons ?? []));
      const described = await readEach(names, describedAtATime, async (addonName) => {
        const command = new DescribeAddonCommand({ clusterName, addonName });
        const { addon } = await client.send(command, options);
        return addon ? [addonOf(addon, addonName)] : [];
      });
      return described.flat();
    });
  },
};

function addonOf({ addonName, addonVersion, status, health }: EksAddon, name: string): Addon {
  return {
    name: addonName ?? name,
    version: addonVersion ?? null,
    status: status ?? 'UNKNOWN',
    issues: (health?.issues ?? []).map(({ code, message, resourceIds }) => ({
      code: code ?? 'Other',
      message: message ?? '',
      resourceIds: resourceIds ?? [],
    })),
  };
}
