/** Where a GKE cluster that was not found really is, which no rule tells: nothing is broken there. */
import type { Values } from '../../../shared/explain/error-kind.ts';
import type { FoundError } from '../../../shared/explain/scan-errors.ts';
import type { Report } from '../../../shared/report.ts';
import { sh } from '../../../shared/shell.ts';
import type { Session } from '../session.ts';
import type { Seen } from './answer-errors.ts';

/** One sentence for each cluster that the error names; none where the project's clusters were not read to the end. */
export function whereClustersAre(session: Session, { kind, cases }: FoundError, report: Report): Seen[] {
  if (kind.id !== 'gke-not-found') return [];
  const seen = cases.flatMap(({ values }) => whereItIs(session, values, report) ?? []);
  return [...new Map(seen.map((one) => [one.says, one])).values()];
}

function whereItIs({ says }: Session, { project, cluster, location }: Values, report: Report): Seen | null {
  if (project === undefined || cluster === undefined || !isRead(report, project)) return null;
  const own = (report.clusters ?? []).filter(({ cloud, account }) => cloud === 'gcp' && account === project);
  const there = own.filter(({ name }) => name === cluster).map((one) => one.location);
  const { live } = says.explain;
  const command = (where: string) =>
    sh`gcloud container clusters get-credentials ${cluster} --location=${where} --project=${project}`;
  if (location !== undefined && there.includes(location))
    return { says: live.isThere(cluster, location), command: command(location) };
  const [other] = there;
  if (other !== undefined) return { says: live.isElsewhere(cluster, there), command: command(other) };
  const others = own.map((one) => `${one.name} (${one.location})`);
  return { says: live.isNowhere(cluster, project, others), command: null };
}

function isRead({ coverage }: Report, project: string): boolean {
  return coverage.some(
    ({ account, fact, complete }) => account === project && fact === 'gkeClusters' && complete,
  );
}
