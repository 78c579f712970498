/** A GKE cluster in the shape in which container v1 sends it. */
import { createHash } from 'node:crypto';
import type { container_v1 } from '@googleapis/container';
import type { KubernetesWorld } from './kubernetes-world.ts';
import type { ProjectWorld } from './project-world.ts';

export interface PoolOptions {
  name: string;
  version?: string;
  /** `default` or an email. */
  serviceAccount?: string;
  /** Null leaves the field out, as for pools made before the cluster had a workload pool. */
  metadataMode?: 'GKE_METADATA' | 'GCE_METADATA' | null;
  bootDiskKmsKey?: string;
  /** One node for each entry, with its age: `9 days`. */
  nodes?: string[];
  spec?: container_v1.Schema$NodePool;
}

export interface ClusterOptions {
  version?: string;
  autopilot?: boolean;
  /** Of Autopilot's nodes, or of auto-provisioned pools. */
  autoprovisioningAccount?: string;
  pools?: PoolOptions[];
  /** The project whose network it uses, where that is another (Shared VPC). */
  host?: ProjectWorld;
  databaseKey?: string;
  /** When the cluster's CA runs out; 30 years from now unless said. */
  caExpires?: Date;
  /** Its API server; one that is in order unless said. */
  kubernetes?: KubernetesWorld;
  spec?: container_v1.Schema$Cluster;
}

const DEFAULT_VERSION = '1.33.5-gke.1080000';
const scopes = ['https://www.googleapis.com/auth/cloud-platform'];

export function clusterSpec(
  project: ProjectWorld,
  name: string,
  location: string,
  options: ClusterOptions,
): container_v1.Schema$Cluster {
  const { version = DEFAULT_VERSION, autopilot = false, spec = {} } = options;
  const region = location.replace(/-[a-z]$/, '');
  const network = options.host ?? project;
  const id = createHash('sha256').update(`${project.id}/${location}/${name}`).digest('hex');
  const pools = autopilot ? undefined : (options.pools ?? [{ name: 'default-pool' }]);
  return {
    name,
    id,
    location,
    zone: location,
    locations: location === region ? ['b', 'c', 'd'].map((zone) => `${region}-${zone}`) : [location],
    status: 'RUNNING',
    selfLink: `https://container.googleapis.com/v1/projects/${project.id}/locations/${location}/clusters/${name}`,
    createTime: project.world
      .at(200, 'days')
      .toISOString()
      .replace(/\.\d+Z$/, '+00:00'),
    initialClusterVersion: version,
    currentMasterVersion: version,
    currentNodeVersion: options.pools?.[0]?.version ?? version,
    endpoint: '203.0.113.10',
    masterAuth: { clusterCaCertificate: inBase64(options.kubernetes?.authority.certificate ?? '') },
    currentNodeCount: options.pools?.reduce((sum, { nodes }) => sum + (nodes?.length ?? 1), 0) ?? 1,
    loggingService: 'logging.googleapis.com/kubernetes',
    monitoringService: 'monitoring.googleapis.com/kubernetes',
    autopilot: autopilot ? { enabled: true } : {},
    network: 'default',
    subnetwork: 'default',
    networkConfig: {
      network: `projects/${network.id}/global/networks/default`,
      subnetwork: `projects/${network.id}/regions/${region}/subnetworks/default`,
    },
    workloadIdentityConfig: { workloadPool: `${project.id}.svc.id.goog` },
    databaseEncryption: options.databaseKey
      ? { state: 'ENCRYPTED', currentState: 'CURRENT_STATE_ENCRYPTED', keyName: options.databaseKey }
      : { state: 'DECRYPTED', currentState: 'CURRENT_STATE_DECRYPTED' },
    releaseChannel: { channel: 'REGULAR' },
    maintenancePolicy: { resourceVersion: 'e3b0c442' },
    autoscaling: autoscaling(options),
    ...(pools ? { nodePools: pools.map((pool) => poolSpec(project, name, location, version, pool)) } : {}),
    ...spec,
  };
}

/** Autopilot names its nodes' account here, and lists no pools. */
function autoscaling({
  autopilot,
  autoprovisioningAccount,
}: ClusterOptions): container_v1.Schema$ClusterAutoscaling {
  if (!autopilot && !autoprovisioningAccount) return { autoscalingProfile: 'BALANCED' };
  return {
    enableNodeAutoprovisioning: true,
    autoscalingProfile: 'OPTIMIZE_UTILIZATION',
    autoprovisioningNodePoolDefaults: {
      serviceAccount: autoprovisioningAccount ?? 'default',
      oauthScopes: scopes,
      imageType: 'COS_CONTAINERD',
      management: { autoRepair: true, autoUpgrade: true },
    },
  };
}

function poolSpec(
  project: ProjectWorld,
  cluster: string,
  location: string,
  masterVersion: string,
  pool: PoolOptions,
): container_v1.Schema$NodePool {
  const zone = /-[a-z]$/.test(location) ? location : `${location}-b`;
  const group = `gke-${cluster}-${pool.name}-${createHash('sha256')
    .update(location + cluster)
    .digest('hex')
    .slice(0, 8)}-grp`;
  const mode = pool.metadataMode === undefined ? 'GKE_METADATA' : pool.metadataMode;
  return {
    name: pool.name,
    version: pool.version ?? masterVersion,
    status: 'RUNNING',
    initialNodeCount: pool.nodes?.length ?? 1,
    locations: [zone],
    selfLink: `https://container.googleapis.com/v1/projects/${project.id}/locations/${location}/clusters/${cluster}/nodePools/${pool.name}`,
    instanceGroupUrls: [
      `https://www.googleapis.com/compute/v1/projects/${project.id}/zones/${zone}/instanceGroupManagers/${group}`,
    ],
    config: {
      machineType: 'e2-standard-4',
      diskSizeGb: 100,
      imageType: 'COS_CONTAINERD',
      serviceAccount: pool.serviceAccount ?? 'default',
      oauthScopes: scopes,
      ...(mode ? { workloadMetadataConfig: { mode } } : {}),
      ...(pool.bootDiskKmsKey ? { bootDiskKmsKey: pool.bootDiskKmsKey } : {}),
    },
    management: { autoRepair: true, autoUpgrade: true },
    kubeletCertInfo: {
      nonTpmBootstrapCertExpireTime: project.world.ago(-1800, 'days'),
      tpmBootstrapCertExpireTime: project.world.ago(-1800, 'days'),
    },
    ...pool.spec,
  };
}

/** As `masterAuth.clusterCaCertificate` has it: PEM in base64. */
function inBase64(certificate: string): string {
  return Buffer.from(certificate).toString('base64');
}
