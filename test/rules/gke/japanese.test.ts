/** All that the GKE rules say of projects in which much is wrong, or much could not be read, is there in Japanese. */
import { applyRule } from '../../../shared/evaluate.ts';
import { evidenceLabels } from '../../../shared/evidence-labels.ts';
import type { GcpFacts, Observation, Reading } from '../../../shared/observation.ts';
import type { Evidence } from '../../../shared/rule.ts';
import { rules } from '../../../shared/rules/index.ts';
import { inLanguage, type Words } from '../../../shared/words.ts';
import { startGoogleCloud } from '../../cloud/google/start-google-cloud.ts';
import type { GoogleWorld } from '../../cloud/google/world.ts';
import { gcpPermissions } from '../../../shared/collect/gcp/google-project.ts';
import { deniedWorld } from '../../cloud/google/worlds/denied.ts';
import { faultyWorld } from '../../cloud/google/worlds/faulty.ts';
import { observe as observeWorld } from '../../collect/gcp/observe-world.ts';
import { observe } from './gke-observation.ts';
import { disturb, numbersFrom, sickFacts } from './sick-project.ts';

const gkeRules = rules.filter(({ id }) => id.startsWith('gke/'));

/** Fields and calls of Google's APIs, roles and permissions, which are called the same in every language. */
const sameLabels =
  /^(masterAuth\.clusterCaCertificate|workloadMetadataConfig\.mode|2 clusters\.get|3 TLS|4 GET \/api\/v1\/namespaces|roles\/[\w.]+|[a-z]+\.[A-Za-z]+\.[A-Za-z]+)$/;
/** Under these stands what the cloud or a stranger wrote. */
const quotedLabels =
  /^(GKE says|GKE itself reports|Called from|2 clusters\.get|4 GET \/api\/v1\/namespaces|Member|Annotation|The policy allows)$/;

const japanese = /[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]/u;
/** Three small words in a row, which no name has. */
const prose = /(?<![\w.\/-])[a-z]{2,} [a-z]{2,} [a-z]{2,}(?![\w.\/-])/;

/** What is wrong with the words of a sentence; nothing where both languages are there. */
function complaints(words: Words, cloud: string): string[] {
  if (typeof words === 'string') return [`in one language: ${words}`];
  const ours = words.ja.replace(/gcloud .*/s, '');
  const english = prose.exec(ours)?.[0];
  return [
    ...(japanese.test(words.ja) ? [] : [`no Japanese: ${words.ja}`]),
    ...(english === undefined || cloud.includes(english) ? [] : [`English "${english}" in: ${words.ja}`]),
  ];
}

function evidenceComplaints({ label, value }: Evidence, cloud: string): string[] {
  return [...labelComplaints(label), ...valueComplaints(inLanguage(label, 'en'), value, cloud)];
}

function labelComplaints(label: Words): string[] {
  if (typeof label !== 'string') return japanese.test(label.ja) ? [] : [`no Japanese: ${label.ja}`];
  if (sameLabels.test(label)) return [];
  return japanese.test(evidenceLabels.ja[label] ?? '') ? [] : [`no Japanese label: ${label}`];
}

/** Values are names as a rule, which read the same; what has words of ours in it does not. */
function valueComplaints(label: string, value: Words, cloud: string): string[] {
  if (typeof value !== 'string') return complaints(value, cloud);
  const words = quotedLabels.test(label) ? undefined : /(?<![\w."/-])[a-z]{2,} [a-z"]{2,}/.exec(value)?.[0];
  return words === undefined || cloud.includes(words) ? [] : [`"${label}" in one language: ${value}`];
}

/** Every complaint about every outcome, by rule. */
function complaintsAbout(observation: Observation): string[] {
  const cloud = JSON.stringify(observation);
  return gkeRules.flatMap((rule) => {
    const { why, problems } = applyRule(rule, observation);
    const sentences = [
      ...(why === null ? [] : [why]),
      ...problems.flatMap(({ cause, fix }) => [cause, fix.summary]),
    ];
    return [
      ...sentences.flatMap((words) => complaints(words, cloud)),
      ...problems.flatMap(({ evidence }) => evidence.flatMap((item) => evidenceComplaints(item, cloud))),
    ].map((complaint) => `${rule.id}: ${complaint}`);
  });
}

it.each(gkeRules.map((rule) => [rule.id, rule] as const))('says what %s is, and why', (_, { title, why }) => {
  expect([...complaints(title, ''), ...complaints(why, '')]).toEqual([]);
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
  const gap = { location: null, why: '403' };
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
