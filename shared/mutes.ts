/** Mutes: findings that somebody has decided to live with for a time. Pure; the file is read by `mutes-file.ts`. */
import { isStanding, sortFindings, withFindings, type Finding, type Report } from './report.ts';

/** What a mute may be for; `*` in a value stands for any text. Every one that is given must fit. */
export const muteFields = [
  'finding',
  'rule',
  'cloud',
  'account',
  'location',
  'cluster',
  'subject',
  'namespace',
  'tag',
] as const;
export type MuteField = (typeof muteFields)[number];

export interface Mute {
  /** At least one. A tag is written `key=value`, or `key` for any value. */
  of: Partial<Record<MuteField, string>>;
  /** Why it is right to live with it. */
  reason: string;
  /** ISO 8601 UTC: from then on it mutes nothing. */
  expires: string;
}

/**
 * Mutes the findings that a mute fits at the time at which the run began. One whose mute has expired stands again and
 * carries the mute, and one that was muted and no longer is stands as `changed`, so that it is told.
 */
export function applyMutes(report: Report, mutes: readonly Mute[]): Report {
  const { startedAt } = report;
  const findings = sortFindings(report.findings.map((finding) => muted(finding, mutes, startedAt)));
  return {
    ...withFindings(report, findings),
    mutes: mutes.map((mute) => ({
      of: describeMute(mute),
      reason: mute.reason,
      expires: mute.expires,
      state: stateOf(mute, startedAt),
      findings: report.findings.filter((finding) => isOpen(finding) && fits(mute, finding)).length,
    })),
  };
}

/** `rule eks/irsa-trust-too-broad, cluster staging`. */
export function describeMute({ of }: Mute): string {
  return muteFields.flatMap((field) => (of[field] === undefined ? [] : [`${field} ${of[field]}`])).join(', ');
}

function muted(finding: Finding, mutes: readonly Mute[], time: string): Finding {
  if (!isOpen(finding)) return finding;
  const fitting = mutes.filter((mute) => fits(mute, finding));
  const mute = fitting.find((one) => stateOf(one, time) === 'active') ?? fitting.sort(byExpiry).at(-1);
  const bare = withoutMute(finding);
  if (!mute) return finding.change === 'muted' ? { ...bare, change: 'changed' } : finding;
  const state = stateOf(mute, time);
  const note = { reason: mute.reason, expires: mute.expires, state };
  if (state === 'active') return { ...bare, change: 'muted', mute: note };
  return { ...bare, change: finding.change === 'muted' ? 'changed' : finding.change, mute: note };
}

function withoutMute(finding: Finding): Finding {
  const bare = { ...finding };
  delete bare.mute;
  return bare;
}

function isOpen(finding: Finding): boolean {
  return isStanding(finding) || finding.change === 'muted';
}

function stateOf({ expires }: Mute, time: string): 'active' | 'expired' {
  return Date.parse(time) < Date.parse(expires) ? 'active' : 'expired';
}

function byExpiry(a: Mute, b: Mute): number {
  return Date.parse(a.expires) - Date.parse(b.expires);
}

function fits({ of }: Mute, finding: Finding): boolean {
  return muteFields.every((field) => {
    const pattern = of[field];
    return pattern === undefined || valuesOf(finding, field).some((value) => matches(pattern, value));
  });
}

/** What a field is compared with; a subject by its name or its id. */
function valuesOf(finding: Finding, field: MuteField): string[] {
  switch (field) {
    case 'finding':
      return [finding.id];
    case 'subject':
      return [finding.subject.name, finding.subject.id];
    case 'namespace':
      return finding.workload ? [finding.workload.namespace] : [];
    case 'tag':
      return Object.entries(finding.tags ?? {}).flatMap(([key, value]) => [key, `${key}=${value}`]);
    default:
      return [finding[field] ?? []].flat();
  }
}

/** `*` stands for any text. Walks from star to star, so that no pattern takes long. */
function matches(pattern: string, value: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return pattern === value;
  if (!value.startsWith(first) || !value.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = value.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= value.length - last.length;
}
