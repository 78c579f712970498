/** The message in the cause of a failed task: Lambda writes its error there as JSON, `{"errorMessage": "…"}`. */
export function causeMessage(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : cause;
  } catch (error) {
    // A cause that is not of Lambda's form is the message itself.
    if (error instanceof SyntaxError || error instanceof TypeError) return cause;
    throw error;
  }
}
