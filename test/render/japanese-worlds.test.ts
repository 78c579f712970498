/** Reports of the simulated clouds in Japanese: what is found, and what may not be looked at, leaves nothing in English. */
import { makeAwsClients } from '../../functions/aws-clients.ts';
import { makeGoogleClients } from '../../functions/google-auth.ts';
import { auditOrganization } from '../../functions/audit-organization.ts';
import { runAudit } from '../../functions/run-audit.ts';
import { runGcpAudit } from '../../functions/run-gcp-audit.ts';
import { ReportFold } from '../../shared/fold-reports.ts';
import { mergeReports } from '../../shared/merge-reports.ts';
import { usualMemberRole } from '../../shared/organization-settings.ts';
import { gcpPermissions } from '../../shared/collect/gcp/google-project.ts';
import { readGoogleSettings } from '../../shared/google-settings.ts';
import { renderCsv } from '../../shared/render/csv.ts';
import { historyEntry } from '../../shared/render/history.ts';
import { renderHistory } from '../../shared/render/history-text.ts';
import { renderHtml } from '../../shared/render/html.tsx';
import { renderMail } from '../../shared/render/mail.tsx';
import { renderNotification } from '../../shared/render/notification.ts';
import { renderIndex } from '../../shared/render/report-index.tsx';
import { renderText } from '../../shared/render/text.ts';
import { reportSchema, type Report } from '../../shared/report.ts';
import { quoted } from '../../shared/words.ts';
import { rules } from '../../shared/rules/index.ts';
import { startGoogleCloud } from '../cloud/google/start-google-cloud.ts';
import type { GoogleWorld } from '../cloud/google/world.ts';
import * as googleDenied from '../cloud/google/worlds/denied.ts';
import * as googleFaulty from '../cloud/google/worlds/faulty.ts';
import { startCloud } from '../cloud/start.ts';
import type { World } from '../cloud/world.ts';
import { deniedWorld } from '../cloud/worlds/denied.ts';
import { faultyWorld } from '../cloud/worlds/faulty.ts';
import { managementAccount, organizationWorld } from '../cloud/worlds/organization.ts';
import { hurried } from '../collect/gcp/observe-world.ts';
import { textOf } from './html-elements.ts';
import { sampleReport } from './sample-report.ts';

const language = 'ja';
const asked = { rules, language, sinceMs: 86_400_000, kubernetes: true } as const;

async function auditAws(world: World): Promise<Report> {
  const cloud = await startCloud(world, { lookupsPerSecond: Infinity });
  const { endpoint, discoveryBaseUrl } = cloud;
  const credentials = cloud.credentials('111122223333');
  const clients = makeAwsClients({ endpoint, region: 'eu-west-1', credentials });
  try {
    return await runAudit({ ...asked, clients, discoveryBaseUrl, lookupRate: 1000 });
  } finally {
    await cloud.close();
  }
}

async function auditGoogle(world: GoogleWorld): Promise<Report> {
  const cloud = await startGoogleCloud(world);
  try {
    return await runGcpAudit({
      ...asked,
      connect: true,
      clients: await makeGoogleClients(readGoogleSettings(cloud.environment())),
      projects: [...world.projects.keys()],
      history: { state: 'whole', value: world.history },
      kubernetesAccess: { publicCa: cloud.publicCa, timeoutMs: 5_000 },
      pace: hurried,
    });
  } finally {
    await cloud.close();
  }
}

/** An organization one account of which lets nobody in. */
async function auditAwsOrganization(): Promise<Report> {
  const cloud = await startCloud(organizationWorld({ accounts: 6 }), { lookupsPerSecond: Infinity });
  const { endpoint, discoveryBaseUrl } = cloud;
  const all = { accounts: [], units: [], tags: [] };
  const externalId = 'an-external-id';
  try {
    return await auditOrganization({
      ...asked,
      aws: { endpoint, region: 'eu-west-1', credentials: cloud.credentials(managementAccount) },
      settings: { roleName: usualMemberRole, externalId, include: all, exclude: all, ownerTag: 'team' },
      regions: ['eu-west-1', 'us-east-1'],
      discoveryBaseUrl,
      lookupRate: 1000,
      mute: (report) => report,
      signal: AbortSignal.timeout(60_000),
    });
  } finally {
    await cloud.close();
  }
}

/** The same report folded into one that holds only a part. */
function folded(report: Report): Report {
  const run = { runId: 'day', startedAt: report.startedAt, version: '9.9.9', language } as const;
  const fold = new ReportFold('organizations/4711', run, { changed: 3, open: 3, gaps: 3 }, 'gcp');
  fold.add(report, null);
  const why = quoted('its words');
  fold.add(mergeReports([], [{ cloud: 'gcp', account: 'shut-prod', why }], run), null);
  return fold.finish();
}

let ofGoogle: Promise<Report> | undefined;
const faultyGoogle = () => (ofGoogle ??= auditGoogle(googleFaulty.faultyWorld(new Date())));

