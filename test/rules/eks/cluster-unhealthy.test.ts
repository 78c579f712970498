import rule from '../../../shared/rules/eks/cluster-unhealthy.ts';
import { observeNetwork } from './network-world.ts';
import { testEksRule } from './test-eks-rule.ts';
import { prod } from './world.ts';

const issue = (code: string, message = 'It is not well.') => ({ code, message, resourceIds: ['subnet-1'] });
const insight = (status: string, category = 'MISCONFIGURATION') => ({
  id: 'i-1',
  name: 'Kubelet version skew',
  category,
  status,
  reason: 'It is behind.',
});

testEksRule(rule, {
  healthy: () => observeNetwork(),
  passes: {
    'STS that is not activated, which another rule tells': observeNetwork({
      cluster: { healthIssues: [issue('StsRegionalEndpointDisabled')] },
    }),
    'CoreDNS without replicas, which another rule tells': observeNetwork({
      parts: ({ addons: [coredns] }) => void coredns?.issues.push(issue('InsufficientNumberOfReplicas')),
      dns: { deployment: { desired: 2, ready: 0 }, readyAddresses: 0, troubles: [] },
    }),
    'an upgrade that is not ready': observeNetwork({
      parts: (parts) => void parts.insights.push(insight('ERROR', 'UPGRADE_READINESS')),
    }),
  },
  fails: {
    'a subnet that is gone': {
      given: observeNetwork({
        cluster: { healthIssues: [issue('Ec2SubnetNotFound'), issue('Ec2SecurityGroupNotFound')] },
      }),
      finds: { [prod.arn]: /^EKS reports Ec2SubnetNotFound for cluster prod, and 1 more\.$/ },
    },
    'a cluster that was not made': {
      given: observeNetwork({ cluster: { status: 'FAILED' } }),
      finds: { [prod.arn]: /^EKS reports FAILED for cluster prod\.$/ },
    },
    'one node group of several': {
      given: observeNetwork({
        parts: ({ nodegroups: [group] }) => void group?.issues.push(issue('InsufficientFreeAddresses')),
      }),
      finds: {
        [prod.arn]: {
          cause: /^EKS reports InsufficientFreeAddresses for node group workers of cluster prod\.$/,
          restsOn: ['nodegroups'],
        },
      },
    },
    'an add-on': {
      given: observeNetwork({
        parts: ({ addons }) => void addons[3]?.issues.push(issue('ConfigurationConflict', '')),
      }),
      finds: {
        [prod.arn]: {
          cause: /^EKS reports ConfigurationConflict for add-on vpc-cni of cluster prod\.$/,
          restsOn: ['addons'],
        },
      },
    },
    'CoreDNS with an issue that does not keep it from answering': {
      given: observeNetwork({
        parts: ({ addons: [coredns] }) => void coredns?.issues.push(issue('ConfigurationConflict')),
      }),
      finds: { [prod.arn]: { cause: /for add-on coredns of cluster prod\.$/, restsOn: ['addons'] } },
    },
    'a misconfiguration': {
      given: observeNetwork({ parts: (parts) => void parts.insights.push(insight('WARNING')) }),
      finds: {
        [prod.arn]: {
          cause: /^EKS reports Kubelet version skew for the configuration of cluster prod\.$/,
          restsOn: ['insights'],
        },
      },
    },
  },
});
