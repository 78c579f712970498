/** What the report of an organization says besides the findings that it holds: what was broken, and whose it is. */
import type { Report } from '../report.ts';
import type { Outline } from './outline.ts';
import type { Messages } from './messages/messages-in.ts';

type Organization = NonNullable<Report['organization']>;
export type BrokenGroup = Organization['groups'][number];

/** Owners that are named for one group. */
const mostOwners = 5;

/** `team-1 (3), team-2 (2) and 4 more`: those with the most first. */
export function groupOwners({ owners }: BrokenGroup, says: Messages): string {
  const most = [...owners].sort((a, b) => b.findings - a.findings);
  return says.firstFew(
    most.map(({ name, findings }) => says.organization.owner(name, findings)),
    mostOwners,
  );
}

/** A line for each thing that is broken, worst first; empty where the report is of no organization. */
export function brokenLines({ report: { organization }, says }: Outline): string[] {
  return (organization?.groups ?? []).map((group) => {
    const counts = says.organization.counts(group.findings, group.new);
    const parts = [says.severity[group.severity], group.title, counts, groupOwners(group, says)];
    return parts.reduce(says.titled) + says.aside(group.rule);
  });
}

/** Where the findings are that the report does not hold; empty where it holds all. */
export function leftOutNote({ report: { organization }, says }: Outline): string {
  const left = organization?.leftOut ?? 0;
  return left > 0 ? says.organization.leftOut(left) : '';
}

/** `12 of 30 accounts of o-…`: how many have findings that stand. */
export function accountsAffected({ id, accounts, groups }: Organization, says: Messages): string {
  const affected = new Set(groups.flatMap(({ owners }) => owners.flatMap((owner) => owner.accounts)));
  return says.organization.affected(affected.size, accounts, id);
}
