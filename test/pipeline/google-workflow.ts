/**
 * Executes a definition of Google's Workflows (cloud.google.com/workflows/docs/reference/syntax), as far as the deployed
 * one uses it, within the limits that Workflows has (cloud.google.com/workflows/quotas). What it does not know it refuses.
 */
import { evaluate, WorkflowError, type Functions, type Variables } from './google-expression.ts';

export { WorkflowError } from './google-expression.ts';

type Json = Record<string, unknown>;
type Steps = Json[];

interface Subworkflow {
  params?: string[];
  steps: Steps;
}

export type Definition = Record<string, Subworkflow>;

export interface HttpAnswer {
  code: number;
  body: unknown;
}

export interface Execution {
  id: string;
  /** Answers a request with a token for this audience; null where nobody answers. */
  post(request: { url: string; audience: string; body: unknown }): Promise<HttpAnswer | null>;
  /** Told of each wait before another attempt, in seconds; nothing waits. */
  onRetry?(seconds: number): void;
}

/** What Workflows allows. */
const limits = {
  definitionBytes: 128 * 1024,
  variableBytes: 512 * 1024,
  answerBytes: 2 * 1024 * 1024,
  timeoutSeconds: 1800,
};

/** What the main workflow returns. @throws {WorkflowError} what it raises */
export async function execute(
  definition: Definition,
  argument: unknown,
  execution: Execution,
): Promise<unknown> {
  checkSize('The definition', definition, limits.definitionBytes);
  return new Interpreter(definition, execution).callWorkflow('main', [argument]);
}

/** Returned from steps that go on. */
const goesOn = Symbol('goes on');

class Interpreter {
  readonly #definition: Definition;
  readonly #execution: Execution;
  readonly #functions: Functions;

