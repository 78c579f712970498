import rule from '../../../shared/rules/eks/coredns-unhealthy.ts';
import type { EksParts } from '../../cloud/eks-parts.ts';
import { dns, node, observeNetwork, pods } from './network-world.ts';
import { findingsOf, testEksRule } from './test-eks-rule.ts';
import { prod } from './world.ts';

const withAddon = (changes: Partial<EksParts['addons'][number]>) => (parts: EksParts) =>
  Object.assign(parts.addons.find(({ name }) => name === 'coredns') ?? {}, changes);
const withoutAddon = (parts: EksParts) =>
  void (parts.addons = parts.addons.filter(({ name }) => name !== 'coredns'));
const replicas = {
  code: 'InsufficientNumberOfReplicas',
  message: 'The add-on is unhealthy because it does not have the desired number of replicas.',
  resourceIds: [],
};
const unschedulable = 'Unschedulable: 0/2 nodes are available: 2 Too many pods.';

testEksRule(rule, {
  healthy: () => observeNetwork(),
  passes: {
    'a resolver of another name behind the same service': observeNetwork({
      parts: withoutAddon,
      dns: { deployment: null, readyAddresses: 2, troubles: [] },
    }),
    'an update that takes one replica away': observeNetwork({
      dns: { ...dns, deployment: { desired: 2, ready: 1 }, readyAddresses: 1 },
    }),
    'EKS Auto Mode, which runs no deployment': observeNetwork({
      cluster: { autoMode: true },
      parts: withoutAddon,
      dns: { deployment: null, readyAddresses: 0, troubles: [] },
    }),
    'the add-on alone, which is active': observeNetwork({ dns: null }),
    'an add-on that EKS finds degraded, and answers': observeNetwork({
      parts: withAddon({ status: 'DEGRADED', issues: [{ ...replicas, code: 'ConfigurationConflict' }] }),
    }),
  },
  fails: {
    'no replica that is ready': {
      given: observeNetwork({
        dns: { deployment: { desired: 2, ready: 0 }, readyAddresses: 0, troubles: [unschedulable] },
      }),
      finds: {
        [prod.arn]: {
          cause:
            /^In cluster prod none of the 2 replicas of CoreDNS is ready \(Unschedulable: 0\/2 nodes are available: 2 Too many pods\)\.$/,
          restsOn: ['clusterDns'],
        },
      },
    },
    'no replicas at all': {
      given: observeNetwork({ dns: { ...dns, deployment: { desired: 0, ready: 0 }, readyAddresses: 0 } }),
      finds: {
        [prod.arn]: {
          cause: /^In cluster prod CoreDNS is scaled to no replicas\.$/,
          restsOn: ['clusterDns'],
        },
      },
    },
    'no deployment': {
      given: observeNetwork({
        parts: withoutAddon,
        dns: { deployment: null, readyAddresses: 0, troubles: [] },
      }),
      finds: { [prod.arn]: { cause: /there is no deployment coredns/, restsOn: ['clusterDns'] } },
    },
    'a service that selects nothing': {
      given: observeNetwork({ dns: { ...dns, readyAddresses: 0 } }),
      finds: { [prod.arn]: { cause: /the service kube-dns has no ready address/, restsOn: ['clusterDns'] } },
    },
    'a replica that is missing and says why': {
      given: observeNetwork({
        dns: { deployment: { desired: 2, ready: 1 }, readyAddresses: 1, troubles: [unschedulable] },
      }),
      finds: { [prod.arn]: { cause: /only 1 of 2 replicas of CoreDNS are ready/, restsOn: ['clusterDns'] } },
    },
    'what EKS says of the add-on, where the cluster could not be asked': {
      given: observeNetwork({ dns: null, parts: withAddon({ status: 'DEGRADED', issues: [replicas] }) }),
      finds: {
        [prod.arn]: {
          cause: /^In cluster prod EKS says that CoreDNS lacks replicas: the add-on is DEGRADED\.$/,
          restsOn: ['addons'],
        },
      },
    },
  },
  unknowns: {
    'CoreDNS without the add-on, in a cluster that could not be asked': {
      given: observeNetwork({ dns: null, parts: withoutAddon }),
      why: /without the EKS add-on, and its Kubernetes API was not read/,
    },
    'an add-on that is degraded for another reason': {
      given: observeNetwork({
        dns: null,
        parts: withAddon({ status: 'DEGRADED', issues: [{ ...replicas, code: 'ConfigurationConflict' }] }),
      }),
      why: /is DEGRADED, and its Kubernetes API was not read/,
    },
  },
});

it.each([
  ['Unschedulable: 0/2 nodes', /^Advice: No node takes the pods/],
  ['ImagePullBackOff: back-off', /^Advice: The image of CoreDNS cannot be pulled/],
  ['CrashLoopBackOff: back-off', /^Advice: CoreDNS crashes/],
  ['Something\nelse', /^Advice: Look at the pods of CoreDNS/],
])('says what helps against %j', (trouble, advice) => {
  const given = observeNetwork({
    dns: { deployment: { desired: 2, ready: 0 }, readyAddresses: 0, troubles: [trouble] },
  });
  const [found] = findingsOf(given).filter((one) => one.rule === rule.id);
  expect(found?.problem.fix.summary).toMatch(advice);
  expect(found?.problem.cause).not.toMatch(/\n/);
});

it('leaves it to the rule of nodes where there are none', () => {
  const given = observeNetwork({
    nodes: [{ ...node, ready: false }],
    pods: [pods],
    dns: { deployment: { desired: 2, ready: 0 }, readyAddresses: 0, troubles: [unschedulable] },
  });
  const told = findingsOf(given).filter(({ problem }) => problem.subject.id === prod.arn);
  expect(told.map((one) => one.rule)).toEqual(['eks/no-ready-nodes']);
});
