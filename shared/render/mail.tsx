/** The report as a mail: a subject that says the news, HTML without images or scripts, and text that reads as well. */
import type { ComponentChildren, VNode } from 'preact';
import { renderToStaticMarkup } from 'preact-render-to-string';
import type { Finding, Report } from '../report.ts';
import { describeFinding, shortLine } from './describe-finding.ts';
import { byteLength, fit } from './fit.ts';
import { chipStyle, darkMailStyle, mailStyle, type Chip } from './mail-style.ts';
import { messageText, type MessageOptions } from './message-text.ts';
import type { Messages } from './messages/messages-in.ts';
import { missing } from './missing.ts';
import {
  groupByCluster,
  groupName,
  outline,
  severities,
  type Hole,
  type Outline,
  type Verdict,
} from './outline.ts';
import { groupOwners, leftOutNote } from './organization.ts';
import { printableLine } from './printable.ts';
import { subjectLine } from './subject-line.ts';
import { summary } from './summary.ts';

export interface Mail {
  /** Fewer than 100 characters; ASCII in English. */
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
  const order = outline(report, options.language);
  const pageUrl = options.pageUrl === undefined ? undefined : printableLine(options.pageUrl);
  const size = (finding: Finding) => cardBytes(finding, order, pageUrl);
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

function cardBytes(finding: Finding, order: Outline, pageUrl: string | undefined): number {
  return byteLength(renderToStaticMarkup(<FindingCard finding={finding} order={order} pageUrl={pageUrl} />));
}

interface MessageProps {
  order: Outline;
  shown: Finding[];
  pageUrl: string | undefined;
  possiblySentBefore: boolean;
}

function Message({ order, shown, pageUrl, possiblySentBefore }: MessageProps) {
  const { says } = order;
  const left = missing(order, shown, pageUrl);
  const others = order.standing.filter((finding) => !shown.includes(finding));
  return (
    <Frame title={subjectLine(order)} language={says.language}>
      {possiblySentBefore && <Notice text={says.possiblySent} />}
      <Top order={order} pageUrl={pageUrl} />
      {left !== '' && <Notice text={left} />}
      <Broken order={order} />
      {order.isFirst ? (
        <Groups order={order} shown={shown} pageUrl={pageUrl} />
      ) : (
        <Changes order={order} shown={shown} pageUrl={pageUrl} />
      )}
      <List title={says.sections.also} items={others.map((one) => shortLine(one, order))} says={says} />
      <LeftOut order={order} />
      <Rest order={order} />
      <Footer order={order} />
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
        <Cards title={name} findings={findings} order={order} pageUrl={pageUrl} />
      ))}
    </>
  );
}

/** What changed since the last report, then what is still open. */
function Changes({ order, shown, pageUrl }: ShownProps) {
  const { news, open, resolved, says } = order;
  const { sections } = says;
  const isShown = (finding: Finding) => shown.includes(finding);
  return (
    <>
      <Cards
        title={sections.changed}
        findings={news.filter(isShown)}
        order={order}
        pageUrl={pageUrl}
        withPlace
      />
      <List title={sections.resolved} items={resolved.map((one) => shortLine(one, order))} says={says} />
      <Cards
        title={sections.open}
        findings={open.filter(isShown)}
        order={order}
        pageUrl={pageUrl}
        withPlace
      />
    </>
  );
}

interface CardsProps {
  title: string;
  findings: Finding[];
  order: Outline;
  pageUrl: string | undefined;
  withPlace?: boolean;
}

function Cards({ title, findings, order, pageUrl, withPlace = false }: CardsProps) {
  if (findings.length === 0) return null;
  return (
    <>
      <h2 style={mailStyle.h2}>{title}</h2>
      {findings.map((finding) => (
        <FindingCard finding={finding} order={order} pageUrl={pageUrl} withPlace={withPlace} />
      ))}
    </>
  );
}

interface FrameProps {
  title: string;
  language: string;
  children: ComponentChildren;
}

