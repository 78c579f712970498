/** The list of all reports as one page that needs nothing besides itself. */
import { createHash } from 'node:crypto';
import { renderToStaticMarkup } from 'preact-render-to-string';
import { moment } from './moment.ts';
import { severities, type Severity } from './outline.ts';
import { pageStyle } from './page-style.ts';
import { list, plural } from './plural.ts';
import { printableLine } from './printable.ts';

/** One report in the list. */
export interface IndexEntry {
  runId: string;
  /** ISO 8601 UTC. */
  startedAt: string;
  /** Path of its page, beside the list's own. */
  page: string;
  /** Findings that stand. */
  standing: Record<Severity, number>;
  changes: { new: number; changed: number; resolved: number };
  /** What was not looked at. */
  gaps: number;
}

/** The page may load nothing and run nothing but its own style, which it names by its hash. */
const styleHash = createHash('sha256').update(pageStyle).digest('base64');
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;

/** Renders the list, in the order that is given. */
export function renderIndex(entries: readonly IndexEntry[]): string {
  return `<!doctype html>\n${renderToStaticMarkup(<Page entries={entries} />)}\n`;
}

function Page({ entries }: { entries: readonly IndexEntry[] }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>Reports of clusterwhy</title>
        <style dangerouslySetInnerHTML={{ __html: pageStyle }} />
      </head>
      <body>
        <main>
          <header class="top">
            <h1>Reports of clusterwhy</h1>
            <p class="quiet">{plural(entries.length, 'report')}, newest first</p>
          </header>
          <nav class="panel contents">
            <ul>
              {entries.map((entry) => (
                <Line entry={entry} />
              ))}
            </ul>
          </nav>
        </main>
      </body>
    </html>
  );
}

function Line({ entry }: { entry: IndexEntry }) {
  const { page, startedAt, runId, standing } = entry;
  return (
    <li>
      <a href={page.split('/').map(encodeURIComponent).join('/')}>
        <time dateTime={startedAt}>{moment(startedAt)}</time>{' '}
        <span class="quiet value">{printableLine(runId)}</span>
      </a>
      {severities
        .filter((severity) => standing[severity] > 0)
        .map((severity) => (
          <span
            class={`chip ${severity}`}
          >{`${standing[severity].toLocaleString('en-US')} ${severity}`}</span>
        ))}
      <span class="quiet">{news(entry)}</span>
    </li>
  );
}

function news({ standing, changes, gaps }: IndexEntry): string {
  const changed = (['new', 'changed', 'resolved'] as const)
    .filter((change) => changes[change] > 0)
    .map((change) => `${changes[change].toLocaleString('en-US')} ${change}`);
  const isEmpty = Object.values(standing).every((count) => count === 0);
  return [
    ...(isEmpty ? ['nothing found'] : []),
    changed.length > 0 ? list(changed) : 'no change',
    ...(gaps > 0 ? [`${plural(gaps, 'gap')} in what was looked at`] : []),
  ].join('; ');
}
