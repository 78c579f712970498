/** `clusterwhy demo`: the whole way from the cloud's answers to the mail, without an account. */
import { readFile } from 'node:fs/promises';
import PostalMime from 'postal-mime';
import { rules } from '../../shared/rules/index.ts';
import { buildCommandLine, type CommandLine, type Ended } from './command-line.ts';

let cli: CommandLine;
let demo: Ended;
beforeAll(async () => {
  cli = await buildCommandLine();
  // Nothing of the environment's cloud may be used: there is none at this address.
  const nowhere = 'http://127.0.0.1:9';
  demo = await cli.run(['demo'], {
    env: {
      AWS_ENDPOINT_URL: nowhere,
      AWS_PROFILE: 'nobody',
      GCE_METADATA_HOST: '127.0.0.1:9',
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER: nowhere,
      GOOGLE_APPLICATION_CREDENTIALS: '/nowhere',
    },
  });
}, 120_000);
afterAll(() => cli.remove());

function savedAs(name: string): string {
  const path = demo.stdout.split(/\s+/).find((word) => word.startsWith(cli.folder) && word.endsWith(name));
  if (!path) throw new Error(`no ${name} was named`);
  return path;
}

it('ends with exit code 0 and says on standard error what it does', () => {
  expect(demo.code).toBe(0);
  expect(demo.stderr).toMatch(/needs no account and no network/);
  for (const name of ['Cloud Function gke', 'Lambda plan', 'Lambda audit', 'Lambda digest'])
    expect(demo.stderr).toMatch(new RegExp(`^ {2}${name}: `, 'm'));
  for (const channel of ['s3', 'sns', 'smtp'])
    expect(demo.stderr).toMatch(new RegExp(`^${channel}:\\S+: sent$`, 'm'));
  expect(demo.stderr).not.toMatch(/warning/i);
});

it('prints one report of both clouds, with every fault of both worlds', () => {
  const told = (cloud: string) =>
    rules.filter(({ id }) => id.startsWith(cloud) && demo.stdout.includes(` · ${id} · `)).length;
  expect(told('gke/')).toBe(rules.filter(({ id }) => id.startsWith('gke/')).length);
  expect(told('eks/')).toBeGreaterThan(15);
  expect(demo.stdout).toMatch(/eks\/irsa-trust-subject[^]*proven[^]*update-assume-role-policy/);
  expect(demo.stdout).not.toMatch(/\u001b|undefined|\[object/);
});

it('saves the page', async () => {
  const page = await readFile(savedAs('report.html'), 'utf8');
  expect(page).toMatch(/^<!doctype html>/i);
  for (const rule of ['eks/irsa-trust-subject', 'gke/service-agent-binding']) expect(page).toContain(rule);
});

it('saves the mail as it was received', async () => {
  const mail = await PostalMime.parse(await readFile(savedAs('mail.eml')));
  expect(mail.to?.map(({ address }) => address)).toEqual(['cluster-admins@shop.example']);
  expect(mail.subject).toMatch(/^clusterwhy: \d+ critical/);
  expect(demo.stdout).toContain(mail.subject);
  for (const rule of ['eks/irsa-trust-subject', 'gke/service-agent-binding'])
    expect(mail.text).toContain(rule);
  const html = await readFile(savedAs('mail.eml').replace('.eml', '.html'), 'utf8');
  expect(html.trim()).toBe(mail.html?.trim());
});
