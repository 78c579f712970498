/** Runs the readers against a simulated Google Cloud, as the function and the command line do. */
import { makeGoogleClients } from '../../../functions/google-auth.ts';
import { googleApi, type GoogleApi, type GoogleApiOptions } from '../../../shared/collect/gcp/google-api.ts';
import { collectGcp, type CollectGcpOptions } from '../../../shared/collect/gcp/google-project.ts';
import { startGcpRun } from '../../../shared/collect/gcp/run.ts';
import { readGoogleSettings } from '../../../shared/google-settings.ts';
import type { Observation } from '../../../shared/observation.ts';
import type { GoogleCloud } from '../../cloud/google/start-google-cloud.ts';

/** Paces that no test waits for. */
export const hurried: GoogleApiOptions = {
  requestsPerSecond: 10_000,
  logRequestsPerSecond: 10_000,
  retryDelayMs: 1,
};

export async function apiOf(cloud: GoogleCloud, options: GoogleApiOptions = {}): Promise<GoogleApi> {
  const clients = await makeGoogleClients(readGoogleSettings(cloud.environment()));
  return googleApi(clients, { ...hurried, ...options });
}

/** The window of a day that ends at the world's now. */
export function windowOf({ world }: GoogleCloud): { from: Date; to: Date } {
  return { from: world.at(24, 'hours'), to: world.now };
}

/** Observes projects in one run; all of the world's where none is named. */
export async function observe(
  cloud: GoogleCloud,
  projects: readonly string[] = [...cloud.world.projects.keys()],
  options: Partial<CollectGcpOptions> = {},
): Promise<Map<string, Observation>> {
  const { world } = cloud;
  const run = startGcpRun({ api: await apiOf(cloud), projects, window: windowOf(cloud) });
  const observations = new Map<string, Observation>();
  for (const project of projects) {
    const canaries = world.canaries.filter(({ principal }) => principal.includes(`@${project}.`));
    const seen = world.history.get(project) ?? [];
    const kubernetesAccess = { publicCa: cloud.publicCa, timeoutMs: 5_000 };
    const observation = await collectGcp({
      run,
      project,
      now: world.now,
      history: { state: 'whole', value: seen },
      canaries,
      kubernetesAccess,
      ...options,
    });
    observations.set(project, observation);
  }
  return observations;
}

/** Observes one project. */
export async function observeOne(
  cloud: GoogleCloud,
  project: string,
  options: Partial<CollectGcpOptions> = {},
): Promise<Observation> {
  const observation = (await observe(cloud, [project], options)).get(project);
  if (!observation) throw new Error(`Cannot observe ${project}: the run gave nothing for it`);
  return observation;
}
