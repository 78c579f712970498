/** What evidence is called in other languages than English, by its English label. */
import type { Language } from './words.ts';

export const evidenceLabels: Readonly<Record<Exclude<Language, 'en'>, Readonly<Record<string, string>>>> = {
  ja: {},
};
