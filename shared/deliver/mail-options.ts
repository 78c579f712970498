import type { Report } from '../report.ts';
import type { MailAddress } from '../settings.ts';
import type { Language } from '../words.ts';

/** What a mail to one recipient needs, whoever carries it. */
export interface MailOptions {
  from: MailAddress;
  to: MailAddress;
  /** Address for a List-Unsubscribe header. */
  unsubscribe?: string | null;
  /** English where absent. */
  language?: Language | undefined;
  /** Where people find the whole report. */
  pageUrl?: ((report: Report) => string | undefined) | undefined;
}
