import { en, ja, joinWords, type Words } from '../../../words.ts';

/** `a, b, c and 4 more`: at most `most` names, in the order given. */
export function listNames(names: readonly Words[], most = 6): Words {
  const isPlain = names.every((name) => typeof name === 'string');
  const shown = joinWords(names.slice(0, most), isPlain ? ', ' : { en: ', ', ja: '、' });
  const more = names.length - most;
  return more > 0 ? { en: en`${shown} and ${more} more`, ja: ja`${shown} ほか ${more} 件` } : shown;
}
