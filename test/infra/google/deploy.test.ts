/** `npm run deploy:gke` and `destroy:gke`: what they print, and what they do to a gcloud that remembers. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { deploySteps } from '../../../infra/google/deploy-steps.ts';
import { readDeployment } from '../../../infra/google/deployment.ts';
import { destroySteps } from '../../../infra/google/destroy-steps.ts';
import { runSteps, type Step } from '../../../infra/google/step.ts';
import { gcpPermissions } from '../../../shared/collect/gcp/google-project.ts';
import { parseGkeRequest } from '../../../functions/gke-request.ts';
import { objectionsTo, shellWords } from '../../cloud/google/gcloud-flags.ts';

const base = ['--project', 'ops-audit', '--region', 'europe-west1'];
const organization = [...base, '--organization', '100000000001'];
const toAws = [
  ...['--bucket', 'clusterwhy-reports', '--aws-region', 'eu-west-1'],
  ...['--aws-role', 'arn:aws:iam::111122223333:role/clusterwhy-google'],
];
const byMail = [
  ...['--mail-from', 'clusterwhy@shop.example', '--mail-to', 'ops@shop.example,security@shop.example'],
  ...['--smtp-url', 'smtps://clusterwhy@mail.shop.example', '--smtp-password-secret', 'smtp-password'],
];
const looks = [
  ...['--canary', 'principal=group:ops@shop.example,cluster=web,location=europe-west1,project=web-prod'],
  ...['--canary', 'principal=serviceAccount:ci@ops.iam.gserviceaccount.com,cluster=shop,project=shop-prod'],
  ...['--kubernetes', '--connect'],
];
const deployments: Record<string, string[]> = {
  'an organization, to AWS': [...organization, ...toAws],
  'two projects, by mail': [...base, '--projects', 'shop-prod,web-prod', ...byMail, ...looks],
  'two projects, by mail, compared': [
    ...[...base, '--projects', 'shop-prod,web-prod', ...byMail],
    ...['--state', '--mutes', 'settings/mutes.yaml'],
  ],
  'its own project, to nobody': base,
  'a large organization, by mail': [...organization, ...byMail, '--fan-out'],
  'a large folder, to AWS': [...organization, '--folder', '200000000001', ...toAws, '--fan-out'],
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deploy-gke-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs it as npm does, in the test's folder. */
function script(name: 'deploy-gke' | 'destroy-gke', args: string[], path = '/nowhere') {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [resolve('node_modules/tsx/dist/cli.mjs'), resolve(`scripts/${name}.ts`), ...args],
    { encoding: 'utf8', cwd: folder, env: { PATH: path, TMPDIR: folder } },
  );
  return { status, stdout, stderr };
}

function commandsOf(steps: readonly Step[]): string[][] {
  const commands = steps.flatMap((step) => {
    if ('file' in step) return [];
    return 'run' in step
      ? [step.run]
      : [step.ifPrints, step.then, step.otherwise].filter((one) => one !== null);
  });
  return commands.map((command) => [...command]);
}

const quoted = (command: string[]) => command.map((word) => `'${word}'`).join(' ');

