/**
 * Executes a definition in the Amazon States Language (states-language.net/spec.html), as far as the deployed one uses
 * it: Task, Map (also distributed, with items from S3 and results in S3), Pass and Fail with JSONPath. What it does not know
 * it refuses, so that nothing is passed over.
 */
import { randomUUID } from 'node:crypto';
import { TaskError } from './task-error.ts';

export interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: string;
}

interface Catcher {
  ErrorEquals: string[];
  Next: string;
  ResultPath?: string | null;
}

interface State {
  Type: 'Task' | 'Map' | 'Pass' | 'Fail';
  Comment?: string;
  Next?: string;
  End?: boolean;
  Resource?: string;
  Parameters?: Json;
  ResultPath?: string | null;
  Retry?: Retrier[];
  Catch?: Catcher[];
  TimeoutSeconds?: number;
  ItemsPath?: string;
  ItemSelector?: Json;
  ItemProcessor?: Definition & { ProcessorConfig?: { Mode: string } };
  MaxConcurrency?: number;
  /** Of a distributed Map. */
  ItemReader?: { Resource: string; ReaderConfig: Json; Parameters: Json };
  ResultWriter?: { Resource: string; Parameters: Json };
  ToleratedFailurePercentage?: number;
  ErrorPath?: string;
  CausePath?: string;
}

export interface Definition {
  StartAt: string;
  States: Record<string, State>;
}

type Json = Record<string, unknown>;

export interface Execution {
  /** Runs the resource of a task; throws a `TaskError`. */
  task(resource: string, input: unknown, state: string): Promise<unknown>;
  /** The objects of S3 that distributed Maps read and write. */
  objects?: {
    read(bucket: string, key: string): string;
    write(bucket: string, key: string, text: string): void;
  };
  /** Told of each state that is entered. */
  onEnter?(state: string): void;
  /** Told of each wait before another attempt, in seconds; nothing waits. */
  onRetry?(state: string, error: string, seconds: number): void;
}

const known = new Set(
  'Type Comment Next End Resource Parameters ResultPath Retry Catch TimeoutSeconds ItemsPath ItemSelector ItemProcessor MaxConcurrency ItemReader ResultWriter ToleratedFailurePercentage ErrorPath CausePath'.split(
    ' ',
  ),
);

/** The output of the last state; throws a `TaskError` where the execution fails. */
export async function execute(
  { StartAt, States }: Definition,
  input: unknown,
  execution: Execution,
  context: Json = { Execution: { Id: 'arn:aws:states:eu-west-1:111122223333:execution:clusterwhy:test' } },
): Promise<unknown> {
  let data = input;
  for (let name: string | undefined = StartAt; name !== undefined;) {
    const state: State | undefined = States[name];
    if (!state) throw new Error(`There is no state ${name}`);
    refuseUnknown(name, state);
    execution.onEnter?.(name);
    const step: { output: unknown; next: string | undefined } = await enter(
      { name, state, execution, context },
      data,
    );
    data = step.output;
    name = step.next;
  }
  return data;
}

interface Visit {
  name: string;
  state: State;
  execution: Execution;
  context: Json;
}

function refuseUnknown(name: string, state: State): void {
  const field = Object.keys(state).find((key) => !known.has(key));
  if (field !== undefined) throw new Error(`${name} has ${field}, which this interpreter does not know`);
}

async function enter(visit: Visit, input: unknown): Promise<{ output: unknown; next: string | undefined }> {
  const { state } = visit;
  try {
    const result = await withRetries(visit, () => run(visit, input));
    return { output: put(input, state.ResultPath, result), next: state.Next };
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    const catcher = state.Catch?.find(({ ErrorEquals }) => matches(ErrorEquals, error));
    if (!catcher) throw error;
    const told = { Error: error.error, Cause: error.reason };
    return { output: put(input, catcher.ResultPath, told), next: catcher.Next };
  }
}

/** Each retrier counts its own attempts; the first that matches decides. */
async function withRetries(
  { name, state, execution }: Visit,
  attempt: () => Promise<unknown>,
): Promise<unknown> {
  const tried = new Map<Retrier, number>();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      const retrier = state.Retry?.find(({ ErrorEquals }) => matches(ErrorEquals, error));
      const count = retrier ? (tried.get(retrier) ?? 0) : 0;
      if (!retrier || count >= (retrier.MaxAttempts ?? 3)) throw error;
      tried.set(retrier, count + 1);
      const seconds = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** count;
      execution.onRetry?.(name, error.error, Math.min(seconds, retrier.MaxDelaySeconds ?? Infinity));
    }
  }
}

function matches(names: readonly string[], { error }: TaskError): boolean {
  return names.includes('States.ALL') || names.includes(error);
}

async function run({ name, state, execution, context }: Visit, input: unknown): Promise<unknown> {
  const parameters = state.Parameters ? fill(state.Parameters, input, context) : input;
  switch (state.Type) {
    case 'Task':
      return execution.task(state.Resource ?? '', parameters, name);
    case 'Pass':
      return parameters;
    case 'Fail':
      throw new TaskError(
        String(resolve(state.ErrorPath ?? '', input, context)),
        String(resolve(state.CausePath ?? '', input, context)),
      );
    case 'Map':
      return mapItems({ name, state, execution, context }, input);
  }
}

