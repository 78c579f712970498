/** The report in Japanese: every rendering for people, over the faulty account, and how Japanese text is set. */
import PostalMime from 'postal-mime';
import stringWidth from 'string-width';
import { makeAwsClients } from '../../functions/aws-clients.ts';
import { runAudit } from '../../functions/run-audit.ts';
import { smtpChannel } from '../../shared/deliver/smtp.ts';
import { explain } from '../../shared/explain/explanation.ts';
import { knownErrors } from '../../shared/explain/known-errors.ts';
import { ErrorScanner } from '../../shared/explain/scan-errors.ts';
import { renderCsv } from '../../shared/render/csv.ts';
import { historyEntry } from '../../shared/render/history.ts';
import { renderHistory } from '../../shared/render/history-text.ts';
import { renderHtml } from '../../shared/render/html.tsx';
import { renderMail } from '../../shared/render/mail.tsx';
import { renderNotification } from '../../shared/render/notification.ts';
import { renderIndex } from '../../shared/render/report-index.tsx';
import { renderExplanations } from '../../shared/render/explanation-text.ts';
import { renderScanText } from '../../shared/render/scan-text.ts';
import { renderText } from '../../shared/render/text.ts';
import { wrap } from '../../shared/render/wrap.ts';
import type { Finding, Report } from '../../shared/report.ts';
import type { ScanReport } from '../../shared/scan-report.ts';
import { rules } from '../../shared/rules/index.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { faultyWorld } from '../cloud/worlds/faulty.ts';
import { elementsOf, textOf } from './html-elements.ts';
import { sampleFinding, sampleReport } from './sample-report.ts';

const language = 'ja';
const japanese = /[\u3041-\u30ff\u4e00-\u9fff]/u;

let cloud: RunningCloud;
let report: Report;
beforeAll(async () => {
  cloud = await startCloud(faultyWorld({ stormEvents: 50 }), { lookupsPerSecond: Infinity });
  const clients = makeAwsClients({
    endpoint: cloud.endpoint,
    region: 'eu-west-1',
    credentials: cloud.credentials('111122223333'),
  });
  const { discoveryBaseUrl } = cloud;
  const asked = {
    clients,
    rules,
    language,
    sinceMs: 86_400_000,
    lookupRate: 1000,
    discoveryBaseUrl,
  } as const;
  const found = await runAudit(asked);
  report = {
    ...found,
    findings: found.findings.map((one, index) => ({ ...one, change: changes[index % 5]! })),
  };
}, 60_000);
afterAll(() => cloud.close());

const changes: Finding['change'][] = ['new', 'open', 'changed', 'resolved', 'muted'];

/** Two English words in a row that are no names. */
const english =
  /\b(the|of|not|was|were|could|is|are|found|since|last|between|and|in|on|for|nothing)\b [a-z]/i;

it('has every finding in Japanese beside its English', () => {
  for (const { rule, title, translated } of report.findings) {
    expect([rule, translated?.language]).toEqual([rule, language]);
    expect(translated?.title).toMatch(japanese);
    expect(title).not.toMatch(japanese);
  }
});

it('has no English in headings, labels and chips of page, mail and index', () => {
  const entry = historyEntry(report, 'a/report.html', 's');
  const older = { ...entry, runId: 'before', startedAt: '2026-01-01T06:00:00Z' };
  const documents = [
    renderHtml(report, { language, history: [older] }),
    renderMail(report, { language, pageUrl: 'https://reports.example/a.html' }).html,
    renderIndex([entry, older], language),
  ];
  for (const html of documents) {
    const elements = elementsOf(html);
    expect(elements.find(({ name }) => name === 'html')?.attributes['lang']).toBe('ja');
    const fixed = elements.filter(({ name, attributes }) => {
      const { class: kind = '' } = attributes;
      return /^(title|h1|h3|dt|th|button|strong|legend)$/.test(name) || /chip|label|skip|button/.test(kind);
    });
    expect(fixed.length).toBeGreaterThan(5);
    const said = elements.flatMap(({ attributes }) => [attributes['aria-label'], attributes['title']]);
    const texts = [...fixed.map(({ text }) => text), ...said.map((text) => text ?? '')];
    expect(texts.filter((text) => english.test(text))).toEqual([]);
  }
});

it('has the summary, the headings and the labels of the text in Japanese', () => {
  const text = renderText(report, { width: 100, color: false, language });
  for (const part of ['検出結果は', '対象', '原因', '根拠', '修正', '[検証済み]', '[助言]', '解決したもの'])
    expect(text).toContain(part);
  expect(text).not.toMatch(/^ {0,2}(Subject|Cause|Evidence|Fix|More|Resolved|Read to the end)\b/m);
  expect(text).not.toMatch(/Since the last report|findings|refused call/);
  for (const line of text.split('\n').filter((one) => /^ {2}(対象|原因|根拠|修正) /.test(one)))
    expect(stringWidth(/^ {2}\S+ +/.exec(line)?.[0] ?? '')).toBe(stringWidth('  ワークロード  '));
});

