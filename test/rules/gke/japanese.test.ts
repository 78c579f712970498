/** All that the GKE rules say of projects in which much is wrong, or much could not be read, is there in Japanese. */
import type { GcpFacts, Observation, Reading } from '../../../shared/observation.ts';
import { rules } from '../../../shared/rules/index.ts';
import { startGoogleCloud } from '../../cloud/google/start-google-cloud.ts';
import type { GoogleWorld } from '../../cloud/google/world.ts';
import { gcpPermissions } from '../../../shared/collect/gcp/google-project.ts';
import { deniedWorld } from '../../cloud/google/worlds/denied.ts';
import { faultyWorld } from '../../cloud/google/worlds/faulty.ts';
import { observe as observeWorld } from '../../collect/gcp/observe-world.ts';
import { complaintsAbout as complaintsOf, descriptionComplaints } from '../japanese-complaints.ts';
import { observe } from './gke-observation.ts';
import { disturb, numbersFrom, sickFacts } from './sick-project.ts';
import { quoted } from '../../../shared/words.ts';

const gkeRules = rules.filter(({ id }) => id.startsWith('gke/'));

/** Fields and calls of Google's APIs, roles and permissions, which are called the same in every language. */
const sameLabels =
  /^(masterAuth\.clusterCaCertificate|workloadMetadataConfig\.mode|2 clusters\.get|3 TLS|4 GET \/api\/v1\/namespaces|roles\/[\w.]+|[a-z]+\.[A-Za-z]+\.[A-Za-z]+)$/;
/** Under these stands what the cloud or a stranger wrote. */
const quotedLabels =
  /^(GKE says|GKE itself reports|Called from|2 clusters\.get|4 GET \/api\/v1\/namespaces|Member|Annotation|The policy allows)$/;

const complaintsAbout = (observation: Observation) =>
  complaintsOf(gkeRules, observation, { sameLabels, quotedLabels });

it.each(gkeRules.map((rule) => [rule.id, rule] as const))('says what %s is, and why', (_, rule) => {
  expect(descriptionComplaints(rule)).toEqual([]);
});

it('says everything of a sick project', () => {
  expect(complaintsAbout(observe(sickFacts()))).toEqual([]);
});

it('says everything of a sick project whose values are out of order', () => {
  const seeds = Array.from({ length: 150 }, (_, seed) => seed);
  const found = seeds.flatMap((seed) =>
    complaintsAbout(observe(disturb(sickFacts(), numbersFrom(seed)) as GcpFacts)),
  );
  expect([...new Set(found)]).toEqual([]);
});

it('says what it does not know of a sick project of which a fact is missing, or there in part', () => {
  const whole = observe(sickFacts());
  const gap = { location: null, why: quoted('403') };
  const found = Object.entries(whole.readings).flatMap(([fact, reading]) => {
    const others: Reading<unknown>[] = [
      { state: 'unread', gaps: [gap] },
      { ...(reading as { value: unknown }), state: 'partial', gaps: [gap, gap, gap, gap] },
    ];
    return others.flatMap((other) =>
      complaintsAbout({ ...whole, readings: { ...whole.readings, [fact]: other } }),
    );
  });
  expect([...new Set(found)]).toEqual([]);
});

it.each([
  ['the faulty world', faultyWorld],
  ['a world in which nothing may be read', (now: Date) => deniedWorld(now, gcpPermissions())],
])('says everything of %s', async (_, world: (now: Date) => GoogleWorld) => {
  const cloud = await startGoogleCloud(world(new Date()));
  try {
    const observed = await observeWorld(cloud, undefined, { kubernetes: true, connect: true });
    expect(observed.size).toBeGreaterThan(0);
    expect([...observed.values()].flatMap(complaintsAbout)).toEqual([]);
  } finally {
    await cloud.close();
  }
});
