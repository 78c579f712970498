/** Throws a fault of our own again: it must not pass for a cloud that could not be looked at. Network errors have a cause. */
export function throwFault(error: unknown): void {
  const isFault =
    error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
  if (isFault && error.cause === undefined) throw error;
}
