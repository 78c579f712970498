/** A project in which nearly every rule has something to say, and ways to make it odder. */
import type { GcpFacts } from '../../../shared/observation.ts';
import {
  account,
  activity,
  agents,
  attempt,
  authority,
  autopilot,
  bind,
  bindUntil,
  cluster,
  daysAgo,
  failed,
  healthyFacts,
  nodes,
  oldNodes,
  policy,
  pool,
  refusal,
  removal,
  resource,
  rotationStart,
} from './gke-observation.ts';

const gsa = 'cart@shop-prod.iam.gserviceaccount.com';
const key = 'projects/keys/locations/eu/keyRings/r/cryptoKeys/k';
const subnet = 'projects/host/regions/eu/subnetworks/s';

/** So that odd values reach every branch. */
export function sickFacts(): GcpFacts {
  return {
    ...healthyFacts(),
    gkeClusters: [
      cluster({
        status: 'DEGRADED',
        caCertificate: authority(100, 5),
        conditions: [{ code: 'GKE_SERVICE_ACCOUNT_DELETED', canonicalCode: null, message: 'gone' }],
        databaseEncryption: {
          state: 'ENCRYPTED',
          currentState: 'CURRENT_STATE_ENCRYPTION_ERROR',
          keyName: key,
          errors: [{ keyName: key, message: 'no', time: daysAgo(1) }],
        },
        subnetwork: subnet,
        maintenanceExclusions: [
          { name: 'freeze', startTime: daysAgo(9), endTime: daysAgo(-30), scope: 'NO_UPGRADES' },
        ],
        nodePools: [
          pool({
            version: '1.30.0-gke.1',
            status: 'ERROR',
            statusMessage: 'Node pool "pool-1" requires recreation.',
            workloadMetadataMode: null,
          }),
          pool({
            name: 'second',
            serviceAccount: 'default',
            bootDiskKmsKey: key,
            bootstrapCertExpireTime: daysAgo(-3),
          }),
        ],
      }),
      autopilot({ masterVersion: '1.34.0-gke.1', nodeVersion: '1.34.0-gke.1' }),
    ],
    operations: [
      failed(
        `Required 'compute.images.useReadOnly' permission for 'projects/shop-prod' (when acting as '${agents.apisAgent}')`,
      ),
      failed('Node pool "pool-1" requires recreation.', { type: 'UPDATE_CLUSTER' }),
      failed(`Gaia id not found for email ${agents.defaultAccount}`),
    ],
    iamPolicy: policy({
      without: ['roles/container.serviceAgent', 'roles/compute.instanceGroupManagerServiceAgent'],
      also: [
        bindUntil(daysAgo(3), 'roles/container.serviceAgent', account(agents.gkeAgent)),
        bind('roles/logging.logWriter', `deleted:${account(nodes)}?uid=7`),
        bind('roles/iam.workloadIdentityUser', 'serviceAccount:shop-prod.svc.id.goog[shop/cart]'),
        bind(
          'roles/storage.objectViewer',
          'principal://iam.googleapis.com/projects/x/locations/global/workloadIdentityPools/1.svc.id.goog/subject/ns/a/sa/b',
        ),
      ],
    }),
    gcpServiceAccounts: {
      [nodes]: { state: 'exists', value: { uniqueId: '1', disabled: true } },
      [agents.defaultAccount]: { state: 'missing' },
      [gsa]: { state: 'exists', value: { uniqueId: '2', disabled: false } },
    },
    serviceAccountPolicies: {
      [gsa]: {
        state: 'exists',
        value: {
          bindings: [
            bind('roles/iam.workloadIdentityUser', 'serviceAccount:shop-prod.svc.id.goog[shop/card]'),
          ],
          auditConfigs: [],
        },
      },
    },
    adminActivity: [
      removal('roles/container.serviceAgent', account(agents.gkeAgent)),
      rotationStart(9),
      activity({ error: { code: 7, message: `The user does not have access to service account "${gsa}"` } }),
      activity({
        method: 'google.iam.admin.v1.DeleteServiceAccount',
        labels: { email_id: agents.defaultAccount, unique_id: '9' },
      }),
    ],
    accessDenials: { denials: [refusal()], events: 1, unparsed: 0 },
    poolNodes: [oldNodes(40)],
    hostProjects: {
      host: {
        services: null,
        policies: [{ resource: 'projects/host', state: 'read', policy: policy() }],
        subnetworks: { [subnet]: { state: 'exists', value: policy() } },
      },
    },
    kmsKeys: {
      [key]: {
        primary: { state: 'exists', value: { state: 'DISABLED', version: '1' } },
        policies: [{ resource: key, state: 'read', policy: policy() }],
      },
    },
    gkeServiceAccounts: {
      [resource]: [
        { namespace: 'shop', name: 'cart', annotations: { 'iam.gke.io/gcp-service-account': gsa } },
        { namespace: 'shop', name: 'pay', annotations: { 'iam.gke.io/gcp-service-acount': gsa } },
      ],
    },
    clusterHistory: [
      { name: 'gone', location: 'eu', id: '1', endpoint: '1.1.1.1', caSha256: 'x', lastSeen: daysAgo(2) },
      ...healthyFacts().clusterHistory,
    ],
    canaries: [
      {
        principal: 'user:carol@example.com',
        cluster: 'shop',
        location: null,
        permissions: ['container.clusters.connect'],
      },
    ],
    connections: [attempt({ response: { status: 401, reason: 'Unauthorized', message: 'Unauthorized' } })],
  };
}

const hostile = [
  '',
  ' ',
  'not a date',
  '9999-99-99T99:99:99Z',
  "'; rm -rf / #",
  '$(reboot)`reboot`',
  '=HYPERLINK("http://x")',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  '🙂'.repeat(50),
  'x'.repeat(5000),
];
/** Only free text spans lines and holds control characters: the clouds refuse names like that. */
const hostileText = [...hostile, '\u001b[31m\u202e\u0000\n\r\t', 'a\nb'];
const freeText = /^(message|statusMessage|why|userAgent|title|expression|iam\.gke\.io\/.*)$/;

/** Replaces some of the strings in a value by hostile ones, turns some flags and empties some lists. */
export function disturb(value: unknown, next: () => number, name = ''): unknown {
  const texts = freeText.test(name) ? hostileText : hostile;
  if (typeof value === 'string') return next() < 0.15 ? texts[Math.floor(next() * texts.length)] : value;
  if (typeof value === 'boolean') return next() < 0.2 ? !value : value;
  if (Array.isArray(value))
    return next() < 0.1 ? [] : value.map((item: unknown) => disturb(item, next, name));
  if (typeof value !== 'object' || value === null) return value;
  // A state tells which form its object has, and is ours, not the cloud's.
  const entries = Object.entries(value as Record<string, unknown>).map(([key, item]): [string, unknown] => [
    key,
    key === 'state' ? item : disturb(item, next, key),
  ]);
  return Object.fromEntries(entries);
}

/** A small generator of numbers from 0 to 1, so that a failing seed can be tried again. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
