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
  groupName,
  outline,
  severities,
  type Hole,
  type Outline,
  type Verdict,
} from './outline.ts';
import { brokenTitle, groupCounts, groupOwners, leftOutNote, type BrokenGroup } from './organization.ts';
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

const says = {
  findings: 'Nothing was found',
  changed: 'What changed',
  open: 'Still open, the oldest first',
  also: 'Also found',
  broken: 'Rules that broke: a fault of clusterwhy, please report it',
  undecided: 'Rules that could not decide',
  holes: 'Not looked at, or only in part',
  expired: 'Mutes that have expired',
  resolved: 'Resolved',
  muted: 'Muted, not counted',
  wholeReport: 'Open the whole report',
  inReport: 'in the report',
  wholeReportAt: (address: string) => `The whole report: ${address}`,
  more: (lines: string) => `and ${lines}`,
  where: (places: string) => ` in ${places}`,
  permission: (name: string) => ` (missing permission: ${name})`,
  expiredMute: (of: string, reason: string, at: string, findings: string) =>
    `${of} (${reason}): expired ${at}; ${findings} counted again`,
  run: (tool: string, runId: string, from: string, to: string) =>
    `${tool}, run ${runId}, events between ${from} and ${to}.`,
  why: 'You get this because your address is in the settings of the auditor.',
  label: {
    subject: 'Subject',
    workload: 'Workload',
    refused: 'Refused',
    alsoWrong: 'Also wrong',
    muted: 'Muted',
  },
};

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
  const size = (finding: Finding) => cardBytes(finding, order.report, pageUrl);
  const shown = fit([...order.news, ...order.open], size, longestFindings);
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

