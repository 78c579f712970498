import rule from '../../../shared/rules/eks/pod-identity-webhook-missing.ts';
import { testEksRule } from './test-eks-rule.ts';
import { observeCluster, webhook } from './workloads.ts';
import { cluster, prod } from './world.ts';

const istio = {
  ...webhook,
  configuration: 'istio-sidecar-injector',
  name: 'sidecar.istio.io',
  target: 'istio-system/istiod',
};

testEksRule(rule, {
  passes: {
    'it is there': observeCluster(),
    'it is one of several': observeCluster({ webhooks: [istio, webhook] }),
    'somebody runs one of his own': observeCluster({
      webhooks: [
        { ...webhook, name: 'pods.example.com', configuration: 'own', target: 'auth/pod-identity-webhook' },
      ],
    }),
    'the webhooks of the cluster were not read': observeCluster({ facts: { podWebhooks: {} } }),
    'the cluster is being made': observeCluster({
      clusters: [cluster('prod', { status: 'CREATING' })],
      webhooks: [],
    }),
  },
  fails: {
    'service accounts need it': {
      given: observeCluster({ webhooks: [istio] }),
      finds: {
        [prod.arn]: /^Cluster prod has no webhook iam-for-pods.*credentials/,
      },
    },
    'nobody needs it yet': {
      given: observeCluster({ webhooks: [], accounts: [], associations: [], pods: [] }),
      finds: { [prod.arn]: /new pods get no AWS credentials\.$/ },
    },
  },
});
