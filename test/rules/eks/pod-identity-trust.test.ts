import rule from '../../../shared/rules/eks/pod-identity-trust.ts';
import { applyRule } from '../../../shared/evaluate.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  allowPods,
  annotation,
  associated,
  association,
  node,
  observeCluster,
  podIdentityDenial,
  trustsPods,
} from './workloads.ts';
import { role, roleArn, serviceAccount, trustsService, type Json } from './world.ts';

const orders = roleArn('orders');
const withPolicy = (trust: unknown, differences = {}) =>
  observeCluster({ roles: [role('orders', trust)], ...differences });
const when = (Condition: Json) => allowPods({ Condition });
const onlyAssume = allowPods({ Action: 'sts:AssumeRole' });

testEksRule(rule, {
  passes: {
    'the role trusts Pod Identity': observeCluster(),
    'its conditions are met': withPolicy(
      when({
        StringEquals: {
          'aws:RequestTag/kubernetes-namespace': 'shop',
          'aws:RequestTag/eks-cluster-name': 'prod',
        },
      }),
    ),
    'the association turns the tags off, so that nothing is tagged': withPolicy(onlyAssume, {
      associations: [association('shop/orders', 'orders', { disableSessionTags: true })],
    }),
    'refusals of tokens that have expired are the fault of nobody': observeCluster({
      podIdentityDenials: [podIdentityDenial({ errorCode: 'ExpiredToken', errorMessage: 'expired' })],
    }),
    'the role was not read': withPolicy(trustsPods, { associations: [association('shop/orders', 'other')] }),
  },
  fails: {
    'TagSession is not allowed': {
      given: withPolicy(onlyAssume),
      finds: {
        [orders]:
          /^The trust policy of orders names pods\.eks\.amazonaws\.com without sts:TagSession, so .* shop\/orders of cluster prod\.$/,
      },
    },
    'the role is made for instances': {
      given: withPolicy(trustsService('ec2.amazonaws.com'), { podIdentityDenials: [podIdentityDenial()] }),
      finds: { [orders]: /^The trust policy of orders does not name pods\.eks\.amazonaws\.com/ },
    },
    'it asks for another namespace, and the annotation is right': {
      given: withPolicy(when({ StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'web' } }), {
        accounts: [serviceAccount('shop/orders', { [annotation]: roleArn('app') })],
      }),
      finds: {
        [orders]:
          /^The trust policy of orders asks for aws:RequestTag\/kubernetes-namespace "web", and EKS sends "shop", so/,
      },
    },
    'it asks for the cluster that is gone, and for a key that EKS does not send': {
      given: withPolicy(
        when({
          ArnEquals: { 'aws:SourceArn': 'arn:aws:eks:eu-west-1:111122223333:cluster/blue' },
          StringEquals: { 'sts:ExternalId': 'x' },
        }),
      ),
      finds: { [orders]: /asks for aws:SourceArn "arn.*blue" and 1 more, and EKS sends/ },
    },
    'a Deny stands against it': {
      given: withPolicy({
        Version: '2012-10-17',
        Statement: [
          ...(trustsPods['Statement'] as Json[]),
          { Effect: 'Deny', Principal: '*', Action: 'sts:TagSession' },
        ],
      }),
      finds: { [orders]: /^A Deny in the trust policy of orders refuses sts:TagSession to Pod Identity/ },
    },
    'several service accounts have the role': {
      given: withPolicy(trustsService('ec2.amazonaws.com'), {
        associations: ['orders', 'pay', 'web'].map((name) => association(`shop/${name}`, 'orders')),
      }),
      finds: { [orders]: /to shop\/orders, shop\/pay, shop\/web of cluster prod\.$/ },
    },
    'more have it than a policy can name': {
      given: withPolicy(trustsService('ec2.amazonaws.com'), {
        associations: Array.from({ length: 12 }, (_, index) => association(`shop/app-${index}`, 'orders')),
      }),
      finds: { [orders]: /to shop\/app-0, shop\/app-1, shop\/app-2 and 9 more of cluster prod\.$/ },
    },
    'two roles refuse, and the nodes tell which was asked for': {
      given: observeCluster({
        roles: [role('orders', onlyAssume), role('pay', onlyAssume)],
        associations: [association('shop/orders', 'orders'), association('shop/pay', 'pay')],
        nodes: [node(), node({ name: 'node-2', instanceId: 'i-00000000000000012' })],
        pods: [associated('shop/orders'), associated('shop/pay', { nodes: ['node-2'] })],
        podIdentityDenials: [podIdentityDenial()],
      }),
      finds: { [orders]: /shop\/orders of cluster/, [roleArn('pay')]: /shop\/pay of cluster/ },
    },
  },
  unknowns: {
    'a condition is on the name of the pod': {
      given: withPolicy(when({ StringLike: { 'aws:RequestTag/kubernetes-pod-name': 'orders-*' } })),
      why: /whether orders lets Pod Identity in .* aws:RequestTag\/kubernetes-pod-name/,
    },
    'calls were refused, and every role lets Pod Identity in today': {
      given: observeCluster({ podIdentityDenials: [podIdentityDenial()] }),
      why: /why AssumeRoleForPodIdentity was refused 9 times in cluster prod/,
    },
  },
});

describe('eks/pod-identity-trust and the calls that were refused', () => {
  const two = {
    roles: [role('orders', onlyAssume), role('pay', onlyAssume)],
    associations: [association('shop/orders', 'orders'), association('shop/pay', 'pay')],
  };
  const denialsOf = (differences: Parameters<typeof observeCluster>[0]) =>
    applyRule(
      rule,
      observeCluster({ podIdentityDenials: [podIdentityDenial()], ...differences }),
    ).problems.map(({ subject, denial }) => [subject.name, denial?.events ?? null]);

  it('counts them for the only role that refuses', () => {
    expect(denialsOf({ roles: [role('orders', onlyAssume)] })).toEqual([['orders', 9]]);
  });

  it('does not say whose they are where two roles refuse', () => {
    expect(denialsOf({ ...two, pods: [] })).toEqual([
      ['orders', null],
      ['pay', null],
    ]);
  });

  it('knows by the nodes where their pods run', () => {
    const nodes = [node(), node({ name: 'node-2', instanceId: 'i-00000000000000012' })];
    const pods = [associated('shop/orders'), associated('shop/pay', { nodes: ['node-2'] })];
    expect(denialsOf({ ...two, nodes, pods })).toEqual([
      ['orders', 9],
      ['pay', null],
    ]);
  });
});
