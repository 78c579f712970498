/** A document that needs nothing besides itself: it may load nothing, and run nothing but its own style and script. */
import { createHash } from 'node:crypto';
import type { ComponentChildren, VNode } from 'preact';
import { renderToStaticMarkup } from 'preact-render-to-string';
import type { Messages } from './messages/messages-in.ts';
import { pageStyle } from './page-style.ts';

interface FrameProps {
  says: Messages;
  title: string;
  children: ComponentChildren;
  /** Source of the page's script; none where absent. */
  script?: string;
  /** `data-` attributes of the body: texts that the script shows. */
  data?: Record<string, string>;
}

/** The whole document as text. */
export function renderPage(page: VNode): string {
  return `<!doctype html>\n${renderToStaticMarkup(page)}\n`;
}

/** Head and body of a page; it names its style and its script by their hashes. */
export function PageFrame({ says, title, children, script, data = {} }: FrameProps) {
  return (
    <html lang={says.language}>
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policyFor(script)} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: pageStyle }} />
      </head>
      <body {...Object.fromEntries(Object.entries(data).map(([name, text]) => [`data-${name}`, text]))}>
        <a class="skip" href="#content">
          {says.page.skip}
        </a>
        {children}
        {script !== undefined && <script dangerouslySetInnerHTML={{ __html: script }} />}
      </body>
    </html>
  );
}

function policyFor(script: string | undefined): string {
  return [
    "default-src 'none'",
    `style-src '${hashOf(pageStyle)}'`,
    ...(script === undefined ? [] : [`script-src '${hashOf(script)}'`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function hashOf(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`;
}
