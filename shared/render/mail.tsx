/** The report as a mail: a subject that says the news, HTML without images or scripts, and text that reads as well. */
import type { ComponentChildren, VNode } from 'preact';
import { renderToStaticMarkup } from 'preact-render-to-string';
import type { Finding, Report } from '../report.ts';
import { describeFinding } from './describe-finding.ts';
import { byteLength, fit } from './fit.ts';
import { fixLegend } from './fix-legend.ts';
import { chipStyle, darkMailStyle, mailStyle, type Chip } from './mail-style.ts';
import { messageText, type MessageOptions } from './message-text.ts';
import { missing } from './missing.ts';
import { moment } from './moment.ts';
import {
  groupByCluster,
  outline,
  severities,
  type Group,
  type Hole,
  type Outline,
  type Verdict,
} from './outline.ts';
import { firstFew, plural } from './plural.ts';
import { possiblySent } from './possibly-sent.ts';
import { printableLine } from './printable.ts';
import { subjectLine } from './subject-line.ts';
import { summary } from './summary.ts';

export interface Mail {
  /** ASCII, fewer than 100 characters. */
  subject: string;
  text: string;
  html: string;
}

/** Bytes of HTML for findings: Gmail hides what comes after 102 KB of the whole. */
const longestFindings = 72 * 1024;

/** Bytes of the text part. */
const longestText = 512 * 1024;

/** Lines of each list, and characters of one line. */
const mostItems = 12;
const longestItem = 300;

/** Renders the mail; `pageUrl` leads to the whole report. What does not fit is counted, and cut between findings. */
export function renderMail(report: Report, options: MessageOptions = {}): Mail {
  const order = outline(report);
  const pageUrl = options.pageUrl === undefined ? undefined : printableLine(options.pageUrl);
  const shown = fit(order.standing, findingBytes, longestFindings);
  const message = (
    <Message
      order={order}
      shown={shown}
      pageUrl={pageUrl}
      possiblySentBefore={options.possiblySentBefore ?? false}
    />
  );
  return {
    subject: subjectLine(order),
    text: messageText(order, options, longestText),
    html: `<!doctype html>\n${renderToStaticMarkup(message)}\n`,
  };
}

function findingBytes(finding: Finding): number {
  const groups = groupByCluster([finding]);
  return groups.reduce(
    (sum, group) => sum + byteLength(renderToStaticMarkup(<GroupPart group={group} />)),
    0,
  );
}

interface MessageProps {
  order: Outline;
  shown: Finding[];
  pageUrl: string | undefined;
  possiblySentBefore: boolean;
}

function Message({ order, shown, pageUrl, possiblySentBefore }: MessageProps) {
  const left = missing(order.standing, shown, pageUrl);
  return (
    <Frame title={subjectLine(order)}>
      {possiblySentBefore && <Notice text={possiblySent} />}
      <Top order={order} pageUrl={pageUrl} />
      {left !== '' && <Notice text={left} />}
      {groupByCluster(shown).map((group) => (
        <GroupPart group={group} />
      ))}
      <List
        title="Also found"
        items={order.standing.filter((finding) => !shown.includes(finding)).map(short)}
      />
      <Rest order={order} />
      <Footer report={order.report} />
    </Frame>
  );
}

function Frame({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: darkMailStyle }} />
      </head>
      <body class="body" style={mailStyle.body}>
        <table role="presentation" class="sheet" style={mailStyle.sheet}>
          <tbody>
            <tr>
              <td style={mailStyle.cell} align="center">
                <div style={mailStyle.column}>{children}</div>
              </td>
            </tr>
          </tbody>
        </table>
      </body>
    </html>
  );
}

function Notice({ text }: { text: string }) {
  return (
    <p class="notice" style={mailStyle.notice}>
      {text}
    </p>
  );
}

function Top({ order, pageUrl }: { order: Outline; pageUrl: string | undefined }) {
  const { standing, counts } = order;
  return (
    <>
      <h1 style={mailStyle.h1}>
        {standing.length === 0 ? 'Nothing was found' : plural(standing.length, 'finding')}
      </h1>
      <p style={mailStyle.chips}>
        {severities
          .filter((severity) => counts[severity] > 0)
          .map((severity) => (
            <>
              <Mark kind={severity} text={`${counts[severity].toLocaleString('en-US')} ${severity}`} />{' '}
            </>
          ))}
      </p>
      <p style={mailStyle.text}>{summary(order).join(' ')}</p>
      {pageUrl !== undefined && <WholeReport pageUrl={pageUrl} />}
    </>
  );
}

