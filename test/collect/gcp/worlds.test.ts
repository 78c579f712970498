import { gcpPermissions } from '../../../shared/collect/gcp/google-project.ts';
import { inLanguage } from '../../../shared/words.ts';
import { startGoogleCloud } from '../../cloud/google/start-google-cloud.ts';
import type { GoogleWorld } from '../../cloud/google/world.ts';
import { deniedWorld } from '../../cloud/google/worlds/denied.ts';
import { faultyWorld } from '../../cloud/google/worlds/faulty.ts';
import { healthyWorld } from '../../cloud/google/worlds/healthy.ts';
import { hasRecordings, recordedWorld, recordings } from '../../cloud/google/worlds/recorded.ts';
import { findingsOf, gkeRules, judge } from './judge-world.ts';
import { observe } from './observe-world.ts';

const now = new Date();

async function observed(world: GoogleWorld, options: Parameters<typeof observe>[2] = {}) {
  const cloud = await startGoogleCloud(world);
  try {
    return await observe(cloud, undefined, options);
  } finally {
    await cloud.close();
  }
}

const everything = { kubernetes: true, connect: true };

/** Every fault of the faulty world, and nothing else. */
const faults = [
  'ads-prod gke/node-service-account-permissions: ads-nodes@ads-prod.iam.gserviceaccount.com',
  'archive-prod gke/ca-expiring: archive',
  'bank-prod gke/node-pool-recreation: bank',
  'batch-prod gke/cluster-unhealthy: batch',
  'billing-prod gke/api-disabled: container.googleapis.com',
  'cards-prod gke/credential-rotation-stalled: cards',
  'cart-prod gke/workload-identity-binding: cart@cart-prod.iam.gserviceaccount.com',
  'crm-prod gke/cluster-access-denied: builder@crm-prod.iam.gserviceaccount.com',
  'forum-prod gke/workload-identity-metadata: old',
  'games-prod gke/default-service-account: 610000000005-compute@developer.gserviceaccount.com',
  'labs-prod gke/cluster-gone: labs',
  'labs-prod gke/cluster-gone: sandbox',
  'loans-prod gke/node-pool-recreation: loans',
  'mail-prod gke/node-agent-binding: service-610000000009@gcp-sa-gkenode.iam.gserviceaccount.com',
  'maps-prod gke/permission-missing: 610000000010@cloudservices.gserviceaccount.com',
  'media-prod gke/google-apis-agent-binding: 610000000004@cloudservices.gserviceaccount.com',
  'orders-prod gke/service-agent-binding: service-610000000002@container-engine-robot.iam.gserviceaccount.com',
  'portal-prod gke/connect-unauthorized: portal-forbidding',
  'portal-prod gke/connect-unauthorized: portal-rejecting',
  'portal-prod gke/connect-unauthorized: portal-rotated',
  'returns-prod gke/service-agent-binding: service-610000000003@container-engine-robot.iam.gserviceaccount.com',
  'reviews-prod gke/node-service-account: reviews-nodes@reviews-prod.iam.gserviceaccount.com',
  'search-prod gke/node-service-account: search-nodes@search-prod.iam.gserviceaccount.com',
  'store-prod gke/cluster-access-canary: serviceAccount:release@store-prod.iam.gserviceaccount.com',
  'vault-prod gke/cmek-key: disks',
  'vault-prod gke/cmek-key: secrets',
  'web-prod gke/shared-vpc-binding: service-610000000021@container-engine-robot.iam.gserviceaccount.com',
];

it('finds every fault of the faulty world, each with its subject, and nothing else', async () => {
  expect(findingsOf(await observed(faultyWorld(now), everything))).toEqual(faults);
});

it('has a fault for every rule', () => {
  const told = new Set(faults.map((fault) => fault.split(/[ :]/)[1]));

  expect(gkeRules.map(({ id }) => id).filter((id) => !told.has(id))).toEqual([]);
});

it('finds nothing in the healthy world', async () => {
  const outcomes = judge(await observed(healthyWorld(now), everything));

  expect(outcomes.filter(({ status }) => status === 'fail' || status === 'broken')).toEqual([]);
});

it('knows all of the healthy world but the refusals that no log holds', async () => {
  const outcomes = judge(await observed(healthyWorld(now), everything));
  const unknown = outcomes.filter(({ status }) => status === 'unknown');

  expect([...new Set(unknown.map(({ rule }) => rule))]).toEqual(['gke/cluster-access-denied']);
  expect(unknown.map(({ project }) => project)).not.toContain('shop-prod');
});

it('accuses and acquits nobody where nothing may be read, and says what is missing', async () => {
  const outcomes = judge(await observed(deniedWorld(now, gcpPermissions()), everything));
  const isClosed = ({ project }: { project: string }) => project === 'web-prod';

  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['unknown']));
  for (const { why } of outcomes.filter(isClosed))
    expect(inLanguage(why ?? '', 'en')).toContain('a VPC Service Controls perimeter refused it');
  for (const { why } of outcomes.filter((outcome) => !isClosed(outcome)))
    expect(inLanguage(why ?? '', 'en')).toMatch(/[a-z]+(\.[A-Za-z]+){2} was denied to the auditor/);
});

(hasRecordings ? it : it.skip)(`judges the recorded project of ${recordings} rightly`, async () => {
  const observations = await observed(recordedWorld(now));
  const broken = judge(observations).filter(({ status }) => status === 'broken');

  expect(broken).toEqual([]);
  expect(findingsOf(observations)).toEqual([
    'gcpdiag-gke1-aaaa gke/node-service-account-permissions: gke3sa@gcpdiag-gke1-aaaa.iam.gserviceaccount.com',
  ]);
});
