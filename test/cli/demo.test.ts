/** `clusterwhy demo`: the whole way from the clouds' answers to mails and pages, three days in a row, without an account. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import PostalMime from 'postal-mime';
import { rules } from '../../shared/rules/index.ts';
import { reportSchema, type Report } from '../../shared/report.ts';
import { buildCommandLine, type CommandLine, type Ended } from './command-line.ts';

/** Tells on standard error of every connection that a process opens to anything but itself. */
const watcher = `
import { Socket } from 'node:net';
import dgram from 'node:dgram';
const tell = (where) => process.stderr.write('LEAVES THE MACHINE: ' + where + '\\n');
const connect = Socket.prototype.connect;
Socket.prototype.connect = function (...given) {
  const [options] = Array.isArray(given[0]) ? given[0] : given;
  const host = options?.host ?? 'localhost';
  if (!options?.path && !['127.0.0.1', 'localhost', '::1'].includes(host)) tell(host);
  return connect.apply(this, given);
};
dgram.createSocket = () => { tell('UDP'); throw new Error('no UDP'); };
`;

let cli: CommandLine;
let demo: Ended;
let folder: string;
beforeAll(async () => {
  cli = await buildCommandLine();
  folder = await mkdtemp(join(tmpdir(), 'clusterwhy-watch-'));
  const watch = join(folder, 'watch.mjs');
  await writeFile(watch, watcher);
  // Nothing of the environment's cloud may be used: there is none at this address.
  const nowhere = 'http://127.0.0.1:9';
  demo = await cli.run(['demo'], {
    env: {
      NODE_OPTIONS: `--import=${pathToFileURL(watch).href}`,
      AWS_ENDPOINT_URL: nowhere,
      AWS_PROFILE: 'nobody',
      GCE_METADATA_HOST: '127.0.0.1:9',
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER: nowhere,
      GOOGLE_APPLICATION_CREDENTIALS: '/nowhere',
    },
  });
}, 120_000);
afterAll(async () => {
  await cli.remove();
  await rm(folder, { recursive: true });
});

const flat = (text: string) => text.replaceAll(/\s+/g, ' ');

/** What was printed of a part, from its heading to the next. */
function part(heading: RegExp): string {
  const found = demo.stdout.split(/^== /m).find((text) => heading.test(text.split('\n')[0] ?? ''));
  if (found === undefined) throw new Error(`nothing was printed under ${heading}`);
  return flat(found);
}

function savedAs(name: string): string {
  const path = demo.stdout.split(/\s+/).find((word) => word.startsWith(cli.folder) && word.endsWith(name));
  if (!path) throw new Error(`no ${name} was named`);
  return path;
}

async function lastReport(): Promise<Report> {
  return reportSchema.parse(JSON.parse(await readFile(savedAs('report.json'), 'utf8')));
}

it('ends with exit code 0, says on standard error what it does, and asks nobody but itself', () => {
  expect(demo.code).toBe(0);
  expect(demo.stderr).toMatch(/needs no account and no network/);
  for (const name of ['Cloud Function gke', 'Lambda plan', 'Lambda audit', 'Lambda digest'])
    expect(demo.stderr.match(new RegExp(`^ {2}${name}: `, 'gm'))).toHaveLength(3);
  for (const channel of ['s3', 'sns', 'smtp'])
    expect(demo.stderr.match(new RegExp(`^ {2}${channel}:\\S+: sent$`, 'gm'))).toHaveLength(3);
  expect(demo.stderr).not.toMatch(/warning|LEAVES/i);
});

