import type { FactName } from '../shared/observation.ts';
import type { AnyRule } from '../shared/rule.ts';

/** The facts that the rules judge by, each once. */
export function neededFacts(rules: readonly AnyRule[]): FactName[] {
  return [...new Set(rules.flatMap(({ needs }) => Object.keys(needs) as FactName[]))];
}
