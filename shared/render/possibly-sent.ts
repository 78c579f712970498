/** Stands at the top of a message that may have reached its readers already. */
export const possiblySent =
  'Possibly sent before: an earlier attempt to send this report stopped before it was known whether it had gone out.';
