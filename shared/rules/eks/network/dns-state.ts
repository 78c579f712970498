/** Whether CoreDNS answers, by what the cluster itself shows, else by what EKS says of the add-on. */
import type { Addon, ClusterDns } from '../../../domain/kubernetes.ts';
import type { Cluster } from '../../../domain/web-identity.ts';
import type { Words } from '../../../words.ts';

export type DnsState =
  | { state: 'sound' }
  | { state: 'unknown'; why: Words }
  /** `cause` reads on after "In cluster prod", and is a sentence in Japanese; `isDown` where nothing answers. */
  | { state: 'ailing'; cause: Words; isDown: boolean };

export interface DnsKnown {
  /** Null where the cluster has no such add-on, or its add-ons were not read. */
  addon: Addon | null;
  addonsRead: boolean;
  dns: ClusterDns | undefined;
}

export function dnsState(cluster: Cluster, { addon, addonsRead, dns }: DnsKnown): DnsState {
  if (dns) return shownByCluster(cluster, dns, addon);
  if (addon) return saidByEks(cluster, addon);
  if (!addonsRead || cluster.autoMode) return { state: 'sound' };
  return {
    state: 'unknown',
    why: {
      en: `cluster ${cluster.name} runs CoreDNS without the EKS add-on, and its Kubernetes API was not read`,
      ja: `クラスター ${cluster.name} は EKS アドオンなしで CoreDNS を実行していて、Kubernetes API を読み取っていません`,
    },
  };
}

function shownByCluster(
  { autoMode }: Cluster,
  { deployment, readyAddresses, troubles }: ClusterDns,
  addon: Addon | null,
): DnsState {
  if (!deployment) {
    // EKS Auto Mode's nodes answer themselves; a resolver of another name stands behind the same service.
    if (readyAddresses > 0 || (autoMode && !addon)) return { state: 'sound' };
    return {
      state: 'ailing',
      cause: {
        en: 'there is no deployment coredns, and nothing behind the service kube-dns',
        ja: 'Deployment coredns がなく、サービス kube-dns の背後にも何もありません',
      },
      isDown: true,
    };
  }
  const { desired, ready } = deployment;
  if (desired === 0 && readyAddresses === 0)
    return {
      state: 'ailing',
      cause: {
        en: 'CoreDNS is scaled to no replicas',
        ja: 'CoreDNS のレプリカ数が 0 に設定されています',
      },
      isDown: true,
    };
  if (ready === 0 && readyAddresses === 0)
    return {
      state: 'ailing',
      cause: {
        en: `none of the ${desired} replicas of CoreDNS is ready${because(troubles)}`,
        ja: `CoreDNS の ${desired} 個のレプリカがどれも準備完了ではありません${because(troubles)}`,
      },
      isDown: true,
    };
  if (readyAddresses === 0)
    return {
      state: 'ailing',
      cause: {
        en: 'CoreDNS runs, but the service kube-dns has no ready address',
        ja: 'CoreDNS は動いていますが、サービス kube-dns に準備完了のアドレスがありません',
      },
      isDown: true,
    };
  // A replica that is missing for a moment is an update; one that says what ails it is not.
  if (ready < desired && troubles.length > 0)
    return {
      state: 'ailing',
      cause: {
        en: `only ${ready} of ${desired} replicas of CoreDNS are ready${because(troubles)}`,
        ja: `CoreDNS の ${desired} 個のレプリカのうち ${ready} 個しか準備完了ではありません${because(troubles)}`,
      },
      isDown: false,
    };
  return { state: 'sound' };
}

function because([trouble]: readonly string[]): string {
  return trouble === undefined
    ? ''
    : ` (${trouble
        .replaceAll(/\s+/g, ' ')
        .replace(/[.\s]+$/, '')
        .slice(0, 160)})`;
}

function saidByEks({ name }: Cluster, { status, issues }: Addon): DnsState {
  const missing = issues.find(({ code }) => code === 'InsufficientNumberOfReplicas');
  if (missing || status === 'CREATE_FAILED')
    return {
      state: 'ailing',
      cause: {
        en: `EKS says that CoreDNS lacks replicas: the add-on is ${status}`,
        ja: `EKS によると CoreDNS のレプリカが足りません (アドオンは ${status} です)`,
      },
      isDown: true,
    };
  if (status === 'ACTIVE' || /^(CREATING|UPDATING|DELETING)$/.test(status)) return { state: 'sound' };
  return {
    state: 'unknown',
    why: {
      en: `EKS says that the add-on coredns of cluster ${name} is ${status}, and its Kubernetes API was not read`,
      ja: `EKS によるとクラスター ${name} のアドオン coredns は ${status} で、Kubernetes API を読み取っていません`,
    },
  };
}
