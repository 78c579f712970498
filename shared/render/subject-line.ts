/** The report in one line, for the subject of a mail: the news first, then where. */
import type { Finding } from '../report.ts';
import { accountsAffected } from './organization.ts';
import { severities, type Outline } from './outline.ts';
import { newsCounts } from './summary.ts';

/** SNS wants fewer than 100 characters. */
const longest = 99;

/**
 * At most 99 characters, in English printable ASCII: `clusterwhy: 2 new, 1 resolved, 3 open (1 critical): eu-west-1/prod`.
 */
export function subjectLine(order: Outline): string {
  const { line } = order.says.subject;
  const news = order.total > 0 ? newsOf(order) : nothingOf(order);
  const isCounted = order.total > 0 && !order.isFirst;
  const counts = isCounted ? [worst(order), worstOne(order), ''] : [''];
  const forms = wheres(order).flatMap((place) => counts.map((some) => line(news, some, place)));
  const all = [...forms, line(news, '', '')];
  const chosen = all.find((form) => form.length <= longest) ?? line(news, '', '').slice(0, longest);
  return order.says.language === 'en' ? ascii(chosen) : chosen;
}

function ascii(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/gu, '?');
}

/** In a first report, in which everything is new, how bad it is. */
function newsOf(order: Outline): string {
  if (order.isFirst) return worst(order);
  const { changes, says } = order;
  const counts = newsCounts(changes, says);
  const open = changes.open > 0 ? [says.subject.open(changes.open)] : [];
  return says.join([...(counts.length > 0 ? counts : [says.subject.noChange]), ...open]);
}

function nothingOf({ changes, undecided, broken, holes, says }: Outline): string {
  const news = says.join(newsCounts(changes, says));
  const blind = undecided.length + broken.length + holes.length > 0 ? says.subject.blind : '';
  return (news === '' ? says.subject.nothing : says.subject.nothingElse(news)) + blind;
}

function worstOne({ counts, says }: Outline): string {
  const first = severities.find((severity) => counts[severity] > 0);
  return first ? says.counted(counts[first], says.severity[first]) : '';
}

/** The two worst severities, and how many findings are below them. */
function worst({ counts, says }: Outline): string {
  const present = severities.filter((severity) => counts[severity] > 0);
  const below = present.slice(2).reduce((sum, severity) => sum + counts[severity], 0);
  const named = present
    .slice(0, 2)
    .map((severity) => says.counted(counts[severity], says.severity[severity]));
  return says.join([...named, ...(below > 0 ? [says.subject.lower(below)] : [])]);
}

/** Where the news is, else where anything is: by cluster, and by account; of an organization, how many accounts. */
function wheres(order: Outline): [name: string, account: string] {
  const { standing, news, report, says } = order;
  const { organization } = report;
  if (organization) return [accountsAffected(organization, says), organization.id];
  const findings = news.length > 0 ? news : standing;
  const accounts = (findings.length > 0 ? findings : report.scope).map(({ account }) => account);
  return [firstOf(findings.map(nameOf), order) || firstOf(accounts, order), firstOf(accounts, order)];
}

/** `eu-west-1/prod`; the account where it belongs to no place in it. */
function nameOf({ location, cluster, account }: Finding): string {
  return [location, cluster].filter((part) => part !== null && part !== '').join('/') || account;
}

function firstOf(names: readonly string[], { says }: Outline): string {
  const [first, ...others] = new Set(names);
  if (first === undefined) return '';
  return others.length > 0 ? says.subject.more(first, others.length) : first;
}
