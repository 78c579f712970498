/** Follows one execution of the state machine to its end. */
import { setTimeout as pause } from 'node:timers/promises';
import type { DescribeExecutionOutput, HistoryEvent, SFNClient } from '@aws-sdk/client-sfn';
import { causeMessage } from '../cause-message.ts';
import type { Session } from './session.ts';
import { UserError } from './user-error.ts';

export interface Ended {
  /** ARN. */
  execution: string;
  /** What the last step answered. */
  output: unknown;
}

/** Milliseconds between two looks: few at first, more as it goes on. */
const firstWaitMs = 500;
const longestWaitMs = 5000;

/**
 * Tells each step that begins, until the run ends; needs states:DescribeExecution and states:GetExecutionHistory.
 * @throws {UserError} with the run's own error where it failed.
 */
export async function followExecution(sfn: SFNClient, execution: string, session: Session): Promise<Ended> {
  const { DescribeExecutionCommand } = await import('@aws-sdk/client-sfn');
  const steps = new Steps(sfn, execution, session);
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    const state = await sfn.send(new DescribeExecutionCommand({ executionArn: execution }));
    await steps.tell();
    if (state.status === 'SUCCEEDED') return { execution, output: JSON.parse(state.output ?? '{}') };
    if (state.status !== 'RUNNING') throw failure(execution, state);
    await pause(waitMs);
  }
}

/** The steps that have begun since the last look. */
class Steps {
  readonly #sfn: SFNClient;
  readonly #execution: string;
  readonly #session: Session;
  #lastId = 0;
  #isReadable = true;

  constructor(sfn: SFNClient, execution: string, session: Session) {
    this.#sfn = sfn;
    this.#execution = execution;
    this.#session = session;
  }

  /** A history that may not be read keeps nobody from the report. */
  async tell(): Promise<void> {
    const says = this.#session.says.invoke;
    if (!this.#isReadable || !this.#session.logs('info')) return;
    try {
      for (const { id = 0, stateEnteredEventDetails: details } of await this.#read()) {
        if (details?.name && id > this.#lastId) this.#session.log('info', `  ${says.step(details.name)}`);
        this.#lastId = Math.max(this.#lastId, id);
      }
    } catch (error) {
      this.#isReadable = false;
      this.#session.log('warn', says.noSteps((error as Error).message));
    }
  }

  async #read(): Promise<HistoryEvent[]> {
    const { GetExecutionHistoryCommand } = await import('@aws-sdk/client-sfn');
    const { events = [] } = await this.#sfn.send(
      new GetExecutionHistoryCommand({
        executionArn: this.#execution,
        includeExecutionData: false,
        reverseOrder: true,
        maxResults: 100,
      }),
    );
    return events.reverse();
  }
}

function failure(execution: string, { status, error, cause }: DescribeExecutionOutput): UserError {
  const why = [error, causeMessage(cause ?? '')].filter(Boolean).join(': ');
  const ended = `${status ?? 'unknown'}${why && ` (${why})`}`;
  return new UserError({
    en: `The run ${execution} ended as ${ended}; the runbook says under "Run failed" what to do`,
    ja: `実行 ${execution} は ${ended} で終了しました。対処はランブックの "Run failed" を参照してください`,
  });
}
