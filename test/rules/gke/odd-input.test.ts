/** Every GKE rule on observations as no cloud should give them: strangers' texts, lost fields, sizes beyond reason. */
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { applyRule } from '../../../shared/evaluate.ts';
import type { GcpFacts, Observation } from '../../../shared/observation.ts';
import type { AnyRule } from '../../../shared/rule.ts';
import { inLanguage, languages } from '../../../shared/words.ts';
import { cluster, failed, observe, pool, rotationStart } from './gke-observation.ts';
import { disturb, numbersFrom, sickFacts } from './sick-project.ts';

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