function WholeReport({ pageUrl }: { pageUrl: string }) {
  if (!isWeb(pageUrl))
    return (
      <p class="quiet" style={mailStyle.quiet}>
        The whole report: {pageUrl}
      </p>
    );
  return (
    <p style={mailStyle.text}>
      <a class="button" style={mailStyle.button} href={pageUrl}>
        Open the whole report
      </a>
    </p>
  );
}

function isWeb(address: string): boolean {
  return /^https?:\/\//i.test(address);
}

function GroupPart({ group }: { group: Group }) {
  return (
    <>
      <h2 style={mailStyle.h2}>{group.name}</h2>
      {group.findings.map((finding) => (
        <FindingCard finding={finding} />
      ))}
    </>
  );
}

function FindingCard({ finding }: { finding: Finding }) {
  const words = describeFinding(finding);
  return (
    <div class="card" style={mailStyle.card}>
      <Mark kind={finding.severity} text={finding.severity} /> <Mark kind="plain" text={finding.change} />
      <h3 style={mailStyle.h3}>{finding.title}</h3>
      <p style={mailStyle.text}>{finding.cause}</p>
      <div style={mailStyle.facts}>
        <Fact label="Subject" value={words.subject} />
        <Fact label="Workload" value={words.workload} />
        {finding.evidence.map(({ label, value }) => (
          <Fact label={label} value={<code>{value}</code>} />
        ))}
        <Fact label="Refused" value={words.denial} />
        <Fact label="Also wrong" value={finding.alsoWrong.join(', ')} />
      </div>
      <p class="fix" style={mailStyle.fix}>
        <Mark kind={words.label} text={words.label} /> {words.fix}
      </p>
      {words.blocks.map(({ text }) => (
        <pre class="code" style={mailStyle.code}>
          {text}
        </pre>
      ))}
      <p class="quiet" style={mailStyle.quiet}>
        {finding.rule}
        {finding.references.map((reference) => (
          <>
            <br />
            <Reference to={reference} />
          </>
        ))}
      </p>
    </div>
  );
}

/** Kept short, for there are many in a mail. */
function Fact({ label, value }: { label: string; value: ComponentChildren }) {
  if (!value) return null;
  return (
    <div>
      <span class="label" style={mailStyle.label}>
        {label}:
      </span>{' '}
      {value}
    </div>
  );
}

function Reference({ to }: { to: string }) {
  if (!isWeb(to)) return <span>{to}</span>;
  return (
    <a class="link" style={mailStyle.link} href={to}>
      {to}
    </a>
  );
}

function Mark({ kind, text }: { kind: Chip; text: string }) {
  return (
    <span class={kind} style={chipStyle(kind)}>
      {text}
    </span>
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
    </>
  );
}

function List({ title, items }: { title: string; items: string[] }): VNode | null {
  if (items.length === 0) return null;
  const shown = items.length > mostItems ? items.slice(0, mostItems) : items;
  return (
    <>
      <h2 style={mailStyle.h2}>{title}</h2>
      <ul style={mailStyle.list}>
        {shown.map((item) => (
          <li style={mailStyle.item}>{cutItem(item)}</li>
        ))}
        {shown.length < items.length && <li>and {plural(items.length - shown.length, 'more line')}</li>}
      </ul>
    </>
  );
}

function cutItem(item: string): string {
  return item.length > longestItem ? `${item.slice(0, longestItem)}…` : item;
}

function verdict({ place, why, rules }: Verdict): string {
  return `${place}: ${why} (${firstFew(rules, 8)})`;
}

function hole({ place, fact, locations, why, missingPermission }: Hole): string {
  const where = locations.length > 0 ? ` in ${firstFew(locations, 8)}` : '';
  const permission = missingPermission === null ? '' : ` (missing permission: ${missingPermission})`;
  return `${place}: ${fact}${where}: ${why}${permission}`;
}

function short({ severity, title, subject, cluster }: Finding): string {
  return `${severity}: ${title}: ${subject.kind} ${subject.name}${cluster === null ? '' : ` (${cluster})`}`;
}

function Footer({ report: { tool, runId, window } }: { report: Report }) {
  return (
    <p class="quiet" style={`${mailStyle.quiet};margin-top:28px`}>
      {fixLegend}
      <br />
      {tool.name} {tool.version}, run {runId}, events between {moment(window.from)} and {moment(window.to)}.
      You get this because your address is in the settings of the auditor.
    </p>
  );
}