function cardBytes(finding: Finding, report: Report, pageUrl: string | undefined): number {
  return byteLength(
    renderToStaticMarkup(<FindingCard finding={finding} report={report} pageUrl={pageUrl} />),
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
  const line = (finding: Finding) => short(finding, order.report);
  return (
    <Frame title={subjectLine(order)}>
      {possiblySentBefore && <Notice text={possiblySent} />}
      <Top order={order} pageUrl={pageUrl} />
      {left !== '' && <Notice text={left} />}
      <Broken groups={order.report.organization?.groups ?? []} />
      {order.isFirst ? (
        <Groups order={order} shown={shown} pageUrl={pageUrl} />
      ) : (
        <Changes order={order} shown={shown} pageUrl={pageUrl} />
      )}
      <List
        title={says.also}
        items={order.standing.filter((finding) => !shown.includes(finding)).map(line)}
      />
      <LeftOut order={order} />
      <Rest order={order} />
      <Footer report={order.report} />
    </Frame>
  );
}

type ShownProps = Pick<MessageProps, 'order' | 'shown' | 'pageUrl'>;

/** Where everything is new: cluster by cluster. */
function Groups({ order, shown, pageUrl }: ShownProps) {
  return (
    <>
      {groupByCluster(
        order.standing.filter((finding) => shown.includes(finding)),
        order.report,
      ).map(({ name, findings }) => (
        <Cards title={name} findings={findings} report={order.report} pageUrl={pageUrl} />
      ))}
    </>
  );
}

/** What changed since the last report, then what is still open. */
function Changes({ order, shown, pageUrl }: ShownProps) {
  const { report, news, open, resolved } = order;
  const isShown = (finding: Finding) => shown.includes(finding);
  return (
    <>
      <Cards
        title={says.changed}
        findings={news.filter(isShown)}
        report={report}
        pageUrl={pageUrl}
        withPlace
      />
      <List title={says.resolved} items={resolved.map((finding) => short(finding, report))} />
      <Cards title={says.open} findings={open.filter(isShown)} report={report} pageUrl={pageUrl} withPlace />
    </>
  );
}

interface CardsProps {
  title: string;
  findings: Finding[];
  report: Report;
  pageUrl: string | undefined;
  withPlace?: boolean;
}

function Cards({ title, findings, report, pageUrl, withPlace = false }: CardsProps) {
  if (findings.length === 0) return null;
  return (
    <>
      <h2 style={mailStyle.h2}>{title}</h2>
      {findings.map((finding) => (
        <FindingCard finding={finding} report={report} pageUrl={pageUrl} withPlace={withPlace} />
      ))}
    </>
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
                <div style={mailStyle.column} role="main">
                  {children}
                </div>
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
  const { total, counts } = order;
  return (
    <>
      <h1 style={mailStyle.h1}>{total === 0 ? says.findings : plural(total, 'finding')}</h1>
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

/** What was broken in an organization, and whose it is. */
function Broken({ groups }: { groups: BrokenGroup[] }) {
  if (groups.length === 0) return null;
  const shown = groups.slice(0, mostItems);
  return (
    <>
      <h2 style={mailStyle.h2}>{brokenTitle}</h2>
      <ul style={mailStyle.list}>
        {shown.map((group) => (
          <li style={mailStyle.item}>
            <Mark kind={group.severity} text={group.severity} /> {group.title}: {groupCounts(group)}
            <br />
            <span class="quiet" style={mailStyle.label}>
              {groupOwners(group)}
            </span>
          </li>
        ))}
        {shown.length < groups.length && (
          <li style={mailStyle.item}>{says.more(plural(groups.length - shown.length, 'more line'))}</li>
        )}
      </ul>
    </>
  );
}

function LeftOut({ order }: { order: Outline }) {
  const left = leftOutNote(order);
  if (left === '') return null;
  return (
    <p class="quiet" style={mailStyle.quiet}>
      {left}
    </p>
  );
}

function WholeReport({ pageUrl }: { pageUrl: string }) {
  if (!isWeb(pageUrl))
    return (
      <p class="quiet" style={mailStyle.quiet}>
        {says.wholeReportAt(pageUrl)}
      </p>
    );
  return (
    <p style={mailStyle.text}>
      <a class="button" style={mailStyle.button} href={pageUrl}>
        {says.wholeReport}
      </a>
    </p>
  );
}

function isWeb(address: string): boolean {
  return /^https?:\/\//i.test(address);
}

interface FindingCardProps {
  finding: Finding;
  report: Report;
  pageUrl: string | undefined;
  withPlace?: boolean;
}

function FindingCard({ finding, report, pageUrl, withPlace = true }: FindingCardProps) {
  const words = describeFinding(finding, report.finishedAt);
  return (
    <div class="card" style={mailStyle.card}>
      <Mark kind={finding.severity} text={finding.severity} /> <Mark kind="plain" text={finding.change} />
      {words.age !== null && (
        <>
          {' '}
          <Mark kind="plain" text={words.age} />
        </>
      )}
      {withPlace && (
        <p class="quiet" style={mailStyle.place}>
          {groupName(finding, report)}
        </p>
      )}
      <h3 style={mailStyle.h3}>{finding.title}</h3>
      <p style={mailStyle.text}>{finding.cause}</p>
      <div style={mailStyle.facts}>
        <Fact label={says.label.subject} value={words.subject} />
        <Fact label={says.label.workload} value={words.workload} />
        {finding.evidence.map(({ label, value }) => (
          <Fact label={label} value={<code>{value}</code>} />
        ))}
        <Fact label={says.label.refused} value={words.denial} />
        <Fact label={says.label.alsoWrong} value={finding.alsoWrong.join(', ')} />
        <Fact label={says.label.muted} value={words.mute} />
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
        {pageUrl !== undefined && isWeb(pageUrl) && (
          <>
            {' '}
            <a
              class="link"
              style={mailStyle.link}
              href={`${pageUrl}#finding-${encodeURIComponent(finding.id)}`}
            >
              {says.inReport}
            </a>
          </>
        )}
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
  const line = (finding: Finding) => short(finding, order.report);
  return (
    <>
      <List title={says.broken} items={order.broken.map(verdict)} />
      <List title={says.undecided} items={order.undecided.map(verdict)} />
      <List title={says.holes} items={order.holes.map(hole)} />
      <List title={says.expired} items={order.expiredMutes.map(expiredMute)} />
      <List title={says.muted} items={order.muted.map(line)} />
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
        {shown.length < items.length && (
          <li style={mailStyle.item}>{says.more(plural(items.length - shown.length, 'more line'))}</li>
        )}
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
  const where = locations.length > 0 ? says.where(firstFew(locations, 8)) : '';
  const permission = missingPermission === null ? '' : says.permission(missingPermission);
  return `${place}: ${fact}${where}: ${why}${permission}`;
}

function expiredMute({ of, reason, expires, findings }: Outline['expiredMutes'][number]): string {
  return says.expiredMute(of, reason, moment(expires), plural(findings, 'finding'));
}

function short(finding: Finding, { finishedAt }: Report): string {
  const { severity, title, subject, cluster } = finding;
  const { age, mute } = describeFinding(finding, finishedAt);
  const line = `${severity}: ${title}: ${subject.kind} ${subject.name}${cluster === null ? '' : ` (${cluster})`}`;
  return [line, age, mute].filter((part) => part !== null).join('; ');
}

function Footer({ report: { tool, runId, window } }: { report: Report }) {
  return (
    <p class="quiet" style={`${mailStyle.quiet};margin-top:28px`}>
      {fixLegend}
      <br />
      {says.run(`${tool.name} ${tool.version}`, runId, moment(window.from), moment(window.to))} {says.why}
    </p>
  );
}
