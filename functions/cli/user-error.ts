/** Something that the person who started the program can mend; its message says what, why, and what to do. */
export class UserError extends Error {
  override name = 'UserError';
}
