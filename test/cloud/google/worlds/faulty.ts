/** A world with one of every fault, each in a project of its own and from a source that the real cloud has. */
import {
  accountChange,
  clusterChange,
  operationEnd,
  policyChange,
  refusedClusterCall,
  refusedKubernetesCall,
  serviceChange,
} from '../audit-entry.ts';
import { makeAuthority } from '../../kubernetes/certificate.ts';
import { kubernetesWorld } from '../kubernetes-world.ts';
import type { ProjectWorld } from '../project-world.ts';
import { GoogleWorld } from '../world.ts';
import { ORGANIZATION, PRODUCTION } from './healthy.ts';

const NODE_ROLE = 'roles/container.defaultNodeServiceAccount';
const AGENT_ROLE = 'roles/container.serviceAgent';
const TERRAFORM = 'terraform@ops-audit.iam.gserviceaccount.com';

export function faultyWorld(now: Date): GoogleWorld {
  const world = new GoogleWorld(now);
  world.organization('100000000001');
  world.folder('200000000001', ORGANIZATION, 'production');
  for (const scenario of scenarios) scenario(world);
  return world;
}

/** `gke/api-disabled`: turned off by hand while clusters run. */
function containerApiTurnedOff(world: GoogleWorld): void {
  const project = inProduction(world, 'billing-prod', 1);
  project.cluster('billing', 'europe-west1', { pools: [goodPool(project)] });
  project.service('container.googleapis.com', 'DISABLED');
  const change = { project, time: world.ago(3, 'hours'), principal: 'alice@example.com' };
  project.log(serviceChange(change, 'Disable', 'container.googleapis.com'));
  world.remember(project, 'billing', 'europe-west1');
}

/** `gke/service-agent-binding`: Terraform wrote a whole policy and forgot the agent. */
function agentBindingRemoved(world: GoogleWorld): void {
  const project = inProduction(world, 'orders-prod', 2);
  project.cluster('orders', 'europe-west1', { pools: [goodPool(project)] });
  const member = `serviceAccount:${project.agents.gke}`;
  project.unbind(AGENT_ROLE, member);
  const change = { project, time: world.ago(4, 'hours'), principal: TERRAFORM };
  project.log(policyChange(change, [{ action: 'REMOVE', role: AGENT_ROLE, member }]));
}

/** `gke/service-agent-binding`: granted until a day that has passed. */
function agentBindingExpired(world: GoogleWorld): void {
  const project = inProduction(world, 'returns-prod', 3);
  project.cluster('returns', 'europe-west1', { pools: [goodPool(project)] });
  const member = `serviceAccount:${project.agents.gke}`;
  project.unbind(AGENT_ROLE, member).bind(AGENT_ROLE, member, {
    title: 'for the migration',
    expression: `request.time < timestamp("${world.ago(2, 'days')}")`,
  });
}

/** `gke/google-apis-agent-binding`: neither Editor nor the managed-instance-group role. */
function apisAgentWithoutRole(world: GoogleWorld): void {
  const project = inProduction(world, 'media-prod', 4);
  project.cluster('media', 'europe-west1', { pools: [goodPool(project)] });
  const member = `serviceAccount:${project.agents.apis}`;
  const role = 'roles/compute.instanceGroupManagerServiceAgent';
  project.unbind(role, member);
  const change = { project, time: world.ago(30, 'hours'), principal: 'bob@example.com' };
  project.log(policyChange(change, [{ action: 'REMOVE', role, member }]));
}

/** `gke/default-service-account`: one disabled account breaks four pools and two Autopilot clusters. */
function defaultAccountDisabled(world: GoogleWorld): void {
  const project = inProduction(world, 'games-prod', 5);
  const { default: email } = project.agents;
  project.bind(NODE_ROLE, `serviceAccount:${email}`);
  project.cluster('arena', 'europe-west1', {
    pools: [{ name: 'web' }, { name: 'match' }, { name: 'batch' }],
  });
  project.cluster('lobby', 'us-central1-a', { pools: [{ name: 'default-pool' }] });
  project.cluster('events', 'europe-west1', { autopilot: true });
  project.cluster('events', 'us-central1', { autopilot: true });
  const account = project.account(email);
  account.disabled = true;
  const change = { project, time: world.ago(6, 'hours'), principal: 'alice@example.com' };
  project.log(accountChange(change, 'Disable', account));
}

