/** Starts a simulated Google Cloud: one HTTP server for each API, as each has a host of its own. */
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Access, type Fault } from './access.ts';
import { serveApi } from './api-server.ts';
import { cloudAssetRoutes } from './apis/cloud-asset.ts';
import { computeRoutes } from './apis/compute.ts';
import { containerRoutes } from './apis/container.ts';
import { iamCredentialsRoutes, oauthRoutes, tokenServiceRoutes } from './apis/credentials.ts';
import { iamRoutes } from './apis/iam.ts';
import { kmsRoutes } from './apis/kms.ts';
import { loggingRoutes } from './apis/logging.ts';
import { metadataRoutes } from './apis/metadata.ts';
import { resourceManagerRoutes } from './apis/resource-manager.ts';
import { serviceUsageRoutes } from './apis/service-usage.ts';
import { storageRoutes } from './apis/storage.ts';
import { makeAuthority } from '../kubernetes/certificate.ts';
import { serveKubernetes } from './kubernetes-server.ts';
import type { Route } from './route.ts';
import { AUDITOR_TOKEN, type GoogleWorld } from './world.ts';

export interface GoogleCloudOptions {
  /** The largest page of every list; 2 unless said, so that every reader has to page. */
  largestPage?: number;
  /** Whether entries.list begins with an empty page. */
  emptyFirstLogPage?: boolean;
}

/** A running simulated Google Cloud. */
export interface GoogleCloud {
  world: GoogleWorld;
  /** Base URLs with a slash at the end, by API: `CONTAINER`, `IAM`, `METADATA`, `OAUTH2` … */
  endpoints: Record<string, string>;
  /** PEM of the authority behind DNS endpoints of clusters. */
  publicCa: string;
  /** What was asked for and what arrived. */
  access: Access;
  /** Makes the next requests that match fail. */
  fail(fault: Fault): void;
  /**
   * The environment that points gcloud and the auditor here: endpoint overrides, metadata server, and a file with
   * this token; without a token, credentials come from the metadata server.
   */
  environment(token?: string | null): Record<string, string>;
  close(): Promise<void>;
}

export async function startGoogleCloud(
  world: GoogleWorld,
  options: GoogleCloudOptions = {},
): Promise<GoogleCloud> {
  const access = new Access(world);
  const publicAuthority = makeAuthority('Simulated public authority', {
    notBefore: world.at(365, 'days'),
    notAfter: world.at(-3650, 'days'),
  });
  const endpoints: Record<string, string> = {};
  const servers: (HttpServer | HttpsServer)[] = [];
  for (const [api, routes] of Object.entries(apis(world, access, options))) {
    const { url, server } = await serveApi(api, routes, access);
    endpoints[api] = url;
    servers.push(server);
  }
  for (const project of world.projects.values())
    for (const cluster of project.clusters)
      servers.push(...(await serveKubernetes(project, cluster, access, publicAuthority)));
  const folder = mkdtempSync(join(tmpdir(), 'google-cloud-'));
  return {
    world,
    endpoints,
    publicCa: publicAuthority.certificate,
    access,
    fail: (fault) => access.fail(fault),
    environment: (token = AUDITOR_TOKEN) => environment(endpoints, folder, token),
    close: async () => {
      rmSync(folder, { recursive: true, force: true });
      await Promise.all(servers.map(closeServer));
    },
  };
}

function apis(world: GoogleWorld, access: Access, options: GoogleCloudOptions): Record<string, Route[]> {
  const sizes = { largest: options.largestPage ?? 2 };
  return {
    CONTAINER: containerRoutes(world),
    CLOUDRESOURCEMANAGER: resourceManagerRoutes(world, sizes, (...asked) => access.may(...asked)),
    IAM: iamRoutes(world, sizes),
    SERVICEUSAGE: serviceUsageRoutes(world, sizes),
    LOGGING: loggingRoutes(world, { ...sizes, emptyFirst: options.emptyFirstLogPage ?? false }),
    COMPUTE: computeRoutes(world, sizes),
    CLOUDASSET: cloudAssetRoutes(world, sizes),
    CLOUDKMS: kmsRoutes(world),
    IAMCREDENTIALS: iamCredentialsRoutes(world),
    OAUTH2: oauthRoutes(world),
    STORAGE: storageRoutes(world),
    STS: tokenServiceRoutes(world),
    METADATA: metadataRoutes(world),
  };
}

/** Those that are no API of gcloud's. */
const notOverridden = new Set(['METADATA', 'STS']);

function environment(
  endpoints: Record<string, string>,
  folder: string,
  token: string | null,
): Record<string, string> {
  const overrides = Object.entries(endpoints)
    .filter(([api]) => !notOverridden.has(api))
    .map(([api, url]) => [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`, url]);
  const metadata = new URL(endpoints.METADATA ?? '').host;
  const result = {
    ...(Object.fromEntries(overrides) as Record<string, string>),
    GCE_METADATA_HOST: metadata,
  };
  if (token === null) return result;
  const file = join(folder, token.replaceAll(/[^\w.-]/g, '_'));
  writeFileSync(file, token, { mode: 0o600 });
  return { ...result, CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: file };
}

async function closeServer(server: HttpServer | HttpsServer): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
