/** What the report of an organization says besides the findings that it holds: what was broken, and whose it is. */
import { batchFiles, type Report } from '../report.ts';
import type { Outline } from './outline.ts';
import type { Messages, Whole } from './messages/messages-in.ts';

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
export function leftOutNote({ report: { organization, runId }, says }: Outline): string {
  const { leftOut = 0, cloud } = organization ?? {};
  if (leftOut === 0) return '';
  return cloud === 'gcp'
    ? says.organization.leftOutOfBatches(leftOut, batchFiles(runId))
    : says.organization.leftOut(leftOut);
}

/** `12 of 30 accounts of o-…`, `3 of 8 projects of folder 4711`: how many have findings that stand. */
export function accountsAffected(organization: Organization, says: Messages): string {
  const { groups, accounts } = organization;
  const affected = new Set(groups.flatMap(({ owners }) => owners.flatMap((owner) => owner.accounts)));
  return says.organization.affected(affected.size, accounts, shortWhole(organization, says));
}

/** `30 accounts of organization o-…; 2 of them could not be audited`. */
export function accountsLookedAt(organization: Organization, says: Messages): string {
  const { id, cloud, accounts, failed } = organization;
  const whole =
    cloud === 'gcp' ? googleWhole(id, says) : says.organization.accountsOf(says.organization.named(id));
  return says.organization.looked(accounts, whole, failed);
}

/** What `affected` counts in; an id of AWS says by itself what it is of. */
function shortWhole({ id, cloud }: Organization, says: Messages): Whole {
  return cloud === 'gcp' ? googleWhole(id, says) : says.organization.accountsOf(id);
}

/** Words stand for all that the auditor sees. */
function googleWhole(id: string, says: Messages): Whole {
  const [, kind, number = ''] = /^(organizations|folders)\/(.+)$/.exec(id) ?? [];
  if (kind === 'organizations') return says.organization.projectsOf(says.organization.named(number));
  return says.organization.projectsOf(kind === 'folders' ? says.organization.folder(number) : null);
}
