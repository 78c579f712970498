/** The report in one line, for the subject of a mail: the news first, then where. */
import { severities, type Outline } from './outline.ts';
import { plural } from './plural.ts';
import { newsCounts } from './summary.ts';

/** SNS wants fewer than 100 characters. */
const longest = 99;

/** Printable ASCII of at most 99 characters: `clusterwhy: 1 new, 2 resolved; 2 critical, 5 high in 111122223333 (eu-west-1/prod ...)`. */
export function subjectLine(order: Outline): string {
  const start = `clusterwhy: ${news(order)}${where(order)}`;
  const line = [start + cluster(order.standing), start].find((text) => text.length <= longest);
  return ascii(line ?? `${start.slice(0, longest - 4).trimEnd()} ...`);
}

function ascii(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/gu, '?');
}

function news({ standing, counts, resolved, undecided, broken, holes }: Outline): string {
  if (standing.length > 0) return changes({ standing, resolved }) + worst(counts);
  const gone =
    resolved.length > 0 ? `${plural(resolved.length, 'finding')} resolved, nothing else found` : '';
  const blind = undecided.length + broken.length + holes.length > 0 ? ', but not all could be read' : '';
  return `${gone || 'nothing found'}${blind}`;
}

/** What changed since the last report; nothing in a first one, in which everything is new. */
function changes({ standing, resolved }: Pick<Outline, 'standing' | 'resolved'>): string {
  if (resolved.length === 0 && standing.every(({ change }) => change === 'new')) return '';
  return `${newsCounts({ standing, resolved }).join(', ') || 'no change'}; `;
}

/** The two worst severities, and how many findings are below them. */
function worst(counts: Outline['counts']): string {
  const present = severities.filter((severity) => counts[severity] > 0);
  const below = present.slice(2).reduce((sum, severity) => sum + counts[severity], 0);
  const named = present.slice(0, 2).map((severity) => `${counts[severity]} ${severity}`);
  return [...named, ...(below > 0 ? [`${below} lower`] : [])].join(', ');
}

function where({ standing, report }: Outline): string {
  const accounts = [
    ...new Set((standing.length > 0 ? standing : report.scope).map(({ account }) => account)),
  ];
  const [first] = accounts;
  if (first === undefined) return '';
  const others = accounts.length > 1 ? ` and ${accounts.length - 1} more` : '';
  return ` in ${first}${others}`;
}

/** Location and cluster of the worst finding. */
function cluster(standing: Outline['standing']): string {
  const [worst] = standing;
  const name = [worst?.location, worst?.cluster].filter((part) => typeof part === 'string').join('/');
  if (name === '') return '';
  const others = standing.some(
    ({ location, cluster }) => location !== worst?.location || cluster !== worst.cluster,
  );
  return ` (${name}${others ? ' ...' : ''})`;
}
