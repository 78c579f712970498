import type { GkeCluster } from '../../domain/google-cluster.ts';
import type { KubernetesEndpoint } from '../kubernetes/request.ts';
import type { GcpSource } from './source.ts';

/** Where a cluster's API server can be reached: by its address, and by its name where that is open from outside. */
export function kubernetesEndpoints(
  { endpoint, caCertificate, dnsEndpoint }: GkeCluster,
  { kubernetes }: GcpSource,
): KubernetesEndpoint[] {
  const byAddress: KubernetesEndpoint[] =
    endpoint && caCertificate
      ? [{ kind: 'ip', host: endpoint, ca: Buffer.from(caCertificate, 'base64').toString() }]
      : [];
  if (!dnsEndpoint?.allowExternalTraffic) return byAddress;
  return [...byAddress, { kind: 'dns', host: dnsEndpoint.host, ca: kubernetes.publicCa }];
}
