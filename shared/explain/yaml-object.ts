/** Documents of YAML inside of any text, as `gcloud logging read` prints entries where no format is asked for. */
import { parseDocument } from 'yaml';
import { fieldsOf, type Effort, type Enclosing, type JsonObject } from './json-object.ts';

/** How far a document may reach, and what reading it costs beside looking at its characters. */
const longestDocument = 24_000;
const costOfCharacter = 4;

/** A key at the left edge, or what goes on with one; `---` is between documents. */
const partOfDocument = /^(?:[A-Za-z_][\w.-]{0,100}:(?:\s|$)|\s+\S|- |\r?$)/;

/** The document of which the key at this place is one; null where there is none. */
export function yamlAround(text: string, place: number, effort: Effort): Enclosing | null {
  const isKey =
    (place === 0 || text[place - 1] === '\n') && /^\w{1,40}:\r?\n/.test(text.slice(place, place + 50));
  if (!isKey || effort.left <= 0) return null;
  const [start, end] = [startOf(text, place), endOf(text, place)];
  effort.left -= costOfCharacter * (end - start);
  const value = readYaml(text.slice(start, end));
  return value && { value, start, end };
}

function readYaml(text: string): JsonObject | null {
  try {
    const document = parseDocument(text, { logLevel: 'silent', uniqueKeys: false });
    return document.errors.length > 0 ? null : fieldsOf(document.toJS({ maxAliasCount: 0 }));
  } catch {
    return null; // aliases, or nested too deep: no cloud writes such a document
  }
}

function startOf(text: string, place: number): number {
  let start = place;
  while (start > 0 && place - start < longestDocument) {
    const before = start < 2 ? 0 : text.lastIndexOf('\n', start - 2) + 1;
    if (!partOfDocument.test(text.slice(before, start - 1))) break;
    start = before;
  }
  return start;
}

function endOf(text: string, place: number): number {
  let end = place;
  while (end < text.length && end - place < longestDocument) {
    const at = text.indexOf('\n', end);
    const next = at < 0 ? text.length : at + 1;
    if (!partOfDocument.test(text.slice(end, next).trimEnd())) break;
    end = next;
  }
  return end;
}
