/** Role definitions for the simulated IAM: the real roles' names, the part of their permissions that matters to GKE. */
import type { iam_v1 } from '@googleapis/iam';

const read = (...collections: string[]) => collections.flatMap((name) => [`${name}.get`, `${name}.list`]);
const manage = (...collections: string[]) =>
  collections.flatMap((name) =>
    ['create', 'delete', 'get', 'list', 'update', 'use'].map((verb) => `${name}.${verb}`),
  );

/** `roles/container.defaultNodeServiceAccount`, whole. */
const node = [
  'autoscaling.sites.writeMetrics',
  'logging.logEntries.create',
  'monitoring.metricDescriptors.create',
  'monitoring.metricDescriptors.list',
  'monitoring.timeSeries.create',
  'monitoring.timeSeries.list',
];

const instanceGroupManager = [
  ...manage('compute.disks', 'compute.instances', 'compute.instanceGroups', 'compute.instanceTemplates'),
  ...manage('compute.addresses', 'compute.snapshots'),
  'compute.images.useReadOnly',
  'compute.instances.setLabels',
  'compute.instances.setMetadata',
  'compute.instances.setServiceAccount',
  'compute.instances.setTags',
  'compute.networks.use',
  'compute.resourcePolicies.use',
  'compute.subnetworks.use',
  'compute.subnetworks.useExternalIp',
  'iam.serviceAccounts.actAs',
  ...read('compute.regions', 'compute.zones', 'resourcemanager.projects'),
];

const serviceAgent = [
  ...instanceGroupManager,
  ...manage('compute.instanceGroupManagers', 'compute.firewalls', 'compute.routes', 'compute.healthChecks'),
  ...manage('compute.forwardingRules', 'compute.backendServices', 'compute.networks', 'compute.subnetworks'),
  ...read(
    'compute.machineTypes',
    'compute.regionOperations',
    'compute.zoneOperations',
    'compute.globalOperations',
  ),
  ...manage('container.pods', 'container.nodes', 'container.secrets', 'container.serviceAccounts'),
  ...read('container.clusters', 'container.operations', 'iam.serviceAccounts'),
  'compute.networks.updatePolicy',
  'compute.projects.get',
  'container.hostServiceAgent.use',
  'logging.logEntries.create',
  ...node.filter((permission) => permission.startsWith('monitoring.')),
];

const hostServiceAgentUser = [
  'compute.firewalls.get',
  'container.hostServiceAgent.use',
  'dns.networks.bindDNSResponsePolicy',
  'dns.networks.bindPrivateDNSPolicy',
  'dns.networks.bindPrivateDNSZone',
  ...['create', 'delete', 'get', 'list', 'update'].map((verb) => `dns.responsePolicies.${verb}`),
  ...['create', 'delete', 'get', 'list', 'update'].map((verb) => `dns.responsePolicyRules.${verb}`),
];

const networkUser = [
  'compute.addresses.createInternal',
  'compute.addresses.useInternal',
  'compute.networks.use',
  'compute.subnetworks.use',
  'compute.subnetworks.useExternalIp',
  ...read('compute.networks', 'compute.subnetworks', 'compute.firewalls', 'compute.regions', 'compute.zones'),
];

const clusterViewer = [...read('container.clusters', 'resourcemanager.projects')];
const editor = [
  ...new Set([...serviceAgent, ...node, ...networkUser, ...manage('container.clusters')]),
].filter(
  (permission) => !permission.endsWith('IamPolicy') && permission !== 'container.hostServiceAgent.use',
);

