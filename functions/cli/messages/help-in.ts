/** The help's catalogue of a language. */
import type { Language } from '../../../shared/words.ts';
import { helpEn, type HelpMessages } from './help-en.ts';
import { helpJa } from './help-ja.ts';

const catalogues: Readonly<Record<Language, HelpMessages>> = { en: helpEn, ja: helpJa };

export type { HelpMessages };

export function helpMessagesIn(language: Language): HelpMessages {
  return catalogues[language];
}
