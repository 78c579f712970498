/** What is said in one language only, among all that rules say of an observation. */
import { applyRule } from '../../shared/evaluate.ts';
import { evidenceLabels } from '../../shared/evidence-labels.ts';
import type { Observation } from '../../shared/observation.ts';
import type { AnyRule, Evidence } from '../../shared/rule.ts';
import { inLanguage, type Localized, type Words } from '../../shared/words.ts';

export interface Exceptions {
  /** Labels that read the same in every language: fields and calls of APIs. */
  sameLabels: RegExp;
  /** Under these stands what the cloud or a stranger wrote. */
  quotedLabels: RegExp;
}

const japanese = /[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]/u;
/** Three small words in a row, which no name has. */
const prose = /(?<![\w.\/-])[a-z]{2,} [a-z]{2,} [a-z]{2,}(?![\w.\/-])/;

/** Names, numbers and ids of a text. */
const values = /[\w@%+=*-]*[\w*]*[:/.@_\d][\w:/.@%+=*-]*[\w*]/g;

/** Values that the Japanese lacks: it says something else than the English. */
export function lostValues({ en, ja }: Localized): string[] {
  return [...en.matchAll(values)].map(([value]) => value).filter((value) => !ja.includes(value));
}

/** Complaints about a rule's title and why. */
export function descriptionComplaints({ title, why }: AnyRule): string[] {
  return [...complaints(title, ''), ...complaints(why, '')];
}

/** Every complaint about every outcome, by rule. */
export function complaintsAbout(
  rules: readonly AnyRule[],
  observation: Observation,
  exceptions: Exceptions,
): string[] {
  const cloud = JSON.stringify(observation);
  return rules.flatMap((rule) => {
    const { why, problems } = applyRule(rule, observation);
    const sentences = [
      ...(why === null ? [] : [why]),
      ...problems.flatMap(({ cause, fix }) => [cause, fix.summary]),
    ];
    const evidence = problems.flatMap((problem) => problem.evidence);
    return [
      ...sentences.flatMap((words) => complaints(words, cloud)),
      ...evidence.flatMap((item) => evidenceComplaints(item, cloud, exceptions)),
    ].map((complaint) => `${rule.id}: ${complaint}`);
  });
}

/** What is wrong with the words of a sentence; nothing where both languages are there. */
function complaints(words: Words, cloud: string): string[] {
  if (typeof words === 'string') return [`in one language: ${words}`];
  // Commands within a sentence are no prose, and neither is what an SDK says.
  const ours = words.ja.replace(/gcloud .*/s, '').replace(/\((aws|kubectl) [a-z -]+\)|"[^"]*"/g, '');
  const english = prose.exec(ours)?.[0];
  return [
    ...(japanese.test(words.ja) ? [] : [`no Japanese: ${words.ja}`]),
    ...(english === undefined || cloud.includes(english) ? [] : [`English "${english}" in: ${words.ja}`]),
  ];
}

function evidenceComplaints({ label, value }: Evidence, cloud: string, exceptions: Exceptions): string[] {
  return [
    ...labelComplaints(label, exceptions),
    ...valueComplaints(inLanguage(label, 'en'), value, cloud, exceptions),
  ];
}

function labelComplaints(label: Words, { sameLabels }: Exceptions): string[] {
  if (typeof label !== 'string') return japanese.test(label.ja) ? [] : [`no Japanese: ${label.ja}`];
  if (sameLabels.test(label)) return [];
  return japanese.test(evidenceLabels.ja[label] ?? '') ? [] : [`no Japanese label: ${label}`];
}

/** Values are names as a rule, which read the same; what has words of ours in it does not. */
function valueComplaints(label: string, value: Words, cloud: string, { quotedLabels }: Exceptions): string[] {
  if (typeof value !== 'string') return complaints(value, cloud);
  const words = quotedLabels.test(label) ? undefined : /(?<![\w."/-])[a-z]{2,} [a-z"]{2,}/.exec(value)?.[0];
  return words === undefined || cloud.includes(words) ? [] : [`"${label}" in one language: ${value}`];
}
