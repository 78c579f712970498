/** Reads a file of mutes, YAML or JSON; what is wrong in it is named with its entry and what is allowed. */
import { parseDocument } from 'yaml';
import { muteFields, type Mute, type MuteField } from './mutes.ts';

const example =
  'mutes: [{rule: eks/irsa-trust-too-broad, cluster: staging, reason: accepted until the move, expires: 2027-01-31}]';

/**
 * The mutes of a file: a list, or an object whose `mutes` is one.
 * @throws {Error} that says which entry is wrong and what is allowed; a file of which a part were left out would tell
 * or hide other findings than its author meant.
 */
export function parseMutes(text: string): Mute[] {
  const content = contentOf(text);
  const entries = isObject(content) && Object.keys(content).join() === 'mutes' ? content['mutes'] : content;
  if (entries === '' || entries === null) return [];
  if (!Array.isArray(entries)) throw new Error(`It must be a list of mutes, such as ${example}`);
  return entries.map((entry: unknown, index) => readMute(entry, `Mute ${index + 1}`));
}

/** Every value is read as the text that it is written as: an account's leading zeros are part of it. */
function contentOf(text: string): unknown {
  const document = parseDocument(text, { schema: 'failsafe' });
  const [error] = [...document.errors, ...document.warnings];
  if (error)
    throw new Error(`It is neither YAML nor JSON: ${error.message.split('\n')[0]}`, { cause: error });
  return document.toJS({ maxAliasCount: 0 }) as unknown;
}

function readMute(entry: unknown, name: string): Mute {
  if (!isObject(entry)) throw new Error(`${name} is no object; write it as ${example}`);
  const allowed = [...muteFields, 'reason', 'expires'];
  const unknown = Object.keys(entry).find((key) => !allowed.includes(key));
  if (unknown !== undefined)
    throw new Error(`${name} has "${unknown}", which is not known; there are ${allowed.join(', ')}`);
  const of = Object.fromEntries(
    muteFields.flatMap((field) =>
      entry[field] === undefined ? [] : [[field, readText(entry, field, name)] as const],
    ),
  ) as Partial<Record<MuteField, string>>;
  if (Object.values(of).every((value) => /^\**$/.test(value)))
    throw new Error(`${name} is for every finding; give at least one of ${muteFields.join(', ')}`);
  return { of, reason: readText(entry, 'reason', name), expires: readExpiry(entry, name) };
}

function readText(entry: Record<string, unknown>, key: string, name: string): string {
  const value = entry[key];
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw new Error(`${name} lacks its ${key}: ${key} must be a text that is not empty`);
}

const day = /^\d{4}-\d{2}-\d{2}$/;
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** A day ends with it: `2027-01-31` mutes until the midnight (UTC) after it. */
function readExpiry(entry: Record<string, unknown>, name: string): string {
  const given = readText(entry, 'expires', name);
  const ms = Date.parse(given);
  if (Number.isNaN(ms) || !(day.test(given) || moment.test(given)) || !isDay(given.slice(0, 10)))
    throw new Error(
      `${name} expires "${given}"; give a day as 2027-01-31, or a time as 2027-01-31T12:00:00Z`,
    );
  return new Date(day.test(given) ? ms + 86_400_000 : ms).toISOString();
}

/** `Date.parse` makes the second of March of the thirtieth of February. */
function isDay(text: string): boolean {
  return new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
