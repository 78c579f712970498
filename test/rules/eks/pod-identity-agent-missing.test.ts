import rule from '../../../shared/rules/eks/pod-identity-agent-missing.ts';
import { testEksRule } from './test-eks-rule.ts';
import { agentAddon, associated, node, observeCluster, podIdentityDenial, pods } from './workloads.ts';
import { account, cluster, prod, roleArn } from './world.ts';

const agentPods = pods('kube-system/eks-pod-identity-agent', {
  owner: { kind: 'DaemonSet', name: 'eks-pod-identity-agent' },
});
const restsOn = ['podGroups'] as const;

testEksRule(rule, {
  passes: {
    'the add-on is there': observeCluster(),
    'nothing is associated': observeCluster({ addons: [], associations: [] }),
    'the agent runs without the add-on': observeCluster({ addons: [], pods: [agentPods] }),
    'Auto Mode brings it': observeCluster({
      clusters: [cluster('prod', { autoMode: true })],
      addons: [],
    }),
    'the add-on is being updated': observeCluster({ addons: [{ ...agentAddon, status: 'UPDATING' }] }),
    'EKS was not permitted to assume the role, which is no fault of the agent': observeCluster({
      podIdentityDenials: [podIdentityDenial()],
    }),
  },
  fails: {
    'pods ask for an agent that is not there': {
      given: observeCluster({ addons: [], pods: [associated('shop/orders')] }),
      finds: {
        [prod.arn]: {
          cause: /^Cluster prod has 1 Pod Identity association \(shop\/orders\) and no Pod Identity agent\.$/,
          restsOn,
        },
      },
    },
    'no pod asks yet': {
      given: observeCluster({ addons: [{ ...agentAddon, name: 'coredns' }], pods: [pods('shop/orders')] }),
      finds: { [prod.arn]: { cause: /no Pod Identity agent\.$/, restsOn } },
    },
    'the add-on is degraded': {
      given: observeCluster({
        addons: [
          {
            ...agentAddon,
            status: 'DEGRADED',
            issues: [{ code: 'InsufficientNumberOfReplicas', message: 'Not enough pods.', resourceIds: [] }],
          },
        ],
      }),
      finds: { [prod.arn]: /is DEGRADED: InsufficientNumberOfReplicas \(Not enough pods\)\.$/ },
    },
    'the add-on could not be installed, and does not say why': {
      given: observeCluster({ addons: [{ ...agentAddon, status: 'CREATE_FAILED' }] }),
      finds: { [prod.arn]: /is CREATE_FAILED\.$/ },
    },
    "the node's role may not ask": {
      given: observeCluster({
        podIdentityDenials: [
          podIdentityDenial({
            errorMessage: `User: arn:aws:sts::${account}:assumed-role/eks-node/i-00000000000000011 is not authorized to perform: eks-auth:AssumeRoleForPodIdentity on resource: ${prod.arn}`,
          }),
        ],
      }),
      finds: {
        [roleArn('eks-node')]: {
          cause:
            /^The role eks-node of nodes of cluster prod may not call eks-auth:AssumeRoleForPodIdentity.*9 times/,
          restsOn: ['podIdentityDenials'],
        },
      },
    },
  },
  unknowns: {
    'the pods were not read, so that the agent may run without the add-on': {
      given: observeCluster({ addons: [], facts: { podGroups: {} }, nodes: [node()] }),
      why: /whether cluster prod runs the Pod Identity agent/,
    },
  },
});