function Frame({ title, language, children }: FrameProps) {
  return (
    <html lang={language}>
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
  const { total, counts, says } = order;
  return (
    <>
      <h1 style={mailStyle.h1}>{total === 0 ? says.nothingFound : says.findings(total)}</h1>
      <p style={mailStyle.chips}>
        {severities
          .filter((severity) => counts[severity] > 0)
          .map((severity) => (
            <>
              <Mark kind={severity} text={says.counted(counts[severity], says.severity[severity])} />{' '}
            </>
          ))}
      </p>
      <p style={mailStyle.text}>{summary(order)}</p>
      {pageUrl !== undefined && <WholeReport pageUrl={pageUrl} says={says} />}
    </>
  );
}

/** What was broken in an organization, and whose it is. */
function Broken({ order: { report, says } }: { order: Outline }) {
  const groups = report.organization?.groups ?? [];
  if (groups.length === 0) return null;
  const shown = groups.slice(0, mostItems);
  return (
    <>
      <h2 style={mailStyle.h2}>{says.organization.broken}</h2>
      <ul style={mailStyle.list}>
        {shown.map((group) => (
          <li style={mailStyle.item}>
            <Mark kind={group.severity} text={says.severity[group.severity]} />{' '}
            {says.titled(group.title, says.organization.counts(group.findings, group.new))}
            <br />
            <span class="quiet" style={mailStyle.label}>
              {groupOwners(group, says)}
            </span>
          </li>
        ))}
        {shown.length < groups.length && (
          <li style={mailStyle.item}>{says.moreLines(groups.length - shown.length)}</li>
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

function WholeReport({ pageUrl, says }: { pageUrl: string; says: Messages }) {
  if (!isWeb(pageUrl))
    return (
      <p class="quiet" style={mailStyle.quiet}>
        {says.wholeReport(pageUrl)}
      </p>
    );
  return (
    <p style={mailStyle.text}>
      <a class="button" style={mailStyle.button} href={pageUrl}>
        {says.mail.wholeReport}
      </a>
    </p>
  );
}

function isWeb(address: string): boolean {
  return /^https?:\/\//i.test(address);
}

interface FindingCardProps {
  finding: Finding;
  order: Outline;
  pageUrl: string | undefined;
  withPlace?: boolean;
}

function FindingCard({ finding, order, pageUrl, withPlace = true }: FindingCardProps) {
  const { report, says } = order;
  const { finding: labels } = says;
  const words = describeFinding(finding, report.finishedAt, says);
  return (
    <div class="card" style={mailStyle.card}>
      <Mark kind={finding.severity} text={says.severity[finding.severity]} />{' '}
      <Mark kind="plain" text={says.change[finding.change]} />
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
        <Fact label={labels.subject} value={words.subject} />
        <Fact label={labels.workload} value={words.workload} />
        {finding.evidence.map(({ label, value }) => (
          <Fact label={label} value={<code>{value}</code>} />
        ))}
        <Fact label={labels.refused} value={words.denial} />
        <Fact label={labels.alsoWrong} value={finding.alsoWrong.join(', ')} />
        <Fact label={labels.muted} value={words.mute} />
      </div>
      <p class="fix" style={mailStyle.fix}>
        <Mark kind={words.label} text={says.fix[words.label]} /> {words.fix}
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
              {says.mail.inReport}
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
  const { says } = order;
  const { sections } = says;
  const verdictOf = (one: Verdict) => verdict(one, says);
  const muted = order.muted.map((one) => shortLine(one, order));
  return (
    <>
      <List title={sections.broken} items={order.broken.map(verdictOf)} says={says} />
      <List title={sections.undecided} items={order.undecided.map(verdictOf)} says={says} />
      <List title={sections.holes} items={order.holes.map((one) => hole(one, says))} says={says} />
      <List
        title={sections.expired}
        items={order.expiredMutes.map((one) => expiredMute(one, says))}
        says={says}
      />
      <List title={sections.muted} items={muted} says={says} />
    </>
  );
}

interface ListProps {
  title: string;
  items: string[];
  says: Messages;
}

function List({ title, items, says }: ListProps): VNode | null {
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
          <li style={mailStyle.item}>{says.moreLines(items.length - shown.length)}</li>
        )}
      </ul>
    </>
  );
}

function cutItem(item: string): string {
  return item.length > longestItem ? `${item.slice(0, longestItem)}…` : item;
}

function verdict({ place, why, rules }: Verdict, says: Messages): string {
  return says.titled(place, why) + says.aside(says.firstFew(rules, 8));
}

function hole({ place, fact, locations, why, missingPermission }: Hole, says: Messages): string {
  const where = locations.length > 0 ? says.lines.where(says.firstFew(locations, 8)) : '';
  const permission = missingPermission === null ? '' : says.lines.permission(missingPermission);
  return [place, fact + where, why + permission].reduce(says.titled);
}

function expiredMute(
  { of, reason, expires, findings }: Outline['expiredMutes'][number],
  says: Messages,
): string {
  return says.titled(of + says.aside(reason), says.lines.expired(says.moment(expires), findings));
}

function Footer({ order: { report, says } }: { order: Outline }) {
  const { tool, runId, window } = report;
  return (
    <p class="quiet" style={`${mailStyle.quiet};margin-top:28px`}>
      {says.legend}
      <br />
      {says.joinSentences([
        says.mail.run(
          `${tool.name} ${tool.version}`,
          runId,
          says.moment(window.from),
          says.moment(window.to),
        ),
        says.mail.why,
      ])}
    </p>
  );
}
