/** The list of all reports, day by day: what opened, what closed, and how long it was open. */
import { FindingsChart } from './findings-chart.tsx';
import { historyDays, mainSeries, type HistoryEntry, type HistoryItem } from './history.ts';
import { moment, spanBetween } from './moment.ts';
import { severities } from './outline.ts';
import { PageFrame, renderPage } from './page-frame.tsx';
import { list, plural } from './plural.ts';
import { printableLine } from './printable.ts';

const says = {
  title: 'Reports of clusterwhy',
  reports: (reports: string) => `${reports}, newest first`,
  nothing: 'nothing found',
  noChange: 'no change',
  gaps: (gaps: string) => `${gaps} in what was looked at`,
  muted: (findings: string) => `${findings} muted`,
  opened: 'opened',
  closed: 'closed',
  openFor: (span: string) => `, was open for ${span}`,
  more: (findings: string) => `and ${findings}`,
};

/** Renders the list, newest first. */
export function renderIndex(entries: readonly HistoryEntry[]): string {
  return renderPage(<Page entries={entries} />);
}

function Page({ entries }: { entries: readonly HistoryEntry[] }) {
  return (
    <PageFrame title={says.title}>
      <main id="content">
        <header class="top">
          <h1>{says.title}</h1>
          <p class="quiet">{says.reports(plural(entries.length, 'report'))}</p>
        </header>
        <FindingsChart entries={mainSeries(entries)} />
        {historyDays(entries).map(({ day, entries: runs }) => (
          <section class="day">
            <h2>
              <time dateTime={printableLine(day)}>{printableLine(day)}</time>
            </h2>
            {runs.map((entry) => (
              <Run entry={entry} />
            ))}
          </section>
        ))}
      </main>
    </PageFrame>
  );
}

function Run({ entry }: { entry: HistoryEntry }) {
  const { page, startedAt, runId, standing, changes, opened = [], closed = [] } = entry;
  return (
    <div class="panel run">
      <p>
        <a href={page.split('/').map(encodeURIComponent).join('/')}>
          <time dateTime={printableLine(startedAt)}>{moment(printableLine(startedAt))}</time>{' '}
          <span class="quiet value">{printableLine(runId)}</span>
        </a>
        {severities
          .filter((severity) => standing[severity] > 0)
          .map((severity) => (
            <span class={`chip ${severity}`}>
              {`${standing[severity].toLocaleString('en-US')} ${severity}`}
            </span>
          ))}
        <span class="quiet">{news(entry)}</span>
      </p>
      <Items items={opened} all={changes.new} verb={says.opened} />
      <Items items={closed} all={changes.resolved} verb={says.closed} until={startedAt} />
    </div>
  );
}

interface ItemsProps {
  items: readonly HistoryItem[];
  /** How many there were; not all are kept. */
  all: number;
  verb: string;
  /** When they closed. */
  until?: string;
}

function Items({ items, all, verb, until }: ItemsProps) {
  if (items.length === 0) return null;
  return (
    <ul>
      {items.map(({ severity, title, where, openSince }) => (
        <li class="value">
          <span class={`chip ${severity}`}>{severity}</span> {verb}: {printableLine(title)} (
          {printableLine(where)}){until !== undefined && openFor(openSince, until)}
        </li>
      ))}
      {all > items.length && <li class="quiet">{says.more(plural(all - items.length, 'more finding'))}</li>}
    </ul>
  );
}

function openFor(since: string, until: string): string {
  const span = spanBetween(since, until);
  return span === null ? '' : says.openFor(span);
}

function news({ standing, changes, gaps, muted = 0 }: HistoryEntry): string {
  const changed = (['new', 'changed', 'resolved'] as const)
    .filter((change) => changes[change] > 0)
    .map((change) => `${changes[change].toLocaleString('en-US')} ${change}`);
  const isEmpty = Object.values(standing).every((count) => count === 0);
  return [
    ...(isEmpty ? [says.nothing] : []),
    changed.length > 0 ? list(changed) : says.noChange,
    ...(muted > 0 ? [says.muted(plural(muted, 'finding'))] : []),
    ...(gaps > 0 ? [says.gaps(plural(gaps, 'gap'))] : []),
  ].join('; ');
}
