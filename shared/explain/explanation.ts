/** What is told of the errors in a text: plain data, from which everything a person sees is rendered. */
import { inLanguage, type Language } from '../words.ts';
import type { ArticleRow, FilledValues, Meaning, Suspect, Values } from './error-kind.ts';
import { anyOf } from './match-kinds.ts';
import type { FoundError, Scan, Sighting } from './scan-errors.ts';
import { fillValues, placeholdersIn, type Placeholder } from './values.ts';

/** What people read of an explanation. */
interface Texts {
  title: string;
  happened: string;
  usually: string;
  /** What the text rules out. */
  excludes: string[];
  /** In the order in which to look. */
  suspects: { cause: string; decides: string }[];
  /** Words in the commands that the text does not name, and how each is found. */
  placeholders: { word: string; find: string }[];
}

export interface Explanation extends Texts {
  /** Id of the kind of error. */
  kind: string;
  row: ArticleRow | null;
  cloud: 'aws' | 'gcp';
  count: number;
  first: Sighting;
  last: Sighting;
  /** The text of the first. */
  sample: string;
  /** What the occurrences name, those that are most frequent first; `count` is how many name the same. */
  cases: { values: Values; count: number }[];
  suspects: { cause: string; decides: string; commands: string[] }[];
  /** Rules of the audit that judge the same with proof. */
  rules: string[];
  references: string[];
  /** Its texts in another language than English, where the explanation was asked for in one. */
  translated?: Texts & { language: Language };
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

/** @param language that the texts are there in beside English */
export function explain({ lines, errors }: Scan, language: Language = 'en'): Explained {
  return { schemaVersion: 1, lines, explanations: errors.map((error) => explanationOf(error, language)) };
}

function explanationOf(error: FoundError, language: Language): Explanation {
  const { kind, count, first, last, sample, cases } = error;
  const told = [...cases].sort(tellingMost).slice(0, mostCasesTold);
  const meaning = meaningOf(error, told);
  const commands = meaning.suspects.map((suspect) => suspect.commands);
  const placeholders = placeholdersIn(commands.flat(), told[0]?.values ?? {});
  const texts = textsIn(error, meaning, placeholders);
  const english = texts('en');
  return {
    kind: kind.id,
    row: kind.row,
    title: english.title,
    cloud: kind.cloud,
    count,
    first,
    last,
    sample,
    cases: told,
    happened: english.happened,
    usually: english.usually,
    excludes: english.excludes,
    suspects: english.suspects.map((suspect, index) => ({ ...suspect, commands: commands[index] ?? [] })),
    placeholders: english.placeholders,
    rules: [...kind.rules],
    references: [...kind.references],
    ...(language !== 'en' && { translated: { language, ...texts(language) } }),
  };
}

/** What the case that is told first means; the next ones add their commands, and what is suspected of them alone. */
function meaningOf({ kind }: FoundError, told: Explanation['cases']): Meaning {
  const meant = ({ values }: { values: Values }) => kind.meaning(fillValues(values), values);
  const cases = told.slice(0, mostCasesWithCommands);
  const suspects = new Map<string, Suspect>();
  for (const one of cases)
    for (const suspect of meant(one).suspects) {
      const key = withoutValues(suspect.cause.en, fillValues(one.values));
      const { commands, ...same } = suspects.get(key) ?? { ...suspect, commands: [] };
      suspects.set(key, { ...same, commands: unique([...commands, ...suspect.commands]) });
    }
  const main = meant(cases[0] ?? { values: {} });
  return cases.length > 1 ? { ...main, suspects: [...suspects.values()] } : main;
}

/** A text that is the same for every case: the names of values in their places. */
function withoutValues(text: string, filled: FilledValues): string {
  const names = new Map(Object.entries(filled).map(([name, value]) => [value, `<${name}>`]));
  const values = [...names.keys()].filter(({ length }) => length > 2).sort((a, b) => b.length - a.length);
  return text.replaceAll(anyOf(values), (value) => names.get(value) ?? value);
}

function textsIn({ kind }: FoundError, meaning: Meaning, placeholders: readonly Placeholder[]) {
  return (language: Language): Texts => ({
    title: kind.title[language],
    happened: meaning.happened[language],
    usually: meaning.usually[language],
    excludes: (meaning.excludes ?? []).map((one) => one[language]),
    suspects: meaning.suspects.map(({ cause, decides }) => ({
      cause: cause[language],
      decides: decides[language],
    })),
    placeholders: placeholders.map(({ word, find }) => ({ word, find: inLanguage(find, language) })),
  });
}

/** The explanation with its texts in the language, where it has them. */
export function explanationIn(explanation: Explanation, language: Language): Explanation {
  const { translated } = explanation;
  if (translated?.language !== language) return explanation;
  const { title, happened, usually, excludes, placeholders } = translated;
  const suspects = explanation.suspects.map((suspect, index) => ({
    ...suspect,
    ...translated.suspects[index],
  }));
  return { ...explanation, title, happened, usually, excludes, suspects, placeholders };
}

/** Those that name something, and those that are most frequent, first. */
function tellingMost(a: Explanation['cases'][number], b: Explanation['cases'][number]): number {
  const isNamed = ({ values }: typeof a) => Number(Object.keys(values).length > 0);
  return isNamed(b) - isNamed(a) || b.count - a.count;
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
