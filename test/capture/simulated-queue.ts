/** SQS with its dead-letter queue, and the event source mapping that calls a function with batches, on a clock of the test's. */
import type { SQSBatchResponse } from 'aws-lambda';

export interface QueueSettings {
  visibilitySeconds: number;
  maxReceiveCount: number;
  batchSize: number;
}

export interface QueuedMessage {
  messageId: string;
  body: string;
  arrivedAt: number;
  receives: number;
  /** Milliseconds since 1970; before it nobody is given the message. */
  visibleAt: number;
}

/** The part of Lambda's event that the function reads. */
export type Consumer = (event: {
  Records: { messageId: string; body: string }[];
}) => Promise<SQSBatchResponse>;

export class SimulatedQueue {
  readonly #settings: QueueSettings;
  readonly #now: () => number;
  #sent = 0;
  messages: QueuedMessage[] = [];
  readonly deadLetters: QueuedMessage[] = [];

  constructor(settings: QueueSettings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  send(...bodies: string[]): void {
    for (const body of bodies) {
      const messageId = `message-${(this.#sent += 1)}`;
      this.messages.push({ messageId, body, arrivedAt: this.#now(), receives: 0, visibleAt: 0 });
    }
  }

  /** Delivers what is visible, batch by batch; returns how many batches there were. */
  async deliver(consumer: Consumer): Promise<number> {
    let batches = 0;
    for (let batch = this.#receive(); batch.length > 0; batch = this.#receive()) {
      batches += 1;
      await this.#hand(batch, consumer);
    }
    return batches;
  }

  /** A function that throws has failed the whole batch; what it does not name has left the queue. */
  async #hand(batch: QueuedMessage[], consumer: Consumer): Promise<void> {
    const failed = await consumer({
      Records: batch.map(({ messageId, body }) => ({ messageId, body })),
    }).then(
      ({ batchItemFailures }) => new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)),
      () => new Set(batch.map(({ messageId }) => messageId)),
    );
    const done = new Set(batch.filter(({ messageId }) => !failed.has(messageId)));
    this.messages = this.messages.filter((message) => !done.has(message));
  }

  #receive(): QueuedMessage[] {
    const { batchSize, visibilitySeconds, maxReceiveCount } = this.#settings;
    const visible = this.messages.filter(({ visibleAt }) => visibleAt <= this.#now());
    const spent = new Set(visible.filter(({ receives }) => receives >= maxReceiveCount));
    this.deadLetters.push(...spent);
    this.messages = this.messages.filter((message) => !spent.has(message));
    const batch = visible.filter((message) => !spent.has(message)).slice(0, batchSize);
    for (const message of batch) {
      message.receives += 1;
      message.visibleAt = this.#now() + visibilitySeconds * 1000;
    }
    return batch;
  }
}