/** `gke/node-service-account`: deleted and made again under its name; the bindings still name the old one. */
function nodeAccountRecreated(world: GoogleWorld): void {
  const project = inProduction(world, 'search-prod', 6);
  const email = project.serviceAccount('search-nodes', { roles: [NODE_ROLE] });
  project.cluster('search', 'europe-west4', { pools: [{ name: 'pool-1', serviceAccount: email }] });
  const deleted = project.deleteServiceAccount(email);
  project.serviceAccount('search-nodes');
  const change = { project, principal: TERRAFORM };
  project.log(
    accountChange({ ...change, time: world.ago(9, 'hours') }, 'Delete', deleted),
    accountChange({ ...change, time: world.ago(8, 'hours') }, 'Create', project.account(email)),
  );
}

/** `gke/node-service-account`: deleted, and can still be undeleted. */
function nodeAccountDeleted(world: GoogleWorld): void {
  const project = inProduction(world, 'reviews-prod', 7);
  const email = project.serviceAccount('reviews-nodes', { roles: [NODE_ROLE] });
  project.cluster('reviews', 'europe-west4', { autopilot: true, autoprovisioningAccount: email });
  const deleted = project.deleteServiceAccount(email);
  const change = { project, time: world.ago(2, 'hours'), principal: 'bob@example.com' };
  project.log(accountChange(change, 'Delete', deleted));
}

/** `gke/node-service-account-permissions`: it may write logs, and no metrics. */
function nodeAccountWithoutMetrics(world: GoogleWorld): void {
  const project = inProduction(world, 'ads-prod', 8);
  const email = project.serviceAccount('ads-nodes', { roles: ['roles/logging.logWriter'] });
  const spec = {
    conditions: [
      {
        code: 'NODE_SERVICE_ACCOUNT_MISSING_PERMISSIONS',
        canonicalCode: 'PERMISSION_DENIED',
        message: `Node service account ${email} is missing required permissions.`,
      },
    ],
  };
  project.cluster('ads', 'europe-west1', {
    version: '1.32.4-gke.1415000',
    pools: [{ name: 'pool-1', serviceAccount: email, spec }],
  });
}

/** `gke/node-agent-binding`: from 1.33 on this agent writes the nodes' logs. */
function nodeAgentWithoutRole(world: GoogleWorld): void {
  const project = inProduction(world, 'mail-prod', 9);
  project.cluster('mail', 'europe-west1', { version: '1.34.1-gke.1829001', pools: [goodPool(project)] });
  const member = `serviceAccount:${project.agents.node}`;
  project.unbind('roles/container.defaultNodeServiceAgent', member);
}

/** `gke/permission-missing`: nodes on a reservation, which the Google APIs agent's role does not cover here. */
function retryBudgetExhausted(world: GoogleWorld): void {
  const project = inProduction(world, 'maps-prod', 10);
  project.cluster('maps', 'europe-west1', { pools: [goodPool(project)] });
  const message =
    "Retry budget exhausted: Google Compute Engine: Required 'compute.reservations.use' permission for " +
    "'projects/maps-prod/zones/europe-west1-b/reservations/tiles' " +
    `(when acting as '${project.agents.apis}').`;
  failedOperation(project, 'maps', 'europe-west1', 'CREATE_NODE_POOL', 7, message);
}

/** `gke/node-pool-recreation`: completing a rotation was refused. */
function recreationRequired(world: GoogleWorld): void {
  const project = inProduction(world, 'bank-prod', 11);
  const nodes = goodPool(project).serviceAccount;
  project.cluster('bank', 'europe-west1', {
    pools: [
      { name: 'front', serviceAccount: nodes, nodes: ['40 days', '2 days'] },
      { name: 'ledger', serviceAccount: nodes, nodes: ['1 days'] },
    ],
  });
  startRotation(project, 'bank', 'europe-west1', 4);
  const message = 'Node pool "front" requires recreation.';
  failedOperation(project, 'bank', 'europe-west1', 'UPDATE_CLUSTER', 9, message);
}

/** `gke/node-pool-recreation`, before it happens: an exclusion keeps the old nodes beyond the rotation's week. */
function recreationWillBeRequired(world: GoogleWorld): void {
  const project = inProduction(world, 'loans-prod', 12);
  const nodes = goodPool(project).serviceAccount;
  project.cluster('loans', 'europe-west1', {
    pools: [{ name: 'pool-1', serviceAccount: nodes, nodes: ['90 days'] }],
    spec: {
      maintenancePolicy: {
        window: {
          maintenanceExclusions: {
            'year-end-freeze': {
              startTime: world.ago(10, 'days'),
              endTime: world.ago(-20, 'days'),
              maintenanceExclusionOptions: { scope: 'NO_MINOR_OR_NODE_UPGRADES' },
            },
          },
        },
      },
    },
  });
  startRotation(project, 'loans', 'europe-west1', 3);
}

