import clusterUnhealthy from '../../../shared/rules/gke/cluster-unhealthy.ts';
import { testRule } from '../rule-tester.ts';
import {
  agents,
  authority,
  cluster,
  nodeRole,
  nodes,
  observe,
  policy,
  pool,
  problemsOf,
  resource,
} from './gke-observation.ts';

const condition = (code: string | null, message: string | null = null) => ({
  code,
  canonicalCode: null,
  message,
});
const saying = (...conditions: ReturnType<typeof condition>[]) => cluster({ conditions });
const poolSays = (changes: Partial<ReturnType<typeof pool>>) => cluster({ nodePools: [pool(changes)] });
const missing = condition('NODE_SERVICE_ACCOUNT_MISSING_PERMISSIONS', 'missing');
const image = `Instance 'x' creation failed: Required 'compute.images.useReadOnly' permission for 'projects/shop-prod/global/images/golden' (when acting as '${agents.apisAgent}')`;
const key = 'projects/keys/locations/eu/keyRings/r/cryptoKeys/k';

testRule(clusterUnhealthy, {
  healthy: observe(),
  passes: {
    'being made, changed or deleted': observe({
      gkeClusters: [
        cluster({ status: 'PROVISIONING' }),
        cluster({ name: 'b', status: 'RECONCILING' }),
        cluster({ name: 'c', status: 'STOPPING' }),
      ],
    }),
    'a condition without a fault': observe({
      gkeClusters: [saying(condition('UNKNOWN', 'all fine'), condition(null, 'ok'))],
    }),
    'the agent was deleted: its own rule tells it': observe({
      gkeClusters: [saying(condition('GKE_SERVICE_ACCOUNT_DELETED'))],
    }),
    'the certificate expires: its own rule tells it': observe({
      gkeClusters: [saying(condition('CA_EXPIRING'))],
    }),
    'degraded for its certificate alone': observe({
      gkeClusters: [cluster({ status: 'DEGRADED', caCertificate: authority(1800, 4) })],
    }),
    'a key that cannot be used: its own rule tells it': observe({
      gkeClusters: [
        cluster({
          conditions: [condition('CLOUD_KMS_KEY_ERROR')],
          databaseEncryption: { state: 'ENCRYPTED', currentState: null, keyName: key, errors: [] },
        }),
      ],
    }),
    'a pool waits for recreation: its own rule tells it': observe({
      gkeClusters: [poolSays({ status: 'ERROR', statusMessage: 'Node pool "pool-1" requires recreation.' })],
    }),
  },
  fails: {
    'an error without a message': {
      given: observe({ gkeClusters: [cluster({ status: 'ERROR' })] }),
      finds: { [resource]: /^GKE reports of shop \(europe-west1\): ERROR\.$/ },
    },
    'no machines in the zone': {
      given: observe({
        gkeClusters: [poolSays({ conditions: [condition('GCE_STOCKOUT', 'no machines\nleft.')] })],
      }),
      finds: { [resource]: /pool "pool-1" RUNNING, GCE_STOCKOUT, no machines left\.$/ },
    },
    'a pool runs with an error': {
      given: observe({
        gkeClusters: [poolSays({ status: 'RUNNING_WITH_ERROR', statusMessage: 'Something failed' })],
      }),
      finds: { [resource]: /pool "pool-1" RUNNING_WITH_ERROR, Something failed/ },
    },
    'cluster and pool are one finding': {
      given: observe({
        gkeClusters: [cluster({ status: 'DEGRADED', nodePools: [pool({ status: 'ERROR' })] })],
      }),
      finds: { [resource]: /DEGRADED, pool "pool-1" ERROR/ },
    },
    'degraded, and the certificate lasts': {
      given: observe({ gkeClusters: [cluster({ status: 'DEGRADED' })] }),
      finds: { [resource]: /DEGRADED/ },
    },
    'node permissions are missing by GKE’s word, and are there by the policy': {
      given: observe({ gkeClusters: [saying(missing)] }),
      finds: { [resource]: /NODE_SERVICE_ACCOUNT_MISSING_PERMISSIONS/ },
    },
    'an account was missing, and is there again': {
      given: observe({
        gkeClusters: [
          poolSays({ status: 'ERROR', statusMessage: `Service account ${nodes} does not exist` }),
        ],
      }),
      finds: { [resource]: /does not exist/ },
    },
    'a permission is missing, and nobody who should have it lacks it': {
      given: observe({
        gkeClusters: [
          poolSays({
            status: 'ERROR',
            statusMessage:
              "Google Compute Engine: Required 'compute.regions.get' permission for 'projects/shop-prod'",
          }),
        ],
      }),
      finds: { [resource]: /compute\.regions\.get/ },
    },
  },
});

describe('what another rule tells', () => {
  it('leaves a missing permission to the rule that names whose it is', () => {
    const given = observe({ gkeClusters: [poolSays({ status: 'ERROR', statusMessage: image })] });
    expect(problemsOf(clusterUnhealthy, given)).toEqual([]);
  });

  it('leaves node permissions to the rule that names the account', () => {
    const gkeClusters = [cluster({ conditions: [missing], nodePools: [pool({ version: '1.31.0-gke.1' })] })];
    const given = observe({ gkeClusters, iamPolicy: policy({ without: [nodeRole] }) });
    expect(problemsOf(clusterUnhealthy, given)).toEqual([]);
  });

  it('leaves a deleted account to the rule that restores it', () => {
    const gkeClusters = [
      poolSays({ status: 'ERROR', statusMessage: `Service account ${nodes} does not exist` }),
    ];
    const given = observe({ gkeClusters, gcpServiceAccounts: { [nodes]: { state: 'missing' } } });
    expect(problemsOf(clusterUnhealthy, given)).toEqual([]);
  });
});

it.each([
  ['a cluster in error', cluster({ status: 'ERROR' }), 'critical'],
  ['a pool in error', poolSays({ status: 'ERROR' }), 'high'],
  ['a quota', poolSays({ conditions: [condition('GCE_QUOTA_EXCEEDED')] }), 'medium'],
])('weighs %s', (_, sick, severity) => {
  expect(problemsOf(clusterUnhealthy, observe({ gkeClusters: [sick] }))[0]?.severity).toBe(severity);
});
