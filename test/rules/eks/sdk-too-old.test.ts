import rule from '../../../shared/rules/eks/sdk-too-old.ts';
import { testEksRule } from './test-eks-rule.ts';
import { accountId, associated, association, injected, nodeCall, observeCluster, pods } from './workloads.ts';
import { caller, prod, roleArn, sa } from './world.ts';

const old = 'Boto3/1.26.0 Botocore/1.29.0';
const older = 'Boto3/1.9.100 Botocore/1.12.100';
const programId = (userAgent: string) => `${prod.arn} ${roleArn('eks-node')} ${userAgent}`;

testEksRule(rule, {
  passes: {
    'the SDK that calls knows web identity, and nothing is associated': observeCluster({
      callers: [caller({ userAgents: [old] })],
    }),
    'the SDK of the associated workload is new': observeCluster({
      associations: [association('shop/cart', 'orders')],
      callers: [caller({ userAgents: ['Boto3/1.35.0'] })],
    }),
    'nobody knows what SDK it is': observeCluster({
      associations: [association('shop/cart', 'orders')],
      callers: [caller({ userAgents: ['custom/1.0', 'aws-sdk-go-v2/1.0.0'] }), caller({ subject: 'x' })],
    }),
    'the old SDK on the node knows what the pods there were given': observeCluster({
      pods: [injected('shop/cart', 'app')],
      nodeCalls: [nodeCall({ userAgent: old })],
    }),
    'the calls name no program': observeCluster({ nodeCalls: [nodeCall({ userAgent: null })] }),
  },
  fails: {
    'a workload that calls with an old SDK was given an association': {
      given: observeCluster({
        associations: [association('shop/cart', 'orders')],
        callers: [caller({ userAgents: ['Boto3/1.35.0', old] })],
      }),
      finds: {
        [accountId('shop/cart')]: {
          cause:
            /^shop\/cart of cluster prod has a Pod Identity association and calls with boto3 1\.26\.0, which is older than 1\.34\.41/,
          restsOn: ['denials', 'podIdentityAssociations'],
        },
      },
    },
    'a program on the node is older than the credentials of every pod there': {
      given: observeCluster({
        pods: [injected('shop/cart', 'app')],
        nodeCalls: [nodeCall({ userAgent: older })],
      }),
      finds: {
        [programId(older)]: {
          cause:
            /^A program with boto3 1\.9\.100 calls sns:ListTopics .* AWS lists for web identity is 1\.9\.220\.$/,
          restsOn: ['nodeRoleCalls', 'kubernetesNodes'],
        },
      },
    },
    'a program on the node does not know Pod Identity, which its pods have': {
      given: observeCluster({
        pods: [
          associated('shop/orders'),
          pods('kube-system/aws-node', { owner: { kind: 'DaemonSet', name: 'aws-node' }, hostNetwork: true }),
        ],
        callers: [caller({ subject: sa('shop/web'), userAgents: [old] })],
        nodeCalls: [nodeCall({ userAgent: old })],
      }),
      finds: {
        [programId(old)]: {
          cause: /lists for Pod Identity is 1\.34\.41\.$/,
          restsOn: ['nodeRoleCalls', 'kubernetesNodes', 'podGroups'],
        },
      },
    },
  },
});