/** `[title, permissions, stage]` by name. */
const definitions: Record<string, [string, string[], string?]> = {
  'roles/artifactregistry.reader': [
    'Artifact Registry Reader',
    ['artifactregistry.repositories.downloadArtifacts'],
  ],
  'roles/autoscaling.metricsWriter': [
    'Autoscaling Metrics Writer',
    ['autoscaling.sites.writeMetrics'],
    'BETA',
  ],
  'roles/cloudkms.cryptoKeyEncrypterDecrypter': [
    'Cloud KMS CryptoKey Encrypter/Decrypter',
    ['cloudkms.cryptoKeyVersions.useToDecrypt', 'cloudkms.cryptoKeyVersions.useToEncrypt'],
  ],
  'roles/compute.instanceGroupManagerServiceAgent': [
    'Instance Group Manager Service Agent',
    instanceGroupManager,
    'BETA',
  ],
  'roles/compute.networkUser': ['Compute Network User', networkUser],
  'roles/compute.securityAdmin': ['Compute Security Admin', manage('compute.firewalls')],
  'roles/compute.serviceAgent': [
    'Compute Engine Service Agent',
    ['iam.serviceAccounts.getAccessToken', 'iam.serviceAccounts.signJwt', 'logging.logEntries.create'],
  ],
  'roles/container.clusterViewer': ['Kubernetes Engine Cluster Viewer', clusterViewer],
  'roles/container.defaultNodeServiceAccount': ['Kubernetes Engine Default Node Service Account', node],
  'roles/container.defaultNodeServiceAgent': ['Kubernetes Engine Default Node Service Agent', node],
  'roles/container.developer': [
    'Kubernetes Engine Developer',
    [
      ...clusterViewer,
      'container.clusters.connect',
      ...read('container.namespaces'),
      ...manage('container.pods'),
    ],
  ],
  'roles/container.hostServiceAgentUser': ['Kubernetes Engine Host Service Agent User', hostServiceAgentUser],
  'roles/container.nodeServiceAccount': [
    '[Deprecated] Kubernetes Engine Node Service Account',
    [...node, 'storage.objects.get'],
    'DEPRECATED',
  ],
  'roles/container.serviceAgent': ['Kubernetes Engine Service Agent', serviceAgent],
  'roles/container.viewer': ['Kubernetes Engine Viewer', [...clusterViewer, ...read('container.namespaces')]],
  'roles/editor': ['Editor', editor],
  'roles/iam.serviceAccountTokenCreator': [
    'Service Account Token Creator',
    [
      'iam.serviceAccounts.getAccessToken',
      'iam.serviceAccounts.getOpenIdToken',
      'iam.serviceAccounts.signJwt',
    ],
  ],
  'roles/iam.serviceAccountUser': ['Service Account User', ['iam.serviceAccounts.actAs']],
  'roles/iam.workloadIdentityUser': [
    'Workload Identity User',
    ['iam.serviceAccounts.getAccessToken', 'iam.serviceAccounts.getOpenIdToken'],
  ],
  'roles/logging.logWriter': ['Logs Writer', ['logging.logEntries.create']],
  'roles/monitoring.metricWriter': [
    'Monitoring Metric Writer',
    [
      'monitoring.metricDescriptors.create',
      'monitoring.metricDescriptors.get',
      'monitoring.metricDescriptors.list',
      'monitoring.timeSeries.create',
    ],
  ],
  'roles/monitoring.viewer': [
    'Monitoring Viewer',
    read('monitoring.metricDescriptors', 'monitoring.timeSeries', 'monitoring.dashboards'),
  ],
  'roles/owner': [
    'Owner',
    [...editor, 'resourcemanager.projects.setIamPolicy', 'container.clusters.connect'],
  ],
  'roles/pubsub.serviceAgent': ['Cloud Pub/Sub Service Agent', ['iam.serviceAccounts.getOpenIdToken']],
  'roles/stackdriver.resourceMetadata.writer': [
    'Stackdriver Resource Metadata Writer',
    ['stackdriver.resourceMetadata.write'],
    'BETA',
  ],
  'roles/storage.objectViewer': ['Storage Object Viewer', read('storage.objects')],
  'roles/viewer': ['Viewer', [...clusterViewer, ...read('container.namespaces', 'compute.instances')]],
};

/** A fresh copy of every predefined role, by name. */
export function predefinedRoles(): Map<string, iam_v1.Schema$Role> {
  return new Map(
    Object.entries(definitions).map(([name, [title, permissions, stage = 'GA']]) => [
      name,
      { name, title, includedPermissions: [...new Set(permissions)].sort(), stage, etag: 'AA==' },
    ]),
  );
}
