import { renderNotification } from '../../shared/render/notification.ts';
import type { Report } from '../../shared/report.ts';
import { hostile, quietReport, sampleFinding, sampleReport } from './sample-report.ts';

/** Bytes as SNS counts them. */
function bytesOf({ message, attributes }: ReturnType<typeof renderNotification>): number {
  const parts = Object.entries(attributes).flatMap(([name, { type, value }]) => [name, type, value]);
  return [message, ...parts].reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}

function many(count: number, changes: (index: number) => Parameters<typeof sampleFinding>[0]): Report {
  const findings = Array.from({ length: count }, (_, index) =>
    sampleFinding({ id: String(index), ...changes(index) }),
  );
  return { ...sampleReport, findings };
}

describe('renderNotification()', () => {
  it('has an attribute for each thing that people filter by', () => {
    expect(renderNotification(sampleReport).attributes).toEqual({
      severity: { type: 'String', value: 'critical' },
      cloud: { type: 'String.Array', value: '["aws","gcp"]' },
      account: { type: 'String.Array', value: '["111122223333","shop-prod-4711"]' },
      region: { type: 'String.Array', value: '["eu-central-1","europe-west1","eu-west-1"]' },
      cluster: {
        type: 'String.Array',
        value: JSON.stringify([
          'staging',
          'web',
          'prod',
          'invoice\\u202efdp.exe\\u2066\\u200fzero\\u200bwidth',
        ]),
      },
      rule: {
        type: 'String.Array',
        value: JSON.stringify([
          'eks/irsa-provider-missing',
          'gke/api-disabled',
          'eks/irsa-trust-subject',
          'eks/irsa-denied-outside-trust',
          'eks/irsa-trust-too-broad',
        ]),
      },
      change: { type: 'String.Array', value: '["new","open","changed","resolved"]' },
    });
  });

  it('has single values where there is one, and no empty attribute', () => {
    const { attributes } = renderNotification(many(3, () => ({ location: null, cluster: null })));
    expect(attributes).toEqual({
      severity: { type: 'String', value: 'high' },
      cloud: { type: 'String', value: 'aws' },
      account: { type: 'String', value: '111122223333' },
      rule: { type: 'String', value: 'eks/irsa-trust-subject' },
      change: { type: 'String', value: 'new' },
    });
  });

  it('reaches those who filter by place when nothing was found', () => {
    const { attributes, message } = renderNotification(quietReport);
    expect(attributes).toEqual({
      severity: { type: 'String', value: 'none' },
      cloud: { type: 'String.Array', value: '["aws","gcp"]' },
      account: { type: 'String.Array', value: '["111122223333","shop-prod-4711"]' },
      region: { type: 'String.Array', value: '["eu-west-1","eu-central-1","us-east-1"]' },
    });
    expect(message).toContain('Nothing was found.');
  });

  it('reads well as a mail', () => {
    const { message } = renderNotification(sampleReport, { pageUrl: 'https://reports.example/a' });
    const prose = message.split('\n').filter((line) => /^ {14}|^[A-Z]/.test(line) && !line.includes('http'));
    for (const line of prose) expect(line.length).toBeLessThanOrEqual(76);
    expect(message).toContain('The whole report: https://reports.example/a');
    expect(message).not.toContain('Cut to fit');
  });

  it('is cut between findings, keeps the worst, and says how many are missing and where the whole is', () => {
    const report = many(1000, (index) => ({
      severity: index >= 990 ? 'critical' : 'medium',
      cluster: `c${index}`,
    }));
    const notification = renderNotification(report, { pageUrl: 's3://bucket/reports/a.html' });
    expect(bytesOf(notification)).toBeLessThanOrEqual(256 * 1024);
    expect(bytesOf(notification)).toBeGreaterThan(200 * 1024);
    const { message } = notification;
    const shown = message.match(/^(CRITICAL|MEDIUM) /gm) ?? [];
    expect(shown.filter((label) => label === 'CRITICAL ')).toHaveLength(10);
    expect(message).toContain(
      `${1000 - shown.length} findings of 1,000 (${1000 - shown.length} medium) missing here. The whole report is at s3://bucket/reports/a.html`,
    );
    expect(message.match(/<<'JSON'$/gm)).toHaveLength(shown.length);
    expect(message.match(/^JSON$/gm)).toHaveLength(shown.length);
    expect(message).toContain('Not looked at, or only in part');
  });

  it('does not let one endless finding hide the others', () => {
    const report = many(3, (index) => ({
      severity: index === 0 ? 'critical' : 'high',
      fix: { summary: 'x', commands: [index === 0 ? 'y'.repeat(400_000) : 'short'], verified: true },
    }));
    const { message } = renderNotification(report);
    expect(message.match(/^HIGH /gm)).toHaveLength(2);
    expect(message).toContain('1 finding of 3 (1 critical) missing here');
  });

  it('stays within the limit where everything is endless', () => {
    const long = hostile.wide.repeat(20);
    const report = many(300, (index) => ({
      cluster: `${long}${index}`,
      location: `${long}${index}`,
      rule: `${long}${index}`,
      account: `${long}${index}`,
      title: long,
      cause: long,
    }));
    const coverage = Array.from({ length: 500 }, (_, index) => ({
      ...({ cloud: 'aws', account: `${index}${long}`, location: long, fact: long, complete: false } as const),
      why: long,
    }));
    const notification = renderNotification({
      ...report,
      coverage,
      scope: coverage.map(({ cloud, account }) => ({ cloud, account })),
    });
    expect(bytesOf(notification)).toBeLessThanOrEqual(256 * 1024);
    expect(notification.message).toMatch(/^Cut to fit: /);
    expect(Object.keys(notification.attributes).length).toBeLessThanOrEqual(10);
    expect(notification.subject).toMatch(/^[\x21-\x7e][\x20-\x7e]{0,98}$/);
  });

  it('holds nothing that XML forbids', () => {
    const { message, attributes } = renderNotification(sampleReport);
    expect(message + JSON.stringify(attributes)).not.toMatch(
      /[^\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u,
    );
  });
});