/** Items run side by side, at most so many at a time. */
async function mapItems(visit: Visit, input: unknown): Promise<unknown> {
  const { state, execution, context } = visit;
  const { ItemSelector, ItemProcessor, MaxConcurrency = 0 } = state;
  if (!ItemProcessor) throw new Error('A Map needs an ItemProcessor');
  const items = itemsOf(visit, input);
  const runs: Run[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const inner = { ...context, Map: { Item: { Index: index, Value: items[index] } } };
      const given = ItemSelector ? fill(ItemSelector, input, inner) : items[index];
      runs[index] = await attempt(given, () => execute(ItemProcessor, given, execution, inner), state);
    }
  };
  await Promise.all(Array.from({ length: MaxConcurrency || items.length || 1 }, work));
  return state.ResultWriter ? writeResults(visit, input, runs) : runs.map(({ output }) => output);
}

interface Run {
  input: unknown;
  output?: unknown;
  error?: TaskError;
}

/** A distributed Map goes on when an item fails, within its tolerance, of which this knows all or nothing. */
async function attempt(
  input: unknown,
  run: () => Promise<unknown>,
  { ToleratedFailurePercentage = 0 }: State,
): Promise<Run> {
  try {
    return { input, output: await run() };
  } catch (error) {
    if (!(error instanceof TaskError) || ToleratedFailurePercentage < 100) throw error;
    return { input, error };
  }
}

function itemsOf({ state, execution, context }: Visit, input: unknown): unknown[] {
  const { ItemReader, ItemsPath = '$' } = state;
  if (!ItemReader) return resolve(ItemsPath, input, context) as unknown[];
  if (
    !ItemReader.Resource.endsWith(':states:::s3:getObject') ||
    ItemReader.ReaderConfig['InputType'] !== 'JSON'
  )
    throw new Error('This interpreter reads items from one JSON object of S3 only');
  const { Bucket, Key } = fill(ItemReader.Parameters, input, context) as Record<string, string>;
  return JSON.parse(execution.objects?.read(Bucket ?? '', Key ?? '') ?? '') as unknown[];
}

/** As docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html shows the files. */
function writeResults({ state, execution, context }: Visit, input: unknown, runs: readonly Run[]): unknown {
  const { Bucket = '', Prefix = '' } = fill(state.ResultWriter?.Parameters, input, context) as Record<
    string,
    string
  >;
  const folder = `${Prefix}/${randomUUID()}`;
  const write = (name: string, content: unknown) => {
    execution.objects?.write(Bucket, `${folder}/${name}`, JSON.stringify(content));
    return { Key: `${folder}/${name}`, Size: JSON.stringify(content).length };
  };
  const [succeeded, failed] = [runs.filter(({ error }) => !error), runs.filter(({ error }) => error)];
  const file = (status: string, some: readonly Run[]) =>
    some.length === 0
      ? []
      : [
          write(
            `${status}_0.json`,
            some.map((run) => runLine(status, run)),
          ),
        ];
  const ResultFiles = {
    FAILED: file('FAILED', failed),
    PENDING: [],
    SUCCEEDED: file('SUCCEEDED', succeeded),
  };
  const { Key } = write('manifest.json', { DestinationBucket: Bucket, MapRunArn: 'arn:run', ResultFiles });
  return { MapRunArn: 'arn:run', ResultWriterDetails: { Bucket, Key } };
}

function runLine(Status: string, { input, output, error }: Run): Json {
  return {
    ExecutionArn: 'arn:execution',
    Input: JSON.stringify(input),
    InputDetails: { Included: true },
    Status,
    ...(error ? { Error: error.error, Cause: error.reason } : { Output: JSON.stringify(output) }),
  };
}

/** A payload template: what ends with `.$` is a path or an intrinsic function. */
function fill(template: unknown, input: unknown, context: Json): unknown {
  if (Array.isArray(template)) return template.map((item) => fill(item, input, context));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) =>
      key.endsWith('.$')
        ? [key.slice(0, -2), resolve(value as string, input, context)]
        : [key, fill(value, input, context)],
    ),
  );
}

function resolve(expression: string, input: unknown, context: Json): unknown {
  const format = /^States\.Format\('([^']*)'((?:, \$[\w.$]*)*)\)$/s.exec(expression);
  if (format) {
    const values = (format[2] ?? '').split(', ').slice(1);
    return (format[1] ?? '').replaceAll('{}', () => String(resolve(values.shift() ?? '', input, context)));
  }
  const path = /^(\$\$?)((?:\.\w+)*)$/.exec(expression);
  if (!path) throw new Error(`This interpreter does not know the path ${expression}`);
  const names = (path[2] ?? '').split('.').slice(1);
  const root = path[1] === '$$' ? context : input;
  return names.reduce<unknown>((value, name) => {
    if (typeof value === 'object' && value !== null && name in value) return (value as Json)[name];
    throw new TaskError('States.Runtime', `${expression} could not be found in the input`);
  }, root);
}

/** Puts a result into the input: it replaces all, nothing (null), or one field. */
function put(input: unknown, path: string | null | undefined, result: unknown): unknown {
  if (path === null) return input;
  if (path === undefined || path === '$') return result;
  const name = /^\$\.(\w+)$/.exec(path)?.[1];
  if (name === undefined) throw new Error(`This interpreter does not know the result path ${path}`);
  return { ...(input as Json), [name]: result };
}