it.each([
  ['ja', '助言: kubeconfig を書き直してください。', '[助言] kubeconfig を書き直してください。'],
  ['en', 'Advice: write it anew.', '[advice] Write it anew.'],
] as const)('keeps a name at the beginning of a fix as it is, in %s', (to, summary, shown) => {
  const finding = sampleFinding();
  const fix = { ...finding.fix, commands: [], verified: false, summary };
  const text = renderText(
    { ...report, findings: [{ ...finding, fix }] },
    { width: 100, color: false, language: to },
  );
  expect(text).toContain(shown);
});

it('keeps commands and ids letter by letter', () => {
  const text = renderText(report, { width: 100, color: false, language });
  for (const { change, fix, id } of report.findings)
    if (change !== 'resolved' && change !== 'muted') {
      expect(text).toContain(id);
      for (const command of fix.commands) expect(text).toContain(command);
    }
});

it('says the news in a subject that mail carries encoded, and SNS in ASCII', async () => {
  const { subject } = renderMail(report, { language });
  expect(subject).toMatch(/^clusterwhy: 新規 \d+ 件、変更 \d+ 件、解決 \d+ 件、継続 \d+ 件/);
  expect(subject.length).toBeLessThan(100);
  const notification = renderNotification(report, { language });
  expect(notification.subject).toMatch(/^[\x20-\x7e]{1,99}$/);
  expect(notification.message).toMatch(japanese);
  const { host, port } = cloud.smtp;
  const server = { host, port, secure: false, user: null, password: null };
  const who = (address: string) => ({ name: '', address });
  const channel = smtpChannel({ server, from: who('a@shop.example'), to: who('b@shop.example'), language });
  await channel.send(report, { possiblySentBefore: true });
  const raw = String(cloud.smtp.mails.at(-1)?.raw);
  expect(raw.slice(0, raw.indexOf('\r\n\r\n'))).toMatch(/^[\x00-\x7f]*$/);
  const mail = await PostalMime.parse(raw);
  expect([mail.subject, mail.html?.includes('送信済みの可能性があります')]).toEqual([subject, true]);
});

it('has the texts of findings in CSV, under a header that programs know', () => {
  const [header = '', ...rows] = renderCsv(report, language).split('\r\n');
  expect(header).toBe(renderCsv(report).split('\r\n')[0]);
  expect(rows.join('\n')).toContain(report.findings[0]?.translated?.title);
});

it('has the history in Japanese', () => {
  const entries = [historyEntry(report, 'a/report.html', 's')];
  const text = renderHistory(entries, { output: 'text', days: 9, width: 100, color: false, language });
  expect(text).toMatch(/未解決: .*新規 \d+ 件/s);
  expect(text).toContain('発生: ');
  expect(english.test(text)).toBe(false);
});

it('has explanations under Japanese headings, and scans in Japanese', () => {
  const options = { width: 100, color: false, language } as const;
  const scanner = new ErrorScanner(knownErrors);
  scanner.push('An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation');
  const text = renderExplanations(explain(scanner.finish()), options);
  expect(text).toMatch(/^ {2}内容 +\S/m);
  expect(text).toContain('1 回、1 行目');
  const nothing = renderScanText(scanned, options);
  expect(nothing).toContain('ログファイル 2 個 (うち 1 個は以前)、JSON 3.0 kB を読み取りました。');
  expect(nothing).toContain('2026/01/01 06:00 UTC から 2026/01/02 06:00 UTC までにワークロードの拒否');
});

it('shows in English what the report has not in Japanese', () => {
  expect(textOf(renderHtml(sampleReport, { language }))).toContain(sampleFinding().title);
  expect(renderText({ ...sampleReport, findings: [] }, { width: 80, color: false, language })).toContain(
    '検出結果はありません。',
  );
});

const scanned: ScanReport = {
  schemaVersion: 1,
  tool: { name: 'clusterwhy', version: '1.0.0' },
  startedAt: '2026-01-02T06:00:00Z',
  finishedAt: '2026-01-02T06:00:01Z',
  source: 'logs',
  window: { from: '2026-01-01T06:00:00Z', to: '2026-01-02T06:00:00Z' },
  summary: {
    ...{ files: 2, filesReadBefore: 1, damagedFiles: 0, storedBytes: 900, jsonBytes: 3000 },
    ...{ refusedCalls: 0, denials: 0 },
  },
  denials: [],
  notRead: [],
};

describe('wrap()', () => {
  const text =
    '信頼ポリシー（「cart」のもの）は、arn:aws:iam::111122223333:role/cart を許可します。ローカル (CA) 証明書、「本番」クラスター…。';

  it.each(Array.from({ length: 60 }, (_, index) => 20 + index))('keeps kinsoku in %d columns', (width) => {
    const lines = wrap(text, width);
    for (const line of lines) {
      expect(stringWidth(line)).toBeLessThanOrEqual(width);
      expect(line).not.toMatch(/^[、。，．）」』】ー…)]/u);
      expect(line).not.toMatch(/[（「『【(]$/u);
    }
    expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    if (width >= 40)
      expect(lines.some((line) => line.includes('arn:aws:iam::111122223333:role/cart'))).toBe(true);
  });
});
