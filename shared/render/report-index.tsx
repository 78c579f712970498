/** The list of all reports, day by day: what opened, what closed, and how long it was open. */
import type { Language } from '../words.ts';
import { FindingsChart } from './findings-chart.tsx';
import { historyDays, itemText, mainSeries, type HistoryEntry, type HistoryItem } from './history.ts';
import { messagesIn, type Messages } from './messages/messages-in.ts';
import { severities } from './outline.ts';
import { findingAnchor } from './page-finding.tsx';
import { PageFrame, renderPage } from './page-frame.tsx';
import { printableLine } from './printable.ts';
import { spanBetween } from './span-between.ts';
import { newsCounts } from './summary.ts';

/** Renders the list, newest first. */
export function renderIndex(entries: readonly HistoryEntry[], language: Language = 'en'): string {
  return renderPage(<Page entries={entries} says={messagesIn(language)} />);
}

function Page({ entries, says }: { entries: readonly HistoryEntry[]; says: Messages }) {
  const { history: words } = says;
  return (
    <PageFrame says={says} title={words.title}>
      <main id="content">
        <header class="top">
          <h1>{words.title}</h1>
          <p class="quiet">{words.reports(entries.length)}</p>
        </header>
        <FindingsChart entries={mainSeries(entries)} says={says} />
        {historyDays(entries).map(({ day, entries: runs }) => (
          <section class="day">
            <h2>
              <time dateTime={printableLine(day)}>{printableLine(says.day(day))}</time>
            </h2>
            {runs.map((entry) => (
              <Run entry={entry} says={says} />
            ))}
          </section>
        ))}
      </main>
    </PageFrame>
  );
}

function Run({ entry, says }: { entry: HistoryEntry; says: Messages }) {
  const { startedAt, runId, standing, changes, opened = [], closed = [] } = entry;
  const address = entry.page.split('/').map(encodeURIComponent).join('/');
  return (
    <div class="panel run">
      <p>
        <a href={address}>
          <time dateTime={printableLine(startedAt)}>{says.moment(printableLine(startedAt))}</time>{' '}
          <span class="quiet value">{printableLine(runId)}</span>
        </a>
        {severities
          .filter((severity) => standing[severity] > 0)
          .map((severity) => (
            <span class={`chip ${severity}`}>
              {says.counted(standing[severity], says.severity[severity])}
            </span>
          ))}
        <span class="quiet">{news(entry, says)}</span>
      </p>
      <Items items={opened} page={address} all={changes.new} closedAt={null} says={says} />
      <Items items={closed} page={address} all={changes.resolved} closedAt={startedAt} says={says} />
    </div>
  );
}

interface ItemsProps {
  items: readonly HistoryItem[];
  /** Address of the report's page, where each is told whole. */
  page: string;
  /** How many there were; not all are kept. */
  all: number;
  /** Null where they opened. */
  closedAt: string | null;
  says: Messages;
}

function Items({ items, page, all, closedAt, says }: ItemsProps) {
  if (items.length === 0) return null;
  const verb = closedAt === null ? says.history.opened : says.history.closed;
  return (
    <ul>
      {items.map((item) => (
        <li class="value">
          <span class={`chip ${item.severity}`}>{says.severity[item.severity]}</span> {says.titled(verb, '')}
          <a href={`${page}#${encodeURIComponent(findingAnchor(item))}`}>{itemText(item, says)}</a>
          {closedAt !== null && openFor(item.openSince, closedAt, says)}
        </li>
      ))}
      {all > items.length && <li class="quiet">{says.moreFindings(all - items.length)}</li>}
    </ul>
  );
}

function openFor(since: string, until: string, says: Messages): string {
  const span = spanBetween(since, until, says);
  return span === null ? '' : says.history.openFor(span);
}

function news({ standing, changes, gaps, muted = 0 }: HistoryEntry, says: Messages): string {
  const { history: words } = says;
  const changed = newsCounts(changes, says);
  const isEmpty = Object.values(standing).every((count) => count === 0);
  return says.joinNotes([
    ...(isEmpty ? [words.nothing] : []),
    changed.length > 0 ? says.list(changed) : words.noChange,
    ...(muted > 0 ? [words.mutedFindings(muted)] : []),
    ...(gaps > 0 ? [words.gaps(gaps)] : []),
  ]);
}
