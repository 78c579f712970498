/**
 * Expressions of Google's Workflows (cloud.google.com/workflows/docs/reference/syntax/expressions), as far as the deployed
 * definition uses them; what this does not know it refuses.
 */

/** Raised by a workflow, or by what it calls: a text, or a map with `message`, `tags` and the like. */
export class WorkflowError extends Error {
  readonly value: unknown;

  constructor(value: unknown) {
    super(typeof value === 'string' ? value : JSON.stringify(value));
    this.value = value;
  }
}

export type Variables = Record<string, unknown>;
export type Functions = Record<string, (...given: never[]) => unknown>;

/** Characters that one expression may have. */
const longest = 400;

/** The value of `${…}`; any other text is itself. */
export function evaluate(text: string, variables: Variables, functions: Functions): unknown {
  const inner = /^\$\{([\s\S]*)\}$/.exec(text)?.[1];
  if (inner === undefined) {
    if (text.includes('${')) throw new Error(`An expression must be the whole text: ${text}`);
    return text;
  }
  if (inner.length > longest) throw new Error(`An expression may have ${longest} characters: ${text}`);
  const parser = new Parser(wordsOf(inner), variables, functions);
  return parser.whole();
}

function wordsOf(text: string): string[] {
  const words = text.match(/"(?:[^"\\]|\\.)*"|\d+|[A-Za-z_]\w*|==|>=|<=|[()+.,<>]|\S/g) ?? [];
  return words;
}

class Parser {
  readonly #words: string[];
  readonly #variables: Variables;
  readonly #functions: Functions;

  constructor(words: string[], variables: Variables, functions: Functions) {
    this.#words = words;
    this.#variables = variables;
    this.#functions = functions;
  }

  whole(): unknown {
    const value = this.#or();
    if (this.#words.length > 0) throw new Error(`This interpreter does not know ${this.#words.join(' ')}`);
    return value;
  }

  /** Both sides are read in any case, for the words have to be gone. */
  #or(): unknown {
    let value = this.#comparison();
    while (this.#take('or')) {
      const right = this.#comparison();
      value = truth(value) || truth(right);
    }
    return value;
  }

  #comparison(): unknown {
    const left = this.#sum();
    if (this.#take('==')) return left === this.#sum();
    if (this.#take('>=')) return number(left) >= number(this.#sum());
    if (this.#take('>')) return number(left) > number(this.#sum());
    if (this.#take('in')) return isIn(left, this.#sum());
    return left;
  }

  #sum(): unknown {
    let value = this.#value();
    while (this.#take('+')) {
      const right = this.#value();
      if (typeof value === 'string' && typeof right === 'string') value += right;
      else value = number(value) + number(right);
    }
    return value;
  }

  #value(): unknown {
    const word = this.#words.shift() ?? '';
    if (word.startsWith('"')) return JSON.parse(word) as unknown;
    if (/^\d+$/.test(word)) return Number(word);
    if (!/^\w+$/.test(word)) throw new Error(`This interpreter does not know ${word}`);
    const path = [word];
    while (this.#take('.')) path.push(this.#words.shift() ?? '');
    if (this.#words[0] === '(') return this.#call(path.join('.'));
    return path.reduce<unknown>((value, name) => field(value, name), this.#variables);
  }

  #call(name: string): unknown {
    const called = this.#functions[name];
    if (!called) throw new Error(`This interpreter does not know the function ${name}`);
    this.#words.shift();
    const given: unknown[] = [];
    while (this.#words[0] !== ')') {
      given.push(this.#or());
      this.#take(',');
    }
    this.#words.shift();
    return called(...(given as never[]));
  }

  #take(word: string): boolean {
    if (this.#words[0] !== word) return false;
    this.#words.shift();
    return true;
  }
}

function field(value: unknown, name: string): unknown {
  if (typeof value === 'object' && value !== null && name in value) return (value as Variables)[name];
  throw new WorkflowError({ message: `KeyError: key not found: ${name}`, tags: ['KeyError', 'LookupError'] });
}

function number(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new WorkflowError({
    message: `TypeError: ${JSON.stringify(value)} is no number`,
    tags: ['TypeError'],
  });
}

function truth(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new WorkflowError({
    message: `TypeError: ${JSON.stringify(value)} is no truth`,
    tags: ['TypeError'],
  });
}

function isIn(value: unknown, list: unknown): boolean {
  if (Array.isArray(list)) return list.includes(value);
  throw new WorkflowError({ message: 'TypeError: "in" wants a list', tags: ['TypeError'] });
}
