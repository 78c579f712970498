/** What a reading says in every language, for expectations. */
const japanese = /[\u3041-\u30ff\u4e00-\u9fff]/u;

/** Matches words whose English is, or holds, the text, and that are in Japanese as well. */
export function saying(english: RegExp | string): unknown {
  const isPart = typeof english === 'string';
  const en = (isPart ? expect.stringContaining(english) : expect.stringMatching(english)) as unknown;
  return expect.objectContaining({ en, ja: expect.stringMatching(japanese) as unknown });
}
