/** What is told of the errors in a text: plain data, from which everything a person sees is rendered. */
import type { ArticleRow, Suspect, Values } from './error-kind.ts';
import type { FoundError, Scan, Sighting } from './scan-errors.ts';
import { fillValues, placeholdersIn, type Placeholder } from './values.ts';

export interface Explanation {
  /** Id of the kind of error. */
  kind: string;
  row: ArticleRow | null;
  title: string;
  cloud: 'aws' | 'gcp';
  count: number;
  first: Sighting;
  last: Sighting;
  /** The text of the first. */
  sample: string;
  /** What the occurrences name, those that are most frequent first; `count` is how many name the same. */
  cases: { values: Values; count: number }[];
  happened: string;
  usually: string;
  /** What the text rules out. */
  excludes: string[];
  suspects: Suspect[];
  /** Words in the commands that the text does not name, and how each is found. */
  placeholders: Placeholder[];
  /** Rules of the audit that judge the same with proof. */
  rules: string[];
  references: string[];
}

export interface Explained {
  schemaVersion: 1;
  /** Lines that were read. */
  lines: number;
  explanations: Explanation[];
}

/** How many different cases are told, and for how many of them commands are given. */
const mostCasesTold = 5;
const mostCasesWithCommands = 3;

export function explain({ lines, errors }: Scan): Explained {
  return { schemaVersion: 1, lines, explanations: errors.map(explanationOf) };
}

function explanationOf({ kind, count, first, last, sample, cases }: FoundError): Explanation {
  const told = [...cases].sort(tellingMost).slice(0, mostCasesTold);
  const meanings = told
    .slice(0, mostCasesWithCommands)
    .map(({ values }) => kind.meaning(fillValues(values), values));
  const [main = kind.meaning(fillValues({}), {}), ...others] = meanings;
  const suspects = main.suspects.map((suspect, index) => ({
    ...suspect,
    commands: unique([
      ...suspect.commands,
      ...others.flatMap((other) => other.suspects[index]?.commands ?? []),
    ]),
  }));
  return {
    kind: kind.id,
    row: kind.row,
    title: kind.title,
    cloud: kind.cloud,
    count,
    first,
    last,
    sample,
    cases: told,
    happened: main.happened,
    usually: main.usually,
    excludes: main.excludes ?? [],
    suspects,
    placeholders: placeholdersIn(
      suspects.flatMap(({ commands }) => commands),
      told[0]?.values ?? {},
    ),
    rules: [...kind.rules],
    references: [...kind.references],
  };
}

/** Those that name something, and those that are most frequent, first. */
function tellingMost(a: Explanation['cases'][number], b: Explanation['cases'][number]): number {
  const isNamed = ({ values }: typeof a) => Number(Object.keys(values).length > 0);
  return isNamed(b) - isNamed(a) || b.count - a.count;
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
