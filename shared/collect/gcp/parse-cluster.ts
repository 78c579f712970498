/** Clusters, pools and operations of container v1 as the auditor holds them. */
import type { container_v1 } from '@googleapis/container';
import type { GkeCluster, GkeOperation, NodePool, StatusCondition } from '../../domain/google-cluster.ts';

/** @param project id of the project whose clusters were listed */
export function parseCluster(project: string, cluster: container_v1.Schema$Cluster): GkeCluster {
  const name = cluster.name ?? '';
  const location = cluster.location ?? cluster.zone ?? '';
  return {
    name,
    id: cluster.id ?? null,
    resource: `projects/${project}/locations/${location}/clusters/${name}`,
    project,
    location,
    status: cluster.status ?? 'STATUS_UNSPECIFIED',
    statusMessage: cluster.statusMessage || null,
    conditions: parseConditions(cluster.conditions),
    ...(cluster.resourceLabels && { labels: cluster.resourceLabels }),
    autopilot: cluster.autopilot?.enabled ?? false,
    createTime: cluster.createTime ?? null,
    masterVersion: cluster.currentMasterVersion || null,
    nodeVersion: cluster.currentNodeVersion || null,
    endpoint: cluster.endpoint || null,
    dnsEndpoint: parseDnsEndpoint(cluster),
    caCertificate: cluster.masterAuth?.clusterCaCertificate || null,
    loggingService: cluster.loggingService ?? null,
    monitoringService: cluster.monitoringService ?? null,
    network: cluster.networkConfig?.network ?? null,
    subnetwork: cluster.networkConfig?.subnetwork ?? null,
    workloadPool: cluster.workloadIdentityConfig?.workloadPool || null,
    databaseEncryption: parseDatabaseEncryption(cluster.databaseEncryption),
    autoprovisioning: parseAutoprovisioning(cluster),
    maintenanceExclusions: parseExclusions(cluster.maintenancePolicy),
    nodePools: (cluster.nodePools ?? []).map((pool) => parsePool(cluster, pool)),
  };
}

function parseConditions(conditions: container_v1.Schema$StatusCondition[] | undefined): StatusCondition[] {
  return (conditions ?? []).map(({ code, canonicalCode, message }) => ({
    code: code ?? null,
    canonicalCode: canonicalCode ?? null,
    message: message || null,
  }));
}

function parseDnsEndpoint({
  controlPlaneEndpointsConfig,
}: container_v1.Schema$Cluster): GkeCluster['dnsEndpoint'] {
  const { endpoint, allowExternalTraffic } = controlPlaneEndpointsConfig?.dnsEndpointConfig ?? {};
  return endpoint ? { host: endpoint, allowExternalTraffic: allowExternalTraffic ?? false } : null;
}

function parseDatabaseEncryption(
  encryption: container_v1.Schema$DatabaseEncryption | undefined,
): GkeCluster['databaseEncryption'] {
  if (!encryption) return null;
  return {
    state: encryption.state ?? null,
    currentState: encryption.currentState ?? null,
    keyName: encryption.keyName || null,
    errors: (encryption.lastOperationErrors ?? []).map(({ keyName, errorMessage, timestamp }) => ({
      keyName: keyName || null,
      message: errorMessage ?? '',
      time: timestamp ?? null,
    })),
  };
}

function parseAutoprovisioning({
  autopilot,
  autoscaling,
}: container_v1.Schema$Cluster): GkeCluster['autoprovisioning'] {
  if (!autopilot?.enabled && !autoscaling?.enableNodeAutoprovisioning) return null;
  const defaults = autoscaling?.autoprovisioningNodePoolDefaults;
  return {
    serviceAccount: defaults?.serviceAccount || null,
    bootDiskKmsKey: defaults?.bootDiskKmsKey || null,
  };
}

function parseExclusions(
  policy: container_v1.Schema$MaintenancePolicy | undefined,
): GkeCluster['maintenanceExclusions'] {
  return Object.entries(policy?.window?.maintenanceExclusions ?? {}).map(([name, window]) => ({
    name,
    startTime: window.startTime ?? '',
    endTime: window.endTime ?? null,
    scope: window.maintenanceExclusionOptions?.scope ?? null,
  }));
}

function parsePool(cluster: container_v1.Schema$Cluster, pool: container_v1.Schema$NodePool): NodePool {
  const { tpmBootstrapCertExpireTime: tpm, nonTpmBootstrapCertExpireTime: nonTpm } =
    pool.kubeletCertInfo ?? {};
  return {
    name: pool.name ?? '',
    version: pool.version || null,
    status: pool.status ?? 'STATUS_UNSPECIFIED',
    statusMessage: pool.statusMessage || null,
    conditions: parseConditions(pool.conditions),
    serviceAccount: pool.config?.serviceAccount || null,
    workloadMetadataMode: pool.config?.workloadMetadataConfig?.mode ?? null,
    bootDiskKmsKey: pool.config?.bootDiskKmsKey || null,
    bootstrapCertExpireTime: earlier(tpm, nonTpm),
    autoprovisioned: pool.autoscaling?.autoprovisioned ?? false,
    // The API counts the nodes of a cluster, not of a pool; and leaves the count out where it is 0 or not known.
    nodeCount: cluster.nodePools?.length === 1 ? (cluster.currentNodeCount ?? null) : null,
  };
}

function earlier(...times: (string | null | undefined)[]): string | null {
  const known = times.filter((time): time is string => !Number.isNaN(Date.parse(time ?? '')));
  return known.sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
}

export function parseOperation(operation: container_v1.Schema$Operation): GkeOperation {
  const target = /\/clusters\/([^/]+)(?:\/nodePools\/([^/]+))?/.exec(operation.targetLink ?? '');
  return {
    name: operation.name ?? '',
    type: operation.operationType ?? 'TYPE_UNSPECIFIED',
    status: operation.status ?? 'STATUS_UNSPECIFIED',
    location: operation.location ?? operation.zone ?? '',
    cluster: target?.[1] ?? null,
    nodePool: target?.[2] ?? null,
    startTime: operation.startTime ?? null,
    endTime: operation.endTime ?? null,
    error: parseFailure(operation),
    conditions: [
      ...parseConditions(operation.clusterConditions),
      ...parseConditions(operation.nodepoolConditions),
    ],
  };
}

/** `error`; older API servers fill only `statusMessage`, which also tells of progress while an operation runs. */
function parseFailure({
  error,
  status,
  statusMessage,
}: container_v1.Schema$Operation): GkeOperation['error'] {
  if (error?.message) return { code: error.code ?? null, message: error.message };
  return status === 'DONE' && statusMessage ? { code: null, message: statusMessage } : null;
}
