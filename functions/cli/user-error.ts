import { LocalizedError, saidBy } from '../../shared/localized-error.ts';

/** Something that the person who started the program can mend; its message says what, why, and what to do. */
export class UserError extends LocalizedError {
  override name = 'UserError';
}

/** Runs what only fails where the person who started the program can mend it. */
export function userError<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new UserError(saidBy(error), { cause: error });
  }
}
