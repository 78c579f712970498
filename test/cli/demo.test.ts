/** `clusterwhy demo`: the whole way from the cloud's answers to the mail, without an account. */
import { readFile } from 'node:fs/promises';
import PostalMime from 'postal-mime';
import { buildCommandLine, type CommandLine, type Ended } from './command-line.ts';

let cli: CommandLine;
let demo: Ended;
beforeAll(async () => {
  cli = await buildCommandLine();
  // Nothing of the environment's cloud may be used: there is none at this address.
  demo = await cli.run(['demo'], { env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_PROFILE: 'nobody' } });
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
  expect(demo.stderr).toMatch(/^ {2}eu-west-1: [\d,]+ events, 100 % of the window$/m);
  expect(demo.stderr).toMatch(/^smtp:\S+: sent$/m);
  expect(demo.stderr).not.toMatch(/warning/i);
});

it('prints the report', () => {
  expect(demo.stdout).toMatch(/eks\/irsa-trust-subject[^]*proven[^]*update-assume-role-policy/);
  expect(demo.stdout).not.toMatch(/\u001b|undefined|\[object/);
});

it('saves the page', async () => {
  const page = await readFile(savedAs('report.html'), 'utf8');
  expect(page).toMatch(/^<!doctype html>/i);
  expect(page).toContain('eks/irsa-trust-subject');
});

it('saves the mail as it was received', async () => {
  const mail = await PostalMime.parse(await readFile(savedAs('mail.eml')));
  expect(mail.to?.map(({ address }) => address)).toEqual(['cluster-admins@shop.example']);
  expect(mail.subject).toMatch(/^clusterwhy: \d+ critical/);
  expect(demo.stdout).toContain(mail.subject);
  expect(mail.text).toContain('eks/irsa-trust-subject');
  const html = await readFile(savedAs('mail.eml').replace('.eml', '.html'), 'utf8');
  expect(html.trim()).toBe(mail.html?.trim());
});
