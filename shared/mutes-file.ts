/** Reads a file of mutes, YAML or JSON; what is wrong in it is named with its entry and what is allowed. */
import { parseDocument } from 'yaml';
import { LocalizedError } from './localized-error.ts';
import { muteFields, type Mute, type MuteField } from './mutes.ts';
import type { Localized } from './words.ts';

const example =
  'mutes: [{rule: eks/irsa-trust-too-broad, cluster: staging, reason: accepted until the move, expires: 2027-01-31}]';

/**
 * The mutes of a file: a list, or an object whose `mutes` is one.
 * @throws {LocalizedError} that says which entry is wrong and what is allowed; a file of which a part were left out would tell
 * or hide other findings than its author meant.
 */
export function parseMutes(text: string): Mute[] {
  const content = contentOf(text);
  const entries = isObject(content) && Object.keys(content).join() === 'mutes' ? content['mutes'] : content;
  if (entries === '' || entries === null) return [];
  if (!Array.isArray(entries))
    throw new LocalizedError({
      en: `It must be a list of mutes, such as ${example}`,
      ja: `${example} のような、ミュートのリストにしてください`,
    });
  return entries.map((entry: unknown, index) => readMute(entry, index + 1));
}

/** Every value is read as the text that it is written as: an account's leading zeros are part of it. */
function contentOf(text: string): unknown {
  const document = parseDocument(text, { schema: 'failsafe' });
  const [error] = [...document.errors, ...document.warnings];
  if (error?.code === 'MULTIPLE_DOCS') throw new LocalizedError(onlyOne, { cause: error });
  if (error) throw noFile(error.message.split('\n')[0] ?? '', error);
  try {
    return document.toJS({ maxAliasCount: 0 }) as unknown;
  } catch (cause) {
    if (cause instanceof ReferenceError) throw new LocalizedError(noAliases, { cause });
    throw cause;
  }
}

const onlyOne = {
  en: 'It holds several YAML documents; write all mutes into one list, without "---" between them',
  ja: '複数の YAML ドキュメントが含まれています。"---" で区切らず、すべてのミュートを 1 つのリストに記述してください',
};

const noAliases = {
  en: 'It uses aliases of YAML ("*name"), which are not read; write each mute out',
  ja: 'YAML のエイリアス ("*name") は使用できません。各ミュートをそのまま記述してください',
};

function noFile(why: string, cause: unknown): LocalizedError {
  return new LocalizedError(
    { en: `It is neither YAML nor JSON: ${why}`, ja: `YAML でも JSON でもありません: ${why}` },
    { cause },
  );
}

/** @param number of the entry, from 1 */
function wrong(number: number, says: Localized): LocalizedError {
  return new LocalizedError({ en: `Mute ${number} ${says.en}`, ja: `${number} 番目のミュート: ${says.ja}` });
}

function readMute(entry: unknown, number: number): Mute {
  if (!isObject(entry))
    throw wrong(number, {
      en: `is no object; write it as ${example}`,
      ja: `オブジェクトではありません。${example} のように記述してください`,
    });
  const allowed = [...muteFields, 'reason', 'expires'];
  const unknown = Object.keys(entry).find((key) => !allowed.includes(key));
  if (unknown !== undefined)
    throw wrong(number, {
      en: `has "${unknown}", which is not known; there are ${allowed.join(', ')}`,
      ja: `"${unknown}" という項目はありません。使用できるのは ${allowed.join('、')} です`,
    });
  const of = Object.fromEntries(
    muteFields.flatMap((field) =>
      entry[field] === undefined ? [] : [[field, readText(entry, field, number)] as const],
    ),
  ) as Partial<Record<MuteField, string>>;
  if (Object.values(of).every((value) => /^\**$/.test(value)))
    throw wrong(number, {
      en: `is for every finding; give at least one of ${muteFields.join(', ')}`,
      ja: `すべての検出結果が対象になります。${muteFields.join('、')} のうち少なくとも 1 つを指定してください`,
    });
  return { of, reason: readText(entry, 'reason', number), expires: readExpiry(entry, number) };
}

function readText(entry: Record<string, unknown>, key: string, number: number): string {
  const value = entry[key];
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw wrong(number, {
    en: `lacks its ${key}: ${key} must be a text that is not empty`,
    ja: `${key} がありません。空でないテキストを指定してください`,
  });
}

const day = /^\d{4}-\d{2}-\d{2}$/;
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** A later year would have more digits than programs that read the report take. */
const lastMs = Date.parse('9999-12-31T23:59:59.999Z');

/** A day ends with it: `2027-01-31` mutes until the midnight (UTC) after it. */
function readExpiry(entry: Record<string, unknown>, number: number): string {
  const given = readText(entry, 'expires', number);
  const ms = Date.parse(given);
  if (Number.isNaN(ms) || !(day.test(given) || moment.test(given)) || !isDay(given.slice(0, 10)))
    throw wrong(number, {
      en: `expires "${given}"; give a day as 2027-01-31, or a time as 2027-01-31T12:00:00Z`,
      ja: `expires が "${given}" です。2027-01-31 のような日付、または 2027-01-31T12:00:00Z のような日時を指定してください`,
    });
  return new Date(Math.min(day.test(given) ? ms + 86_400_000 : ms, lastMs)).toISOString();
}

/** `Date.parse` makes the second of March of the thirtieth of February. */
function isDay(text: string): boolean {
  return new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
