/** The command line's catalogue of a language. */
import type { Language } from '../../../shared/words.ts';
import { en, type CliMessages } from './en.ts';
import { ja } from './ja.ts';

const catalogues: Readonly<Record<Language, CliMessages>> = { en, ja };

export type { CliMessages };

export function cliMessagesIn(language: Language): CliMessages {
  return catalogues[language];
}
