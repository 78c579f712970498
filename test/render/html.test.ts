import { createHash } from 'node:crypto';
import { renderHtml } from '../../shared/render/html.tsx';
import { renderMail } from '../../shared/render/mail.tsx';
import type { Finding, Report } from '../../shared/report.ts';
import { elementsOf, textOf } from './html-elements.ts';
import { hostile, quietReport, sampleFinding, sampleReport } from './sample-report.ts';

const documents: [string, (report: Report) => string][] = [
  ['the page', renderHtml],
  ['the mail', (report) => renderMail(report, { pageUrl: 'https://reports.example/a.html' }).html],
];

describe.each(documents)('%s', (kind, render) => {
  const html = render(sampleReport);
  const elements = elementsOf(html);

  it('loads nothing and runs nothing of a stranger', () => {
    const names = new Set(elements.map(({ name }) => name));
    for (const name of ['img', 'iframe', 'object', 'embed', 'link', 'base', 'form', 'svg', 'video', 'audio'])
      expect(names).not.toContain(name);
    expect(elements.filter(({ name }) => name === 'script')).toHaveLength(kind === 'the page' ? 1 : 0);
    for (const { attributes } of elements) {
      expect(Object.keys(attributes).filter((name) => /^on|^src|^action|^formaction/i.test(name))).toEqual(
        [],
      );
      expect(attributes['href'] ?? '#').toMatch(/^(https:\/\/|#)/);
    }
    expect(html).not.toMatch(/@import|url\(/);
  });

  it('shows the texts of strangers as they are, with the unseen escaped', () => {
    const text = textOf(html);
    expect(text).toContain(hostile.markup);
    expect(text).toContain('invoice\\u202efdp.exe');
    expect(text).toContain('javascript:alert(1)');
    expect(html.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('shows commands letter by letter', () => {
    const blocks = elements.filter(({ name }) => name === 'pre').map(({ text }) => text);
    for (const { change, fix } of sampleReport.findings)
      if (change !== 'resolved' && change !== 'muted')
        for (const command of fix.commands) expect(blocks).toContain(command);
  });

  it('says everything that matters of a finding', () => {
    const text = textOf(html);
    for (const part of [
      'The trust policy does not name this service account',
      'the names differ in the last letter',
      'role cart (arn:aws:iam::111122223333:role/cart)',
      'service account cart in namespace shop',
      'system:serviceaccount:shop:card',
      'AccessDenied, 1,342 times; first 2026-01-01 06:12 UTC, last 2026-01-02 05:58 UTC',
      'eks/irsa-trust-audience',
      'proven',
      'advice',
      'serviceAccounts could not be read: no token',
      'eks:ListClusters',
      'the time for reading was used up',
      'The audience did not match',
      'A role trusts a cluster that is gone',
    ])
      expect(text).toContain(part);
  });

  it('never shows nothing as health', () => {
    const text = textOf(render(quietReport));
    expect(text).toContain('Nothing was found');
    expect(text).toContain('many failures leave no event, so that does not show that all is well');
    expect(text).not.toMatch(/healthy/i);
  });

  it('is for both colour schemes and for narrow screens', () => {
    expect(html).toContain('prefers-color-scheme: dark');
    const metas = elements.filter(({ name }) => name === 'meta').map(({ attributes }) => attributes);
    expect(metas).toContainEqual({ name: 'color-scheme', content: 'light dark' });
    expect(metas).toContainEqual({ name: 'viewport', content: 'width=device-width, initial-scale=1' });
  });
});

describe('renderHtml()', () => {
  it('allows only its own style and script, by their hashes', () => {
    const elements = elementsOf(renderHtml(sampleReport));
    const policy = elements.find(({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy');
    const hash = (name: string) => {
      const source = elements.find((element) => element.name === name)?.text ?? '';
      return `${name}-src 'sha256-${createHash('sha256').update(source).digest('base64')}'`;
    };
    expect(policy?.attributes['content']?.split('; ')).toEqual([
      "default-src 'none'",
      hash('style'),
      hash('script'),
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(elements.filter(({ attributes }) => 'style' in attributes)).toEqual([]);
  });
});

describe('renderMail()', () => {
  it('is complete for mail programs that read no style sheet', () => {
    const elements = elementsOf(renderMail(sampleReport).html);
    const bare = elements.filter(
      ({ name, attributes }) =>
        ['body', 'h1', 'h2', 'h3', 'p', 'pre', 'a', 'li'].includes(name) && !attributes['style'],
    );
    expect(bare).toEqual([]);
  });

  it.each([
    ['https://reports.example/a.html', true],
    ['s3://bucket/reports/a.html', false],
    ['javascript:alert(1)', false],
  ])('leads to %s: as a link: %s', (pageUrl, isLink) => {
    const { html, text } = renderMail(sampleReport, { pageUrl });
    const links = elementsOf(html).map(({ attributes }) => attributes['href']);
    expect(links.includes(pageUrl)).toBe(isLink);
    expect(links.includes(`${pageUrl}#finding-1f0c2a9b7e5d4c31`)).toBe(isLink);
    if (!isLink) expect(textOf(html)).toContain(`The whole report: ${pageUrl}`);
    expect(text).toContain(`The whole report: ${pageUrl}`);
  });

  it('says first that it may have been sent before', () => {
    const { html, text } = renderMail(sampleReport, { possiblySentBefore: true });
    expect(text).toMatch(/^Possibly sent before: /);
    expect(textOf(html).indexOf('Possibly sent before')).toBeLessThan(textOf(html).indexOf('5 findings'));
    const other = renderMail(sampleReport);
    expect(other.html + other.text).not.toContain('Possibly sent before');
  });

  it('stays below what mail programs show, keeps the worst, and says what is missing', () => {
    const findings = Array.from({ length: 2000 }, (_, index) =>
      sampleFinding({
        id: String(index),
        severity: index === 1999 ? 'critical' : 'low',
        cluster: `c${index}`,
      }),
    );
    const { html, text } = renderMail(
      { ...sampleReport, findings },
      { pageUrl: 'https://reports.example/a.html' },
    );
    expect(Buffer.byteLength(html)).toBeLessThan(102_000);
    const cards = elementsOf(html).filter(({ attributes }) => attributes['class'] === 'card').length;
    expect(cards).toBeGreaterThan(5);
    const missing = (2000 - cards).toLocaleString('en-US');
    expect(textOf(html)).toContain(
      `Cut to fit: ${missing} findings of 2,000 (${missing} low) missing here. The whole report is at https://reports.example/a.html`,
    );
    expect(text).toMatch(/CRITICAL {2}The trust policy/);
    expect(Buffer.byteLength(text)).toBeLessThan(600_000);
  });

  it('stays small where everything was denied everywhere', () => {
    const coverage = Array.from({ length: 5000 }, (_, index) => ({
      ...({ cloud: 'aws', account: String(index), location: null, fact: 'roles', complete: false } as const),
      why: `denied ${index} ${'x'.repeat(300)}`,
    }));
    const { html, text } = renderMail({ ...sampleReport, coverage });
    expect(Buffer.byteLength(html)).toBeLessThan(102_000);
    expect(textOf(html)).toContain('and 4,988 more lines');
    expect(text).toContain('and 4,900 more lines');
  });

  it.each<[string, Partial<Report>, string]>([
    [
      'findings',
      {},
      'clusterwhy: 2 new, 1 changed, 1 resolved, 2 open (2 critical): eu-central-1/staging and 2 more',
    ],
    [
      'new and resolved findings',
      { findings: [sampleFinding(), sampleFinding({ change: 'resolved' })] },
      'clusterwhy: 1 new, 1 resolved (1 high): eu-west-1/prod',
    ],
    [
      'findings that are known',
      { findings: [sampleFinding({ change: 'open' })] },
      'clusterwhy: no change, 1 open (1 high): eu-west-1/prod',
    ],
    ['one finding', { findings: [sampleFinding()] }, 'clusterwhy: 1 high: eu-west-1/prod'],
    [
      'a long name',
      {
        findings: [
          sampleFinding({ account: 'a-project-with-a-name-of-many-letters', cluster: 'x'.repeat(90) }),
        ],
      },
      'clusterwhy: 1 high: a-project-with-a-name-of-many-letters',
    ],
    [
      'names beyond ASCII and in several lines',
      { findings: [sampleFinding({ cluster: 'größe\nBcc: x', location: null })] },
      'clusterwhy: 1 high: gr??e\\nBcc: x',
    ],
    [
      'only resolved findings',
      { findings: [sampleFinding({ change: 'resolved' })], outcomes: [], coverage: [] },
      'clusterwhy: 1 resolved, nothing else found: 111122223333 and 1 more',
    ],
    [
      'nothing, with gaps',
      { findings: [] },
      'clusterwhy: nothing found, but not all could be read: 111122223333 and 1 more',
    ],
    ['nothing at all', { findings: [], outcomes: [], coverage: [], scope: [] }, 'clusterwhy: nothing found'],
  ])('has a subject that says the news: %s', (_, changes, subject) => {
    expect(renderMail({ ...sampleReport, ...changes }).subject).toBe(subject);
  });

  it('says first what changed, then what is open by age, then what was not looked at', () => {
    const finding = (id: string, change: Finding['change'], openSince?: string) =>
      sampleFinding({
        id,
        change,
        title: `Title of ${id}`,
        severity: id === 'young' ? 'critical' : 'low',
        openSince,
      });
    const report = {
      ...sampleReport,
      findings: [
        finding('young', 'open', '2026-01-01T06:00:00Z'),
        finding('old', 'open', '2025-12-01T06:00:00Z'),
        finding('fresh', 'new'),
        finding('other', 'changed', '2025-12-30T06:01:12Z'),
        finding('gone', 'resolved', '2025-12-31T06:01:12Z'),
      ],
    };
    const { html, text } = renderMail(report);
    const order = ['fresh', 'other', 'gone', 'old', 'young'].map((id) => `Title of ${id}`);
    for (const said of [textOf(html), text]) {
      const places = [...order, 'Not looked at, or only in part'].map((title) => said.indexOf(title));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(places).not.toContain(-1);
      expect(said).toMatch(/open for 32 days/);
      expect(said).toMatch(/Title of gone: role cart \(prod\); was open for 2 days/);
    }
    expect(textOf(html)).toMatch(/What changed .*Still open, the oldest first .*Not looked at/);
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(/WHAT CHANGED .*STILL OPEN.* NOT LOOKED AT/);
  });

  it('counts what is muted, and lets an expired mute speak up', () => {
    const mute = { reason: 'the move', expires: '2026-02-01T00:00:00Z', state: 'active' } as const;
    const late = { reason: 'the audit', expires: '2026-01-01T00:00:00Z', state: 'expired' } as const;
    const report: Report = {
      ...sampleReport,
      findings: [
        sampleFinding({ change: 'muted', mute }),
        sampleFinding({ id: 'b', change: 'changed', mute: late }),
      ],
      mutes: [{ of: 'rule eks/*', ...late, findings: 1 }],
    };
    const { html, text } = renderMail(report);
    for (const said of [textOf(html), text.replaceAll(/\s+/g, ' ')]) {
      expect(said).toContain('1 finding muted, not counted.');
      expect(said).toContain('1 mute has expired: 1 finding counted again.');
      expect(said).toContain('muted until 2026-02-01 00:00 UTC: the move');
      expect(said).toContain('was muted until 2026-01-01 00:00 UTC, and stands again: the audit');
      expect(said).toContain('rule eks/* (the audit): expired 2026-01-01 00:00 UTC; 1 finding counted again');
    }
  });

  it('has a subject of fewer than 100 characters, whatever the names', () => {
    const { subject } = renderMail({
      ...sampleReport,
      findings: [sampleFinding({ account: 'ä'.repeat(5000) })],
    });
    expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/);
  });
});
