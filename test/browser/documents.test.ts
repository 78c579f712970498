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

function newestOf(findings: typeof standing): string {
  return (
    findings
      .map(({ openSince = '' }) => openSince)
      .sort()
      .at(-1) ?? ''
  );
}

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

    it('by text that stands in the heading of its cluster alone', async () => {
      const heading = await page.locator('.group h2').first().textContent();
      const here = await page.locator('.group').first().locator('.finding').count();
      await page.fill('input[name=text]', heading ?? '');
      await says('#shown', `Showing ${here} of`);
      expect(await page.locator('.group:visible').count()).toBe(1);
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

  describe('the address of the page', () => {
    const hash = () => page.evaluate<string>('decodeURIComponent(location.hash)');
    const chosen = (name: string) => page.inputValue(`[name=${name}]`);
    const addressEnds = (end: string) =>
      page.waitForURL(({ href }) => decodeURIComponent(href).endsWith(end), { timeout: 10_000 });
    const order = () =>
      page.evaluate<string[]>("[...document.querySelectorAll('.finding')].map(({ id }) => id)");
    const of = (findings: typeof standing) => findings.map(({ id }) => `finding-${id}`);

    beforeEach(async () => {
      await page.setViewportSize({ width: 1280, height: 900 });
      await open('page', documents.page);
    });

    it('keeps filters, text and order, and a copied link opens the same view', async () => {
      await page.selectOption('select[name=severity]', 'high');
      await page.selectOption('select[name=sort]', 'oldest');
      await page.fill('input[name=text]', 'trust policy');
      await addressEnds('#?severity=high&text=trust+policy&sort=oldest');
      const [link, seenThere] = [page.url(), await visible()];
      expect(seenThere).toBeGreaterThan(0);
      await page.goto('about:blank');
      await page.goto(link);
      expect([await chosen('severity'), await chosen('text'), await chosen('sort'), await visible()]).toEqual(
        ['high', 'trust policy', 'oldest', seenThere],
      );
    });

    it('is gone back and forward, choice by choice, and what is typed as a whole', async () => {
      await page.selectOption('select[name=cloud]', 'aws');
      await page.locator('input[name=text]').pressSequentially('staging');
      await addressEnds('#?cloud=aws&text=staging');
      await page.locator('input[name=text]').pressSequentially(' oidc');
      await addressEnds('#?cloud=aws&text=staging+oidc');
      await page.goBack();
      expect([await chosen('cloud'), await chosen('text')]).toEqual(['aws', '']);
      await page.goBack();
      expect([await visible(), await hash()]).toEqual([standing.length, '']);
      await page.goForward();
      await page.goForward();
      expect([await chosen('text'), await visible()]).toEqual(['staging oidc', 1]);
      await page.click('#filters button');
      expect([await visible(), page.url().includes('#')]).toEqual([standing.length, false]);
    });

    it('keeps what is chosen beside a finding or a cluster that a link leads to', async () => {
      await page.selectOption('select[name=severity]', 'critical');
      const card = page.locator('.finding:visible').last();
      const id = await card.getAttribute('id');
      await card.locator('.tags a').click();
      await page.locator(`#${id}:focus`).waitFor();
      await addressEnds(`#${id}?severity=critical`);
      expect(await visible()).toBe(2);
      await open('page', documents.page, `#${id}?severity=critical`);
      expect([await page.evaluate('document.activeElement.id'), await visible()]).toEqual([id, 2]);
      await page.locator('.contents a').first().click();
      await addressEnds('#cluster-1?severity=critical');
      await page.goBack();
      expect([await hash(), await visible()]).toEqual([`#${id}?severity=critical`, 2]);
    });

    it('shows a finding that its own filters would hide', async () => {
      const { id } = standing.find(({ severity }) => severity === 'critical') ?? { id: '' };
      await open('page', documents.page, `#finding-${id}?severity=low`);
      expect([await visible(), await hash()]).toEqual([standing.length, `#finding-${id}`]);
      expect(await page.evaluate('document.activeElement.id')).toBe(`finding-${id}`);
    });

    it('orders by age within clusters and among them, and back', async () => {
      const worst = await order();
      await page.selectOption('select[name=sort]', 'newest');
      const newest = await order();
      expect(newest[0]).toBe(of(standing.filter(({ openSince }) => openSince === newestOf(standing)))[0]);
      expect([...newest].sort()).toEqual([...worst].sort());
      await page.selectOption('select[name=sort]', 'oldest');
      expect((await order()).at(-1)).toBe(newest[0]);
      await page.selectOption('select[name=sort]', '');
      expect(await order()).toEqual(worst);
    });

    it.each([
      ['values', '#?severity=%3Cscript%3Ealert(1)%3C/script%3E&sort=constructor&account=__proto__'],
      ['broken encoding', '#%E0%A4%A'],
      ['markup', '#<img src=x onerror=alert(1)>?text='],
      ['a script', '#javascript:alert(1)'],
      ['names', '#?__proto__=1&constructor=2&text'],
      ['length', `#?${'x'.repeat(50_000)}`],
    ])('does nothing that the page does not offer: hostile %s', async (_, hostileHash) => {
      await open('page', documents.page, hostileHash);
      expect(await visible()).toBe(standing.length);
      for (const name of ['severity', 'account', 'sort', 'text']) expect(await chosen(name)).toBe('');
      await page.selectOption('select[name=severity]', 'critical');
      expect(await visible()).toBe(2);
      await addressEnds('#?severity=critical');
    });

    it('keeps what signs an address of the bucket', async () => {
      const address = 'https://reports.example/2026/report.html?X-Amz-Signature=0f3a%2Fb';
      await page.route(address, (route) => route.fulfill({ contentType: 'text/html', body: documents.page }));
      await page.goto(address);
      await page.selectOption('select[name=severity]', 'critical');
      expect(page.url()).toBe(`${address}#?severity=critical`);
      await page.click('#filters button');
      expect(page.url()).toBe(address);
      expect(seen.splice(0)).toEqual([address]);
    });

    it('finds by a hostile text only what holds it', async () => {
      await open('page', documents.page, `#?text=${encodeURIComponent('<script>alert(1)</script> nowhere')}`);
      expect(await visible()).toBe(0);
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
