/** Every GKE rule on observations as no cloud should give them: strangers' texts, lost fields, sizes beyond reason. */
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { applyRule } from '../../../shared/evaluate.ts';
import type { GcpFacts, Observation } from '../../../shared/observation.ts';
import type { AnyRule } from '../../../shared/rule.ts';
import { inLanguage, languages } from '../../../shared/words.ts';
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
  observe,
  oldNodes,
  policy,
  pool,
  refusal,
  removal,
  resource,
  rotationStart,
} from './gke-observation.ts';

const rules: AnyRule[] = [];

beforeAll(async () => {
  const files = readdirSync(new URL('../../../shared/rules/gke/', import.meta.url)).filter((name) =>
    name.endsWith('.ts'),
  );
  for (const file of files) {
    const module = (await import(`../../../shared/rules/gke/${file}`)) as { default: AnyRule };
    rules.push(module.default);
  }
});

const gsa = 'cart@shop-prod.iam.gserviceaccount.com';
const key = 'projects/keys/locations/eu/keyRings/r/cryptoKeys/k';
const subnet = 'projects/host/regions/eu/subnetworks/s';

/** A project in which nearly every rule has something to say, so that odd values reach every branch. */
function sickFacts(): GcpFacts {
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
function disturb(value: unknown, next: () => number, name = ''): unknown {
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
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function outcomes(observation: Observation) {
  return rules.map((rule) => applyRule(rule, observation));
}

it('finds something by nearly every rule in the sick project, so that the cases below mean something', () => {
  const failing = outcomes(observe(sickFacts())).filter(({ status }) => status === 'fail');
  expect(failing.length).toBeGreaterThanOrEqual(14);
});

it('breaks no rule, whatever the values', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const facts = disturb(sickFacts(), numbersFrom(seed)) as GcpFacts;
      const broken = outcomes(observe(facts)).filter(({ status }) => status === 'broken');
      expect(broken).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

it('writes every cause on one line and every command without control characters', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const facts = disturb(sickFacts(), numbersFrom(seed)) as GcpFacts;
      for (const { cause, fix } of outcomes(observe(facts)).flatMap(({ problems }) => problems)) {
        for (const language of languages) expect(inLanguage(cause, language)).not.toMatch(/[\n\r]/);
        for (const command of fix.commands) expect(command).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
      }
    }),
    { numRuns: 200 },
  );
});

it('gives every problem of a rule an identity of its own', () => {
  for (const { rule, problems } of outcomes(observe(sickFacts()))) {
    const ids = problems.map(({ location, cluster: name, subject, workload }) =>
      JSON.stringify([location, name, subject.id, workload]),
    );
    expect([rule, new Set(ids).size]).toEqual([rule, ids.length]);
  }
});

it('judges a project of two hundred clusters and twenty thousand operations', () => {
  const many = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => make(index));
  const facts: Partial<GcpFacts> = {
    gkeClusters: many(200, (index) =>
      cluster({ name: `c${index}`, nodePools: many(5, (each) => pool({ name: `p${each}` })) }),
    ),
    operations: many(20_000, (index) =>
      failed(`Quota exceeded ${index}`, { name: `operation-${index}`, cluster: `c${index % 200}` }),
    ),
    adminActivity: many(2000, (index) =>
      rotationStart(index % 20, { labels: { cluster_name: `c${index % 200}`, location: 'europe-west1' } }),
    ),
  };
  expect(outcomes(observe(facts)).filter(({ status }) => status === 'broken')).toEqual([]);
});
