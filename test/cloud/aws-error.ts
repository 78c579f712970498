/** An error as a service answers it. */
export class AwsError extends Error {
  /** The code on the wire, `NoSuchEntity`. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** Further members that the service's model gives the error. */
  readonly fields: Record<string, unknown>;

  constructor(code: string, message: string, status = 400, fields: Record<string, unknown> = {}) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}
