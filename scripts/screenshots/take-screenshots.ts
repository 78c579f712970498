/** Shows page and mail in a headless Chromium: light, dark and narrow, in every language. Japanese takes a font that has it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, stderr, stdin, stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { demoReport } from '../../functions/cli/demo/command.ts';
import { openSession } from '../../functions/cli/session.ts';
import { renderHtml } from '../../shared/render/html.tsx';
import { renderMail } from '../../shared/render/mail.tsx';
import { languages, type Language } from '../../shared/words.ts';
import { browserPath, startBrowser } from '../../test/browser/chromium.ts';
import { makeDays } from './days.ts';
import { toPalette } from './to-palette.ts';

const folder = 'docs/images';

/** How each document is looked at. */
const looks = {
  light: { colorScheme: 'light', viewport: { width: 1120, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1120, height: 900 } },
  narrow: { colorScheme: 'light', viewport: { width: 320, height: 780 } },
} as const;

/** GitHub shows larger ones slowly. */
const mostBytes = 200 * 1024;

/** @throws {Error} where there is no browser, or no text in the language */
export async function takeScreenshots(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { lang: { type: 'string' } } });
  const chosen = languages.filter((one) => values.lang === undefined || values.lang === one);
  if (chosen.length === 0)
    throw new Error(
      `Cannot show "${values.lang}": the texts are there in ${languages.join(', ')}; give one as --lang`,
    );
  if (browserPath === null)
    throw new Error('Cannot take screenshots: there is no Chromium; install the package "chromium"');
  const browser = await startBrowser(browserPath);
  try {
    await mkdir(folder, { recursive: true });
    for (const lang of chosen)
      for (const [name, html] of Object.entries(await makeDocuments(lang)))
        await shoot(browser, `${name}-${lang}`, html);
  } finally {
    await browser.close();
  }
}

async function makeDocuments(language: Language): Promise<Record<'page' | 'mail', string>> {
  const session = openSession(
    { stdin, stdout, stderr, env },
    { color: false, quiet: true, lang: language, logLevel: 'error' },
  );
  const { report, history } = makeDays(await demoReport(session));
  const pageUrl = 'https://reports.example.com/';
  return {
    page: renderHtml(report, { history, language }),
    mail: renderMail(report, { pageUrl, language }).html,
  };
}

async function shoot(browser: Browser, name: string, html: string): Promise<void> {
  const temporary = await mkdtemp(join(tmpdir(), 'clusterwhy-screenshots-'));
  const file = join(temporary, 'document.html');
  await writeFile(file, html);
  try {
    for (const [look, options] of Object.entries(looks)) {
      const page = await browser.newPage(options);
      await page.goto(pathToFileURL(file).href);
      await save(`${name}-${look}.png`, toPalette(await page.screenshot()));
      await page.close();
    }
  } finally {
    await rm(temporary, { recursive: true });
  }
}

async function save(name: string, picture: Buffer): Promise<void> {
  if (picture.length > mostBytes)
    throw new Error(`${name} has ${picture.length} bytes, more than ${mostBytes}: make its viewport smaller`);
  await writeFile(join(folder, name), picture);
  stdout.write(`${join(folder, name)}: ${picture.length} bytes\n`);
}
