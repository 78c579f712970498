/** The smallest project in which every GKE rule passes, and what a case changes in it. */
import type { AccessDenial, AdminActivity } from '../../../shared/domain/google-audit.ts';
import { certificateHash } from '../../../shared/domain/google-certificate.ts';
import type { GkeCluster, GkeOperation, NodePool, PoolNodes } from '../../../shared/domain/google-cluster.ts';
import type { ConnectionAttempt } from '../../../shared/domain/google-connection.ts';
import { gkeIdentities } from '../../../shared/domain/google-identity.ts';
import type { Binding, IamPolicy, Lookup, RoleDefinition } from '../../../shared/domain/google-policy.ts';
import type { GcpFacts, Observation, Reading } from '../../../shared/observation.ts';
import { applyRule } from '../../../shared/evaluate.ts';
import type { AnyRule, Problem } from '../../../shared/rule.ts';
import { inLanguage, type Words, quoted } from '../../../shared/words.ts';
import { makeAuthority } from '../../cloud/kubernetes/certificate.ts';

export const now = '2026-06-01T06:00:00.000Z';
export const project = { id: 'shop-prod', number: '123456789012', state: 'ACTIVE', parent: null };
export const agents = gkeIdentities(project.number);
export const nodes = 'nodes@shop-prod.iam.gserviceaccount.com';
export const nodeRole = 'roles/container.defaultNodeServiceAccount';
export const resource = 'projects/shop-prod/locations/europe-west1/clusters/shop';

/** A time before (or, negative, after) the observation. */
export function daysAgo(days: number): string {
  return new Date(Date.parse(now) - days * 86_400_000).toISOString();
}

/** The CA certificate of a cluster, as the API gives it, issued and expiring so many days ago. */
export function authority(issuedDaysAgo: number, expiresInDays: number): string {
  const validity = {
    notBefore: new Date(daysAgo(issuedDaysAgo)),
    notAfter: new Date(daysAgo(-expiresInDays)),
  };
  return Buffer.from(makeAuthority('cluster CA', validity).certificate).toString('base64');
}

export const oldAuthority = authority(700, 10_000);

export function pool(changes: Partial<NodePool> = {}): NodePool {
  return {
    name: 'pool-1',
    version: '1.33.5-gke.1080000',
    status: 'RUNNING',
    statusMessage: null,
    conditions: [],
    serviceAccount: nodes,
    workloadMetadataMode: 'GKE_METADATA',
    bootDiskKmsKey: null,
    bootstrapCertExpireTime: null,
    autoprovisioned: false,
    nodeCount: 3,
    ...changes,
  };
}

export function cluster(changes: Partial<GkeCluster> = {}): GkeCluster {
  const name = changes.name ?? 'shop';
  const location = changes.location ?? 'europe-west1';
  return {
    name,
    id: 'a'.repeat(64),
    resource: `projects/${project.id}/locations/${location}/clusters/${name}`,
    project: project.id,
    location,
    status: 'RUNNING',
    statusMessage: null,
    conditions: [],
    autopilot: false,
    createTime: daysAgo(700),
    masterVersion: '1.33.5-gke.1080000',
    nodeVersion: '1.33.5-gke.1080000',
    endpoint: '203.0.113.10',
    dnsEndpoint: null,
    caCertificate: oldAuthority,
    loggingService: 'logging.googleapis.com/kubernetes',
    monitoringService: 'monitoring.googleapis.com/kubernetes',
    network: `projects/${project.id}/global/networks/default`,
    subnetwork: `projects/${project.id}/regions/europe-west1/subnetworks/default`,
    workloadPool: `${project.id}.svc.id.goog`,
    databaseEncryption: { state: 'DECRYPTED', currentState: null, keyName: null, errors: [] },
    autoprovisioning: null,
    maintenanceExclusions: [],
    nodePools: [pool()],
    ...changes,
  };
}

/** An Autopilot cluster lists no pools; its nodes' account is that of its auto-provisioning. */
export function autopilot(changes: Partial<GkeCluster> = {}): GkeCluster {
  const autoprovisioning = { serviceAccount: nodes, bootDiskKmsKey: null };
  return cluster({ name: 'auto', autopilot: true, nodePools: [], autoprovisioning, ...changes });
}

export function bind(role: string, ...members: string[]): Binding {
  return { role, members, condition: null };
}

export function bindUntil(time: string, role: string, ...members: string[]): Binding {
  return { role, members, condition: { title: 'until', expression: `request.time < timestamp("${time}")` } };
}

export function account(email: string): string {
  return `serviceAccount:${email}`;
}

