/**
 * IAM's patterns and policy variables: `*` any characters, `?` one, `${key}` the request's value.
 * Source: IAM User Guide, "IAM policy elements: Variables and tags" and "Resource" (wildcards).
 */

const any = Symbol('*');
const one = Symbol('?');

/** A pattern as IAM sees it after expansion: literal characters, `*` and `?`. */
type Token = string | typeof any | typeof one;

/** The request's values of a context key; undefined where the request has no such key. */
export type Lookup = (key: string) => readonly string[] | undefined;

const variable = /\$\{([^{}]*)\}/g;

/** Whether the text holds a policy variable (`${aws:username}`), as opposed to a placeholder (`${NAMESPACE}`). */
export function hasPolicyVariable(text: string): boolean {
  return [...text.matchAll(variable)].some(([, name]) => isVariableName(name ?? ''));
}

/** The context keys that the text's policy variables stand for. */
export function variableKeys(text: string): string[] {
  return [...text.matchAll(variable)]
    .map(([, name = '']) => name.split(',')[0]?.trim() ?? '')
    .filter((name) => name.includes(':'));
}

function isVariableName(name: string): boolean {
  return name.includes(':') || name === '*' || name === '?' || name === '$';
}

/** Whether the text holds `*` or `?` outside of a policy variable. */
export function hasWildcard(text: string): boolean {
  return /[*?]/.test(text.replaceAll(variable, ''));
}

/**
 * The literal text of a value, its variables replaced where `lookup` is given.
 * Null where a variable has neither a single value in the request nor a default: such a value matches nothing.
 */
export function expandText(text: string, lookup: Lookup | null): string | null {
  const tokens = tokenize(text, lookup);
  return tokens && tokens.map((token) => (token === any ? '*' : token === one ? '?' : token)).join('');
}

/** Whether the value matches the pattern, its variables replaced where `lookup` is given. Case-sensitive. */
export function matchesPattern(pattern: string, value: string, lookup: Lookup | null): boolean {
  const tokens = tokenize(pattern, lookup);
  return tokens !== null && glob(tokens, value);
}

/** Whether the action matches the pattern; actions ignore case. */
export function matchesAction(pattern: string, action: string): boolean {
  return matchesPattern(pattern.toLowerCase(), action.toLowerCase(), null);
}

/**
 * Whether the ARN matches, each of its six parts on its own: a `*` does not reach over a colon of the first five.
 * `*` alone stands for any ARN. A value that is no ARN matches nothing.
 */
export function matchesArn(pattern: string, arn: string, lookup: Lookup | null): boolean {
  const tokens = tokenize(pattern, lookup);
  const given = splitText(arn);
  if (tokens === null || given.length < 6) return false;
  if (tokens.length === 1 && tokens[0] === any) return true;
  const wanted = splitTokens(tokens);
  return wanted.length === 6 && wanted.every((part, index) => glob(part, given[index] ?? ''));
}

function tokenize(text: string, lookup: Lookup | null): Token[] | null {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of lookup ? text.matchAll(variable) : []) {
    pushPattern(tokens, text.slice(end, match.index));
    const value = resolve(match[1] ?? '', lookup as Lookup);
    if (value === undefined) return null;
    tokens.push(...value);
    end = match.index + match[0].length;
  }
  pushPattern(tokens, text.slice(end));
  return tokens;
}

function pushPattern(tokens: Token[], text: string): void {
  for (const character of text) tokens.push(character === '*' ? any : character === '?' ? one : character);
}

/**
 * `${*}`, `${?}` and `${$}` are the characters themselves; `${key, 'text'}` has a default, which also stands in for a
 * key with several values.
 */
function resolve(name: string, lookup: Lookup): string | undefined {
  if (name === '*' || name === '?' || name === '$') return name;
  const comma = name.indexOf(',');
  const values = lookup((comma < 0 ? name : name.slice(0, comma)).trim());
  if (values?.length === 1) return values[0];
  return comma < 0 ? undefined : /^'([^']*)'$/.exec(name.slice(comma + 1).trim())?.[1];
}

/** Two pointers and one point to return to: time grows with pattern times value at worst, never exponentially. */
function glob(pattern: readonly Token[], text: string): boolean {
  const value = [...text];
  let p = 0;
  let v = 0;
  let star = -1;
  let resume = 0;
  while (v < value.length) {
    const token = pattern[p];
    if (token === any) {
      star = p++;
      resume = v;
    } else if (token !== undefined && (token === one || token === value[v])) {
      p++;
      v++;
    } else if (star >= 0) {
      p = star + 1;
      v = ++resume;
    } else return false;
  }
  while (pattern[p] === any) p++;
  return p === pattern.length;
}

function splitTokens(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token === ':' && parts.length < 6) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function splitText(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}
