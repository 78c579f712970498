import type { container_v1 } from '@googleapis/container';
import { parseCluster, parseOperation } from '../../../shared/collect/gcp/parse-cluster.ts';

const clusters: Record<string, { given: container_v1.Schema$Cluster; expected: object }> = {
  'a cluster with nothing in it': {
    given: {},
    expected: {
      name: '',
      status: 'STATUS_UNSPECIFIED',
      conditions: [],
      autopilot: false,
      endpoint: null,
      dnsEndpoint: null,
      caCertificate: null,
      databaseEncryption: null,
      autoprovisioning: null,
      maintenanceExclusions: [],
      nodePools: [],
      workloadPool: null,
    },
  },
  'an old cluster that names its zone only': {
    given: { name: 'c', zone: 'europe-west1-b' },
    expected: { location: 'europe-west1-b', resource: 'projects/p/locations/europe-west1-b/clusters/c' },
  },
  'an Autopilot cluster, whose account stands in its defaults': {
    given: {
      autopilot: { enabled: true },
      autoscaling: { autoprovisioningNodePoolDefaults: { serviceAccount: 'a@p.iam.gserviceaccount.com' } },
    },
    expected: {
      autopilot: true,
      autoprovisioning: { serviceAccount: 'a@p.iam.gserviceaccount.com', bootDiskKmsKey: null },
    },
  },
  'an Autopilot cluster without defaults': {
    given: { autopilot: { enabled: true } },
    expected: { autoprovisioning: { serviceAccount: null, bootDiskKmsKey: null } },
  },
  'defaults that are left over where auto-provisioning is off': {
    given: { autoscaling: { autoprovisioningNodePoolDefaults: { serviceAccount: 'default' } } },
    expected: { autoprovisioning: null },
  },
  'a DNS endpoint that is closed from outside': {
    given: { controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: 'gke-1.example' } } },
    expected: { dnsEndpoint: { host: 'gke-1.example', allowExternalTraffic: false } },
  },
  'an exclusion without scope and end': {
    given: {
      maintenancePolicy: {
        window: { maintenanceExclusions: { freeze: { startTime: '2026-01-01T00:00:00Z' } } },
      },
    },
    expected: {
      maintenanceExclusions: [
        { name: 'freeze', startTime: '2026-01-01T00:00:00Z', endTime: null, scope: null },
      ],
    },
  },
  'a failed use of a key': {
    given: {
      databaseEncryption: {
        state: 'ENCRYPTED',
        currentState: 'CURRENT_STATE_ENCRYPTION_ERROR',
        keyName: 'k',
        lastOperationErrors: [{ keyName: 'k', errorMessage: 'disabled', timestamp: '2026-01-01T00:00:00Z' }],
      },
    },
    expected: {
      databaseEncryption: { errors: [{ keyName: 'k', message: 'disabled', time: '2026-01-01T00:00:00Z' }] },
    },
  },
  'pools, with the earlier of their two certificates': {
    given: {
      nodePools: [
        {
          name: 'a',
          kubeletCertInfo: {
            tpmBootstrapCertExpireTime: '2027-01-01T00:00:00Z',
            nonTpmBootstrapCertExpireTime: '2026-09-01T00:00:00Z',
          },
        },
        { name: 'b', config: { workloadMetadataConfig: {} } },
      ],
    },
    expected: {
      nodePools: [
        { name: 'a', bootstrapCertExpireTime: '2026-09-01T00:00:00Z', serviceAccount: null, nodeCount: null },
        { name: 'b', bootstrapCertExpireTime: null, workloadMetadataMode: null },
      ],
    },
  },
  'the nodes of a cluster with one pool': {
    given: { currentNodeCount: 3, nodePools: [{ name: 'a' }] },
    expected: { nodePools: [{ nodeCount: 3 }] },
  },
};

it.each(Object.entries(clusters))('reads %s', (_, { given, expected }) => {
  expect(parseCluster('p', given)).toMatchObject(expected);
});

const operations: Record<string, { given: container_v1.Schema$Operation; expected: object }> = {
  'an operation on a pool': {
    given: { targetLink: 'https://container.googleapis.com/v1/projects/1/zones/z/clusters/c/nodePools/np' },
    expected: { cluster: 'c', nodePool: 'np', error: null },
  },
  'an operation on a cluster': {
    given: { targetLink: 'https://container.googleapis.com/v1/projects/1/locations/l/clusters/c' },
    expected: { cluster: 'c', nodePool: null },
  },
  'an operation on neither': { given: {}, expected: { cluster: null, nodePool: null, location: '' } },
  'a failure': {
    given: { status: 'DONE', error: { code: 7, message: 'no' } },
    expected: { error: { code: 7, message: 'no' } },
  },
  'a failure that only the old field tells': {
    given: { status: 'DONE', statusMessage: 'Node pool "a" requires recreation.' },
    expected: { error: { code: null, message: 'Node pool "a" requires recreation.' } },
  },
  'progress in the old field, which is no failure': {
    given: { status: 'RUNNING', statusMessage: 'Recreating nodes' },
    expected: { error: null },
  },
};

it.each(Object.entries(operations))('reads %s', (_, { given, expected }) => {
  expect(parseOperation(given)).toMatchObject(expected);
});