export const healthyBindings: Binding[] = [
  bind('roles/container.serviceAgent', account(agents.gkeAgent)),
  bind('roles/container.defaultNodeServiceAgent', account(agents.nodeAgent)),
  bind('roles/compute.instanceGroupManagerServiceAgent', account(agents.apisAgent)),
  bind('roles/compute.serviceAgent', account(agents.computeAgent)),
  bind(nodeRole, account(nodes)),
  bind('roles/owner', 'user:alice@example.com'),
];

/** The healthy policy without some roles and with further bindings. */
export function policy(changes: { without?: string[]; also?: Binding[] } = {}): IamPolicy {
  const { without = [], also = [] } = changes;
  return {
    bindings: [...healthyBindings.filter(({ role }) => !without.includes(role)), ...also],
    auditConfigs: [{ service: 'container.googleapis.com', logTypes: ['ADMIN_READ'], exemptedMembers: [] }],
  };
}

export function role(...permissions: string[]): Lookup<RoleDefinition> {
  return { state: 'exists', value: { permissions, stage: 'GA', deleted: false } };
}

const nodePermissions = [
  'autoscaling.sites.writeMetrics',
  'logging.logEntries.create',
  'monitoring.metricDescriptors.create',
  'monitoring.metricDescriptors.list',
  'monitoring.timeSeries.create',
  'monitoring.timeSeries.list',
];
const migPermissions = ['compute.instances.create', 'compute.instances.delete', 'compute.disks.create'];
const agentPermissions = [
  ...migPermissions,
  'compute.instanceGroupManagers.create',
  'compute.regions.get',
  'container.clusters.get',
];

/** Small stand-ins for the live definitions, in the proportions of the real ones. */
export const roleDefinitions: Record<string, Lookup<RoleDefinition>> = {
  'roles/container.serviceAgent': role(...agentPermissions),
  'roles/container.defaultNodeServiceAgent': role(
    'logging.logEntries.create',
    'monitoring.timeSeries.create',
  ),
  'roles/compute.instanceGroupManagerServiceAgent': role(...migPermissions),
  'roles/compute.serviceAgent': role('compute.instances.list', 'iam.serviceAccounts.getAccessToken'),
  'roles/container.clusterViewer': role('container.clusters.get', 'container.clusters.list'),
  'roles/container.hostServiceAgentUser': role('container.hostServiceAgent.use', 'compute.firewalls.get'),
  'roles/compute.networkUser': role('compute.subnetworks.use', 'compute.networks.use'),
  'roles/compute.imageUser': role('compute.images.get', 'compute.images.useReadOnly'),
  'roles/iam.workloadIdentityUser': role('iam.serviceAccounts.getAccessToken'),
  'roles/cloudkms.cryptoKeyEncrypterDecrypter': role(
    'cloudkms.cryptoKeyVersions.useToDecrypt',
    'cloudkms.cryptoKeyVersions.useToEncrypt',
  ),
  'roles/logging.logWriter': role('logging.logEntries.create'),
  'roles/monitoring.metricWriter': role(
    'monitoring.metricDescriptors.create',
    'monitoring.timeSeries.create',
  ),
  'roles/editor': role(...agentPermissions, ...nodePermissions, 'compute.subnetworks.use'),
  'roles/owner': role(...agentPermissions, ...nodePermissions, 'resourcemanager.projects.setIamPolicy'),
  [nodeRole]: role(...nodePermissions),
};

/** Every fact of the healthy project. */
export function healthyFacts(): GcpFacts {
  return {
    project,
    services: { 'container.googleapis.com': 'ENABLED', 'compute.googleapis.com': 'ENABLED' },
    gkeClusters: [cluster()],
    operations: [],
    iamPolicy: policy(),
    inheritedPolicies: [],
    roleDefinitions,
    gcpServiceAccounts: {
      [nodes]: { state: 'exists', value: { uniqueId: '101', disabled: false } },
      [agents.defaultAccount]: { state: 'exists', value: { uniqueId: '102', disabled: false } },
    },
    serviceAccountPolicies: {},
    adminActivity: [],
    accessDenials: { denials: [], events: 0, unparsed: 0 },
    poolNodes: [],
    hostProjects: {},
    kmsKeys: {},
    gkeServiceAccounts: { [resource]: [] },
    clusterHistory: [
      {
        name: 'shop',
        location: 'europe-west1',
        id: 'a'.repeat(64),
        endpoint: '203.0.113.10',
        caSha256: certificateHash(oldAuthority),
        lastSeen: daysAgo(1),
      },
    ],
    canaries: [],
    connections: [attempt()],
  };
}

/** The healthy project with some facts exchanged, all of them read wholly. */
export function observe(changes: Partial<GcpFacts> = {}): Observation {
  const facts = Object.entries({ ...healthyFacts(), ...changes });
  const readings = Object.fromEntries(
    facts.map(([name, value]): [string, Reading<unknown>] => [name, { state: 'whole', value }]),
  );
  return {
    place: { cloud: 'gcp', account: project.id },
    time: now,
    window: { from: daysAgo(1), to: now },
    regions: [],
    readings,
  };
}