/** `gke/credential-rotation-stalled`: begun long ago, nodes recreated, never completed. */
function rotationStalled(world: GoogleWorld): void {
  const project = inProduction(world, 'cards-prod', 13);
  const nodes = goodPool(project).serviceAccount;
  project.cluster('cards', 'europe-west1', {
    pools: [{ name: 'pool-1', serviceAccount: nodes, nodes: ['60 days'] }],
  });
  startRotation(project, 'cards', 'europe-west1', 16);
}

/** `gke/ca-expiring`: three weeks are left. */
function authorityExpires(world: GoogleWorld): void {
  const project = inProduction(world, 'archive-prod', 14);
  project.cluster('archive', 'europe-west1', {
    pools: [goodPool(project)],
    caExpires: world.at(-21, 'days'),
    spec: {
      conditions: [{ code: 'CA_EXPIRING', message: 'The cluster CA certificate is about to expire.' }],
    },
  });
}

/** `gke/cluster-access-denied`: a build account and a person are refused, again and again. */
function accessRefused(world: GoogleWorld): void {
  const project = inProduction(world, 'crm-prod', 15);
  project.cluster('crm', 'europe-west1', { pools: [goodPool(project)] });
  project.auditReads();
  const builder = project.serviceAccount('builder');
  const at = (minutes: number) => ({
    project,
    cluster: 'crm',
    location: 'europe-west1',
    time: world.ago(minutes, 'minutes'),
  });
  for (let call = 0; call < 12; call++)
    project.log(
      refusedClusterCall({ ...at(20 + call * 30), principal: builder, permission: 'container.clusters.get' }),
    );
  project.log(
    refusedKubernetesCall({
      ...at(15),
      principal: 'carol@example.com',
      permission: 'io.k8s.core.v1.pods.list',
      resourceName: 'core/v1/namespaces/crm/pods',
    }),
  );
}

/** `gke/cluster-access-canary`: the release account lost its role. */
function canaryLocked(world: GoogleWorld): void {
  const project = inProduction(world, 'store-prod', 16);
  project.cluster('store', 'europe-west1', { pools: [goodPool(project)] });
  const release = project.serviceAccount('release');
  world.canaries.push({
    principal: `serviceAccount:${release}`,
    cluster: 'store',
    location: 'europe-west1',
    permissions: ['container.clusters.get'],
  });
}

/** `gke/connect-unauthorized`: the certificate is of another CA, tokens are not accepted, RBAC refuses. */
function endpointsRefuse(world: GoogleWorld): void {
  const project = inProduction(world, 'portal-prod', 17);
  const pool = goodPool(project);
  const { now } = world;
  const newAuthority = makeAuthority('after the rotation', {
    notBefore: world.at(1, 'days'),
    notAfter: world.at(-900, 'days'),
  });
  const cluster = (name: string, options: Parameters<typeof kubernetesWorld>[1]) =>
    project.cluster(name, 'europe-west1', { pools: [pool], kubernetes: kubernetesWorld(now, options) });
  cluster('portal-rotated', { servedBy: newAuthority });
  cluster('portal-rejecting', { rejectsTokens: true });
  cluster('portal-forbidding', { readers: [] });
}

/** `gke/cluster-gone`: deleted, and one made again under its name. */
function clustersGone(world: GoogleWorld): void {
  const project = inProduction(world, 'labs-prod', 18);
  project.cluster('labs', 'europe-west1', { pools: [goodPool(project)] });
  world.remember(project, 'labs', 'europe-west1', { id: 'f'.repeat(64) });
  world.remember(project, 'sandbox', 'europe-west4-a');
  const change = { project, cluster: 'sandbox', location: 'europe-west4-a', time: world.ago(7, 'hours') };
  project.log(clusterChange({ ...change, principal: 'bob@example.com' }, 'DeleteCluster'));
}

/** `gke/cluster-unhealthy`: GKE itself says so. */
function clusterDegraded(world: GoogleWorld): void {
  const project = inProduction(world, 'batch-prod', 19);
  project.cluster('batch', 'europe-west1', {
    pools: [{ ...goodPool(project), spec: { status: 'RUNNING_WITH_ERROR' } }],
    spec: {
      status: 'DEGRADED',
      conditions: [
        {
          code: 'GCE_STOCKOUT',
          canonicalCode: 'RESOURCE_EXHAUSTED',
          message: 'Not enough resources in europe-west1-b.',
        },
      ],
    },
  });
}

/** `gke/shared-vpc-binding`: on the host project the agent has no role, and nobody the subnetwork's. */
function hostBindingMissing(world: GoogleWorld): void {
  const host = inProduction(world, 'host-net', 20);
  const project = inProduction(world, 'web-prod', 21);
  host.subnetwork(
    'europe-west1',
    'default',
    'roles/compute.networkUser',
    `serviceAccount:${project.agents.apis}`,
  );
  project.cluster('web', 'europe-west1', { host, pools: [goodPool(project)] });
  const message =
    'Kubernetes Engine Service Agent is missing required permissions on this project. See Troubleshooting | Kubernetes ' +
    'Engine for more info: required "container.hostServiceAgent.use" permission(s) for "projects/host-net".';
  failedOperation(project, 'web', 'europe-west1', 'CREATE_NODE_POOL', 7, message);
}

