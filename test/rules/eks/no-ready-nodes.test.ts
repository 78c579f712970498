import rule from '../../../shared/rules/eks/no-ready-nodes.ts';
import { node, observeNetwork, pods } from './network-world.ts';
import { findingsOf, testEksRule } from './test-eks-rule.ts';
import { prod } from './world.ts';

const lost = { ...node, ready: false, reason: 'NodeStatusUnknown: Kubelet stopped posting node status.' };

testEksRule(rule, {
  healthy: () => observeNetwork(),
  passes: {
    'one node that is ready among others': observeNetwork({ nodes: [lost, node] }),
    'a node that takes no more pods': observeNetwork({ nodes: [{ ...node, unschedulable: true }] }),
    'a cluster that was scaled to nothing': observeNetwork({ nodes: [], nodegroups: [] }),
    'a cluster whose Kubernetes API could not be read': observeNetwork({ facts: { kubernetesNodes: {} } }),
  },
  fails: {
    'nodes that are all lost': {
      given: observeNetwork({ nodes: [lost, { ...lost, name: 'ip-10-0-2-12.internal' }], nodegroups: [] }),
      finds: {
        [prod.arn]: /^Cluster prod has no node that is ready: none of its 2 nodes is ready\.$/,
      },
    },
    'node groups that launch nothing': {
      given: observeNetwork({
        nodes: [],
        parts: ({ nodegroups: [group] }) => {
          group?.issues.push({
            code: 'AsgInstanceLaunchFailures',
            message: 'Could not launch On-Demand Instances. VcpuLimitExceeded',
            resourceIds: ['eks-workers'],
          });
        },
      }),
      finds: {
        [prod.arn]: {
          cause: /it has no nodes, though its node groups should have 2\.$/,
          restsOn: ['nodegroups'],
        },
      },
    },
    'pods that wait for a node': {
      given: observeNetwork({ nodes: [], nodegroups: [], pods: [pods] }),
      finds: { [prod.arn]: { cause: /it has no nodes; 2 pods of it cannot run\.$/, restsOn: ['podGroups'] } },
    },
  },
});

it('says what EKS says of the node groups', () => {
  const given = observeNetwork({
    nodes: [lost],
    parts: ({ nodegroups: [group] }) => {
      group?.issues.push({
        code: 'NodeCreationFailure',
        message: 'Instances failed to join.',
        resourceIds: [],
      });
    },
  });
  const found = findingsOf(given).filter(({ rule: id }) => /no-ready-nodes|cluster-unhealthy/.test(id));
  expect(found.map(({ rule: id }) => id)).toEqual(['eks/no-ready-nodes']);
  expect(found[0]?.problem.fix.summary).toMatch(
    /^Advice: Instances start and do not join.*Instances failed to join\.$/,
  );
});
