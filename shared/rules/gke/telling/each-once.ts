import { inLanguage, type Words } from '../../../words.ts';

/** Without repetitions, in the order given. */
export function eachOnce(words: readonly Words[]): Words[] {
  return [...new Map(words.map((each) => [inLanguage(each, 'en'), each])).values()];
}
