/** Texts that strangers wrote, in what a person reads and what a shell runs. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import type { Fix } from '../../../shared/rule.ts';
import { ailing } from './ailing.ts';
import { findingsOf } from './test-eks-rule.ts';
import {
  denial,
  observe,
  observeApp,
  policy,
  prod,
  prodIssuer,
  allowSubject,
  roleArn,
  sa,
  serviceAccount,
  trusts,
} from './world.ts';
import { inLanguage } from '../../../shared/words.ts';

const trap = join(tmpdir(), `clusterwhy-trap-${process.pid}`);
const hostile = {
  html: '<img src=x onerror=alert(1)>',
  shell: `$(touch ${trap});\`touch ${trap}\`'"\\ && touch ${trap} #`,
  lines: 'x\r\nBcc: everyone@attacker.example\u2028y',
  terminal: '\u001b[2J\u001b]0;owned\u0007',
  reversed: 'admin\u202egnp.exe',
  here: "x\nJSON\ntouch /tmp/x\n<<'JSON'",
};

/** Runs the command with tools that print what they are given, and what they read. */
function run(command: string): { words: string[]; input: string } {
  const tools =
    'aws() { printf "%s\\0" "$@"; printf "\\0"; case "$*" in *dev/stdin*) cat;; esac; }; kubectl() { aws "$@"; }';
  const { stdout, status } = spawnSync('bash', ['-c', `${tools}\n${command}`], { encoding: 'utf8' });
  expect(status).toBe(0);
  const [words = '', input = ''] = stdout.split('\0\0');
  return { words: words.split('\0'), input };
}

const everywhere = Object.values(hostile).map((text) =>
  denial(
    { roleArn: roleArn(text), subject: `system:serviceaccount:${text}:x`, audience: text },
    { sessionName: text, userAgent: text, sourceIp: text, host: text },
  ),
);

describe('texts of strangers', () => {
  it.each(['en', 'ja'] as const)('stay within one line of the cause and of the advice (%s)', (language) => {
    const found = findingsOf(observe({ denials: everywhere }), language);
    expect(found.length).toBeGreaterThan(0);
    for (const { problem } of found)
      for (const text of [problem.cause, problem.fix.summary, problem.subject.name])
        expect(text).not.toMatch(/[\r\n\u2028]/);
  });

  it('are never part of a command', () => {
    for (const { problem } of findingsOf(observe({ denials: everywhere })))
      for (const command of problem.fix.commands)
        for (const text of Object.values(hostile)) expect(command).not.toContain(text);
  });

  it.each(Object.entries(hostile))('in annotations reach no command: %s', (_, text) => {
    const annotated = serviceAccount('shop/cart', {
      'eks.amazonaws.com/role-arn': text,
      'eks.amazonaws.com/audience': text,
    });
    const odd = {
      ...serviceAccount('shop/cart', { 'eks.amazonaws.com/role-arn': roleArn('app') }),
      name: text,
    };
    const given = observe({ serviceAccounts: { [prod.arn]: [annotated, odd] } });
    for (const { problem } of findingsOf(given))
      for (const command of problem.fix.commands) expect(command).not.toContain(text);
  });
});

describe('a command', () => {
  const fixes = (given: Parameters<typeof findingsOf>[0]): Fix[] =>
    findingsOf(given).map(({ problem }) => problem.fix);

  it('gives the tool one word for each value, and the proven policy as it is', () => {
    const name = 'a+b=c,d.e@f-g_h';
    const statement = {
      ...allowSubject(prodIssuer, sa('shop/cart'), undefined, { Action: 'sts:AssumeRole' }),
      Sid: 'Cart',
    };
    const noise = {
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: 'sts:TagSession',
      Condition: { StringLike: { 'aws:UserAgent': Object.values(hostile) } },
    };
    const given = observe({
      roles: [
        { ...observeRole(policy(statement, noise)), arn: roleArn(name, '/team/'), name, path: '/team/' },
      ],
      denials: [denial({ roleArn: roleArn(name, '/team/') })],
    });
    const [fix] = fixes(given);
    const { words, input } = run(fix?.commands[0] ?? '');
    expect(words).toEqual([
      'iam',
      'update-assume-role-policy',
      '--role-name',
      name,
      '--policy-document',
      'file:///dev/stdin',
    ]);
    expect(JSON.parse(input)).toEqual(fix?.policy);
    expect(existsSync(trap)).toBe(false);
  });

  it('is complete wherever one is printed', () => {
    for (const { commands } of fixes(ailing()))
      for (const command of commands) {
        const { words } = run(command);
        expect(words.length).toBeGreaterThan(3);
        for (const word of words) expect(word).toMatch(/^[\w@%+=:,./-]+$/);
      }
  });

  const observeRole = (trust: object) => {
    const { roles } = observeApp(trust).readings;
    if (roles?.state !== 'whole' || !roles.value[0]) throw new Error('no role');
    return roles.value[0];
  };
});

describe('names that are too long to read', () => {
  it('are cut in the sentence and whole in the evidence', () => {
    const long = roleArn('a'.repeat(2_000));
    const [found] = findingsOf(observe({ denials: [denial({ roleArn: long })] }));
    expect(inLanguage(found?.problem.cause ?? '', 'en').length).toBeLessThan(600);
    expect(found?.problem.evidence).toContainEqual({ label: 'Role that was asked for', value: long });
  });

  it('a policy of a hundred subjects is told by its nearest', () => {
    const allowed = Array.from({ length: 100 }, (_, index) => sa(`team-${index}/app`));
    const [found] = findingsOf(observeApp(trusts(prodIssuer, allowed), { denials: [denial()] }));
    expect(found?.problem.cause).toMatch(/\(nearest of 100 allowed\)/);
  });
});
