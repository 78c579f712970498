import { readdirSync, readFileSync } from 'node:fs';
import { damageInWords } from '../../shared/collect/archive/damage-words.ts';

const folder = 'shared/collect/archive/';
const japanese = /[\u3041-\u30ff\u4e00-\u9fff]/u;

/** What the engine says of files that it cannot read: its literals, with a number for each value. */
const said = readdirSync(folder)
  .filter((name) => name.endsWith('.ts') && name !== 'damage-words.ts')
  .flatMap((name) => [
    ...readFileSync(folder + name, 'utf8').matchAll(/new (?:DamagedFile|UnreadableFile)\(\s*(['`])(.*?)\1/gs),
  ])
  .map(([, , text = '']) => text.replaceAll(/\$\{[^}]*\}/g, '7'));

it.each([...new Set(said)])('says in Japanese: %s', (text) => {
  expect(damageInWords(text).ja).toMatch(japanese);
});

it('finds what is said', () => {
  expect(said).toContain('its JSON is cut off');
});

it.each([
  ['its compressed data is damaged (invalid block type)', '圧縮データが破損しています (invalid block type)'],
  ['its compressed data is cut off', '圧縮データが途中で切れています'],
  [
    'it is a link to a folder, and those are not followed',
    'フォルダーへのリンクです。リンク先はたどりません',
  ],
  ['it is a link that leads to itself', '自分自身に戻るリンクです'],
  [
    's3:GetObject was denied ($1 $& no); allow it in the policies of the caller, the bucket and its key',
    /^s3:GetObject が拒否されました \(\$1 \$& no\)/,
  ],
  ['something that nobody translated', 'something that nobody translated'],
])('keeps what a system or a cloud said of %s', (text, inJapanese) => {
  const { en, ja } = damageInWords(text);
  expect(en).toBe(text);
  expect(ja).toMatch(inJapanese);
});
