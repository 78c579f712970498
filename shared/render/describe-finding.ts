/** What every rendering says of one finding, in the same words. */
import type { Finding } from '../report.ts';
import { moment, spanBetween } from './moment.ts';
import { plural } from './plural.ts';
import { policyText } from './printable-report.ts';

export interface Description {
  subject: string;
  workload: string | null;
  /** What was refused, how often and when; null for a latent fault. */
  denial: string | null;
  /** `open for 12 days`; null where that is not known, or it is new. */
  age: string | null;
  /** By whom it is kept silent until when, or was. */
  mute: string | null;
  /** Ids of a few of the refused events; empty for a latent fault. */
  events: string[];
  /** `proven` only where the repair was evaluated again; all else is advice. */
  label: 'proven' | 'advice';
  /** The fix in a sentence, without the "Advice:" that the label says. */
  fix: string;
  /** Commands to copy, else the repaired policy. */
  blocks: { caption: string; text: string }[];
}

const says = {
  age: (span: string) => `open for ${span}`,
  muted: (until: string, reason: string) => `muted until ${until}: ${reason}`,
  expired: (until: string, reason: string) => `was muted until ${until}, and stands again: ${reason}`,
  workload: (name: string, namespace: string) => `service account ${name} in namespace ${namespace}`,
  denial: (code: string, times: string, first: string, last: string) =>
    `${code}, ${times}; first ${first}, last ${last}`,
  command: 'Command',
  proven: 'The policy after the repair',
  advised: 'The policy, only if the grant is meant',
};

/** Puts a finding of an outline into words; `time` is that of the report, ISO 8601. */
export function describeFinding(finding: Finding, time: string): Description {
  return {
    subject: subjectOf(finding),
    workload: workloadOf(finding),
    denial: denialOf(finding),
    age: ageOf(finding, time),
    mute: muteOf(finding),
    events: finding.denial?.sampleEventIds ?? [],
    label: finding.fix.verified ? 'proven' : 'advice',
    fix: fixOf(finding),
    blocks: blocksOf(finding),
  };
}

/** Kind and name, with the id behind it where that says more; a long name is not said twice. */
function subjectOf({ subject: { kind, name, id } }: Finding): string {
  if (name === id || (name.length > 40 && id.includes(name))) return `${kind} ${id}`;
  return `${kind} ${name} (${id})`;
}

function workloadOf({ workload }: Finding): string | null {
  return workload && says.workload(workload.serviceAccount, workload.namespace);
}

function ageOf({ openSince, change }: Finding, time: string): string | null {
  if (openSince === undefined || change === 'new') return null;
  const span = spanBetween(openSince, time);
  return span === null ? null : says.age(span);
}

function muteOf({ mute }: Finding): string | null {
  if (!mute) return null;
  const { state, expires, reason } = mute;
  return (state === 'active' ? says.muted : says.expired)(moment(expires), reason);
}

function denialOf({ denial }: Finding): string | null {
  if (!denial) return null;
  const { errorCode, events, firstSeen, lastSeen } = denial;
  return says.denial(errorCode, plural(events, 'time'), moment(firstSeen), moment(lastSeen));
}

function fixOf({ fix }: Finding): string {
  const said = fix.summary.replace(/^Advice:\s*/i, '');
  return said.charAt(0).toUpperCase() + said.slice(1);
}

function blocksOf({ fix }: Finding): Description['blocks'] {
  const commands = fix.commands.map((text) => ({ caption: says.command, text }));
  if (fix.policy === undefined || fix.policy === null) return commands;
  if (fix.verified && commands.length > 0) return commands;
  const caption = fix.verified ? says.proven : says.advised;
  return [...commands, { caption, text: policyText(fix.policy) }];
}
