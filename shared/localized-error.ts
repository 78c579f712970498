/** Errors that speak to people in every language, where a reading that they end is told in a report. */
import { quoted, type Localized } from './words.ts';

/** Its message is the English; logs and other programs see that. */
export class LocalizedError extends Error {
  override name = 'LocalizedError';
  readonly says: Localized;

  constructor(says: Localized, options?: ErrorOptions) {
    super(says.en, options);
    this.says = says;
  }
}

/** What an error says to people: the words of a cloud, a library or the system stay as they are. */
export function saidBy(error: unknown): Localized {
  if (!(error instanceof Error)) return quoted(String(error));
  const { says } = error as Partial<LocalizedError>; // an AggregateError of ours has it too
  return says ?? quoted(error.message);
}
