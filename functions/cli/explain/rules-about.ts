/** Which rules may tell the cause of an error, so that no more is read than they need. */
import type { ErrorKind } from '../../../shared/explain/error-kind.ts';
import type { FactName } from '../../../shared/observation.ts';
import type { AnyRule } from '../../../shared/rule.ts';
import { neededFacts } from '../../needed-facts.ts';

/** Those that the kinds name, and all others that judge by the same facts: they cost nothing more. */
export function rulesAbout(kinds: readonly ErrorKind[], all: readonly AnyRule[]): AnyRule[] {
  const named = new Set<string>(kinds.flatMap(({ rules }) => rules));
  const facts = new Set(neededFacts(all.filter(({ id }) => named.has(id))));
  return all.filter(({ needs }) => (Object.keys(needs) as FactName[]).every((name) => facts.has(name)));
}
