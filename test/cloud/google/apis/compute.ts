/** Compute Engine v1: what is used of it. */
import { GoogleError, notFound, permissionDenied, serviceDisabled } from '../google-error.ts';
import { page, type PageSizes } from '../page.ts';
import { policyAnswer, setPolicy } from '../policy-answer.ts';
import type { Instance, ProjectWorld } from '../project-world.ts';
import { route, type Call, type Route } from '../route.ts';
import type { GoogleWorld, Policy } from '../world.ts';

export function computeRoutes(world: GoogleWorld, sizes: PageSizes): Route[] {
  const base = '/compute/v1/projects/{project}';
  const subnetwork = `${base}/regions/{region}/subnetworks/{subnetwork}`;
  return [
    route(`GET ${base}/aggregated/instances?filter&maxResults&pageToken&returnPartialSuccess`, (call) =>
      aggregatedInstances(world, call, sizes),
    ),
    route(`GET ${subnetwork}/getIamPolicy?optionsRequestedPolicyVersion`, (call) =>
      policyAnswer(subnetworkFor(world, call, 'compute.subnetworks.getIamPolicy'), withVersion(call)),
    ),
    route(`POST ${subnetwork}/setIamPolicy`, (call) =>
      setPolicy(world, subnetworkFor(world, call, 'compute.subnetworks.setIamPolicy'), call),
    ),
  ];
}

/** Compute takes the policy version as `optionsRequestedPolicyVersion`. */
function withVersion(call: Call): Call {
  const requestedPolicyVersion = Number(call.query.get('optionsRequestedPolicyVersion') ?? 1);
  return { ...call, body: { options: { requestedPolicyVersion } } };
}

function projectFor(
  world: GoogleWorld,
  { params, demand }: Call,
  permission: string,
  path: string,
): ProjectWorld {
  const id = params.project ?? '';
  const project = world.findProject(id);
  const message = `Required '${permission}' permission for '${path}'`;
  demand(permission, path, { project: project?.id ?? id, message });
  if (!project) throw permissionDenied(permission, path, message);
  if (project.services.get('compute.googleapis.com') !== 'ENABLED')
    throw serviceDisabled('compute.googleapis.com', 'Compute Engine API', project.number);
  return project;
}

function subnetworkFor(world: GoogleWorld, call: Call, permission: string): { policy: Policy } {
  const { project: id, region, subnetwork } = call.params;
  const path = `projects/${id}/regions/${region}/subnetworks/${subnetwork}`;
  const { subnetworks } = projectFor(world, call, permission, path);
  const key = `regions/${region}/subnetworks/${subnetwork}`;
  const found = subnetworks.get(key);
  if (!found) throw notFound(`The resource '${path}' was not found`);
  return found;
}

/** `aggregatedList`: instances by zone, with a warning for each zone that has none or could not be reached. */
function aggregatedInstances(world: GoogleWorld, call: Call, sizes: PageSizes): object {
  const { query } = call;
  const project = projectFor(world, call, 'compute.instances.list', `projects/${call.params.project}`);
  const pattern = nameFilter(query.get('filter'));
  const matching = project.instances.filter(
    ({ name, zone }) => pattern.test(name) && !project.unreachableZones.includes(zone),
  );
  const { items, nextPageToken } = page(matching, query.get('pageToken'), query.get('maxResults'), sizes);
  const zones = new Map<string, Instance[]>();
  for (const each of items)
    zones.set(`zones/${each.zone}`, [...(zones.get(`zones/${each.zone}`) ?? []), each]);
  const unreachable = project.unreachableZones.map((zone) => `projects/${project.id}/zones/${zone}`);
  if (unreachable.length > 0 && query.get('returnPartialSuccess') !== 'true')
    throw new GoogleError(503, `Unable to list instances: ${unreachable.join(', ')} could not be reached.`);
  return {
    kind: 'compute#instanceAggregatedList',
    items: {
      'zones/europe-north1-a': {
        warning: {
          code: 'NO_RESULTS_ON_PAGE',
          message: "There are no results for scope 'zones/europe-north1-a' on this page.",
        },
      },
      ...Object.fromEntries(
        [...zones].map(([zone, list]) => [zone, { instances: list.map(instanceAnswer) }]),
      ),
    },
    ...(unreachable.length > 0 ? { unreachables: unreachable } : {}),
    ...(nextPageToken ? { nextPageToken } : {}),
  };
}

/** Knows the one form `name eq <regular expression>`, which Compute matches against the whole name. */
function nameFilter(filter: string | null): RegExp {
  if (!filter) return /./;
  const pattern = /^name eq "?([^"]+)"?$/.exec(filter)?.[1];
  if (!pattern)
    throw new GoogleError(400, `Invalid value for field 'filter': '${filter}'.`, { legacyReason: 'invalid' });
  return new RegExp(`^(?:${pattern})$`);
}

function instanceAnswer({ name, zone, creationTimestamp, labels, createdBy }: Instance): object {
  return {
    kind: 'compute#instance',
    name,
    zone: `https://www.googleapis.com/compute/v1/projects/-/zones/${zone}`,
    creationTimestamp,
    labels,
    metadata: { items: [{ key: 'created-by', value: createdBy }] },
    status: 'RUNNING',
  };
}
