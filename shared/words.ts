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

/** What a cloud or a stranger said: the same in every language. */
export function quoted(text: string): Localized {
  return { en: text, ja: text };
}

/** The same change in every language. */
export function mapWords(words: Words, change: (text: string) => string): Words {
  return typeof words === 'string' ? change(words) : { en: change(words.en), ja: change(words.ja) };
}

/** Words in a row, in every language. */
export function joinWords(parts: readonly Words[], separator: Words): Words {
  const joints = parts.length > 1 ? [separator] : [];
  const plain = parts.filter((part) => typeof part === 'string');
  if (plain.length === parts.length && joints.every((joint) => typeof joint === 'string'))
    return plain.join(inLanguage(separator, 'en'));
  const inOne = (language: Language) =>
    parts
      .flatMap((part, index) => [...(index > 0 ? [separator] : []), part])
      .map((part) => inLanguage(part, language));
  return { en: inOne('en').join(''), ja: inOne('ja').reduce(joinJapanese, '') };
}

/** Tag for a text in English; of parts that are in every language it takes the English. */
export const en = tagFor('en', (text, next) => text + next);

/**
 * The same in Japanese: `{ en: en`the ${name} lacks it`, ja: ja`${name} にはありません` }`. A space beside a part stands
 * there for Latin letters, and goes where the part turns out to be Japanese.
 */
export const ja = tagFor('ja', joinJapanese);

function tagFor(language: Language, join: (text: string, next: string) => string) {
  return (texts: TemplateStringsArray, ...parts: (Words | number)[]): string =>
    texts.reduce((text, next, index) =>
      join(join(text, inLanguage(wordsOf(parts[index - 1]), language)), next),
    );
}

function joinJapanese(text: string, next: string): string {
  const isSpaced = /[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}ー] ?$/u.test(text);
  if (!isSpaced || !/^ ?[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]/u.test(next)) return text + next;
  return text.replace(/ $/, '') + next.replace(/^ /, '');
}

function wordsOf(part: Words | number | undefined): Words {
  return typeof part === 'object' ? part : String(part);
}
