/** What is told of the errors in a text: plain data, from which everything a person sees is rendered. */
import { inLanguage, type Language } from '../words.ts';
import type { ArticleRow, Meaning, ValueName, Values } from './error-kind.ts';
import type { FoundCase, FoundError, Scan, Sighting } from './scan-errors.ts';
import { fillValues, placeholdersIn, type Placeholder } from './values.ts';

/** What people read of a case. */
interface CaseTexts {
  happened: string;
  usually: string;
  /** What the text rules out. */
  excludes: string[];
  /** In the order in which to look. */
  suspects: { cause: string; decides: string }[];
  /** Words in the texts and commands that the text does not name, and how each is found. */
  placeholders: { word: string; find: string }[];
}

interface Texts extends CaseTexts {
  title: string;
}

/** What one case means, and what decides. */
export interface ToldCase extends CaseTexts {
  suspects: { cause: string; decides: string; commands: string[] }[];
}

/** A case that means something else than the first, or is decided by other commands. */
export interface OtherCase extends ToldCase {
  values: Values;
  count: number;
  translated?: CaseTexts & { language: Language };
}

/** Its own texts, suspects and placeholders are those of the first of its cases. */
export interface Explanation extends ToldCase {
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
  /**
   * What the occurrences name; `count` is how many name the same. Those that are told by themselves come first, in the
   * same order, and before others those that are most frequent.
   */
  cases: { values: Values; count: number }[];
  /** The next cases; the commands of one are never those of another. */
  otherCases: OtherCase[];
  /** How many more cases would be told with other commands, of those that were kept. */
  untoldCases: number;
  /** Whether there were more cases than were kept. */
  hasMoreCases: boolean;
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

/** How many different cases are named, and how many of them are told by themselves. */
const mostCasesNamed = 5;
const mostCasesTold = 3;

/** @param language that the texts are there in beside English */
export function explain({ lines, errors }: Scan, language: Language = 'en'): Explained {
  return { schemaVersion: 1, lines, explanations: errors.map((error) => explanationOf(error, language)) };
}

function explanationOf(error: FoundError, language: Language): Explanation {
  const { kind, count, first, last, sample } = error;
  const { told, untold, named } = tellCases(error);
  const [main = meantBy(error, { values: {}, count }), ...others] = told;
  return {
    kind: kind.id,
    row: kind.row,
    title: kind.title.en,
    cloud: kind.cloud,
    count,
    first,
    last,
    sample,
    cases: named,
    ...toldCase(main),
    otherCases: others.map((one) => ({
      values: one.values,
      count: one.count,
      ...toldCase(one),
      ...(language !== 'en' && { translated: { language, ...textsOf(one, language) } }),
    })),
    untoldCases: untold,
    hasMoreCases: error.hasMoreCases,
    rules: [...kind.rules],
    references: [...kind.references],
    ...(language !== 'en' && {
      translated: { language, title: kind.title[language], ...textsOf(main, language) },
    }),
  };
}

interface MeantCase extends FoundCase {
  meaning: Meaning;
  placeholders: Placeholder[];
}

/** The cases that are told by themselves, each with what it means alone: one that means the same as another is none. */
function tellCases(error: FoundError): { told: MeantCase[]; untold: number; named: FoundCase[] } {
  const sorted = [...error.cases].sort(tellingMost);
  const distinct = new Map<string, MeantCase>();
  for (const one of sorted) {
    const meant = meantBy(error, one);
    const key = JSON.stringify(meant.meaning);
    const saysMore = [...distinct.values()].some((other) => isWithin(one.values, other.values));
    if (!saysMore && !distinct.has(key)) distinct.set(key, meant);
  }
  const told = [...distinct.values()].slice(0, mostCasesTold);
  const first = told.map(({ values, count }) => ({ values, count }));
  const rest = sorted.filter(({ values }) => !told.some((one) => one.values === values));
  return {
    told,
    untold: distinct.size - told.length,
    named: [...first, ...rest].slice(0, mostCasesNamed),
  };
}

function meantBy({ kind }: FoundError, { values, count }: FoundCase): MeantCase {
  const meaning = kind.meaning(fillValues(values), values);
  const { happened, usually, excludes = [], suspects } = meaning;
  const commands = suspects.flatMap((suspect) => suspect.commands);
  const prose = [
    happened,
    usually,
    ...excludes,
    ...suspects.flatMap(({ cause, decides }) => [cause, decides]),
  ];
  const placeholders = placeholdersIn([...commands, ...prose.map(({ en }) => en)], values);
  return { values, count, meaning, placeholders };
}

/** Whether the values are some of the others. */
function isWithin(values: Values, others: Values): boolean {
  return Object.entries(values).every(([name, value]) => others[name as ValueName] === value);
}

function toldCase(one: MeantCase): ToldCase {
  const texts = textsOf(one, 'en');
  const { suspects } = one.meaning;
  return {
    ...texts,
    suspects: suspects.map(({ commands }, index) => ({ ...texts.suspects[index]!, commands: [...commands] })),
  };
}

function textsOf({ meaning, placeholders }: MeantCase, language: Language): CaseTexts {
  return {
    happened: meaning.happened[language],
    usually: meaning.usually[language],
    excludes: (meaning.excludes ?? []).map((one) => one[language]),
    suspects: meaning.suspects.map(({ cause, decides }) => ({
      cause: cause[language],
      decides: decides[language],
    })),
    placeholders: placeholders.map(({ word, find }) => ({ word, find: inLanguage(find, language) })),
  };
}

/** The explanation with its texts in the language, where it has them. */
export function explanationIn(explanation: Explanation, language: Language): Explanation {
  const { translated, otherCases } = explanation;
  if (translated?.language !== language) return explanation;
  return {
    ...explanation,
    title: translated.title,
    ...inTexts(explanation, translated),
    otherCases: otherCases.map((one) => ({ ...one, ...(one.translated && inTexts(one, one.translated)) })),
  };
}

/** A case with other texts, and its own commands. */
function inTexts({ suspects: own }: ToldCase, texts: CaseTexts): ToldCase {
  const { happened, usually, excludes, suspects, placeholders } = texts;
  return {
    happened,
    usually,
    excludes,
    suspects: own.map((suspect, index) => ({ ...suspect, ...suspects[index] })),
    placeholders,
  };
}

/** Those that name something, and those that are most frequent, first. */
function tellingMost(a: FoundCase, b: FoundCase): number {
  const isNamed = ({ values }: FoundCase) => Number(Object.keys(values).length > 0);
  return isNamed(b) - isNamed(a) || b.count - a.count;
}
