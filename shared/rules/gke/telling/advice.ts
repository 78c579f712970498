import type { Fix } from '../../../rule.ts';
import { en, ja, mapWords, type Words } from '../../../words.ts';

/** What a person must decide, or what could not be proven: it prints no command. */
export function advice(text: Words): Fix {
  const plain = mapWords(text, (each) => each.replace(/^(Advice: |助言: )/, ''));
  return { summary: { en: en`Advice: ${plain}`, ja: ja`助言: ${plain}` }, commands: [], verified: false };
}