it('is short enough to be read', () => {
  const lines = demo.stdout.split('\n');
  expect(lines.length).toBeLessThan(250);
  expect(demo.stdout).not.toMatch(/\u001b|undefined|\[object|NaN/);
});

it('finds every kind of fault of both worlds on the first day', () => {
  const first = part(/^Day 1 /);
  const told = (cloud: string) =>
    rules.filter(({ id, title }) => id.startsWith(cloud) && first.includes(` ${flat(title.en)} `)).length;
  expect(told('gke/')).toBe(rules.filter(({ id }) => id.startsWith('gke/')).length);
  expect(told('eks/')).toBeGreaterThan(15);
  expect(first).toMatch(/Mail: clusterwhy: \d+ critical, \d+ high, \d+ lower: /);
});

it('shows one finding in full: cause, evidence and the proven fix', () => {
  const shown = part(/^One of them/);
  expect(shown).toMatch(/HIGH A trust policy names another service account new · eks\/irsa-trust-subject · /);
  expect(shown).toMatch(/Cause The trust policy of shop-cart allows .* Evidence .* Fix \[proven\] Add /);
  expect(shown).toContain('aws iam update-assume-role-policy --role-name shop-cart ');
});

it('repairs something by the printed command, breaks something else, and mutes two findings', () => {
  const deeds = part(/^Before day 2/);
  expect(deeds).toContain('$ aws iam update-assume-role-policy --role-name shop-cart ');
  const second = part(/^Day 2 /);
  expect(second).toMatch(/Mail: clusterwhy: 1 new, 1 resolved, \d+ open \(.*\): eu-west-1\/prod /);
  expect(second).toContain('Since the last report: 1 new and 1 resolved.');
  expect(second).toContain('2 findings muted, not counted.');
  expect(second).toMatch(/new: high: [^:]+: role external-dns \(prod\)/);
  expect(second).toMatch(/resolved: high: [^:]+: role shop-cart \(prod\); was open for 24 hours/);
  expect(second).toMatch(new RegExp(`between ${day(2)} 03:5\\d UTC and ${day(1)} 05:5\\d UTC`));
  expect(second).toMatch(/muted: high: [^:]+: role metrics-reader \(prod\); .* muted until/);
});

it('lets a mute expire, and resolves nothing that nobody could look at', async () => {
  expect(part(/^Before day 3/)).toMatch(/\$ gcloud projects add-iam-policy-binding orders-prod /);
  const third = part(/^Day 3 /);
  expect(third).toMatch(/Mail: clusterwhy: 1 changed, 1 resolved, \d+ open /);
  expect(third).toMatch(/1 finding muted, not counted\. 1 mute has expired: 1 finding counted again\./);
  expect(third).toMatch(/resolved: critical: The GKE service agent lacks its role: .*; was open for 2 days/);
  expect(third).toMatch(/open, not looked at today: high: [^:]+: cluster archive \(archive\)/);
  const { findings } = await lastReport();
  const archive = findings.find(({ rule }) => rule === 'gke/ca-expiring');
  expect(archive?.change).toBe('open');
  expect(archive?.openSince?.slice(0, 10)).toBe(day(2));
});

/** The date of so many days ago (UTC), as seen from the last report. */
function day(ago: number): string {
  const last = /^== Day 3 \((\S+)\)/m.exec(demo.stdout)?.[1] ?? '';
  return new Date(Date.parse(last) - ago * 86_400_000).toISOString().slice(0, 10);
}

it('asks for one finding whose fix was run, and is told that it is resolved', () => {
  const asked = part(/^Is it repaired\?/);
  expect(asked).toMatch(/clusterwhy audit --aws --check eks\/irsa-trust-subject --finding [\da-f]{16} /);
  expect(asked).toMatch(/Since the last report: 1 resolved\..*Resolved - high: .*: role external-dns/);
});

it('tells from the bucket what opened and closed', () => {
  const told = part(/^What opened and closed/);
  const entry = (date: string) => told.slice(told.indexOf(`${date} ${date}`));
  expect(entry(day(0))).toMatch(/1 changed and 1 resolved; 1 muted; .*closed: critical: .* open for 2 days/);
  expect(entry(day(1))).toMatch(/1 new and 1 resolved; 2 muted; .*opened: high: .*closed: high: /);
});

it('saves the list of all days, whose links lead to their pages', async () => {
  const index = savedAs('reports/index.html');
  const html = await readFile(index, 'utf8');
  const links = [...html.matchAll(/href="([^"#]+report\.html)"/g)].map(([, link]) => link ?? '');
  expect(links.map((link) => link.slice(0, 10).replaceAll('/', '-'))).toEqual([day(0), day(1), day(2)]);
  for (const link of links)
    expect(await readFile(join(index, '..', link), 'utf8')).toMatch(/^<!doctype html>/i);
  expect(savedAs('report.html')).toBe(join(index, '..', links[0] ?? ''));
});

it('saves the page with its picture of findings over time', async () => {
  const page = await readFile(savedAs('report.html'), 'utf8');
  for (const rule of ['eks/irsa-trust-wildcard', 'gke/node-agent-binding']) expect(page).toContain(rule);
  expect(page).toContain('Findings over time. 3 reports: ');
});

it('saves the report in every form, and each holds all that stands', async () => {
  const { findings } = await lastReport();
  const text = await readFile(savedAs('report.txt'), 'utf8');
  const csv = await readFile(savedAs('report.csv'), 'utf8');
  const ocsf = (await readFile(savedAs('report.ocsf'), 'utf8')).trim().split('\n');
  expect(findings.filter(({ id }) => !csv.includes(id))).toEqual([]);
  const standing = findings.filter(({ change }) => change !== 'resolved' && change !== 'muted');
  expect(standing.filter(({ id }) => !text.includes(id))).toEqual([]);
  const classes = ocsf.map((line) => (JSON.parse(line) as { class_uid: number }).class_uid);
  expect(new Set(classes)).toEqual(new Set([2003, 2004]));
});

it('saves the mails as they were received', async () => {
  for (const number of [1, 2, 3]) {
    const mail = await PostalMime.parse(await readFile(savedAs(`mail-${number}.eml`)));
    expect(mail.to?.map(({ address }) => address)).toEqual(['cluster-admins@shop.example']);
    expect(part(new RegExp(`^Day ${number} `))).toContain(`Mail: ${mail.subject} `);
    expect(mail.date?.slice(0, 10)).toBe(day(3 - number));
  }
  const first = await PostalMime.parse(await readFile(savedAs('mail-1.eml')));
  for (const rule of ['eks/irsa-trust-subject', 'gke/service-agent-binding'])
    expect(first.text).toContain(rule);
  const last = await PostalMime.parse(await readFile(savedAs('mail-3.eml')));
  expect((await readFile(savedAs('mail-3.html'), 'utf8')).trim()).toBe(last.html?.trim());
});
