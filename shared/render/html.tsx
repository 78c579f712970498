/** The report as one page that needs nothing besides itself. */
import type { ComponentChildren } from 'preact';
import type { Finding, Report } from '../report.ts';
import { CoverageGrids } from './coverage-grid.tsx';
import { describeFinding } from './describe-finding.ts';
import { FindingsChart } from './findings-chart.tsx';
import { fixLegend } from './fix-legend.ts';
import { leftOutNote } from './organization.ts';
import { BrokenTable } from './page-organization.tsx';
import { historyEntry, mainSeries, type HistoryEntry } from './history.ts';
import { moment } from './moment.ts';
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
import { Filters, shownOf } from './page-filters.tsx';
import { FindingCard, findingAnchor } from './page-finding.tsx';
import { PageFrame, renderPage } from './page-frame.tsx';
import { pageScript } from './page-script.ts';
import { plural } from './plural.ts';
import { printableLine } from './printable.ts';
import { subjectLine } from './subject-line.ts';
import { summary } from './summary.ts';

const says = {
  nothing: 'Nothing was found',
  bySeverity: 'Findings by severity',
  clusters: 'Clusters',
  findings: 'Findings',
  overview: 'Overview',
  span: (tool: string, from: string, to: string) => `${tool}, ${from} to ${to}`,
  run: (tool: string, runId: string, from: string, to: string) => `${tool}, run ${runId}, ${from} to ${to}`,
  sections: {
    broken: 'Rules that broke: a fault of clusterwhy, please report it',
    undecided: 'Rules that could not decide',
    holes: 'Not looked at, or only in part',
    expired: 'Mutes that have expired',
    resolved: 'Resolved',
    muted: 'Muted, not counted',
    passed: 'Rules that found nothing',
    read: 'Read to the end',
  },
  where: (places: string) => ` in ${places}`,
  permission: 'Missing permission:',
  expired: (at: string, findings: string) => `expired ${at}; ${findings} counted again`,
  script: { copy: 'Copy', copied: 'Copied', selected: 'Selected', shown: shownOf },
};

export interface PageOptions {
  /** Earlier reports, for the picture of findings over time. */
  history?: readonly HistoryEntry[];
}

/** Renders the whole report as a self-contained HTML document. */
export function renderHtml(report: Report, { history = [] }: PageOptions = {}): string {
  const order = outline(report);
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
  const leftOut = leftOutNote(order);
  return (
    <PageFrame title={title} script={pageScript} data={says.script}>
      <main id="content">
        <Top order={order} />
        <Overview order={order} history={history} />
        <BrokenTable groups={order.report.organization?.groups ?? []} />
        <Contents groups={order.groups} />
        <Filters findings={order.standing} report={order.report} />
        <p id="shown" class="quiet" role="status" />
        <p id="said" class="unseen" role="status" />
        {order.groups.map((group, index) => (
          <GroupSection group={group} id={anchor(index)} report={order.report} />
        ))}
        {leftOut !== '' && <p class="quiet">{leftOut}</p>}
        <Rest order={order} />
        <Footer report={order.report} />
      </main>
    </PageFrame>
  );
}

/** Pictures; what they show is also told in words further down. */
function Overview({ order, history }: Omit<PageProps, 'title'>) {
  return (
    <section class="overview" aria-label={says.overview}>
      <FindingsChart entries={history} />
      <CoverageGrids report={order.report} />
    </section>
  );
}

function anchor(index: number): string {
  return `cluster-${index + 1}`;
}

function Top({ order }: { order: Outline }) {
  const { report, counts, total } = order;
  return (
    <header class="top">
      <p class="quiet">{says.span(report.tool.name, moment(report.window.from), moment(report.window.to))}</p>
      <h1>{total === 0 ? says.nothing : plural(total, 'finding')}</h1>
      <Counts counts={counts} />
      <p class="summary">{summary(order).join(' ')}</p>
    </header>
  );
}

function Counts({ counts }: { counts: Record<Severity, number> }) {
  const present = severities.filter((severity) => counts[severity] > 0);
  if (present.length === 0) return null;
  return (
    <ul class="counts" aria-label={says.bySeverity}>
      {present.map((severity) => (
        <li class={`chip ${severity}`}>
          {counts[severity].toLocaleString('en-US')} {severity}
        </li>
      ))}
    </ul>
  );
}

function Contents({ groups }: { groups: Group[] }) {
  if (groups.length < 2) return null;
  return (
    <nav class="panel contents" aria-label={says.clusters}>
      <ul>
        {groups.map(({ name, findings }, index) => (
          <li>
            <a href={`#${anchor(index)}`} class="value">
              {name}
            </a>
            <Counts counts={countBySeverity(findings)} />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function GroupSection({ group, id, report }: { group: Group; id: string; report: Report }) {
  return (
    <section id={id} class="group">
      <h2 class="value">{group.name}</h2>
      {group.findings.map((finding) => (
        <FindingCard finding={finding} report={report} />
      ))}
    </section>
  );
}

function Rest({ order }: { order: Outline }) {
  const { sections } = says;
  const line = (finding: Finding) => short(finding, order.report.finishedAt);
  const read = order.read.map(({ place, facts }) => `${place}: ${facts.join(', ')}`);
  return (
    <>
      <List title={sections.broken} items={order.broken.map(verdict)} />
      <List title={sections.undecided} items={order.undecided.map(verdict)} />
      <List title={sections.holes} items={order.holes.map(hole)} />
      <List title={sections.resolved} items={order.resolved.map(line)} />
      <List title={sections.expired} items={order.expiredMutes.map(expiredMute)} />
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

function hole({ place, fact, locations, why, missingPermission }: Hole): ComponentChildren {
  return (
    <>
      <strong>{place}</strong>: {fact}
      {locations.length > 0 && says.where(locations.join(', '))}: {why}
      {missingPermission !== null && (
        <div>
          {says.permission} <code>{missingPermission}</code>
        </div>
      )}
    </>
  );
}

function expiredMute({ of, reason, expires, findings }: Outline['expiredMutes'][number]): ComponentChildren {
  return (
    <>
      <strong>{of}</strong> ({reason}): {says.expired(moment(expires), plural(findings, 'finding'))}
    </>
  );
}

function short(finding: Finding, time: string): ComponentChildren {
  const { severity, title, subject, cluster } = finding;
  const { age, mute } = describeFinding(finding, time);
  const notes = [age, mute].filter((part) => part !== null);
  return (
    <div id={findingAnchor(finding)}>
      <span class={`chip ${severity}`}>{severity}</span> {title}: {subject.kind} {subject.name}
      {cluster !== null && ` (${cluster})`}
      {notes.length > 0 && <div class="quiet">{notes.join('; ')}</div>}
    </div>
  );
}

function Footer({ report: { tool, runId, startedAt, finishedAt } }: { report: Report }) {
  return (
    <footer class="quiet">
      <p>{fixLegend}</p>
      <p class="value">
        {says.run(`${tool.name} ${tool.version}`, runId, moment(startedAt), moment(finishedAt))}
      </p>
    </footer>
  );
}
