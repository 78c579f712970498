/** Kubernetes Engine v1: clusters, node pools and operations. */
import type { container_v1 } from '@googleapis/container';
import { clusterChange } from '../audit-entry.ts';
import { invalid, notFound, permissionDenied, serviceDisabled } from '../google-error.ts';
import type { Instance, ProjectWorld } from '../project-world.ts';
import { route, type Call, type Route } from '../route.ts';
import type { GoogleWorld } from '../world.ts';

type Cluster = container_v1.Schema$Cluster;

export function containerRoutes(world: GoogleWorld): Route[] {
  const base = '/v1/projects/{project}/locations/{location}';
  const at = (call: Call, permission: string) => clusterFor(world, call, permission);
  return [
    route(`GET ${base}/clusters`, (call) => listClusters(world, call)),
    route(`GET ${base}/operations`, (call) => listOperations(world, call)),
    route(`GET ${base}/operations/{operation}`, (call) => getOperation(world, call)),
    route(`GET ${base}/serverConfig`, (call) => serverConfig(world, call)),
    route(`GET ${base}/clusters/{cluster}`, (call) => at(call, 'container.clusters.get').cluster),
    route(`PUT ${base}/clusters/{cluster}`, (call) => updateCluster(world, call)),
    route(`POST ${base}/clusters/{cluster}:startIpRotation`, (call) => startRotation(world, call)),
    route(`POST ${base}/clusters/{cluster}:completeIpRotation`, (call) => completeRotation(world, call)),
    route(`GET ${base}/clusters/{cluster}/nodePools/{pool}`, (call) =>
      poolOf(at(call, 'container.clusters.get').cluster, call),
    ),
    route(`PUT ${base}/clusters/{cluster}/nodePools/{pool}`, (call) => updatePool(world, call)),
  ];
}

function projectFor(
  world: GoogleWorld,
  { params, demand }: Call,
  permission: string,
  path: string,
): ProjectWorld {
  const id = params.project ?? '';
  const project = world.findProject(id);
  const message = `Required "${permission}" permission(s) for "${path}".`;
  demand(permission, path, { project: project?.id ?? id, message });
  if (!project) throw permissionDenied(permission, path, message);
  if (project.services.get('container.googleapis.com') !== 'ENABLED')
    throw serviceDisabled('container.googleapis.com', 'Kubernetes Engine API', project.number);
  return project;
}

function locationMatches(wanted: string | undefined, location: string | null | undefined): boolean {
  return wanted === '-' || wanted === location;
}

function listClusters(world: GoogleWorld, call: Call): object {
  const project = projectFor(world, call, 'container.clusters.list', `projects/${call.params.project}`);
  const reachable = project.clusters
    .map(({ spec }) => spec)
    .filter(({ location }) => locationMatches(call.params.location, location))
    .filter(({ location }) => !project.missingZones.includes(location ?? ''));
  return {
    ...(reachable.length > 0 ? { clusters: reachable } : {}),
    ...(project.missingZones.length > 0 ? { missingZones: project.missingZones } : {}),
  };
}

function listOperations(world: GoogleWorld, call: Call): object {
  const project = projectFor(world, call, 'container.operations.list', `projects/${call.params.project}`);
  const operations = project.operations.filter(
    ({ location }) =>
      locationMatches(call.params.location, location) && !project.missingZones.includes(location ?? ''),
  );
  return {
    ...(operations.length > 0 ? { operations } : {}),
    ...(project.missingZones.length > 0 ? { missingZones: project.missingZones } : {}),
  };
}

function getOperation(world: GoogleWorld, call: Call): object {
  const { project: id, location, operation } = call.params;
  const project = projectFor(world, call, 'container.operations.get', `projects/${id}`);
  const found = project.operations.find(({ name }) => name === operation);
  if (!found) throw notFound(`Not found: projects/${id}/locations/${location}/operations/${operation}.`);
  return found;
}

function serverConfig(world: GoogleWorld, call: Call): object {
  const project = projectFor(world, call, 'container.clusters.get', `projects/${call.params.project}`);
  const versions = [...new Set(project.clusters.map(({ spec }) => spec.currentMasterVersion ?? ''))];
  return { defaultClusterVersion: versions[0], validMasterVersions: versions, validNodeVersions: versions };
}

interface Found {
  project: ProjectWorld;
  cluster: Cluster;
}

function clusterFor(world: GoogleWorld, call: Call, permission: string): Found {
  const { project: id = '', location, cluster: name } = call.params;
  const path = `projects/${id}/locations/${location}/clusters/${name}`;
  const project = projectFor(world, call, permission, path);
  const found = project.clusters.find(({ spec }) => spec.name === name && spec.location === location);
  if (!found) throw notFound(`Not found: ${path}.`);
  return { project, cluster: found.spec };
}

