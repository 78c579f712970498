/** What every rendering says of one finding, in the same words. */
import type { Finding } from '../report.ts';
import { moment } from './moment.ts';
import { plural } from './plural.ts';
import { policyText } from './printable-report.ts';

export interface Description {
  subject: string;
  workload: string | null;
  /** What was refused, how often and when; null for a latent fault. */
  denial: string | null;
  /** Ids of a few of the refused events; empty for a latent fault. */
  events: string[];
  /** `proven` only where the repair was evaluated again; all else is advice. */
  label: 'proven' | 'advice';
  /** The fix in a sentence, without the "Advice:" that the label says. */
  fix: string;
  /** Commands to copy, else the repaired policy. */
  blocks: { caption: string; text: string }[];
}

/** Puts a finding of an outline into words. */
export function describeFinding(finding: Finding): Description {
  return {
    subject: subjectOf(finding),
    workload: workloadOf(finding),
    denial: denialOf(finding),
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
  return workload && `service account ${workload.serviceAccount} in namespace ${workload.namespace}`;
}

function denialOf({ denial }: Finding): string | null {
  if (!denial) return null;
  const { errorCode, events, firstSeen, lastSeen } = denial;
  return `${errorCode}, ${plural(events, 'time')}; first ${moment(firstSeen)}, last ${moment(lastSeen)}`;
}

function fixOf({ fix }: Finding): string {
  const said = fix.summary.replace(/^Advice:\s*/i, '');
  return said.charAt(0).toUpperCase() + said.slice(1);
}

function blocksOf({ fix }: Finding): Description['blocks'] {
  const commands = fix.commands.map((text) => ({ caption: 'Command', text }));
  if (fix.policy === undefined || fix.policy === null) return commands;
  if (fix.verified && commands.length > 0) return commands;
  const caption = fix.verified ? 'The policy after the repair' : 'The policy, only if the grant is meant';
  return [...commands, { caption, text: policyText(fix.policy) }];
}
