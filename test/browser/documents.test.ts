/** The page, the list of reports and the mail as a browser shows them: one Chromium for all, files on disk. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { renderHtml } from '../../shared/render/html.tsx';
import { browserPath, startBrowser } from './chromium.ts';
import { documents, manyFindings, report } from './sample-documents.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const widths = [320, 768, 1280];
const standing = report.findings.filter(({ change }) => change !== 'resolved' && change !== 'muted');

const whereFound = browserPath === null ? describe.skip : describe;
whereFound(`in a browser${browserPath === null ? ': left out, for there is no chromium' : ''}`, () => {
  let folder: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** What the page asked for, complained of, or opened. */
  const seen: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'clusterwhy-browser-'));
    browser = await startBrowser(browserPath ?? '');
    context = await browser.newContext();
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    page = await context.newPage();
    page.on('console', (message) => seen.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => seen.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      seen.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.isNavigationRequest() || !request.url().startsWith('file:')) seen.push(request.url());
    });
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => void seen.splice(0));
  afterEach(() => expect(seen).toEqual([]));

  async function open(name: string, html: string, hash = ''): Promise<void> {
    const path = join(folder, `${name}.html`);
    writeFileSync(path, html);
    await page.goto('about:blank');
    await page.goto(`${pathToFileURL(path).href}${hash}`);
  }

  const says = (selector: string, text: string) =>
    page.locator(selector, { hasText: text }).waitFor({ state: 'attached' });
  const visible = () => page.locator('.finding:visible').count();

  describe.each(Object.entries(documents))('the %s', (name, html) => {
    it.each(['light', 'dark'] as const)('has nothing that axe complains of, %s', async (colorScheme) => {
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.emulateMedia({ colorScheme });
      await open(name, html);
      await page.evaluate(axeSource);
      const { violations } = await page.evaluate<AxeResults>('axe.run()');
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html: at }) => at).join(' | ')}`),
      ).toEqual([]);
    });

    it.each(widths)('fits into %i pixels', async (width) => {
      await page.setViewportSize({ width, height: 900 });
      await open(name, html);
      const needed = await page.evaluate('document.scrollingElement.scrollWidth');
      expect(needed).toBe(width);
      const picture = await page.screenshot();
      expect(picture.readUInt32BE(16)).toBe(width);
      expect(picture.length).toBeGreaterThan(5000);
    });
  });

  describe('the filters of the page', () => {
    beforeEach(async () => {
      await page.setViewportSize({ width: 1280, height: 900 });
      await open('page', documents.page);
    });

    it.each<[string, string, number]>([
      ['cloud', 'gcp', 1],
      ['account', '111122223333', 4],
      ['severity', 'critical', 2],
      ['change', 'changed', 1],
      ['rule', 'eks/irsa-trust-too-broad', 1],
    ])('by %s', async (name, value, count) => {
      expect(await visible()).toBe(standing.length);
      await page.selectOption(`select[name=${name}]`, value);
      expect(await visible()).toBe(count);
      expect(await page.textContent('#shown')).toBe(`Showing ${count} of ${standing.length} findings`);
      await page.click('#filters button');
      expect(await visible()).toBe(standing.length);
    });

    it('by text, several words at once, and leave no heading without findings', async () => {
      await page.fill('input[name=text]', 'STAGING oidc');
      await says('#shown', 'Showing 1 of');
      expect(await visible()).toBe(1);
      expect(await page.locator('.group:visible').count()).toBe(1);
      await page.fill('input[name=text]', 'nothing holds this');
      await says('#shown', 'Showing 0 of');
      expect(await page.locator('.group:visible').count()).toBe(0);
    });

    it('by a cluster with a hostile name', async () => {
      const options = await page.locator('select[name=cluster] option').allTextContents();
      const index = options.findIndex((text) => text.includes('\\u202e'));
      await page.selectOption('select[name=cluster]', { index });
      expect(await visible()).toBe(1);
    });

    it('give way to the address of a finding', async () => {
      await page.selectOption('select[name=severity]', 'low');
      const [{ id } = { id: '' }] = standing;
      await page.evaluate(`location.hash = 'finding-${id}'`);
      await page.locator(`#finding-${id}:focus`).waitFor();
      expect(await visible()).toBe(standing.length);
    });
  });

  it('opens at the finding that its address names', async () => {
    const { id } = standing.at(-1) ?? { id: '' };
    await open('page', documents.page, `#finding-${id}`);
    const top = await page.evaluate(`document.getElementById('finding-${id}').getBoundingClientRect().top`);
    expect(top).toBeLessThan(900);
    expect(await page.evaluate('document.activeElement.id')).toBe(`finding-${id}`);
  });

  it('copies commands letter by letter, by keyboard too', async () => {
    await open('page', documents.page);
    const finding = standing.find(({ id }) => id === '1f0c2a9b7e5d4c31');
    const button = page.locator('#finding-1f0c2a9b7e5d4c31 .code button').first();
    await button.focus();
    await page.keyboard.press('Enter');
    await says('#said', 'Copied');
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(finding?.fix.commands[0]);
  });

  it('shows what goes and what comes of a policy', async () => {
    await open('page', documents.page);
    const diff = page.locator('#finding-1f0c2a9b7e5d4c31 .diff');
    expect(await diff.locator('del').allTextContents()).toEqual([expect.stringContaining('shop:card')]);
    expect(await diff.locator('ins').allTextContents()).toEqual([expect.stringContaining('shop:cart')]);
  });

  it('prints every finding without its controls', async () => {
    await open('page', documents.page);
    await page.emulateMedia({ media: 'print' });
    expect([await page.locator('button:visible').count(), await visible()]).toEqual([0, standing.length]);
    await page.emulateMedia({ media: 'screen' });
  });

  it('lays out only what is near the screen of many findings, and filters them all', async () => {
    await open('many', renderHtml(manyFindings));
    const style = "getComputedStyle(document.querySelector('.finding')).contentVisibility";
    expect(await page.evaluate(style)).toBe('auto');
    await page.selectOption('select[name=severity]', 'high');
    expect(await page.textContent('#shown')).toBe('Showing 200 of 400 findings');
  });
});