describe.each(Object.entries(deployments))('the deployment of %s', (_, args) => {
  const deployment = readDeployment(args);
  const steps = deploySteps(deployment);

  it('has only commands that gcloud takes', () => {
    const gcloud = [...commandsOf(steps), ...commandsOf(destroySteps(deployment))].filter(
      ([program]) => program === 'gcloud',
    );
    expect(gcloud.length).toBeGreaterThan(20);
    expect(gcloud.flatMap((command) => objectionsTo(quoted(command)))).toEqual([]);
  });

  it('prints each of them with --dry-run, and needs no gcloud for that', () => {
    const { status, stdout, stderr } = script('deploy-gke', [...args, '--dry-run']);
    expect([status, stderr.replaceAll(/^npm warn.*\n/gm, '')]).toEqual([0, '']);
    const words = shellWords(stdout);
    for (const command of commandsOf(steps))
      for (const word of command)
        expect(words.join(' ').replaceAll('\\', '')).toContain(word.replaceAll('\\', ''));
    expect(spawnSync('sh', ['-n'], { input: stdout }).status).toBe(0);
  });

  it("grants exactly the readers' permissions, as far as the level can hold them", () => {
    const roles = steps.flatMap((step) =>
      'file' in step && step.file.endsWith('/role.json') ? [JSON.parse(step.content) as object] : [],
    );
    const ofProjects = gcpPermissions().filter(
      (name) => !/^resourcemanager\.(folders|organizations)\./.test(name),
    );
    const wanted = deployment.organization === null ? ofProjects : gcpPermissions();
    expect(roles.length).toBe(deployment.projects.length || 1);
    for (const role of roles) expect(role).toMatchObject({ includedPermissions: wanted });
  });

  it('asks the function for what it takes', () => {
    const body = commandsOf(steps)
      .flat()
      .find((word) => word.startsWith('--message-body='));
    const message = JSON.parse(body?.slice('--message-body='.length) ?? '') as { argument?: string };
    const asked: unknown = message.argument === undefined ? message : JSON.parse(message.argument);
    const request = parseGkeRequest(asked, null);
    const isTold = args.includes('--mail-to');
    const isKept = args.includes('--bucket');
    const hasState = args.includes('--state') || args.includes('--fan-out');
    expect(request.deliver).toBe(isTold && hasState ? 'news' : isTold || isKept);
    const { canaries, kubernetes, connect } = deployment;
    expect(request).toMatchObject({ canaries, kubernetes, connect });
    expect(canaries).toHaveLength(args.includes('--canary') ? 2 : 0);
    expect([request.scope ?? null, request.projects ?? []]).toEqual([
      deployment.folder === null
        ? deployment.organization && `organizations/${deployment.organization}`
        : `folders/${deployment.folder}`,
      deployment.projects,
    ]);
  });
});

