/** GKE clusters, node pools and operations as the auditor holds them (container v1). */

/** `StatusCondition`: what GKE itself says is wrong. `code` is deprecated, yet alone it names the cause. */
export interface StatusCondition {
  /** `GKE_SERVICE_ACCOUNT_DELETED`, `CA_EXPIRING`, `NODE_SERVICE_ACCOUNT_MISSING_PERMISSIONS`, `CLOUD_KMS_KEY_ERROR` … */
  code: string | null;
  /** `PERMISSION_DENIED`, `FAILED_PRECONDITION` … */
  canonicalCode: string | null;
  message: string | null;
}

/** `NodePool`. */
export interface NodePool {
  name: string;
  /** `version`, such as `1.33.5-gke.1080000`. */
  version: string | null;
  /** `PROVISIONING`, `RUNNING`, `RUNNING_WITH_ERROR`, `RECONCILING`, `STOPPING`, `ERROR`. */
  status: string;
  /** `statusMessage`; deprecated by `conditions`, still filled. */
  statusMessage: string | null;
  conditions: StatusCondition[];
  /** `config.serviceAccount`: `default` (or null) for the Compute Engine default account, else an email. */
  serviceAccount: string | null;
  /** `config.workloadMetadataConfig.mode`: `GKE_METADATA`, `GCE_METADATA`; null where the field is absent. */
  workloadMetadataMode: string | null;
  /** `config.bootDiskKmsKey`, `projects/…/cryptoKeys/…`. */
  bootDiskKmsKey: string | null;
  /** `kubeletCertInfo.{nonTpm,tpm}BootstrapCertExpireTime`, the earlier of the two, RFC 3339. */
  bootstrapCertExpireTime: string | null;
  /** `autoscaling.autoprovisioned`: made by node auto-provisioning. */
  autoprovisioned: boolean;
  /** `initialNodeCount` is not enough to tell; null where the size is not known, 0 for a pool without nodes. */
  nodeCount: number | null;
}

/** `Cluster`. Two clusters of one name in different locations are two. */
export interface GkeCluster {
  name: string;
  /** `id`: immutable, differs where a cluster was re-created under its name. */
  id: string | null;
  /** `projects/<project id>/locations/<location>/clusters/<name>`. */
  resource: string;
  /** Project id. */
  project: string;
  /** `location`: a region or a zone. */
  location: string;
  /** `PROVISIONING`, `RUNNING`, `RECONCILING`, `STOPPING`, `ERROR`, `DEGRADED`. */
  status: string;
  /** `statusMessage`; deprecated by `conditions`, still filled. */
  statusMessage: string | null;
  conditions: StatusCondition[];
  /** `resourceLabels`; absent where it has none. */
  labels?: Record<string, string>;
  /** `autopilot.enabled`; such a cluster lists no node pools. */
  autopilot: boolean;
  createTime: string | null;
  /** `currentMasterVersion`. */
  masterVersion: string | null;
  /** `currentNodeVersion`; deprecated, yet the only node version that Autopilot gives. */
  nodeVersion: string | null;
  /** `endpoint`: an IP address. */
  endpoint: string | null;
  /** `controlPlaneEndpointsConfig.dnsEndpointConfig`. */
  dnsEndpoint: { host: string; allowExternalTraffic: boolean } | null;
  /** `masterAuth.clusterCaCertificate`: PEM in base64. During a rotation it is still the old one. */
  caCertificate: string | null;
  /** `loggingService`; `none` where logging is off. */
  loggingService: string | null;
  /** `monitoringService`; `none` where monitoring is off. */
  monitoringService: string | null;
  /** `networkConfig.network`, `projects/<project>/global/networks/<name>`. */
  network: string | null;
  /** `networkConfig.subnetwork`, `projects/<project>/regions/<region>/subnetworks/<name>`. */
  subnetwork: string | null;
  /** `workloadIdentityConfig.workloadPool`, `<project id>.svc.id.goog`. */
  workloadPool: string | null;
  /** `databaseEncryption`; null where the field is absent. */
  databaseEncryption: {
    /** `ENCRYPTED` or `DECRYPTED`. */
    state: string | null;
    /** `CURRENT_STATE_ENCRYPTED`, `CURRENT_STATE_ENCRYPTION_ERROR` … */
    currentState: string | null;
    keyName: string | null;
    errors: { keyName: string | null; message: string; time: string | null }[];
  } | null;
  /** `autoscaling.autoprovisioningNodePoolDefaults`; always there for Autopilot, else where auto-provisioning is on. */
  autoprovisioning: { serviceAccount: string | null; bootDiskKmsKey: string | null } | null;
  /** `maintenancePolicy.window.maintenanceExclusions`. */
  maintenanceExclusions: {
    name: string;
    startTime: string;
    endTime: string | null;
    /** `NO_UPGRADES`, `NO_MINOR_UPGRADES`, `NO_MINOR_OR_NODE_UPGRADES`; null is `NO_UPGRADES`. */
    scope: string | null;
  }[];
  nodePools: NodePool[];
}

/** `Operation`. */
export interface GkeOperation {
  /** `operation-…`. */
  name: string;
  /** `CREATE_CLUSTER`, `UPDATE_CLUSTER`, `UPGRADE_NODES`, `CREATE_NODE_POOL` … */
  type: string;
  /** `PENDING`, `RUNNING`, `DONE`, `ABORTING`. */
  status: string;
  location: string;
  /** Cluster and pool that `targetLink` names; null where it names none. */
  cluster: string | null;
  nodePool: string | null;
  startTime: string | null;
  endTime: string | null;
  /** `error`, or the deprecated `statusMessage` (then without a code); null where it did not fail. */
  error: { code: number | null; message: string } | null;
  /** `clusterConditions` and `nodepoolConditions`. */
  conditions: StatusCondition[];
}

/** A cluster as an earlier run saw it: the state that is kept from run to run. */
export interface SeenCluster {
  name: string;
  location: string;
  id: string | null;
  endpoint: string | null;
  /** Hex SHA-256 of `masterAuth.clusterCaCertificate` as the API gives it. */
  caSha256: string | null;
  /** When a run last saw it, ISO 8601 UTC. */
  lastSeen: string;
}

/** The nodes of one pool, from compute v1 instances (labels `goog-k8s-cluster-name`, `-location`, `goog-k8s-node-pool-name`). */
export interface PoolNodes {
  cluster: string;
  location: string;
  nodePool: string;
  /** `creationTimestamp` of its oldest instance, RFC 3339; null where the pool has no instance. */
  oldestCreatedAt: string | null;
  instances: number;
}
