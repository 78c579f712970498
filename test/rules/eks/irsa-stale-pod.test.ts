import rule from '../../../shared/rules/eks/irsa-stale-pod.ts';
import { findingsOf, testEksRule } from './test-eks-rule.ts';
import { accountId, injected, observeCluster, pods } from './workloads.ts';
import { denial, observe, prod, prodIssuer, role, roleArn, sa, serviceAccount, trusts } from './world.ts';

const now = roleArn('app');
const annotated = serviceAccount('shop/cart', { 'eks.amazonaws.com/role-arn': now });
const old = { oldest: '2025-11-01T00:00:00Z', newest: '2025-11-02T00:00:00Z' };
const recent = { oldest: '2025-12-01T00:00:00Z', newest: '2025-12-02T00:00:00Z' };
const older = injected('shop/cart', 'app-v1', old);
const refused = denial({ roleArn: roleArn('app-v1') });
const v1 = role('app-v1', trusts(prodIssuer, sa('shop/other')));
const app = role('app', trusts(prodIssuer, sa('shop/cart')));
const id = accountId('shop/cart');

testEksRule(rule, {
  healthy: observeCluster,
  passes: {
    'pods that ask for what the annotation names': observeCluster({
      accounts: [annotated],
      pods: [injected('shop/cart', 'app')],
    }),
    'pods whose template sets the variable itself: they were created after one that got the annotation’s role':
      observeCluster({
        accounts: [annotated],
        pods: [injected('shop/cart', 'app', old), injected('shop/cart', 'app-v1', recent)],
      }),
    'a service account without an annotation, whose pods bring their own role': observeCluster({
      accounts: [serviceAccount('shop/cart')],
      pods: [older],
    }),
    'an annotation that is empty, which gives no role': observeCluster({
      accounts: [serviceAccount('shop/cart', { 'eks.amazonaws.com/role-arn': '' })],
      pods: [older],
    }),
    'pods without web identity': observeCluster({
      accounts: [annotated],
      pods: [pods('shop/cart', { roleArn: roleArn('app-v1') })],
    }),
    'a refusal of the older role, whose pods are gone since': observeCluster({
      accounts: [annotated],
      pods: [injected('shop/cart', 'app', { oldest: '2026-01-01T05:30:00Z' })],
      roles: [app, v1],
      denials: [refused],
    }),
    'a cluster whose pods nobody has': observeCluster({ accounts: [annotated], pods: [] }),
  },
  fails: {
    'pods that are refused the older role': {
      given: observeCluster({ accounts: [annotated], pods: [older], roles: [app, v1], denials: [refused] }),
      finds: {
        [id]: /^2 pods of shop\/cart \(Deployment cart\) in cluster prod still ask for app-v1(, and are refused)?; the annotation names app now\.$/,
      },
    },
    'pods that the older role lets in yet, beside new ones': {
      given: observeCluster({
        accounts: [annotated],
        pods: [injected('shop/cart', 'app', recent), older],
        roles: [app, v1],
      }),
      finds: { [id]: /still ask for app-v1; the annotation names app now/ },
    },
    'two older roles': {
      given: observeCluster({
        accounts: [annotated],
        pods: [
          older,
          injected('shop/cart', 'app-v0', { ...old, owner: { kind: 'StatefulSet', name: 'db' }, pods: 1 }),
        ],
      }),
      finds: { [id]: /^3 pods of shop\/cart \(Deployment cart, StatefulSet db\) .*ask for app-v1, app-v0;/ },
    },
    'one pod on its own, which nothing makes anew': {
      given: observeCluster({
        accounts: [annotated],
        pods: [injected('shop/cart', 'app-v1', { ...old, owner: null, pods: 1 })],
      }),
      finds: { [id]: /^1 pod of shop\/cart in cluster prod still asks for app-v1;/ },
    },
    'an annotation that a stranger wrote': {
      given: observeCluster({
        accounts: [serviceAccount('shop/cart', { 'eks.amazonaws.com/role-arn': '$(id)\n=1' })],
        pods: [older],
      }),
      finds: { [id]: /the annotation names \$\(id\) =1 now\.$/ },
    },
  },
});

describe('a refusal of the role of an older annotation', () => {
  const given = observeCluster({
    accounts: [annotated],
    associations: [],
    pods: [older],
    roles: [app, v1],
    denials: [refused],
  });

  it('is told of the pods, and not of the role', () => {
    const found = findingsOf(given);
    expect(found.map(({ rule }) => rule)).toEqual(['eks/irsa-stale-pod']);
    expect(found[0]?.problem).toMatchObject({
      denial: { events: 12, errorCode: 'AccessDenied' },
      fix: {
        summary: expect.stringMatching(/^Restart the pods: .* which lets them in already\./) as string,
        commands: ['kubectl rollout restart deployment/cart --namespace shop'],
      },
    });
  });

  it.each([
    [
      'pods',
      { serviceAccounts: { [prod.arn]: [annotated] } },
      /names \S+:role\/app now: .*pods of cluster prod would decide, and were not read/,
    ],
    [
      'service accounts',
      {},
      /its pods may be older than its annotation, .*; the service accounts and pods of cluster prod would decide/,
    ],
  ])('is undecided where the %s were not read, and the suspects are listed', (_, differences, why) => {
    const found = findingsOf(observe({ roles: [app, v1], denials: [refused], ...differences }));
    expect(found.map(({ rule }) => rule)).toEqual(['eks/irsa-undecided']);
    expect(found[0]?.problem.evidence).toContainEqual({
      label: 'Note',
      value: expect.stringMatching(why) as string,
    });
  });
});

describe('a caller that runs as the wrong service account', () => {
  it('is told which one the policy means, and where the template is', () => {
    const wrong = serviceAccount('shop/default', { 'eks.amazonaws.com/role-arn': now });
    const given = observeCluster({
      accounts: [wrong, serviceAccount('shop/cart')],
      pods: [injected('shop/default', 'app', { owner: { kind: 'Deployment', name: 'cart' } })],
      roles: [app],
      denials: [denial({ subject: sa('shop/default') })],
    });
    const told = findingsOf(given).find(({ rule }) => rule === 'eks/irsa-trust-subject');
    expect(told?.problem.evidence).toContainEqual({
      label: 'Note',
      value:
        'shop/cart, which the policy names, is in cluster prod: if Deployment cart should run as that, serviceAccountName in the pod template is wrong, and not the policy.',
    });
    expect(told?.problem.fix.commands.join()).not.toMatch(/update-assume-role-policy/);
  });
});
