/** The report as one page that needs nothing besides itself. */
import { createHash } from 'node:crypto';
import type { ComponentChildren } from 'preact';
import { renderToStaticMarkup } from 'preact-render-to-string';
import type { Finding, Report } from '../report.ts';
import { copyScript } from './copy-script.ts';
import { describeFinding, type Description } from './describe-finding.ts';
import { fixLegend } from './fix-legend.ts';
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
import { pageStyle } from './page-style.ts';
import { plural } from './plural.ts';
import { subjectLine } from './subject-line.ts';
import { summary } from './summary.ts';

/** The page may load nothing and run nothing but its own style and script, which it names by their hashes. */
const policy = [
  "default-src 'none'",
  `style-src '${hashOf(pageStyle)}'`,
  `script-src '${hashOf(copyScript)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Renders the whole report as a self-contained HTML document. */
export function renderHtml(report: Report): string {
  const order = outline(report);
  return `<!doctype html>\n${renderToStaticMarkup(<Page order={order} title={subjectLine(order)} />)}\n`;
}

function hashOf(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`;
}

function Page({ order, title }: { order: Outline; title: string }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: pageStyle }} />
      </head>
      <body>
        <main>
          <Top order={order} />
          <Contents groups={order.groups} />
          {order.groups.map((group, index) => (
            <GroupSection group={group} id={anchor(index)} />
          ))}
          <Rest order={order} />
          <Footer report={order.report} />
        </main>
        <script dangerouslySetInnerHTML={{ __html: copyScript }} />
      </body>
    </html>
  );
}

function anchor(index: number): string {
  return `cluster-${index + 1}`;
}

function Top({ order }: { order: Outline }) {
  const { report, counts, standing } = order;
  return (
    <header class="top">
      <p class="quiet">
        {report.tool.name}, {moment(report.window.from)} to {moment(report.window.to)}
      </p>
      <h1>{standing.length === 0 ? 'Nothing was found' : plural(standing.length, 'finding')}</h1>
      <Counts counts={counts} />
      <p class="summary">{summary(order).join(' ')}</p>
    </header>
  );
}

function Counts({ counts }: { counts: Record<Severity, number> }) {
  const present = severities.filter((severity) => counts[severity] > 0);
  if (present.length === 0) return null;
  return (
    <ul class="counts" aria-label="Findings by severity">
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
    <nav class="panel contents" aria-label="Clusters">
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

function GroupSection({ group, id }: { group: Group; id: string }) {
  return (
    <section id={id}>
      <h2 class="value">{group.name}</h2>
      {group.findings.map((finding) => (
        <FindingCard finding={finding} />
      ))}
    </section>
  );
}

function FindingCard({ finding }: { finding: Finding }) {
  const words = describeFinding(finding, '');
  return (
    <article class="panel finding" id={`finding-${finding.id}`}>
      <header>
        <div class="tags">
          <span class={`chip ${finding.severity}`}>{finding.severity}</span>
          <span class="chip plain">{finding.change}</span>
          <span class="mono">{finding.rule}</span>
          <span class="mono">{finding.id}</span>
        </div>
        <h3 class="value">{finding.title}</h3>
      </header>
      <p class="cause value">{finding.cause}</p>
      <Facts finding={finding} words={words} />
      <Fix words={words} />
      <References references={finding.references} />
    </article>
  );
}

function Facts({ finding, words }: { finding: Finding; words: Description }) {
  return (
    <dl>
      <Fact label="Subject" value={words.subject} />
      <Fact label="Workload" value={words.workload} />
      {finding.evidence.map(({ label, value }) => (
        <Fact label={label} value={value} exact />
      ))}
      <Fact label="Refused" value={words.denial} />
      <Fact label="Events" value={words.events.join(', ')} />
      <Fact label="Also wrong" value={finding.alsoWrong.join(', ')} />
    </dl>
  );
}

/** A label and its value; what must be compared letter by letter is shown with letters of one width. */
function Fact({ label, value, exact = false }: { label: string; value: string | null; exact?: boolean }) {
  if (!value) return null;
  return (
    <>
      <dt class="value">{label}</dt>
      <dd class={exact ? 'value lines mono' : 'value lines'}>{value}</dd>
    </>
  );
}

function Fix({ words: { label, fix, blocks } }: { words: Description }) {
  return (
    <div class="fix">
      <p>
        <span class={`chip ${label}`}>{label}</span> <span class="value">{fix}</span>
      </p>
      {blocks.map(({ caption, text }) => (
        <div class="code">
          <div class="caption">
            <span>{caption}</span>
          </div>
          <pre tabIndex={0} role="region" aria-label={caption}>
            {text}
          </pre>
        </div>
      ))}
    </div>
  );
}

function References({ references }: { references: string[] }) {
  if (references.length === 0) return null;
  return (
    <ul class="references">
      {references.map((reference) => (
        <li>
          <Reference to={reference} />
        </li>
      ))}
    </ul>
  );
}

/** A link only where it leads to the web: an address from a stranger may be a script. */
function Reference({ to }: { to: string }) {
  if (!/^https?:\/\//i.test(to)) return <span class="value">{to}</span>;
  return (
    <a href={to} rel="noreferrer noopener">
      {to}
    </a>
  );
}

function Rest({ order }: { order: Outline }) {
  return (
    <>
      <List
        title="Rules that broke: a fault of clusterwhy, please report it"
        items={order.broken.map(verdict)}
      />
      <List title="Rules that could not decide" items={order.undecided.map(verdict)} />
      <List title="Not looked at, or only in part" items={order.holes.map(hole)} />
      <List title="Resolved" items={order.resolved.map(short)} />
      <List title="Muted, not counted" items={order.muted.map(short)} />
      <List title="Rules that found nothing" items={order.passed.map(passed)} />
      <List
        title="Read to the end"
        items={order.read.map(({ place, facts }) => `${place}: ${facts.join(', ')}`)}
      />
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
      {locations.length > 0 && ` in ${locations.join(', ')}`}: {why}
      {missingPermission !== null && (
        <div>
          Missing permission: <code>{missingPermission}</code>
        </div>
      )}
    </>
  );
}

function short({ severity, title, subject, cluster }: Finding): ComponentChildren {
  return (
    <>
      <span class={`chip ${severity}`}>{severity}</span> {title}: {subject.kind} {subject.name}
      {cluster !== null && ` (${cluster})`}
    </>
  );
}

function Footer({ report: { tool, runId, startedAt, finishedAt } }: { report: Report }) {
  return (
    <footer class="quiet">
      <p>{fixLegend}</p>
      <p class="value">
        {tool.name} {tool.version}, run {runId}, {moment(startedAt)} to {moment(finishedAt)}
      </p>
    </footer>
  );
}
