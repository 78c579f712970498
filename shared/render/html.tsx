/** The report as one page that needs nothing besides itself. */
import type { ComponentChildren } from 'preact';
import type { Finding, Report } from '../report.ts';
import type { Language } from '../words.ts';
import { CoverageGrids } from './coverage-grid.tsx';
import { describeFinding } from './describe-finding.ts';
import { FindingsChart } from './findings-chart.tsx';
import { leftOutNote } from './organization.ts';
import { BrokenTable } from './page-organization.tsx';
import { historyEntry, mainSeries, type HistoryEntry } from './history.ts';
import type { Messages } from './messages/messages-in.ts';
import {
  countBySeverity,
  outline,
  severities,
  type Group,
  type Hole,
  type Outline,
  type Severity,
  type Verdict,
} from './outline.ts';
import { Filters } from './page-filters.tsx';
import { FindingCard, findingAnchor } from './page-finding.tsx';
import { PageFrame, renderPage } from './page-frame.tsx';
import { pageScript } from './page-script.ts';
import { printableLine } from './printable.ts';
import { subjectLine } from './subject-line.ts';
import { summary } from './summary.ts';

export interface PageOptions {
  /** Earlier reports, for the picture of findings over time. */
  history?: readonly HistoryEntry[];
  /** English where absent. */
  language?: Language | undefined;
}

/** Renders the whole report as a self-contained HTML document. */
export function renderHtml(report: Report, { history = [], language }: PageOptions = {}): string {
  const order = outline(report, language);
  const others = mainSeries(history.filter(({ runId }) => runId !== report.runId)).map(printableEntry);
  const now = historyEntry(order.report, '');
  return renderPage(<Page order={order} history={[...others, now]} title={subjectLine(order)} />);
}

/** Of an entry the picture shows times and numbers only. */
function printableEntry(entry: HistoryEntry): HistoryEntry {
  return { ...entry, startedAt: printableLine(entry.startedAt) };
}

interface PageProps {
  order: Outline;
  history: readonly HistoryEntry[];
  title: string;
}

function Page({ order, history, title }: PageProps) {
  const { says } = order;
  const { copy, copied, selected, shown } = says.page;
  const leftOut = leftOutNote(order);
  return (
    <PageFrame says={says} title={title} script={pageScript} data={{ copy, copied, selected, shown }}>
      <main id="content">
        <Top order={order} />
        <Overview order={order} history={history} />
        <BrokenTable order={order} />
        <Contents order={order} />
        <Filters order={order} />
        <p id="shown" class="quiet" role="status" />
        <p id="said" class="unseen" role="status" />
        {order.groups.map((group, index) => (
          <GroupSection group={group} id={anchor(index)} order={order} />
        ))}
        {leftOut !== '' && <p class="quiet">{leftOut}</p>}
        <Rest order={order} />
        <Footer order={order} />
      </main>
    </PageFrame>
  );
}

/** Pictures; what they show is also told in words further down. */
function Overview({ order, history }: Omit<PageProps, 'title'>) {
  return (
    <section class="overview" aria-label={order.says.page.overview}>
      <FindingsChart entries={history} says={order.says} />
      <CoverageGrids report={order.report} says={order.says} />
    </section>
  );
}

function anchor(index: number): string {
  return `cluster-${index + 1}`;
}

function Top({ order }: { order: Outline }) {
  const { report, counts, total, says } = order;
  return (
    <header class="top">
      <p class="quiet">
        {says.page.span(report.tool.name, says.moment(report.window.from), says.moment(report.window.to))}
      </p>
      <h1>{total === 0 ? says.nothingFound : says.findings(total)}</h1>
      <Counts counts={counts} says={says} />
      <p class="summary">{summary(order)}</p>
    </header>
  );
}

function Counts({ counts, says }: { counts: Record<Severity, number>; says: Messages }) {
  const present = severities.filter((severity) => counts[severity] > 0);
  if (present.length === 0) return null;
  return (
    <ul class="counts" aria-label={says.page.bySeverity}>
      {present.map((severity) => (
        <li class={`chip ${severity}`}>{says.counted(counts[severity], says.severity[severity])}</li>
      ))}
    </ul>
  );
}