/** The same without some facts: the cloud refused them. */
export function blind(observation: Observation, ...names: (keyof GcpFacts)[]): Observation {
  const why = quoted('permission was denied to the auditor');
  const unread = names.map((name) => [name, { state: 'unread', gaps: [{ location: null, why }] }] as const);
  return {
    ...observation,
    readings: { ...observation.readings, ...(Object.fromEntries(unread) as Observation['readings']) },
  };
}

export function operation(changes: Partial<GkeOperation> = {}): GkeOperation {
  return {
    name: 'operation-1',
    type: 'CREATE_NODE_POOL',
    status: 'DONE',
    location: 'europe-west1',
    cluster: 'shop',
    nodePool: null,
    startTime: daysAgo(0.3),
    endTime: daysAgo(0.2),
    error: null,
    conditions: [],
    ...changes,
  };
}

/** An operation that failed with a message. */
export function failed(message: string, changes: Partial<GkeOperation> = {}): GkeOperation {
  return operation({ error: { code: 7, message }, ...changes });
}

export function activity(changes: Partial<AdminActivity> = {}): AdminActivity {
  return {
    id: 'entry-1',
    time: daysAgo(0.5),
    principal: 'bob@example.com',
    service: 'container.googleapis.com',
    method: 'google.container.v1.ClusterManager.UpdateCluster',
    resource,
    labels: { cluster_name: 'shop', location: 'europe-west1' },
    error: null,
    bindingDeltas: [],
    rotateCredentials: null,
    last: true,
    ...changes,
  };
}

/** The entry that took a role from a member. */
export function removal(removedRole: string, member: string): AdminActivity {
  return activity({
    service: 'cloudresourcemanager.googleapis.com',
    method: 'SetIamPolicy',
    resource: 'projects/shop-prod',
    labels: { project_id: project.id },
    bindingDeltas: [{ action: 'REMOVE', role: removedRole, member }],
  });
}

export function rotationStart(days: number, changes: Partial<AdminActivity> = {}): AdminActivity {
  const method = 'google.container.v1.ClusterManager.StartIPRotation';
  return activity({ id: 'entry-start', time: daysAgo(days), method, rotateCredentials: true, ...changes });
}

export function oldNodes(days: number, changes: Partial<PoolNodes> = {}): PoolNodes {
  return {
    cluster: 'shop',
    location: 'europe-west1',
    nodePool: 'pool-1',
    oldestCreatedAt: daysAgo(days),
    instances: 3,
    ...changes,
  };
}

export function refusal(changes: Partial<AccessDenial> = {}): AccessDenial {
  return {
    principal: 'ci@build-prod.iam.gserviceaccount.com',
    service: 'container.googleapis.com',
    method: 'google.container.v1.ClusterManager.GetCluster',
    permission: 'container.clusters.get',
    resource,
    cluster: 'shop',
    location: 'europe-west1',
    code: 7,
    message: `Required "container.clusters.get" permission(s) for "${resource}".`,
    events: 12,
    firstSeen: daysAgo(0.9),
    lastSeen: daysAgo(0.1),
    sampleEventIds: ['event-1'],
    callerIp: '198.51.100.7',
    userAgent: 'google-cloud-sdk',
    ...changes,
  };
}

export function attempt(changes: Partial<ConnectionAttempt> = {}): ConnectionAttempt {
  return {
    cluster: 'shop',
    location: 'europe-west1',
    endpoint: { kind: 'ip', host: '203.0.113.10' },
    principal: 'auditor@ops.iam.gserviceaccount.com',
    token: {
      state: 'valid',
      scopes: ['https://www.googleapis.com/auth/cloud-platform'],
      expiresInSeconds: 3000,
    },
    clustersGet: { status: 200, message: null },
    tls: { state: 'trusted' },
    response: { status: 200, reason: null, message: null },
    ...changes,
  };
}

type InEnglish = Omit<Problem, 'cause' | 'evidence' | 'fix'> & {
  cause: string;
  evidence: { label: string; value: string }[];
  fix: Omit<Problem['fix'], 'summary'> & { summary: string };
};

/** The problems that a rule finds, in English; for what a table does not show. */
export function problemsOf(rule: AnyRule, observation: Observation): InEnglish[] {
  return applyRule(rule, observation).problems.map(({ cause, evidence, fix, ...problem }) => ({
    ...problem,
    cause: english(cause),
    evidence: evidence.map(({ label, value }) => ({ label: english(label), value: english(value) })),
    fix: { ...fix, summary: english(fix.summary) },
  }));
}

function english(words: Words): string {
  return inLanguage(words, 'en');
}