function poolOf(cluster: Cluster, { params }: Call): container_v1.Schema$NodePool {
  const pool = cluster.nodePools?.find(({ name }) => name === params.pool);
  if (!pool) throw notFound(`Not found: ${cluster.selfLink}/nodePools/${params.pool}.`);
  return pool;
}

/** Records a finished operation, as all here are at once. */
function finish({ project, cluster }: Found, operationType: string, targetLink = cluster.selfLink): object {
  const time = project.world.now.toISOString();
  project.operation({
    operationType,
    status: 'DONE',
    location: cluster.location ?? '',
    targetLink: targetLink ?? '',
    startTime: time,
    endTime: time,
  });
  const operation = project.operations.at(-1) ?? {};
  const root = `projects/${project.number}/locations/${cluster.location}`;
  operation.selfLink = `https://container.googleapis.com/v1/${root}/operations/${operation.name}`;
  return operation;
}

/** `gcloud container clusters upgrade` and `update`. */
function updateCluster(world: GoogleWorld, call: Call): object {
  const found = clusterFor(world, call, 'container.clusters.update');
  const update = (call.body.update ?? {}) as container_v1.Schema$ClusterUpdate;
  const poolName = update.desiredNodePoolId;
  const { cluster } = found;
  if (update.desiredNodeVersion) {
    for (const pool of cluster.nodePools ?? [])
      if (!poolName || pool.name === poolName) recreateNodes(found, pool, update.desiredNodeVersion);
  }
  if (update.desiredMasterVersion) cluster.currentMasterVersion = update.desiredMasterVersion;
  if (update.desiredWorkloadIdentityConfig)
    cluster.workloadIdentityConfig = update.desiredWorkloadIdentityConfig;
  return finish(found, update.desiredNodeVersion ? 'UPGRADE_NODES' : 'UPDATE_CLUSTER');
}

/** Nodes are made anew on every upgrade, also to the version that they have; `-` is the control plane's. */
function recreateNodes(found: Found, pool: container_v1.Schema$NodePool, version: string): void {
  const { project, cluster } = found;
  pool.version = version === '-' ? (cluster.currentMasterVersion ?? null) : version;
  for (const node of nodesOf(found))
    if (node.labels['goog-k8s-node-pool-name'] === pool.name)
      node.creationTimestamp = project.world.now.toISOString();
}

function updatePool(world: GoogleWorld, call: Call): object {
  const found = clusterFor(world, call, 'container.clusters.update');
  const pool = poolOf(found.cluster, call);
  const { workloadMetadataConfig, nodeVersion } = call.body as container_v1.Schema$UpdateNodePoolRequest;
  if (workloadMetadataConfig) pool.config = { ...pool.config, workloadMetadataConfig };
  recreateNodes(found, pool, nodeVersion ?? pool.version ?? '-');
  return finish(found, nodeVersion ? 'UPGRADE_NODES' : 'UPDATE_NODE_POOL', pool.selfLink);
}

/** The certificate stays the old one until the rotation is completed. */
function startRotation(world: GoogleWorld, call: Call): object {
  const found = clusterFor(world, call, 'container.clusters.update');
  logRotation(found, call, 'StartIPRotation');
  return finish(found, 'UPDATE_CLUSTER');
}

/** Refused while any node is older than the rotation. */
function completeRotation(world: GoogleWorld, call: Call): object {
  const found = clusterFor(world, call, 'container.clusters.update');
  const started = rotationStart(found);
  const old = nodesOf(found).find(({ creationTimestamp }) => Date.parse(creationTimestamp) < started);
  if (old) throw invalid(`Node pool "${old.labels['goog-k8s-node-pool-name']}" requires recreation.`);
  logRotation(found, call, 'CompleteIPRotation');
  return finish(found, 'UPDATE_CLUSTER');
}

function logRotation({ project, cluster }: Found, { body, caller }: Call, method: string): void {
  const { name, location } = cluster;
  const by = { project, cluster: name ?? '', location: location ?? '', principal: caller?.email ?? '' };
  project.log(clusterChange({ ...by, time: project.world.now.toISOString() }, method, body));
}

/** When the last rotation began, as the log tells; milliseconds since the epoch, or before all time. */
function rotationStart({ project, cluster }: Found): number {
  const starts = project.logEntries.filter(
    ({ protoPayload, resource }) =>
      String(protoPayload?.methodName).endsWith('StartIPRotation') &&
      resource?.labels?.cluster_name === cluster.name &&
      resource?.labels?.location === cluster.location,
  );
  return Math.max(-Infinity, ...starts.map(({ timestamp }) => Date.parse(timestamp ?? '')));
}

function nodesOf({ project, cluster }: Found): Instance[] {
  return project.instances.filter(
    ({ labels }) =>
      labels['goog-k8s-cluster-name'] === cluster.name &&
      labels['goog-k8s-cluster-location'] === cluster.location,
  );
}
