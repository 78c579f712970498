import { LocalizedError } from '../../../shared/localized-error.ts';
import type { Localized } from '../../../shared/words.ts';

/** The demo itself is wrong, which nobody who runs it can mend. */
export function demoFault(what: Localized): LocalizedError {
  return new LocalizedError({ en: `${what.en}; please report this`, ja: `${what.ja}。ご報告ください` });
}