/** @param isWhole whether all was read */
const reports: [name: string, isWhole: boolean, report: () => Promise<Report>][] = [
  ['what ails EKS', true, () => auditAws(faultyWorld({ stormEvents: 20 }))],
  ['an account that lets nothing be read', false, () => auditAws(deniedWorld())],
  ['an organization of AWS', false, auditAwsOrganization],
  ['what ails GKE', false, faultyGoogle],
  [
    'projects that let nothing be read',
    false,
    () => auditGoogle(googleDenied.deniedWorld(new Date(), gcpPermissions())),
  ],
  ['an organization of Google', false, async () => folded(await faultyGoogle())],
];

/** What the simulated clouds and Node.js say themselves, which stays as they said it. */
const saidByClouds = [
  /The AWS STS regional endpoint of \S+ is not activated\b[^.]*\./g,
  /The add-on is unhealthy because it does not have the desired number of replicas\./g,
  /Kubelet stopped posting node status\./g,
  /Not enough resources in \S+/g,
  /The cluster CA certificate is about to expire\./g,
  /The subnet \S+ was not found\./g,
  /User: \S+ is not authorized to perform: \S+ on resource: \S+/g,
  /\w+ is forbidden: User "[^"]*" cannot list [^;]*/g,
  /unable to verify the first certificate/g,
  /"[^"]*"/g,
];

/** Four words of Latin letters in a row, or a small word of English before another. */
const english =
  /(?<![\w./:@-])(?:[A-Za-z][a-z\u2019']*,? ){3}[A-Za-z][a-z\u2019']*(?![\w./:@-])|\b(?:the|of|not|was|were|could|are|found|since|between|and|on|for|nothing) [a-z]+ /g;

/** What is still English in a text, with what stands around it; commands and what others said are left out. */
function englishIn(text: string, { findings }: Report): string[] {
  const commands = findings.flatMap(({ fix }) => fix.commands).sort((a, b) => b.length - a.length);
  const withoutCommands = commands.reduce((left, one) => left.replaceAll(flat(one), '\n'), flat(text));
  const ours = saidByClouds.reduce((left, form) => left.replaceAll(form, '\n'), withoutCommands);
  return [...ours.matchAll(english)].map(({ index }) => ours.slice(Math.max(0, index - 60), index + 90));
}

const flat = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

const renderings: [name: string, render: (report: Report) => string][] = [
  ['text', (report) => renderText(report, { width: 100, color: false, language })],
  ['page', (report) => textOf(renderHtml(report, { language }))],
  ['mail', (report) => textOf(renderMail(report, { language }).html)],
  ['notification', (report) => renderNotification(report, { language }).message],
  ['CSV', cellsOf],
  ['index', (report) => textOf(renderIndex([historyEntry(report, 'a/report.html', 's')], language))],
  [
    'history',
    (report) =>
      renderHistory([historyEntry(report, 'a/report.html', 's')], {
        ...{ output: 'text', days: 9, width: 100, color: false, language },
      }),
  ],
];

/** The cells below the header, but for the words that programs read. */
function cellsOf(report: Report): string {
  const rows = renderCsv(report, language).split('\r\n').slice(1);
  const cells = rows.flatMap((row) =>
    [...row.matchAll(/"((?:[^"]|"")*)"/g)].map(([, cell = '']) => cell.replaceAll('""', '"')),
  );
  return cells.filter((cell) => cell !== 'not read').join(' \u3002 ');
}

describe.each(reports)('a report on %s', (_, isWhole, made) => {
  let report: Report;
  beforeAll(async () => {
    report = await made();
  }, 60_000);

  it('has a reason in Japanese beside each English one', () => {
    const reasons = [...report.outcomes, ...report.coverage].filter(({ why }) => why !== null);
    expect(isWhole || reasons.length > 0).toBe(true);
    for (const { translated } of reasons) expect(translated?.language).toBe(language);
    expect(reportSchema.safeParse(JSON.parse(JSON.stringify(report))).error).toBeUndefined();
  });

  it('keeps names, numbers and commands of what was not looked at', () => {
    for (const { why, translated, missingPermission } of report.coverage) {
      for (const name of why?.match(kept) ?? []) expect(translated?.why).toContain(name);
      if (missingPermission !== undefined && why?.includes(missingPermission))
        expect(translated?.why).toContain(missingPermission);
    }
  });

  it.each(renderings)('leaves nothing of ours in English in the %s', (__, render) => {
    expect(englishIn(render(report), report)).toEqual([]);
  });
});

/** ARNs, options, addresses, e-mail addresses, permissions, error codes and the like. */
const kept =
  /\b\d+\b|arn:[^\s;,)]+[\w*]|--[a-z][a-z-]+|\w+[:.][A-Za-z]+[A-Z]\w*|[\w.-]+@[\w.-]+\w|\b[A-Z]+_[A-Z_]+\b|"[^"]+"/g;

it('tells English from what stays', () => {
  const { findings } = sampleReport;
  const command = findings.find(({ fix }) => fix.commands.length > 0)?.fix.commands[0] ?? '';
  expect(englishIn(`修正: ${command} を実行`, sampleReport)).toEqual([]);
  expect(englishIn('eu-west-1 で clusters was denied to you', sampleReport)).toHaveLength(1);
  expect(englishIn('ロール app: list all the roles', sampleReport)).toHaveLength(1);
});
