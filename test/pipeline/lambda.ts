/** Runs a bundled handler in a process of its own, under Lambda's contract. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TaskError } from './task-error.ts';

export interface LambdaOptions {
  /** The file of the bundle, which exports `handler`. */
  file: string;
  name: string;
  environment: Record<string, string>;
  timeoutMs: number;
}

type Answer = { result: unknown } | { error: { errorType: string; errorMessage: string } };

const runtime = fileURLToPath(new URL('lambda-runtime.mjs', import.meta.url));

export class Lambda {
  readonly #options: LambdaOptions;
  #process: ChildProcess | null = null;
  /** Everything that was written to the log, line by line. */
  readonly log: string[] = [];

  constructor(options: LambdaOptions) {
    this.#options = options;
  }

  /** A process that ended well serves again, as Lambda's do. Throws a `TaskError` in the words of Step Functions. */
  async invoke(event: unknown, timeoutMs = this.#options.timeoutMs): Promise<unknown> {
    const child = (this.#process ??= this.#start());
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const isOver = { timedOut: false };
    const deadline = setTimeout(() => (isOver.timedOut = true), timeoutMs - 1);
    try {
      child.send({ event, timeoutMs, functionName: this.#options.name });
      return resultOf(await answerOf(child, isOver));
    } finally {
      clearTimeout(timer);
      clearTimeout(deadline);
    }
  }

  /** Ends the process at once, wherever it is. */
  kill(): void {
    this.#process?.kill('SIGKILL');
    this.#process = null;
  }

  #start(): ChildProcess {
    const { file, environment } = this.#options;
    const child = fork(runtime, [file], { env: environment, execArgv: [], silent: true });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => this.log.push(...chunk.toString().split('\n').filter(Boolean)));
    child.once('exit', () => (this.#process = this.#process === child ? null : this.#process));
    return child;
  }
}

async function answerOf(child: ChildProcess, isOver: { timedOut: boolean }): Promise<Answer> {
  const listening = new AbortController();
  const { signal } = listening;
  const answered = once(child, 'message', { signal }).then(([message]) => message as Answer);
  const ended = once(child, 'exit', { signal }).then((): Answer => {
    const errorType = isOver.timedOut ? 'Sandbox.Timedout' : 'Runtime.ExitError';
    return { error: { errorType, errorMessage: 'RequestId: request Error: the process ended' } };
  });
  try {
    return await Promise.race([answered, ended]);
  } finally {
    listening.abort();
    await Promise.allSettled([answered, ended]);
  }
}

function resultOf(answer: Answer): unknown {
  if ('result' in answer) return answer.result;
  throw new TaskError(answer.error.errorType, JSON.stringify(answer.error));
}
