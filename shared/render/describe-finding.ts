/** What every rendering says of one finding, in the same words. */
import type { Finding } from '../report.ts';
import type { Messages } from './messages/messages-in.ts';
import type { Outline } from './outline.ts';
import { policyText } from './printable-report.ts';
import { spanBetween } from './span-between.ts';

export interface Description {
  subject: string;
  workload: string | null;
  /** What was refused, how often and when; null for a latent fault. */
  denial: string | null;
  /** `open for 12 days`, or `was open for`; null where that is not known, or it is new. */
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
  blocks: { caption: string; text: string; isCommand: boolean }[];
}

/** Puts a finding of an outline into words; `time` is that of the report, ISO 8601. */
export function describeFinding(finding: Finding, time: string, says: Messages): Description {
  return {
    subject: subjectOf(finding, says),
    workload: workloadOf(finding, says),
    denial: denialOf(finding, says),
    age: ageOf(finding, time, says),
    mute: muteOf(finding, says),
    events: finding.denial?.sampleEventIds ?? [],
    label: finding.fix.verified ? 'proven' : 'advice',
    fix: fixOf(finding, says),
    blocks: blocksOf(finding, says),
  };
}

/** A finding in one line: `high: The role does not exist: role cart (prod); open for 3 days`. */
export function shortLine(finding: Finding, { report, says }: Outline): string {
  const { severity, title, subject, cluster } = finding;
  const { age, mute } = describeFinding(finding, report.finishedAt, says);
  const named = `${says.kind(subject.kind)} ${subject.name}${cluster === null ? '' : says.aside(cluster)}`;
  const line = [says.severity[severity], title, named].reduce(says.titled);
  return says.joinNotes([line, ...[age, mute].filter((part) => part !== null)]);
}

/** Kind and name, with the id behind it where that says more; a long name is not said twice. */
function subjectOf({ subject: { kind, name, id } }: Finding, says: Messages): string {
  const named = says.kind(kind);
  if (name === id || (name.length > 40 && id.includes(name))) return `${named} ${id}`;
  return `${named} ${name}${says.aside(id)}`;
}

function workloadOf({ workload }: Finding, says: Messages): string | null {
  return workload && says.finding.serviceAccount(workload.serviceAccount, workload.namespace);
}

function ageOf({ openSince, change }: Finding, time: string, says: Messages): string | null {
  if (openSince === undefined || change === 'new') return null;
  const span = spanBetween(openSince, time, says);
  if (span === null) return null;
  return change === 'resolved' ? says.finding.wasOpen(span) : says.finding.age(span);
}

function muteOf({ mute }: Finding, says: Messages): string | null {
  if (!mute) return null;
  const { state, expires, reason } = mute;
  const { mutedUntil, wasMuted } = says.finding;
  return (state === 'active' ? mutedUntil : wasMuted)(says.moment(expires), reason);
}

function denialOf({ denial }: Finding, says: Messages): string | null {
  if (!denial) return null;
  const { errorCode, events, firstSeen, lastSeen } = denial;
  return says.finding.denial(errorCode, events, says.moment(firstSeen), says.moment(lastSeen));
}

/** What stood behind the label begins a sentence now; in Japanese its first letters are those of a name. */
function fixOf({ fix }: Finding, { language }: Messages): string {
  const said = fix.summary.replace(/^(Advice:|助言[:：])\s*/i, '');
  return language === 'ja' ? said : said.charAt(0).toUpperCase() + said.slice(1);
}

function blocksOf({ fix }: Finding, says: Messages): Description['blocks'] {
  const commands = fix.commands.map((text) => ({
    caption: says.finding.command,
    text,
    isCommand: true,
  }));
  if (fix.policy === undefined || fix.policy === null) return commands;
  if (fix.verified && commands.length > 0) return commands;
  const caption = fix.verified ? says.finding.provenPolicy : says.finding.advisedPolicy;
  return [...commands, { caption, text: policyText(fix.policy), isCommand: false }];
}