/** `gke/cmek-key`: one key is disabled, another may not be used. */
function keysUnusable(world: GoogleWorld): void {
  const keys = world.project('keys-prod', { number: numberOf(22), parent: PRODUCTION, gke: false });
  const project = inProduction(world, 'vault-prod', 23);
  const role = 'roles/cloudkms.cryptoKeyEncrypterDecrypter';
  const secrets = keys.key('europe-west1', 'gke', 'secrets', 'DISABLED');
  secrets.policy.bindings = [{ role, members: [`serviceAccount:${project.agents.gke}`] }];
  const disks = keys.key('europe-west1', 'gke', 'disks');
  project.cluster('vault', 'europe-west1', {
    databaseKey: secrets.name,
    pools: [{ ...goodPool(project), bootDiskKmsKey: disks.name }],
  });
}

/** `gke/workload-identity-binding`: annotated, and the account does not let it in; the binding has a slip of the pen. */
function workloadNotBound(world: GoogleWorld): void {
  const project = inProduction(world, 'cart-prod', 24);
  const email = project.serviceAccount('cart', { roles: ['roles/storage.objectViewer'] });
  project.account(email).policy.bindings = [
    { role: 'roles/iam.workloadIdentityUser', members: ['serviceAccount:cart-prod.svc.id.goog[shop/card]'] },
  ];
  const annotations = { 'iam.gke.io/gcp-service-account': email };
  const serviceAccounts = [{ namespace: 'shop', name: 'cart', annotations }];
  project.cluster('cart', 'europe-west1', {
    pools: [goodPool(project)],
    kubernetes: kubernetesWorld(world.now, { serviceAccounts }),
  });
}

/** `gke/workload-identity-metadata`: a pool that is older than the cluster's workload pool. */
function poolWithoutMetadataServer(world: GoogleWorld): void {
  const project = inProduction(world, 'forum-prod', 25);
  const { serviceAccount } = goodPool(project);
  project.cluster('forum', 'europe-west1', {
    pools: [
      { name: 'new', serviceAccount },
      { name: 'old', serviceAccount, metadataMode: null },
    ],
  });
}

const scenarios = [
  containerApiTurnedOff,
  agentBindingRemoved,
  agentBindingExpired,
  apisAgentWithoutRole,
  defaultAccountDisabled,
  nodeAccountRecreated,
  nodeAccountDeleted,
  nodeAccountWithoutMetrics,
  nodeAgentWithoutRole,
  retryBudgetExhausted,
  recreationRequired,
  recreationWillBeRequired,
  rotationStalled,
  authorityExpires,
  accessRefused,
  canaryLocked,
  endpointsRefuse,
  clustersGone,
  clusterDegraded,
  hostBindingMissing,
  keysUnusable,
  workloadNotBound,
  poolWithoutMetadataServer,
];

function numberOf(index: number): string {
  return String(610_000_000_000 + index);
}

function inProduction(world: GoogleWorld, id: string, index: number): ProjectWorld {
  return world.project(id, { number: numberOf(index), parent: PRODUCTION });
}

/** A pool with an account of its own that has all that it needs. */
function goodPool(project: ProjectWorld): { name: string; serviceAccount: string } {
  return { name: 'pool-1', serviceAccount: project.serviceAccount('nodes', { roles: [NODE_ROLE] }) };
}

function startRotation(project: ProjectWorld, cluster: string, location: string, daysAgo: number): void {
  const change = {
    project,
    cluster,
    location,
    time: project.world.ago(daysAgo, 'days'),
    principal: 'alice@example.com',
  };
  project.log(clusterChange(change, 'StartIPRotation', { rotateCredentials: true }));
}

function failedOperation(
  project: ProjectWorld,
  cluster: string,
  location: string,
  operationType: string,
  code: number,
  message: string,
): void {
  const time = project.world.ago(2, 'hours');
  project.operation({
    operationType,
    status: 'DONE',
    location,
    targetLink: `https://container.googleapis.com/v1/projects/${project.number}/locations/${location}/clusters/${cluster}`,
    startTime: project.world.ago(3, 'hours'),
    endTime: time,
    error: { code, message },
  });
  const change = { project, cluster, location, time, principal: 'bob@example.com' };
  project.log(
    operationEnd(
      change,
      operationType === 'UPDATE_CLUSTER' ? 'CompleteIPRotation' : 'CreateNodePool',
      code,
      message,
    ),
  );
}
