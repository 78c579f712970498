/** The catalogue of a language. */
import type { Language } from '../../words.ts';
import { en, type Messages, type Whole } from './en.ts';
import { ja } from './ja.ts';

const catalogues: Readonly<Record<Language, Messages>> = { en, ja };

export type { Messages, Whole };

export function messagesIn(language: Language): Messages {
  return catalogues[language];
}
