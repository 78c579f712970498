/** What is told of an error is there in Japanese, and says the same as in English. */
import stringWidth from 'string-width';
import { valueNames, type ErrorKind, type Values } from '../../shared/explain/error-kind.ts';
import { explain, type Explanation } from '../../shared/explain/explanation.ts';
import { knownErrors } from '../../shared/explain/known-errors.ts';
import { fillValues } from '../../shared/explain/values.ts';
import { renderExplanations } from '../../shared/render/explanation-text.ts';
import type { Localized } from '../../shared/words.ts';
import { lostValues } from '../rules/japanese-complaints.ts';
import { scanText } from './scan.ts';

const kinds = knownErrors.map((kind) => [kind.id, kind] as const);
const examples = knownErrors.flatMap((kind) =>
  kind.examples.map(({ from, text }, index) => [`${kind.id} ${index + 1}, ${from}`, scanText(text)] as const),
);

/** Options, what is quoted, and names in capitals or with one inside. */
const names = /(?<![\w-])--[a-z][a-z-]+|`[^`]+`|"[^"]+"|\b[a-z]+[A-Z]\w*|\b[A-Z]\w*[A-Z]\w*/g;
const japanese = '[\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Han}ー]';
/** Three small words in a row that are neither quoted nor part of a command. */
const prose = /(?<![\w.\/-])[a-z]{2,} [a-z]{2,} [a-z]{2,}(?![\w.\/-])/;

function complaints({ en, ja }: Localized): string[] {
  const ours = ja.replaceAll(/"[^"]*"|`[^`]*`|\([a-z ]+\)/g, '');
  const named = [...en.matchAll(names)].map(([name]) => name.replace(/(?<=[A-Z])s$/, ''));
  const lost = named.filter((name) => !ja.includes(name));
  const all = [
    ...(new RegExp(japanese, 'u').test(ja) ? [] : ['has no Japanese']),
    ...(new RegExp(japanese, 'u').test(en) ? ['has Japanese in English'] : []),
    ...(prose.test(ours) ? ['has English'] : []),
    ...(new RegExp(`${japanese}[A-Za-z0-9]|[A-Za-z0-9]${japanese}`, 'u').test(ja) ? ['lacks a space'] : []),
    ...(new RegExp(`${japanese} ${japanese}| {2}|[、。] |^ | $`, 'u').test(ja) ? ['has a space'] : []),
    ...[...lostValues({ en, ja }), ...lost].map((name) => `lacks ${name}`),
  ];
  return all.map((complaint) => `${complaint}: ${ja} <- ${en}`);
}

/** Titles end without a full stop, sentences with one. */
function textComplaints({ titles, sentences }: Record<'titles' | 'sentences', Localized[]>): string[] {
  return [
    ...[...titles, ...sentences].flatMap(complaints),
    ...titles.filter(({ ja }) => ja.endsWith('。')).map(({ ja }) => `ends as a sentence: ${ja}`),
    ...sentences.filter(({ ja }) => !ja.endsWith('。')).map(({ ja }) => `ends as a title: ${ja}`),
  ];
}

function kindComplaints(kind: ErrorKind, values: Values): string[] {
  const { happened, usually, excludes = [], suspects } = kind.meaning(fillValues(values), values);
  return textComplaints({
    titles: [kind.title, ...suspects.map(({ cause }) => cause)],
    sentences: [happened, usually, ...excludes, ...suspects.map(({ decides }) => decides)],
  });
}

const allValues: Values = {
  ...Object.fromEntries(valueNames.map((name) => [name, `the-${name.toLowerCase()}.example`])),
  roleArn: 'arn:aws:iam::111122223333:role/cart',
  action: 's3:PutObject',
  resource: 'arn:aws:s3:::shop-orders/1.json',
  policyArn: 'arn:aws:iam::111122223333:policy/edge',
  policyEffect: 'explicit',
};
const policyTypes = [
  ...['identity-based', 'resource-based', 'service control', 'resource control', 'VPC endpoint'],
  ...['session', 'role trust', 'permissions boundary', 'service control policy', 'of a new'],
];

