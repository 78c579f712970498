import rule from '../../../shared/rules/eks/pod-on-node-role.ts';
import { testEksRule } from './test-eks-rule.ts';
import { injected, node, nodeCall, nodegroup, observeCluster, pods } from './workloads.ts';
import { applyRule } from '../../../shared/evaluate.ts';
import { roleArn } from './world.ts';

const nodeRole = roleArn('eks-node');
const kubeProxy = pods('kube-system/kube-proxy', {
  owner: { kind: 'DaemonSet', name: 'kube-proxy' },
  hostNetwork: true,
});

testEksRule(rule, {
  passes: {
    'no application called': observeCluster(),
    'the calls are of an instance that is no node of a cluster': observeCluster({
      nodeCalls: [nodeCall({ instanceId: 'i-00000000000000099' })],
    }),
  },
  fails: {
    'a pod without credentials of its own runs on the node': {
      given: observeCluster({ nodeCalls: [nodeCall()], nodegroups: [nodegroup(2)] }),
      finds: {
        [nodeRole]: {
          cause:
            /^An application on 1 node of cluster prod calls sns:ListTopics with the node's role eks-node\.$/,
          restsOn: ['kubernetesNodes'],
        },
      },
    },
    'it is refused, from two nodes': {
      given: observeCluster({
        nodes: [node(), node({ name: 'node-2', instanceId: 'i-00000000000000012' })],
        nodeCalls: [
          nodeCall({ errorCode: 'AccessDenied', userAgent: null }),
          nodeCall({ instanceId: 'i-00000000000000012', eventName: 'Subscribe' }),
        ],
      }),
      finds: {
        [nodeRole]: {
          cause: /on 2 nodes .* calls sns:ListTopics, sns:Subscribe with .* and is refused\.$/,
          restsOn: ['kubernetesNodes'],
        },
      },
    },
    'only parts of the cluster have no credentials: the program asks for those of the node': {
      given: observeCluster({ nodeCalls: [nodeCall()], pods: [injected('shop/cart', 'app'), kubeProxy] }),
      finds: { [nodeRole]: { cause: /^An application on 1 node/, restsOn: ['kubernetesNodes'] } },
    },
    'the SDK is old, and a pod without credentials runs there as well': {
      given: observeCluster({
        nodegroups: [nodegroup(2)],
        nodeCalls: [nodeCall({ userAgent: 'Boto3/1.9.100' })],
      }),
      finds: {
        [nodeRole]: { cause: /^An application on 1 node/, restsOn: ['kubernetesNodes', 'podGroups'] },
      },
    },
  },
  unknowns: {
    'no application runs there: a program of the machine called, or a pod that is gone': {
      given: observeCluster({ nodeCalls: [nodeCall()], pods: [kubeProxy] }),
      why: /^who called sns:ListTopics on nodes of prod: no application runs in the cluster that is as old/,
    },
    'what runs there was started after the last call: the pod that called is gone': {
      given: observeCluster({
        nodeCalls: [nodeCall({ lastSeen: '2026-01-01T05:00:00Z' })],
        pods: [pods('shop/cart', { oldest: '2026-01-01T05:00:01Z', newest: '2026-01-01T05:00:01Z' })],
      }),
      why: /, or a pod that is gone$/,
    },
  },
});

it('suspects no pod that is newer than the calls, beside one that is as old', () => {
  const nodeCalls = [nodeCall({ lastSeen: '2026-01-01T05:00:00Z' })];
  const old = pods('shop/old', { oldest: '2026-01-01T05:00:00Z' });
  const fresh = pods('shop/fresh', { oldest: '2026-01-01T05:00:01Z' });
  const given = observeCluster({ nodeCalls, pods: [old, fresh], nodegroups: [nodegroup(2)] });
  const said = JSON.stringify(applyRule(rule, given).problems);
  expect(said).toContain('shop/old');
  expect(said).not.toContain('shop/fresh');
});

describe('eks/pod-on-node-role, where another rule tells the cause', () => {
  it.each([
    ['pods missed the credentials of their service account', { pods: [pods('shop/cart'), kubeProxy] }, {}],
    [
      'the SDK is older than the credentials that every pod has',
      { pods: [injected('shop/cart', 'app'), kubeProxy] },
      { userAgent: 'Boto3/1.9.100' },
    ],
  ])('is silent: %s', (_, differences, call) => {
    const given = observeCluster({ ...differences, nodegroups: [nodegroup(2)], nodeCalls: [nodeCall(call)] });
    expect(applyRule(rule, given)).toMatchObject({ status: 'pass' });
  });
});
