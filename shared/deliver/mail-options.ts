import type { Report } from '../report.ts';
import type { MailAddress } from '../settings.ts';

/** What a mail to one recipient needs, whoever carries it. */
export interface MailOptions {
  from: MailAddress;
  to: MailAddress;
  /** Address for a List-Unsubscribe header. */
  unsubscribe?: string | null;
  /** Where people find the whole report. */
  pageUrl?: ((report: Report) => string | undefined) | undefined;
}
