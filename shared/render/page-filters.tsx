/** The controls that choose which findings the page shows; the script of the page makes them work, and visible. */
import type { Finding, Report } from '../report.ts';
import { groupName, severities } from './outline.ts';

const says = {
  filters: 'Filter the findings',
  all: 'all',
  cloud: 'Cloud',
  account: 'Account or project',
  cluster: 'Cluster',
  severity: 'Severity',
  change: 'Change',
  rule: 'Rule',
  text: 'Text',
  clear: 'Show all',
  clouds: { aws: 'AWS', gcp: 'Google Cloud' },
  option: (name: string, count: number) => `${name} (${count.toLocaleString('en-US')})`,
};

/** What the script shows of the number of findings. */
export const shownOf = 'Showing {shown} of {all} findings';

/** Nothing for fewer than two findings. */
export function Filters({ findings, report }: { findings: readonly Finding[]; report: Report }) {
  if (findings.length < 2) return null;
  const bySeverity = (a: string, b: string) =>
    severities.findIndex((one) => one === a) - severities.findIndex((one) => one === b);
  return (
    <section id="filters" class="panel filters" role="search" aria-label={says.filters} hidden>
      <Choice
        name="cloud"
        values={findings.map(({ cloud }) => cloud)}
        show={(value) => says.clouds[value as 'aws']}
      />
      <Choice name="account" values={findings.map(({ account }) => account)} />
      <Choice name="cluster" values={findings.map((finding) => groupName(finding, report))} />
      <Choice name="severity" values={findings.map(({ severity }) => severity)} order={bySeverity} />
      <Choice name="change" values={findings.map(({ change }) => change)} />
      <Choice name="rule" values={findings.map(({ rule }) => rule)} />
      <label>
        <span>{says.text}</span>
        <input type="search" name="text" autocomplete="off" spellcheck={false} />
      </label>
      <button type="button">{says.clear}</button>
    </section>
  );
}

interface ChoiceProps {
  name: 'cloud' | 'account' | 'cluster' | 'severity' | 'change' | 'rule';
  values: readonly string[];
  show?: (value: string) => string;
  order?: (a: string, b: string) => number;
}

/** Nothing where there is nothing to choose. */
function Choice({ name, values, show = (value) => value, order }: ChoiceProps) {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  if (counts.size < 2) return null;
  return (
    <label>
      <span>{says[name]}</span>
      <select name={name}>
        <option value="">{says.all}</option>
        {[...counts.keys()].sort(order).map((value) => (
          <option value={value}>{says.option(show(value), counts.get(value) ?? 0)}</option>
        ))}
      </select>
    </label>
  );
}
