/** Which check looked at which cluster, and what it came to. */
import type { Report } from '../report.ts';
import { placeName, severities, type Severity } from './outline.ts';

/** A severity where something was found; never `pass` where something there was not looked at. */
export type CoverageState = Severity | 'pass' | 'unknown' | 'broken';

export interface CoverageRow {
  /** `prod`, and `AWS 111122223333 / eu-west-1` beside it. */
  name: string;
  place: string;
  /** One for each check; null where it did not run there. */
  states: (CoverageState | null)[];
}

export interface CoverageMap {
  cloud: 'aws' | 'gcp';
  checks: string[];
  rows: CoverageRow[];
}

type Cluster = NonNullable<Report['clusters']>[number];

/** One map for each cloud that has clusters, those with findings first. */
export function coverageMaps(report: Report): CoverageMap[] {
  return (['aws', 'gcp'] as const)
    .map((cloud) => mapOf(report, cloud))
    .filter(({ rows, checks }) => rows.length > 0 && checks.length > 0);
}

function mapOf(report: Report, cloud: Cluster['cloud']): CoverageMap {
  const outcomes = report.outcomes.filter((outcome) => outcome.cloud === cloud);
  const checks = [...new Set(outcomes.map(({ rule }) => rule))].sort();
  const statuses = new Map(outcomes.map(({ account, rule, status }) => [key(account, rule), status]));
  const found = worstFindings(report);
  const blind = blindPlaces(report);
  const rows = (report.clusters ?? [])
    .filter((cluster) => cluster.cloud === cloud)
    .map((cluster) => ({
      name: cluster.name,
      place: `${placeName(cluster)} / ${cluster.location}`,
      states: checks.map((rule) => {
        const severity = found.get(key(cluster.account, cluster.location, cluster.name, rule));
        return severity ?? stateOf(statuses.get(key(cluster.account, rule)), isBlind(blind, cluster));
      }),
    }));
  return { cloud, checks, rows: rows.sort((a, b) => weight(a) - weight(b)) };
}

function worstFindings({ findings }: Report): Map<string, Severity> {
  const found = new Map<string, Severity>();
  for (const { account, location, cluster, rule, severity, change } of findings) {
    if (change === 'resolved' || change === 'muted' || cluster === null) continue;
    const name = key(account, location ?? '', cluster, rule);
    const known = found.get(name);
    if (!known || severities.indexOf(severity) < severities.indexOf(known)) found.set(name, severity);
  }
  return found;
}

function blindPlaces({ coverage }: Report): Set<string> {
  const gaps = coverage.filter(({ complete }) => !complete);
  return new Set(gaps.map(({ account, location }) => key(account, location ?? '')));
}

function isBlind(blind: Set<string>, { account, location }: Cluster): boolean {
  return blind.has(key(account, '')) || blind.has(key(account, location));
}

/** A rule that failed for another cluster has passed for this one, unless something here was not read. */
function stateOf(
  status: Report['outcomes'][number]['status'] | undefined,
  blind: boolean,
): CoverageState | null {
  if (status === undefined) return null;
  if (status === 'fail') return blind ? 'unknown' : 'pass';
  return status;
}

/** Those with the worst findings first. */
function weight({ states }: CoverageRow): number {
  const found = states.map((state) => severities.indexOf(state as Severity)).filter((rank) => rank >= 0);
  return found.length === 0 ? severities.length : Math.min(...found);
}

function key(...parts: string[]): string {
  return JSON.stringify(parts);
}
