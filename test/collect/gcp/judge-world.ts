/** Judges what the readers saw with every rule for GKE, as a report would. */
import { applyRule, type Outcome } from '../../../shared/evaluate.ts';
import type { Observation } from '../../../shared/observation.ts';
import { rules } from '../../../shared/rules/index.ts';

export const gkeRules = rules.filter(({ id }) => id.startsWith('gke/'));

export function judge(observations: ReadonlyMap<string, Observation>): (Outcome & { project: string })[] {
  return [...observations].flatMap(([project, observation]) =>
    gkeRules.map((rule) => ({ project, ...applyRule(rule, observation) })),
  );
}

/** `project rule: subject` of everything that is at fault, sorted. */
export function findingsOf(observations: ReadonlyMap<string, Observation>): string[] {
  return judge(observations)
    .flatMap(({ project, rule, problems }) =>
      problems.map(({ subject }) => `${project} ${rule}: ${subject.name}`),
    )
    .sort();
}
