/** JSON objects inside of any text: whole ones by their braces, cut ones by their fields. */

export type JsonObject = Record<string, unknown>;

export interface Enclosing {
  value: JsonObject;
  /** Where it stands in the text; the end is exclusive. */
  start: number;
  end: number;
}

/** How many characters may still be looked at in search of objects: text of nothing but braces must not hold us up. */
export interface Effort {
  left: number;
}

/** How far an object may reach, and how many opening braces before a place are tried. */
const longestObject = 96_000;
const mostBraces = 120;

/** The objects around a place in a text, from the innermost outwards. */
export function* enclosingObjects(text: string, at: number, effort: Effort): Generator<Enclosing> {
  let start = at + 1;
  for (let tried = 0; tried < mostBraces && effort.left > 0; tried++) {
    start = text.lastIndexOf('{', start - 1);
    if (start < 0 || at - start > longestObject) return;
    const end = endOfObject(text, start, effort);
    const value = end > at ? parseObject(text.slice(start, end)) : null;
    if (value) yield { value, start, end };
    if (start === 0) return;
  }
}

/** The end of the object that begins here, exclusive; -1 where its braces do not close. */
function endOfObject(text: string, start: number, effort: Effort): number {
  const marks = /["{}\\]/g;
  marks.lastIndex = start;
  let depth = 0;
  let isString = false;
  for (let found = marks.exec(text); found; found = marks.exec(text)) {
    if (found.index - start > Math.min(longestObject, effort.left)) break;
    const [mark] = found;
    if (mark === '\\') marks.lastIndex = found.index + 2;
    else if (mark === '"') isString = !isString;
    else if (!isString) depth += mark === '{' ? 1 : -1;
    if (depth !== 0) continue;
    effort.left -= found.index + 1 - start;
    return found.index + 1;
  }
  effort.left -= Math.min(longestObject, text.length - start);
  return -1;
}

function parseObject(text: string): JsonObject | null {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return null; // braces that are no JSON: the next ones are tried
  }
}

export function fieldsOf(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** A text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The object or text at a path, `a.b.c`. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => fieldsOf(inner)?.[key], value);
}

/** A text field of an object that was cut; undefined where it is missing, or stands there with several values. */
export function fieldOfCut(text: string, name: string): string | undefined {
  const pattern = new RegExp(String.raw`"${name}"\s{0,20}:\s{0,20}"([^"\\]{1,2000})"`, 'g');
  const found = new Set([...text.matchAll(pattern)].map(([, value]) => value));
  return found.size === 1 ? [...found][0] : undefined;
}
