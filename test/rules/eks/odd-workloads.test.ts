/** Texts of strangers and large clusters, as the rules about workloads meet them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyRule } from '../../../shared/evaluate.ts';
import { rules } from '../../../shared/rules/index.ts';
import {
  annotation,
  associated,
  association,
  node,
  nodeCall,
  observeCluster,
  podIdentityDenial,
  pods,
} from './workloads.ts';
import { caller, prodIssuer, role, roleArn, sa, serviceAccount, trusts, trustsService } from './world.ts';
import { inLanguage } from '../../../shared/words.ts';

const workloadRules = rules.filter(({ id }) => /^eks\/(pod-|service-account-|sdk-)/.test(id));
const problemsOf = (given: ReturnType<typeof observeCluster>) =>
  workloadRules.flatMap((rule) => {
    const outcome = applyRule(rule, given);
    expect([rule.id, outcome.status === 'broken' ? outcome.why : null]).toEqual([rule.id, null]);
    return outcome.problems;
  });

const trap = join(tmpdir(), `clusterwhy-workloads-${process.pid}`);

describe('texts of strangers', () => {
  it.each([
    `$(touch ${trap});\`touch ${trap}\`'"\\ && touch ${trap} #`,
    'x\r\nBcc: everyone@attacker.example\u2028y',
    '\u001b[2J\u001b]0;owned\u0007',
    '<img src=x onerror=alert(1)>',
    'constructor',
    'x'.repeat(50_000),
  ])('stay on one line and run nothing: %#', (text) => {
    const found = problemsOf(
      observeCluster({
        accounts: [
          serviceAccount('shop/cart', { 'eks.amazonaws.com/role_arn': text }),
          serviceAccount('shop/web', { [annotation]: text }),
          serviceAccount('shop/orders', { [annotation]: text, [text]: text }),
          serviceAccount('shop/wishlist'),
        ],
        pods: [
          pods('shop/web', { owner: { kind: 'Deployment', name: text }, names: [text] }),
          pods('shop/telemetry', { owner: { kind: text, name: text } }),
          associated('shop/orders'),
        ],
        roles: [role('orders', trustsService(text)), role('app', trusts(prodIssuer, sa('shop/cart')))],
        associations: [association('shop/orders', 'orders'), association('shop/wish-list', 'app')],
        addons: [
          {
            name: 'eks-pod-identity-agent',
            version: text,
            status: 'DEGRADED',
            issues: [{ code: text, message: text, resourceIds: [] }],
          },
        ],
        nodeCalls: [nodeCall({ userAgent: `Boto3/1.9.0 ${text}`, eventName: text })],
        podIdentityDenials: [
          podIdentityDenial({ errorMessage: text }),
          podIdentityDenial({ errorMessage: `${text} is not authorized to perform: eks-auth:x` }),
        ],
        callers: [caller({ subject: sa('shop/orders'), userAgents: [`Boto3/1.9.0 ${text}`] })],
      }),
    );
    expect(found.length).toBeGreaterThan(5);
    for (const { cause, subject, fix } of found) {
      for (const line of [inLanguage(cause, 'en'), inLanguage(fix.summary, 'en'), subject.name])
        expect(line).not.toMatch(/[\r\n\u2028]/);
      expect(inLanguage(cause, 'en').length).toBeLessThan(2_000);
      for (const command of fix.commands)
        spawnSync('bash', ['-c', `aws() { :; }; kubectl() { :; }\n${command}`], { encoding: 'utf8' });
    }
    expect(existsSync(trap)).toBe(false);
  });
});

it('judges thousands of service accounts that all have something wrong', () => {
  const names = Array.from({ length: 3_000 }, (_, index) => `team-${index % 50}/app-${index}`);
  const given = observeCluster({
    accounts: names.map((name, index) =>
      serviceAccount(name, index % 2 === 0 ? { [annotation]: roleArn('app') } : {}),
    ),
    pods: names.map((name) => pods(name)),
    associations: names.map((name) => association(`${name}x`, 'node')),
    roles: [
      role('node', trustsService('ec2.amazonaws.com')),
      role('app', trusts(prodIssuer, names.slice(0, 40).map(sa))),
    ],
    nodes: Array.from({ length: 500 }, (_, index) => node({ name: `node-${index}` })),
    nodeCalls: [nodeCall()],
  });
  expect(problemsOf(given).length).toBeGreaterThan(names.length);
}, 20_000);
