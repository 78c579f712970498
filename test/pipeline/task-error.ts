/** The error with which a task ended, as a state machine sees it. */
export class TaskError extends Error {
  /** Its name, as `Retry` and `Catch` match it. */
  readonly error: string;
  /** Of a Lambda function: its error as JSON. */
  readonly reason: string;

  constructor(error: string, reason: string) {
    super(`${error}: ${reason}`);
    this.error = error;
    this.reason = reason;
  }
}