function Contents({ order: { groups, says } }: { order: Outline }) {
  if (groups.length < 2) return null;
  return (
    <nav class="panel contents" aria-label={says.page.clusters}>
      <ul>
        {groups.map(({ name, findings }, index) => (
          <li>
            <a href={`#${anchor(index)}`} class="value">
              {name}
            </a>
            <Counts counts={countBySeverity(findings)} says={says} />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function GroupSection({ group, id, order }: { group: Group; id: string; order: Outline }) {
  return (
    <section id={id} class="group">
      <h2 class="value">{group.name}</h2>
      {group.findings.map((finding) => (
        <FindingCard finding={finding} order={order} />
      ))}
    </section>
  );
}

function Rest({ order }: { order: Outline }) {
  const { says } = order;
  const { sections } = says;
  const line = (finding: Finding) => short(finding, order);
  const read = order.read.map(({ place, facts }) => says.titled(place, says.join(facts)));
  return (
    <>
      <List title={sections.broken} items={order.broken.map(verdict)} />
      <List title={sections.undecided} items={order.undecided.map(verdict)} />
      <List title={sections.holes} items={order.holes.map((one) => hole(one, says))} />
      <List title={sections.resolved} items={order.resolved.map(line)} />
      <List title={sections.expired} items={order.expiredMutes.map((one) => expiredMute(one, says))} />
      <List title={sections.muted} items={order.muted.map(line)} />
      <List title={sections.passed} items={order.passed.map(passed)} />
      <List title={sections.read} items={read} />
    </>
  );
}

function List({ title, items }: { title: string; items: ComponentChildren[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <div class="panel items">
        <ul>
          {items.map((item) => (
            <li class="value">{item}</li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function verdict({ place, why, rules }: Verdict): ComponentChildren {
  return (
    <>
      <strong>{place}</strong>: {why}
      <div class="mono">{rules.join(', ')}</div>
    </>
  );
}

function passed({ place, rules }: Verdict): ComponentChildren {
  return (
    <>
      <strong>{place}</strong>
      <div class="mono">{rules.join(', ')}</div>
    </>
  );
}

function hole({ place, fact, locations, why, missingPermission }: Hole, says: Messages): ComponentChildren {
  return (
    <>
      <strong>{place}</strong>: {fact}
      {locations.length > 0 && says.lines.where(says.join(locations))}: {why}
      {missingPermission !== null && (
        <div>
          {says.page.permission} <code>{missingPermission}</code>
        </div>
      )}
    </>
  );
}

function expiredMute(
  { of, reason, expires, findings }: Outline['expiredMutes'][number],
  says: Messages,
): ComponentChildren {
  return (
    <>
      <strong>{of}</strong> ({reason}): {says.lines.expired(says.moment(expires), findings)}
    </>
  );
}

function short(finding: Finding, { report, says }: Outline): ComponentChildren {
  const { severity, title, subject, cluster } = finding;
  const { age, mute } = describeFinding(finding, report.finishedAt, says);
  const notes = [age, mute].filter((part) => part !== null);
  return (
    <div id={findingAnchor(finding)}>
      <span class={`chip ${severity}`}>{says.severity[severity]}</span> {title}: {says.kind(subject.kind)}{' '}
      {subject.name}
      {cluster !== null && ` (${cluster})`}
      {notes.length > 0 && <div class="quiet">{says.joinNotes(notes)}</div>}
    </div>
  );
}

function Footer({ order: { report, says } }: { order: Outline }) {
  const { tool, runId, startedAt, finishedAt } = report;
  return (
    <footer class="quiet">
      <p>{says.legend}</p>
      <p class="value">
        {says.page.run(
          `${tool.name} ${tool.version}`,
          runId,
          says.moment(startedAt),
          says.moment(finishedAt),
        )}
      </p>
    </footer>
  );
}
