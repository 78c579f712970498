/** The controls that choose which findings the page shows; the script of the page makes them work, and visible. */
import type { Messages } from './messages/messages-in.ts';
import { groupName, severities, type Outline } from './outline.ts';

const clouds: Readonly<Record<string, string>> = { aws: 'AWS', gcp: 'Google Cloud' };

/** Nothing for fewer than two findings. */
export function Filters({ order: { standing: findings, report, says } }: { order: Outline }) {
  if (findings.length < 2) return null;
  const bySeverity = (a: string, b: string) =>
    severities.findIndex((one) => one === a) - severities.findIndex((one) => one === b);
  return (
    <section id="filters" class="panel filters" role="search" aria-label={says.filters.title} hidden>
      <Choice
        name="cloud"
        values={findings.map(({ cloud }) => cloud)}
        show={(value) => clouds[value] ?? value}
        says={says}
      />
      <Choice name="account" values={findings.map(({ account }) => account)} says={says} />
      <Choice name="cluster" values={findings.map((finding) => groupName(finding, report))} says={says} />
      <Choice
        name="severity"
        values={findings.map(({ severity }) => severity)}
        order={bySeverity}
        show={(value) => nameOf(says.severity, value)}
        says={says}
      />
      <Choice
        name="change"
        values={findings.map(({ change }) => change)}
        show={(value) => nameOf(says.change, value)}
        says={says}
      />
      <Choice name="rule" values={findings.map(({ rule }) => rule)} says={says} />
      <Order isKnown={findings.some(({ openSince }) => openSince !== undefined)} says={says} />
      <label>
        <span>{says.filters.text}</span>
        <input type="search" name="text" autocomplete="off" spellcheck={false} />
      </label>
      <button type="button">{says.filters.clear}</button>
    </section>
  );
}

/** Nothing where nobody knows since when the findings are open. */
function Order({ isKnown, says }: { isKnown: boolean; says: Messages }) {
  if (!isKnown) return null;
  const { sort, worst, oldest, newest } = says.filters;
  return (
    <label>
      <span>{sort}</span>
      <select name="sort">
        <option value="">{worst}</option>
        <option value="oldest">{oldest}</option>
        <option value="newest">{newest}</option>
      </select>
    </label>
  );
}

function nameOf(names: Readonly<Record<string, string>>, value: string): string {
  return names[value] ?? value;
}

interface ChoiceProps {
  name: 'cloud' | 'account' | 'cluster' | 'severity' | 'change' | 'rule';
  values: readonly string[];
  says: Messages;
  show?: (value: string) => string;
  order?: (a: string, b: string) => number;
}

/** Nothing where there is nothing to choose. */
function Choice({ name, values, says, show = (value) => value, order }: ChoiceProps) {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  if (counts.size < 2) return null;
  return (
    <label>
      <span>{says.filters[name]}</span>
      <select name={name}>
        <option value="">{says.filters.all}</option>
        {[...counts.keys()].sort(order).map((value) => (
          <option value={value}>{says.filters.option(show(value), counts.get(value) ?? 0)}</option>
        ))}
      </select>
    </label>
  );
}
