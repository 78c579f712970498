/** What the report of an organization says besides the findings that it holds: what was broken, and whose it is. */
import type { Report } from '../report.ts';
import type { Outline } from './outline.ts';
import { firstFew, plural } from './plural.ts';

const says = {
  affected: (accounts: number, of: string, id: string) =>
    `${accounts.toLocaleString('en-US')} of ${of} of ${id}`,
  looked: (accounts: string, id: string) => `${accounts} of organization ${id}`,
  failed: (failed: string) => `${failed} of them could not be audited`,
  broken: 'What was broken, the worst first',
  counts: (findings: string, news: string) => (news === '' ? findings : `${findings}, ${news}`),
  news: (count: number) => `${count.toLocaleString('en-US')} new`,
  owner: (name: string, findings: number) => `${name} (${findings.toLocaleString('en-US')})`,
  line: (severity: string, title: string, counts: string, owners: string, rule: string) =>
    `${severity}: ${title}: ${counts}: ${owners} (${rule})`,
  leftOut: (findings: string) =>
    `And ${findings} in the accounts' own reports: compared/ACCOUNT.json, beside this report where it is stored.`,
};

type Organization = NonNullable<Report['organization']>;
export type BrokenGroup = Organization['groups'][number];

/** Owners that are named for one group. */
const mostOwners = 5;

/** The heading over `brokenLines`. */
export const brokenTitle = says.broken;

/** `7 findings, 2 new`. */
export function groupCounts({ findings, new: news }: BrokenGroup): string {
  return says.counts(plural(findings, 'finding'), news > 0 ? says.news(news) : '');
}

/** `team-1 (3), team-2 (2) and 4 more`: those with the most first. */
export function groupOwners({ owners }: BrokenGroup): string {
  const most = [...owners].sort((a, b) => b.findings - a.findings);
  return firstFew(
    most.map(({ name, findings }) => says.owner(name, findings)),
    mostOwners,
  );
}

/** A line for each thing that is broken, worst first; empty where the report is of no organization. */
export function brokenLines({ report: { organization } }: Outline): string[] {
  return (organization?.groups ?? []).map((group) =>
    says.line(group.severity, group.title, groupCounts(group), groupOwners(group), group.rule),
  );
}

/** Where the findings are that the report does not hold; empty where it holds all. */
export function leftOutNote({ report: { organization } }: Outline): string {
  const left = organization?.leftOut ?? 0;
  return left > 0 ? says.leftOut(plural(left, 'more finding')) : '';
}

/** `30 accounts of organization o-…; 2 of them could not be audited`. */
export function accountsRead({ id, accounts, failed }: Organization): string {
  const all = says.looked(plural(accounts, 'account'), id);
  return failed > 0 ? `${all}; ${says.failed(failed.toLocaleString('en-US'))}` : all;
}

/** `12 of 30 accounts of o-…`: how many have findings that stand. */
export function accountsAffected({ id, accounts, groups }: Organization): string {
  const affected = new Set(groups.flatMap(({ owners }) => owners.flatMap((owner) => owner.accounts)));
  return says.affected(affected.size, plural(accounts, 'account'), id);
}
