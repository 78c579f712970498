/** Texts for people in the languages that reports are written in. */

export const languages = ['en', 'ja'] as const;
export type Language = (typeof languages)[number];

/** A text in every language. */
export type Localized = Readonly<Record<Language, string>>;

/** A plain string reads the same in every language: a name, an ARN, what a cloud itself said. */
export type Words = string | Localized;

export function inLanguage(words: Words, language: Language): string {
  return typeof words === 'string' ? words : words[language];
}

/** The same change in every language. */
export function mapWords(words: Words, change: (text: string) => string): Words {
  return typeof words === 'string' ? change(words) : { en: change(words.en), ja: change(words.ja) };
}

/** Words in a row, in every language. */
export function joinWords(parts: readonly Words[], separator: Words): Words {
  if ([...parts, separator].every((part) => typeof part === 'string')) return parts.join(separator as string);
  const inOne = (language: Language) =>
    parts.map((part) => inLanguage(part, language)).join(inLanguage(separator, language));
  return { en: inOne('en'), ja: inOne('ja') };
}
