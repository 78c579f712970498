/** A real project as its APIs answered once, read from files of recorded answers. */
import { existsSync, readFileSync } from 'node:fs';
import type { cloudresourcemanager_v3 } from '@googleapis/cloudresourcemanager';
import type { container_v1 } from '@googleapis/container';
import type { iam_v1 } from '@googleapis/iam';
import type { serviceusage_v1 } from '@googleapis/serviceusage';
import { emptyPolicy, GoogleWorld } from '../world.ts';

/** Where the recordings lie beside a checkout; they are not part of it. */
export const recordings = '../shared/data/gke';

export const hasRecordings = existsSync(recordings);

function read<T>(name: string): T {
  return JSON.parse(readFileSync(`${recordings}/${name}.json`, 'utf8')) as T;
}

export function recordedWorld(now: Date): GoogleWorld {
  const world = new GoogleWorld(now);
  const recorded = read<cloudresourcemanager_v3.Schema$Project>('project');
  const parent = recorded.parent ?? '';
  world.folder(parent.replace('folders/', ''), world.organization('1'), 'recorded');
  const number = recorded.name?.replace('projects/', '') ?? '';
  const project = world.project(recorded.projectId ?? '', { number, parent, gke: false });
  project.policy = { ...emptyPolicy(), ...read<cloudresourcemanager_v3.Schema$Policy>('iam-policy') };
  for (const { name, state } of read<serviceusage_v1.Schema$ListServicesResponse>('services').services ?? [])
    project.service(name?.split('/').at(-1) ?? '', state === 'ENABLED' ? 'ENABLED' : 'DISABLED');
  for (const account of read<iam_v1.Schema$ListServiceAccountsResponse>('iam-service-accounts').accounts ??
    [])
    project.serviceAccounts.push({
      email: account.email ?? '',
      uniqueId: account.uniqueId ?? '',
      displayName: account.displayName ?? '',
      disabled: account.disabled ?? false,
      deleted: false,
      policy: emptyPolicy(),
    });
  for (const spec of read<container_v1.Schema$ListClustersResponse>('container-clusters').clusters ?? [])
    project.clusters.push({ spec, kubernetes: null });
  for (const role of read<iam_v1.Schema$ListRolesResponse>('roles-subset').roles ?? [])
    world.roles.set(role.name ?? '', role);
  return world;
}
