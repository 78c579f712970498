import type { Values } from '../../../shared/explain/error-kind.ts';
import type { FoundError } from '../../../shared/explain/scan-errors.ts';

/** What the occurrences of an error name; one that names nothing may be of anything. */
export function valuesOf({ cases }: FoundError): Values[] {
  return cases.length === 0 ? [{}] : cases.map(({ values }) => values);
}

/** What all of them name, each once; undefined where one of them names none, for then it may be any. */
export function namedByAll(
  cases: readonly Values[],
  nameOf: (values: Values) => readonly string[] | string,
): string[] | undefined {
  const named = cases.map((values) => [nameOf(values)].flat());
  return named.every((names) => names.length > 0) ? [...new Set(named.flat())] : undefined;
}
