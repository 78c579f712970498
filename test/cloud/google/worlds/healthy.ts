/** A world in which everything is in order, in all the ways in which it may be. */
import { policyChange } from '../audit-entry.ts';
import { kubernetesWorld } from '../kubernetes-world.ts';
import { GoogleWorld } from '../world.ts';

/** Ids of the healthy world's organization and folders. */
export const ORGANIZATION = 'organizations/100000000001';
export const PRODUCTION = 'folders/200000000001';

export function healthyWorld(now: Date): GoogleWorld {
  const world = new GoogleWorld(now);
  world.organization('100000000001');
  world.folder('200000000001', ORGANIZATION, 'production');
  shopWithItsOwnNodeAccount(world);
  olderProjectWithEditors(world);
  nodesWhoseRoleIsInherited(world);
  sharedNetworkAndForeignKey(world);
  projectWithoutGke(world);
  return world;
}

/** The way Google advises now; two clusters share a name in two locations. */
function shopWithItsOwnNodeAccount(world: GoogleWorld): void {
  const shop = world.project('shop-prod', { number: '510000000001', parent: PRODUCTION });
  const nodes = shop.serviceAccount('shop-nodes', { roles: ['roles/container.defaultNodeServiceAccount'] });
  const cart = shop.serviceAccount('cart', { roles: ['roles/storage.objectViewer'] });
  shop.account(cart).policy.bindings = [
    { role: 'roles/iam.workloadIdentityUser', members: ['serviceAccount:shop-prod.svc.id.goog[shop/cart]'] },
  ];
  const kubernetes = kubernetesWorld(world.now, {
    serviceAccounts: [
      { namespace: 'shop', name: 'cart', annotations: { 'iam.gke.io/gcp-service-account': cart } },
      { namespace: 'shop', name: 'default' },
    ],
    dnsEndpoint: true,
  });
  shop.cluster('shop', 'europe-west1', {
    pools: [{ name: 'default-pool', serviceAccount: nodes, nodes: ['12 days', '3 days'] }],
    kubernetes,
  });
  shop.cluster('shop', 'us-central1', { autopilot: true, autoprovisioningAccount: nodes });
  shop.auditReads();
  const ci = shop.serviceAccount('ci', { roles: ['roles/container.developer'] });
  world.canaries.push({
    principal: `serviceAccount:${ci}`,
    cluster: 'shop',
    location: 'europe-west1',
    permissions: ['container.clusters.get', 'container.clusters.connect'],
  });
  const change = {
    project: shop,
    time: world.ago(5, 'hours'),
    principal: 'terraform@ops-audit.iam.gserviceaccount.com',
  };
  shop.log(
    policyChange(change, [
      { action: 'ADD', role: 'roles/storage.objectViewer', member: `serviceAccount:${cart}` },
    ]),
  );
}

/** A project of 2021: Editor for the default account and the Google APIs agent, an expiring grant far ahead. */
function olderProjectWithEditors(world: GoogleWorld): void {
  const legacy = world.project('legacy-prod', { number: '510000000002', parent: ORGANIZATION });
  const { apis, default: standard } = legacy.agents;
  legacy.unbind('roles/compute.instanceGroupManagerServiceAgent', `serviceAccount:${apis}`);
  legacy.bind('roles/editor', `serviceAccount:${apis}`);
  legacy.bind('roles/editor', `serviceAccount:${standard}`);
  legacy.bind('roles/viewer', 'user:contractor@example.com', {
    title: 'until next year',
    expression: `request.time < timestamp("${world.ago(-300, 'days')}")`,
  });
  legacy.cluster('legacy', 'europe-west1-b', {
    version: '1.31.9-gke.1044000',
    pools: [{ name: 'default-pool' }, { name: 'batch', metadataMode: 'GKE_METADATA', nodes: [] }],
  });
}

/** The node role is granted once, on the folder. */
function nodesWhoseRoleIsInherited(world: GoogleWorld): void {
  const search = world.project('search-prod', { number: '510000000003', parent: PRODUCTION });
  const nodes = search.serviceAccount('search-nodes');
  world.bind(PRODUCTION, 'roles/container.defaultNodeServiceAccount', `serviceAccount:${nodes}`);
  search.cluster('search', 'europe-west4', {
    version: '1.32.4-gke.1415000',
    pools: [{ name: 'pool-1', serviceAccount: nodes }],
  });
}

/** A service project on a Shared VPC, with its secrets and disks encrypted by keys of a third project. */
function sharedNetworkAndForeignKey(world: GoogleWorld): void {
  const host = world.project('host-net', { number: '510000000004', parent: PRODUCTION });
  const keys = world.project('keys-prod', { number: '510000000005', parent: PRODUCTION, gke: false });
  const web = world.project('web-prod', { number: '510000000006', parent: PRODUCTION });
  const agents = [`serviceAccount:${web.agents.gke}`, `serviceAccount:${web.agents.apis}`];
  host.bind('roles/container.hostServiceAgentUser', `serviceAccount:${web.agents.gke}`);
  host.subnetwork('europe-west1', 'default', 'roles/compute.networkUser', ...agents);
  const key = keys.key('europe-west1', 'gke', 'web');
  const users = [`serviceAccount:${web.agents.gke}`, `serviceAccount:${web.agents.compute}`];
  key.policy.bindings = [{ role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter', members: users }];
  const nodes = web.serviceAccount('web-nodes', { roles: ['roles/container.defaultNodeServiceAccount'] });
  web.cluster('web', 'europe-west1', {
    host,
    databaseKey: key.name,
    pools: [{ name: 'pool-1', serviceAccount: nodes, bootDiskKmsKey: key.name }],
  });
}

function projectWithoutGke(world: GoogleWorld): void {
  world.project('quiet-data', { number: '510000000007', parent: PRODUCTION, gke: false });
}