  constructor(definition: Definition, execution: Execution) {
    this.#definition = definition;
    this.#execution = execution;
    this.#functions = {
      'sys.get_env': (name: string) => {
        if (name !== 'GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID') throw new Error(`There is no variable ${name}`);
        return execution.id;
      },
      'json.encode_to_string': (value: unknown) => JSON.stringify(value),
      len: (value: unknown[]) => value.length,
      not: (value: boolean) => !value,
    };
  }

  async callWorkflow(name: string, given: unknown[]): Promise<unknown> {
    const workflow = this.#definition[name];
    if (!workflow) throw new Error(`There is no workflow ${name}`);
    const { params = [], steps, ...others } = workflow;
    refuseOthers(name, others);
    const variables = Object.fromEntries(params.map((param, index) => [param, given[index]]));
    const result = await this.#steps(steps, variables);
    return result === goesOn ? null : result;
  }

  /** What a step returns ends them all. */
  async #steps(steps: Steps, variables: Variables): Promise<unknown> {
    for (const [name, step] of steps.flatMap((one) => Object.entries(one))) {
      const result = await this.#step(name, step as Json, variables);
      checkSize(`The variables after ${name}`, variables, limits.variableBytes);
      if (result !== goesOn) return result;
    }
    return goesOn;
  }

  async #step(name: string, step: Json, variables: Variables): Promise<unknown> {
    if ('try' in step) return this.#attempts(name, step, variables);
    if ('parallel' in step) return this.#parallel(name, step, variables);
    if ('switch' in step) return this.#choose(name, step, variables);
    if ('return' in step) return only(name, step, 'return', () => this.#fill(step['return'], variables));
    if ('raise' in step)
      return only(name, step, 'raise', () => {
        throw new WorkflowError(this.#fill(step['raise'], variables));
      });
    if ('assign' in step) return only(name, step, 'assign', () => this.#assign(step['assign'], variables));
    if ('call' in step) return this.#post(name, step, variables);
    throw new Error(`${name} is a step that this interpreter does not know: ${Object.keys(step).join(', ')}`);
  }

  #assign(assignments: unknown, variables: Variables): typeof goesOn {
    for (const [name, value] of (assignments as Json[]).flatMap((one) => Object.entries(one))) {
      if (!/^\w+$/.test(name)) throw new Error(`This interpreter does not assign to ${name}`);
      variables[name] = this.#fill(value, variables);
    }
    return goesOn;
  }

  async #choose(name: string, step: Json, variables: Variables): Promise<unknown> {
    const { switch: choices, ...others } = step;
    refuseOthers(name, others);
    for (const { condition, steps, return: value, ...unknown } of choices as Json[]) {
      refuseOthers(name, unknown);
      if (this.#fill(condition, variables) !== true) continue;
      if (steps !== undefined) return this.#steps(steps as Steps, variables);
      return value === undefined ? goesOn : this.#fill(value, variables);
    }
    return goesOn;
  }

  async #attempts(name: string, step: Json, variables: Variables): Promise<unknown> {
    const { try: tried, retry = null, except = null, ...others } = step;
    refuseOthers(name, others);
    try {
      return await this.#withRetries(name, tried as Json, retry as Retry | null, variables);
    } catch (error) {
      if (!(error instanceof WorkflowError) || except === null) throw error;
      const { as, steps, ...unknown } = except as { as: string; steps: Steps };
      refuseOthers(name, unknown);
      // Variables of the block are gone with it, but those that were there before are the same.
      const scope = scopeOf(variables, { [as]: error.value });
      return this.#steps(steps, scope);
    }
  }

  async #withRetries(name: string, step: Json, retry: Retry | null, variables: Variables): Promise<unknown> {
    let delay = retry?.backoff.initial_delay ?? 0;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#step(name, step, variables);
      } catch (error) {
        if (!(error instanceof WorkflowError) || !retry || attempt >= retry.max_retries) throw error;
        const predicate = /^\$\{(\w+)\}$/.exec(retry.predicate)?.[1] ?? '';
        if ((await this.callWorkflow(predicate, [error.value])) !== true) throw error;
        this.#execution.onRetry?.(delay);
        delay = Math.min(delay * retry.backoff.multiplier, retry.backoff.max_delay);
      }
    }
  }

  /** Iterations see the variables around them, and may change those that are shared. */
  async #parallel(name: string, step: Json, variables: Variables): Promise<unknown> {
    const { parallel, ...others } = step;
    refuseOthers(name, others);
    const { shared = [], concurrency_limit: atATime, for: loop, ...more } = parallel as Json;
    refuseOthers(name, more);
    const { value, range, steps, ...unknown } = loop as { value: string; range: unknown; steps: Steps };
    refuseOthers(name, unknown);
    const [first, last] = this.#fill(range, variables) as [number, number];
    const failures: unknown[] = [];
    let next = first;
    const work = async () => {
      for (let index = next++; index <= last; index = next++) {
        const scope = scopeOf(variables, { [value]: index }, shared as string[]);
        await this.#steps(steps, scope).catch((error: unknown) => failures.push(error));
      }
    };
    await Promise.all(Array.from({ length: atATime as number }, work));
    const fault = failures.find((failure) => !(failure instanceof WorkflowError));
    if (fault instanceof Error) throw fault;
    if (failures.length > 0)
      throw new WorkflowError({ message: 'UnhandledBranchError', tags: ['UnhandledBranchError'] });
    return goesOn;
  }

  async #post(name: string, step: Json, variables: Variables): Promise<unknown> {
    const { call, args, result, ...others } = step;
    refuseOthers(name, others);
    if (call !== 'http.post')
      throw new Error(`${name} calls ${String(call)}, which this interpreter does not know`);
    const { url, auth, body, timeout, ...more } = this.#fill(args, variables) as Json;
    refuseOthers(name, more);
    const { type, audience, ...unknown } = auth as Json;
    refuseOthers(name, unknown);
    if (type !== 'OIDC' || (timeout as number) > limits.timeoutSeconds)
      throw new Error(`${name} has ${String(type)} and waits for ${String(timeout)} s`);
    const answer = await this.#execution.post({ url: url as string, audience: audience as string, body });
    if (!answer) throw new WorkflowError({ message: 'no answer in time', tags: ['TimeoutError'] });
    checkSize(`The answer to ${name}`, answer.body, limits.answerBytes);
    if (answer.code >= 400)
      throw new WorkflowError({
        ...answer,
        message: `HTTP server responded with ${answer.code}`,
        tags: ['HttpError'],
      });
    if (result !== undefined) variables[result as string] = answer;
    return goesOn;
  }

  #fill(value: unknown, variables: Variables): unknown {
    if (typeof value === 'string') return evaluate(value, variables, this.#functions);
    if (Array.isArray(value)) return value.map((item) => this.#fill(item, variables));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#fill(item, variables)]));
  }
}

interface Retry {
  predicate: string;
  max_retries: number;
  backoff: { initial_delay: number; max_delay: number; multiplier: number };
}

/** Variables of its own above those around it, of which only the shared ones can be changed (all, where none are named). */
function scopeOf(outer: Variables, own: Variables, shared?: readonly string[]): Variables {
  return new Proxy(own, {
    get: (target, name: string) => (name in target ? target[name] : outer[name]),
    has: (target, name: string) => name in target || name in outer,
    set(target, name: string, value) {
      const isOuter = !(name in own) && name in outer;
      if (isOuter && shared && !shared.includes(name))
        throw new Error(`${name} is not shared, and is changed`);
      (isOuter ? outer : target)[name] = value as unknown;
      return true;
    },
  });
}

function only(name: string, step: Json, key: string, run: () => unknown): unknown {
  refuseOthers(name, Object.fromEntries(Object.entries(step).filter(([field]) => field !== key)));
  return run();
}

function refuseOthers(name: string, others: object): void {
  const [field] = Object.keys(others);
  if (field !== undefined) throw new Error(`${name} has ${field}, which this interpreter does not know`);
}

function checkSize(what: string, value: unknown, most: number): void {
  const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
  if (bytes > most) throw new Error(`${what} take ${bytes} bytes, and Workflows allows ${most}`);
}
