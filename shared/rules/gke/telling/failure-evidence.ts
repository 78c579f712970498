import type { Failure } from '../../../domain/google-failure.ts';
import type { Evidence } from '../../../rule.ts';
import { joinWords, type Words } from '../../../words.ts';
import { oneLine } from './one-line.ts';

/** What failed because of it, in GKE's own words: the first few, and how many more. */
export function failureEvidence(failures: readonly Failure[], most = 3): Evidence[] {
  const shown = failures.slice(0, most).map(describeFailure);
  const more = failures.length - shown.length;
  const rest = { en: `the same in ${more} more messages`, ja: `ほかに ${more} 件のメッセージでも同じです` };
  return [...shown, ...(more > 0 ? [rest] : [])].map((value) => ({ label: 'GKE says', value }));
}

function describeFailure({ label, message, cluster, time }: Failure): Words {
  const where = cluster === null ? '' : ` (${cluster})`;
  const when = time === null ? '' : { en: ` on ${time}`, ja: `、${time} に発生` };
  return joinWords([label, where, when, `: ${oneLine(message)}`], '');
}
