/** Rows G1 to G6 with `--live`: the texts of gcloud, kubectl, Terraform and the APIs lead to the causes that were planted. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../shared/report.ts';
import { startGoogleCloud, type GoogleCloud } from '../cloud/google/start-google-cloud.ts';
import { faultyWorld } from '../cloud/google/worlds/faulty.ts';
import { commandsHere, type Answer, type CommandsHere } from './live-setup.ts';

let google: GoogleCloud;
let commands: CommandsHere;
let audited: Finding[];
beforeAll(async () => {
  google = await startGoogleCloud(faultyWorld(new Date()), { largestPage: 100 });
  commands = commandsHere(google.environment());
  mkdirSync(commands.stateFolder);
  const seen = JSON.stringify(Object.fromEntries(google.world.history));
  writeFileSync(join(commands.stateFolder, 'clusters.json'), seen);
  const asked = Object.values(rows).flat();
  const found = asked.flatMap(([, , ...names]) => names.map((name) => name.split(' ')[1] ?? ''));
  // Google lets logs be read once a second: an audit of each project waits for none of the others.
  const [reports] = await Promise.all([
    Promise.all(
      [...new Set(found)].map((project) => commands.audit('--gcp', '--connect', '--project', project)),
    ),
    ...asked.map(([text, args]) => commands.explain(text, ...args)),
  ]);
  audited = reports.flatMap(({ findings }) => findings);
}, 60_000);
afterAll(async () => {
  commands.close();
  await google.close();
});

/** What is found is what the audit finds of these, as `rule project`, and as `rule project name` where there are several. */
function expectFound(answer: Answer, ...wanted: string[]): void {
  const { report, answers, notes } = answer.live;
  expect(notes).toEqual([]);
  expect(report?.findings.map((finding) => nameOf(finding, wanted)).sort()).toEqual(
    wanted.map((one) => `gke/${one}`).sort(),
  );
  const ids = audited.filter((finding) => wanted.includes(nameOf(finding, wanted).slice(4)));
  expect(answers.flatMap(({ findings }) => findings).sort()).toEqual(ids.map(({ id }) => id).sort());
  expect(new Set(answers.map(({ state }) => state))).toEqual(new Set(['found']));
}

function nameOf({ rule, account, subject }: Finding, wanted: readonly string[]): string {
  const short = `${rule} ${account}`;
  return wanted.some((one) => `gke/${one}` === short) ? short : `${short} ${subject.name}`;
}

type Case = [text: string, args: string[], ...found: string[]];

const rejected = 'connect-unauthorized portal-prod portal-rejecting';
const inPortal = ['--project', 'portal-prod'];
const cluster = 'projects/crm-prod/locations/europe-west1/clusters/crm';
const edit = 'Error 400/403: Missing edit permissions on account';