describe('every text of every kind', () => {
  it.each(kinds)('%s', (_, kind) => {
    const named = valueNames.map((name): Values => ({ [name]: allValues[name] }));
    const malformed = { roleArn: 'arn:aws:iam::1111:role/cart' };
    const found = [{}, allValues, malformed, ...named].flatMap((values) => kindComplaints(kind, values));
    expect([...new Set(found)]).toEqual([]);
  });

  it.each(policyTypes)('of a refusal by a policy of the type "%s"', (policyType) => {
    const denied = knownErrors.find(({ id }) => id === 'aws-denied')!;
    for (const known of [allValues, {}, { policyEffect: 'explicit' }])
      expect(kindComplaints(denied, { ...known, policyType })).toEqual([]);
  });
});

/** What stands in both languages, in pairs. */
function pairsOf({ translated, ...one }: Explanation): Record<'titles' | 'sentences', Localized[]> {
  if (translated === undefined) throw new Error(`Cannot compare ${one.kind}: it is not translated`);
  const pair = (en: string, ja: string | undefined): Localized => ({ en, ja: ja ?? '' });
  return {
    titles: [
      pair(one.title, translated.title),
      ...one.suspects.map(({ cause }, index) => pair(cause, translated.suspects[index]?.cause)),
    ],
    sentences: [
      pair(one.happened, translated.happened),
      pair(one.usually, translated.usually),
      ...one.excludes.map((text, index) => pair(text, translated.excludes[index])),
      ...one.suspects.map(({ decides }, index) => pair(decides, translated.suspects[index]?.decides)),
    ],
  };
}

describe('every example', () => {
  it.each(examples)('%s, is told in Japanese beside the same English', (_, scan) => {
    const { explanations, ...rest } = explain(scan, 'ja');
    const english = explanations.map((one) => ({ ...one, translated: undefined }));
    expect({ ...rest, explanations: english }).toEqual(explain(scan));
    for (const one of explanations) {
      expect(one.translated?.language).toBe('ja');
      expect(textComplaints(pairsOf(one))).toEqual([]);
      const { placeholders = [] } = one.translated ?? {};
      expect(placeholders.map(({ word }) => word)).toEqual(one.placeholders.map(({ word }) => word));
      for (const [index, { find }] of placeholders.entries()) {
        const before = one.placeholders[index]?.find ?? '';
        if (find === before) expect(find).toMatch(/^(aws|gcloud|kubectl) /);
        else expect(complaints({ en: before, ja: find })).toEqual([]);
      }
    }
  });

  it.each(examples)('%s, is printed with the same commands and links, in its width', (_, scan) => {
    const explained = explain(scan, 'ja');
    const commands = explained.explanations.flatMap(({ suspects }) =>
      suspects.flatMap((one) => one.commands),
    );
    const links = explained.explanations.flatMap(({ references }) => references);
    for (const width of [40, 80]) {
      const print = (language: 'en' | 'ja') =>
        renderExplanations(explained, { width, color: false, language }).split('\n');
      const [english, lines] = [print('en'), print('ja')];
      const kept = (line: string) => commands.includes(line) || links.some((link) => line.endsWith(link));
      const bare = (all: string[]) => all.filter(kept).map((line) => line.replace(/^.* (?=https:)/, ''));
      expect(bare(lines)).toEqual(bare(english));
      expect(commands.filter((command) => !lines.join('\n').includes(command))).toEqual([]);
      expect(bare(lines).slice(-links.length)).toEqual(links);
      const ours = lines.filter((line) => !kept(line) && !/^ {2}[A-Z_:a-z]+ {2,}/.test(line));
      expect(ours.filter((line) => stringWidth(line) > width)).toEqual([]);
    }
  });
});
