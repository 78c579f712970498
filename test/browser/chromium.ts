/** A headless Chromium for the tests; Debian's package `chromium` brings it. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Null where there is none. */
export const browserPath: string | null = places.find((path) => existsSync(path)) ?? null;

/** What a browser does by itself (updates, guesses at addresses) would look like requests of the page. */
export async function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-gpu'],
  });
}