/** The texts of each row, where to look besides, and what is to be found. */
const rows: Record<string, Case[]> = {
  'G1: kubectl is not let in': [
    [
      '{\n"kind": "Status",\n"apiVersion": "v1",\n"metadata": {},\n"status": "Failure",\n"message": "Unauthorized",\n"reason": "Unauthorized",\n"code": 401\n}',
      inPortal,
      rejected,
    ],
    ['error: You must be logged in to the server (Unauthorized)', inPortal, rejected],
    [
      'Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority',
      inPortal,
      'connect-unauthorized portal-prod portal-rotated',
    ],
    [
      '{"insertId":"a1","logName":"projects/portal-prod/logs/cloudaudit.googleapis.com%2Fdata_access","resource":{"type":"k8s_cluster","labels":{"cluster_name":"portal-rejecting","location":"europe-west1","project_id":"portal-prod"}},"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"k8s.io","methodName":"io.k8s.get","authenticationInfo":{"principalEmail":"system:anonymous"},"authorizationInfo":[{"granted":false,"permission":"io.k8s.get","resource":"healthz"}],"status":{"code":7}}}',
      inPortal,
      rejected,
    ],
  ],
  'G2: a pool must be made anew': [
    [
      'ERROR: (gcloud.container.clusters.update) ResponseError: code=400, message=Node pool "front" requires recreation.',
      ['--project', 'bank-prod,loans-prod'],
      'node-pool-recreation bank-prod',
    ],
    [
      '│ Error: googleapi: Error 400: Node pool "pool-1" requires recreation., failedPrecondition',
      ['--project', 'loans-prod'],
      'node-pool-recreation loans-prod',
    ],
    [
      '{"name":"operation-1","operationType":"UPDATE_CLUSTER","status":"DONE","error":{"code":9,"message":"Node pool \\"pool-1\\" requires recreation."}}',
      ['--project', 'cards-prod'],
      'credential-rotation-stalled cards-prod',
    ],
  ],
  'G3: container.clusters.get is refused': [
    [
      `ERROR: (gcloud.container.clusters.get-credentials) ResponseError: code=403, message=Required "container.clusters.get" permission(s) for "${cluster}".`,
      [],
      'cluster-access-denied crm-prod',
    ],
    [
      `{\n  "error": {\n    "code": 403,\n    "message": "Required \\"container.clusters.get\\" permission(s) for \\"${cluster}\\".",\n    "errors": [ { "reason": "forbidden" } ],\n    "status": "PERMISSION_DENIED"\n  }\n}`,
      [],
      'cluster-access-denied crm-prod',
    ],
  ],
  'G4: an account that works for the cluster lacks a permission': [
    [
      "Error: googleapi: Error 403: Retry budget exhausted: Google Compute Engine:\nRequired permission 'compute.reservations.use' for 'projects/maps-prod/zones/europe-west1-b/reservations/tiles'.",
      [],
      'permission-missing maps-prod',
    ],
    [
      "│ Error: googleapi: Error 403: Retry budget exhausted: Google Compute Engine:\n│ Required permission 'compute.regions.get' for 'projects/orders-prod/regions/europe-west1'.",
      [],
      'service-agent-binding orders-prod',
    ],
    [
      "cannot create GKE cluster: googleapi: Error 403: Retry budget exhausted (5 attempts): Google Compute Engine: Required 'compute.regions.get' permission for 'projects/returns-prod/regions/europe-west3'., forbidden",
      [],
      'service-agent-binding returns-prod',
    ],
    [
      "[PERMISSIONS_ERROR]: Instance 'gke-media-pool-1' creation failed: Required 'compute.instances.create' permission for 'projects/media-prod/zones/europe-west1-b/instances/gke-media-pool-1' (when acting as '610000000004@cloudservices.gserviceaccount.com')",
      [],
      'google-apis-agent-binding media-prod',
    ],
    [
      "Error: googleapi: Error 403: Required 'monitoring.timeSeries.create' permission for 'projects/ads-prod'",
      [],
      'node-service-account-permissions ads-prod',
    ],
    [
      'Kubernetes Engine Service Agent is missing required permissions on this project. See Troubleshooting | Kubernetes Engine Documentation for more info: required "container.hostServiceAgent.use" permission(s) for "projects/host-net".',
      ['--project', 'web-prod'],
      'shared-vpc-binding web-prod',
    ],
  ],
  'G5: a cluster is not found': [
    [
      "ERROR: (gcloud.container.clusters.get-credentials) ResponseError: code=404, message=Not found: projects/labs-prod/locations/europe-west4-a/clusters/sandbox.\nNo cluster named 'sandbox' in labs-prod.",
      [],
      'cluster-gone labs-prod sandbox',
    ],
    [
      '│ Error: error creating NodePool: googleapi: Error 404: Not found: projects/labs-prod/zones/europe-west4-a/clusters/sandbox., notFound',
      [],
      'cluster-gone labs-prod sandbox',
    ],
  ],
  'G6: accounts, agents and APIs': [
    [edit, ['--project', 'orders-prod'], 'service-agent-binding orders-prod'],
    [edit, ['--project', 'returns-prod'], 'service-agent-binding returns-prod'],
    [edit, ['--project', 'media-prod'], 'google-apis-agent-binding media-prod'],
    [edit, ['--project', 'games-prod'], 'default-service-account games-prod'],
    [edit, ['--project', 'mail-prod'], 'node-agent-binding mail-prod'],
    [edit, ['--project', 'billing-prod'], 'api-disabled billing-prod'],
    [
      'エラー 400/403: アカウントに編集権限がない',
      ['--project', 'orders-prod'],
      'service-agent-binding orders-prod',
    ],
    [
      'googleapi: Error 403: Kubernetes Engine API has not been used in project 610000000001 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/container.googleapis.com/overview?project=610000000001 then retry., accessNotConfigured',
      [],
      'api-disabled billing-prod',
    ],
    [
      '{"error":{"code":403,"message":"Permission denied.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED","domain":"googleapis.com","metadata":{"service":"container.googleapis.com","consumer":"projects/610000000001"}}]}}',
      [],
      'api-disabled billing-prod',
    ],
    [
      'Error: googleapi: Error 404: Generic::not_found: Not found; Gaia id not found for email 610000000005-compute@developer.gserviceaccount.com., notFound',
      [],
      'default-service-account games-prod',
    ],
    [
      'ERROR: (gcloud.container.clusters.create) ResponseError: code=400, message=Service account "reviews-nodes@reviews-prod.iam.gserviceaccount.com" does not exist.',
      [],
      'node-service-account reviews-prod',
    ],
    [
      'ERROR: (gcloud.container.node-pools.create) ResponseError: code=400, message=Service account "search-nodes@search-prod.iam.gserviceaccount.com" was not found.',
      [],
      'node-service-account search-prod',
    ],
  ],
};

describe.each(Object.entries(rows))('%s', (_, cases) => {
  it.each(cases)('%s %j', async (text, args, ...found) => {
    expectFound(await commands.explain(text, ...args), ...found);
  });
});

it('an entry of the audit log names who was refused', async () => {
  const entry = google.world.projects.get('crm-prod')?.logEntries[0];
  expectFound(await commands.explain(JSON.stringify(entry)), 'cluster-access-denied crm-prod');
});