/** A gcloud that remembers what was made, and answers questions about it. Every call is a line of its log. */
const rememberingGcloud = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const state = join(__dirname, 'state.json');
const made = new Set(existsSync(state) ? JSON.parse(readFileSync(state, 'utf8')) : []);
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const flags = process.argv.slice(2).filter((word) => word.startsWith('--'));
const value = (name) => flags.find((flag) => flag.startsWith(name + '='))?.slice(name.length + 1);
appendFileSync(join(__dirname, 'log'), process.argv.slice(2).join(' ') + '\\n');
const verbs = /^(describe|create|update|delete|undelete|rm|deploy|enable|list|[a-z-]+-binding|get-iam-policy)$/;
const verb = words.find((word) => verbs.test(word));
const where = value('--organization') ?? value('--project') ?? '';
const name = words.at(-1).split('@')[0].replace(/^list$/, /roles\\/(\\w+)$/.exec(value('--filter') ?? '')?.[1] ?? '');
const kind = words.slice(0, words.indexOf(verb)).join(' ');
const member = value('--member') ?? /members=(\\S+)/.exec(value('--filter') ?? '')?.[1];
const key = /iam-policy/.test(verb) ? [kind, 'binding', words.at(-1), member].join('|') : [kind, where, name].join('|');
const isThere = made.has(key) || kind === 'projects' && verb === 'describe';
const answer = { describe: isThere && value('--format') !== 'value(deleted)', list: isThere, 'get-iam-policy': isThere }[verb];
if (answer) console.log(key);
if (/^(create|add-iam-policy-binding)$/.test(verb) && isThere && !/^storage/.test(kind)) process.exit(1);
if (/^(update|delete|remove-iam-policy-binding)$/.test(verb) && !isThere) process.exit(1);
if (/^(create|deploy|add-iam-policy-binding)$/.test(verb)) made.add(key);
if (/^(delete|remove-iam-policy-binding)$/.test(verb)) made.delete(key);
if (verb === 'rm') for (const one of made) if (one.startsWith('storage buckets|') && one.includes(name)) made.delete(one);
writeFileSync(state, JSON.stringify([...made]));
`;

describe('with a gcloud that remembers', () => {
  const topic = ['--topic', 'arn:aws:sns:eu-west-1:111122223333:clusterwhy'];
  const args = [...organization, ...toAws.slice(2), ...topic, '--fan-out'];
  beforeAll(() => {
    writeFileSync(join(folder, 'gcloud'), rememberingGcloud);
    writeFileSync(join(folder, 'npx'), '#!/bin/sh\nexit 0\n');
    for (const name of ['gcloud', 'npx']) chmodSync(join(folder, name), 0o755);
  });
  const run = (name: 'deploy-gke' | 'destroy-gke') => script(name, args, `${folder}:/usr/bin:/bin`);
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const made = () => JSON.parse(read('state.json')) as string[];

  it('deploys twice without an error, and makes everything once', () => {
    expect(run('deploy-gke')).toMatchObject({ status: 0, stderr: '' });
    const first = made();
    expect(first.length).toBeGreaterThanOrEqual(6);
    expect(run('deploy-gke').status).toBe(0);
    expect(made()).toEqual(first);
    expect(read('log').match(/^iam service-accounts create /gm)).toHaveLength(2);
    expect(read('log')).toMatch(/^iam roles update /m);
    expect(JSON.parse(read('dist/gke/variables.json'))).toMatchObject({ AWS_REGION: 'eu-west-1' });
  });

  it('removes it all, and finds nothing to remove a second time', () => {
    expect(run('destroy-gke')).toMatchObject({ status: 0, stderr: '' });
    // The right to call the function went with the function.
    expect(made().filter((key) => !key.startsWith('functions|binding|'))).toEqual([]);
    const deletions = () => read('log').match(/^\S.* delete /gm)?.length;
    const once = deletions();
    expect(run('destroy-gke').status).toBe(0);
    expect(deletions()).toBe(once);
  });
});

it('stops at the step that fails, and says which', () => {
  const file = join(folder, 'gone-on');
  const failing: Step[] = [
    { does: 'Fail', run: [process.execPath, '-e', 'process.exit(7)'] },
    { does: 'Go on', file, content: '' },
  ];
  expect(() => runSteps(failing, () => undefined)).toThrow(/"Fail" ended with exit code 7; .*start again/);
  expect(existsSync(file)).toBe(false);
  expect(() => runSteps([{ does: 'Fail', run: ['no-such-program'] }], () => undefined)).toThrow(
    /Cannot run no-such-program: .*install it/,
  );
});

it.each<[string, string[], RegExp]>([
  ['nothing', [], /give --project, the id of the project/],
  ['no region', ['--project', 'ops-audit'], /give --region/],
  ['a project that is none', ['--project', 'Ops', '--region', 'europe-west1'], /--project "Ops"/],
  ['an unknown argument', [...base, '--zone', 'a'], /--zone/],
  ['both scopes', [...organization, '--projects', 'shop-prod'], /only one of them/],
  ['a schedule that is none', [...base, '--schedule', 'daily'], /--schedule "daily".*five fields/],
  ['a bucket without a role', [...base, '--bucket', 'clusterwhy-reports'], /--aws-role and --aws-region/],
  [
    'a password in the address',
    [...base, ...byMail.slice(0, 4), '--smtp-url', 'smtps://a:b@c.example'],
    /Secret Manager/,
  ],
  [
    'a canary of nobody',
    [...base, '--canary', 'principal=ci,cluster=shop'],
    /--canary .*"principal": must be as in/,
  ],
  ['mutes without a bucket', [...base, ...byMail, '--mutes', 'm.yaml'], /give --state or --bucket/],
  ['mutes by a key that is none', [...base, ...byMail, '--state', '--mutes', '/m'], /settings\/mutes\.yaml/],
  ['mail without a server', [...base, ...byMail.slice(0, 4)], /give --smtp-url/],
])('refuses %s', (_, args, message) => {
  expect(() => readDeployment(args)).toThrow(message);
});

it('gives state a bucket of its own, unless there is one on AWS', () => {
  const bucketFor = (...args: string[]) => readDeployment(args).variables['CLUSTERWHY_GOOGLE_BUCKET'];
  expect(bucketFor(...base, ...byMail, '--state')).toBe('ops-audit-clusterwhy');
  expect(bucketFor(...base, ...byMail)).toBeUndefined();
  expect(bucketFor(...base, ...byMail, ...toAws, '--state')).toBeUndefined();
});

it('says in one line what it refuses', () => {
  const { status, stdout, stderr } = script('deploy-gke', ['--dry-run']);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr.replaceAll(/^npm warn.*\n/gm, '')).toMatch(/^.*give --project.*\n$/);
});
