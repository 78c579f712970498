/**
 * The Logging query language, as far as filters of audit logs need it: comparisons, `log_id()`, AND, OR, NOT.
 * OR binds tighter than AND there, and terms side by side are joined by AND.
 */
import { invalid } from './google-error.ts';

type Test = (entry: unknown) => boolean;

/** Compiles a filter; throws the API's 400 where it cannot be parsed. */
export function loggingFilter(text: string): Test {
  const tokens = tokenize(text);
  if (tokens.length === 0) return () => true;
  const parser = new Parser(tokens);
  const test = parser.conjunction();
  if (parser.next() !== undefined) throw invalid(`Unparseable filter: unexpected "${parser.next()}"`);
  return test;
}

function tokenize(text: string): string[] {
  const pattern = /\s+|--[^\n]*|("(?:[^"\\]|\\.)*"|[()]|>=|<=|!=|=~|!~|[=:<>]|[^\s()=:<>!"]+)/gy;
  const tokens: string[] = [];
  let read = 0;
  for (const match of text.matchAll(pattern)) {
    if (match[1]) tokens.push(match[1]);
    read = match.index + match[0].length;
  }
  if (read !== text.length) throw invalid(`Unparseable filter: syntax error at column ${read + 1}`);
  return tokens;
}

const operators = new Set([':', '=', '!=', '>', '>=', '<', '<=', '=~', '!~']);

class Parser {
  private readonly tokens: string[];
  private position = 0;

  constructor(tokens: string[]) {
    this.tokens = tokens;
  }

  next(): string | undefined {
    return this.tokens[this.position];
  }

  private take(): string {
    const token = this.tokens[this.position++];
    if (token === undefined) throw invalid('Unparseable filter: unexpected end');
    return token;
  }

  private expect(token: string): void {
    const found = this.take();
    if (found !== token) throw invalid(`Unparseable filter: expected "${token}", found "${found}"`);
  }

  conjunction(): Test {
    const tests = [this.disjunction()];
    for (let token = this.next(); token !== undefined && token !== ')'; token = this.next()) {
      if (token === 'AND') this.take();
      tests.push(this.disjunction());
    }
    return (entry) => tests.every((test) => test(entry));
  }

  private disjunction(): Test {
    const tests = [this.term()];
    while (this.next() === 'OR') {
      this.take();
      tests.push(this.term());
    }
    return (entry) => tests.some((test) => test(entry));
  }

  private term(): Test {
    const token = this.take();
    if (token === 'NOT') {
      const test = this.term();
      return (entry) => !test(entry);
    }
    if (token === '(') {
      const test = this.conjunction();
      this.expect(')');
      return test;
    }
    if (token === 'log_id') return this.logId();
    return this.comparison(token);
  }

  private logId(): Test {
    this.expect('(');
    const id = unquote(this.take());
    this.expect(')');
    return (entry) =>
      String((entry as { logName?: string }).logName).endsWith(`/logs/${encodeURIComponent(id)}`);
  }

  private comparison(path: string): Test {
    const operator = this.take();
    if (!operators.has(operator)) throw invalid(`Unparseable filter: "${path} ${operator}" is no comparison`);
    if (this.next() !== '(') return compare(path, operator, unquote(this.take()));
    this.take();
    const tests = [compare(path, operator, unquote(this.take()))];
    while (this.next() === 'OR') {
      this.take();
      tests.push(compare(path, operator, unquote(this.take())));
    }
    this.expect(')');
    return (entry) => tests.some((test) => test(entry));
  }
}

function unquote(token: string): string {
  return token.startsWith('"') ? token.slice(1, -1).replaceAll(/\\(.)/g, '$1') : token;
}

function compare(path: string, operator: string, wanted: string): Test {
  const test = valueTest(path, operator, wanted);
  const negative = operator.startsWith('!');
  return (entry) => {
    const values = valuesAt(entry, path.split('.'));
    return negative ? !values.some((value) => test(value)) : values.some((value) => test(value));
  };
}

function valueTest(path: string, operator: string, wanted: string): (value: unknown) => boolean {
  const regexp = operator.endsWith('~') ? new RegExp(wanted) : null;
  if (regexp) return (value) => regexp.test(String(value));
  if (operator === ':')
    return (value) => wanted === '*' || String(value).toLowerCase().includes(wanted.toLowerCase());
  if (operator === '=' || operator === '!=')
    return (value) => String(value).toLowerCase() === wanted.toLowerCase();
  return (value) => {
    const difference = rank(path, value) - rank(path, wanted);
    return operator.startsWith('>')
      ? difference > 0 || (operator === '>=' && difference === 0)
      : smaller(operator, difference);
  };
}

function smaller(operator: string, difference: number): boolean {
  return difference < 0 || (operator === '<=' && difference === 0);
}

const severities = [
  'DEFAULT',
  'DEBUG',
  'INFO',
  'NOTICE',
  'WARNING',
  'ERROR',
  'CRITICAL',
  'ALERT',
  'EMERGENCY',
];

function rank(path: string, value: unknown): number {
  if (path === 'severity') return severities.indexOf(String(value));
  return path === 'timestamp' ? Date.parse(String(value)) : Number(value);
}

/** Every value at a path; a repeated field on the way gives the values of each of its elements. */
function valuesAt(value: unknown, path: string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((each) => valuesAt(each, path));
  const [head, ...rest] = path;
  if (head === undefined) return value === undefined || value === null ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return valuesAt((value as Record<string, unknown>)[unquote(head)], rest);
}
