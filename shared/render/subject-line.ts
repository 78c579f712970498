/** The report in one line, for the subject of a mail: the news first, then where. */
import type { Finding } from '../report.ts';
import { accountsAffected } from './organization.ts';
import { severities, type Outline } from './outline.ts';
import { newsCounts } from './summary.ts';

/** SNS wants fewer than 100 characters. */
const longest = 99;

const says = {
  open: (count: number) => `${count.toLocaleString('en-US')} open`,
  lower: (count: number) => `${count} lower`,
  noChange: 'no change',
  nothing: 'nothing found',
  nothingElse: (news: string) => `${news}, nothing else found`,
  blind: ', but not all could be read',
  more: (count: number) => ` and ${count} more`,
};

/** Printable ASCII of at most 99 characters: `clusterwhy: 2 new, 1 resolved, 3 open (1 critical): eu-west-1/prod`. */
export function subjectLine(order: Outline): string {
  const news = order.total > 0 ? newsOf(order) : nothingOf(order);
  const isCounted = order.total > 0 && !order.isFirst;
  const [all, first] = isCounted ? [` (${worst(order)})`, ` (${worstOne(order)})`] : ['', ''];
  const [name, account] = wheres(order);
  const forms = [name, account].flatMap((place) => [all, first, ''].map((counts) => news + counts + place));
  const lines = [...forms, news].map((form) => `clusterwhy: ${form}`);
  return ascii(lines.find((line) => line.length <= longest) ?? (lines.at(-1) ?? '').slice(0, longest));
}

function ascii(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/gu, '?');
}

/** In a first report, in which everything is new, how bad it is. */
function newsOf(order: Outline): string {
  if (order.isFirst) return worst(order);
  const counts = newsCounts(order);
  const open = order.changes.open > 0 ? [says.open(order.changes.open)] : [];
  return [...(counts.length > 0 ? counts : [says.noChange]), ...open].join(', ');
}

function nothingOf({ changes, undecided, broken, holes }: Outline): string {
  const news = newsCounts({ changes }).join(', ');
  const blind = undecided.length + broken.length + holes.length > 0 ? says.blind : '';
  return (news === '' ? says.nothing : says.nothingElse(news)) + blind;
}

function worstOne({ counts }: Outline): string {
  const first = severities.find((severity) => counts[severity] > 0);
  return first ? `${counts[first]} ${first}` : '';
}

/** The two worst severities, and how many findings are below them. */
function worst({ counts }: Outline): string {
  const present = severities.filter((severity) => counts[severity] > 0);
  const below = present.slice(2).reduce((sum, severity) => sum + counts[severity], 0);
  const named = present.slice(0, 2).map((severity) => `${counts[severity]} ${severity}`);
  return [...named, ...(below > 0 ? [says.lower(below)] : [])].join(', ');
}

/** Where the news is, else where anything is: by cluster, and by account; of an organization, how many accounts. */
function wheres({ standing, news, report }: Outline): [name: string, account: string] {
  const { organization } = report;
  if (organization) return [`: ${accountsAffected(organization)}`, `: ${organization.id}`];
  const findings = news.length > 0 ? news : standing;
  const accounts = (findings.length > 0 ? findings : report.scope).map(({ account }) => account);
  return [firstOf(findings.map(nameOf)) || firstOf(accounts), firstOf(accounts)];
}

/** `eu-west-1/prod`; the account where it belongs to no place in it. */
function nameOf({ location, cluster, account }: Finding): string {
  return [location, cluster].filter((part) => part !== null && part !== '').join('/') || account;
}

function firstOf(names: readonly string[]): string {
  const [first, ...others] = new Set(names);
  if (first === undefined) return '';
  return `: ${first}${others.length > 0 ? says.more(others.length) : ''}`;
}
