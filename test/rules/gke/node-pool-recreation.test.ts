import nodePoolRecreation from '../../../shared/rules/gke/node-pool-recreation.ts';
import { testRule } from '../rule-tester.ts';
import {
  activity,
  authority,
  autopilot,
  cluster,
  daysAgo,
  failed,
  observe,
  oldNodes,
  operation,
  pool,
  problemsOf,
  resource,
  rotationStart,
} from './gke-observation.ts';

const refused = failed('Node pool "pool-1" requires recreation.', {
  type: 'UPDATE_CLUSTER',
  endTime: daysAgo(0.5),
});
const frozen = (end: number | null, scope = 'NO_MINOR_OR_NODE_UPGRADES') =>
  cluster({
    maintenanceExclusions: [
      { name: 'freeze', startTime: daysAgo(10), endTime: end === null ? null : daysAgo(end), scope },
    ],
  });
const elsewhere = cluster({ location: 'us-central1' });

testRule(nodePoolRecreation, {
  healthy: observe(),
  passes: {
    'a rotation of yesterday, whose nodes are still being made anew': observe({
      adminActivity: [rotationStart(1)],
      poolNodes: [oldNodes(100)],
      operations: [operation({ type: 'UPGRADE_NODES', status: 'RUNNING', endTime: null })],
    }),
    'an exclusion without a rotation': observe({ gkeClusters: [frozen(-20)], poolNodes: [] }),
    'the exclusion ends before GKE completes the rotation': observe({
      gkeClusters: [frozen(-2)],
      adminActivity: [rotationStart(3)],
      poolNodes: [oldNodes(100)],
    }),
    'an exclusion of minor versions alone does not keep nodes': observe({
      gkeClusters: [frozen(-20, 'NO_MINOR_UPGRADES')],
      adminActivity: [rotationStart(3)],
      poolNodes: [oldNodes(100)],
    }),
    'every node is younger than the rotation': observe({
      gkeClusters: [frozen(-20)],
      adminActivity: [rotationStart(3)],
      poolNodes: [oldNodes(2)],
    }),
    'refused, and the pool was recreated since': observe({
      operations: [refused, operation({ type: 'UPGRADE_NODES', nodePool: 'pool-1', endTime: daysAgo(0.1) })],
    }),
    'refused, and the certificate is newer than that': observe({
      gkeClusters: [cluster({ caCertificate: authority(0.2, 1000) })],
      operations: [refused],
    }),
    'starting a rotation failed': observe({
      gkeClusters: [frozen(-20)],
      adminActivity: [rotationStart(3, { error: { code: 9, message: 'cluster is busy' } })],
      poolNodes: [oldNodes(100)],
    }),
    'bootstrap certificates that last': observe({
      gkeClusters: [cluster({ nodePools: [pool({ bootstrapCertExpireTime: daysAgo(-90) })] })],
    }),
    'the whole cluster’s certificate ends as soon: that is told for itself': observe({
      gkeClusters: [
        cluster({
          caCertificate: authority(1000, 10),
          nodePools: [pool({ bootstrapCertExpireTime: daysAgo(-10) })],
        }),
      ],
    }),
  },
  fails: {
    'completing a rotation was refused': {
      given: observe({ operations: [refused], adminActivity: [rotationStart(4)], poolNodes: [oldNodes(40)] }),
      finds: {
        [resource]: {
          cause: /GKE refuses an operation on shop \(europe-west1\): pool "pool-1" must be recreated first/,
          restsOn: ['operations'],
        },
      },
    },
    'the log alone tells of it': {
      given: observe({
        adminActivity: [
          activity({
            method: 'google.container.v1.ClusterManager.CompleteIPRotation',
            error: { code: 9, message: 'Node pool "pool-1" requires recreation.' },
          }),
        ],
      }),
      finds: { [resource]: { cause: /GKE refuses/, restsOn: ['adminActivity'] } },
    },
    'another update went well since, which says nothing of this one': {
      given: observe({
        operations: [
          refused,
          operation({ type: 'UPDATE_CLUSTER', startTime: daysAgo(0.1), endTime: daysAgo(0.1) }),
        ],
      }),
      finds: { [resource]: { cause: /GKE refuses/, restsOn: ['operations'] } },
    },
    'two clusters of one name: only the refused one': {
      given: observe({ gkeClusters: [cluster(), elsewhere], operations: [refused] }),
      finds: { [resource]: { cause: /europe-west1/, restsOn: ['operations'] } },
    },
    'a freeze keeps the old nodes beyond the rotation’s week': {
      given: observe({
        gkeClusters: [frozen(-20)],
        adminActivity: [rotationStart(3)],
        poolNodes: [oldNodes(90)],
      }),
      finds: {
        [resource]: {
          cause:
            /will be refused: pool "pool-1" has nodes from before it, and the maintenance exclusion "freeze"/,
          restsOn: ['adminActivity', 'poolNodes'],
        },
      },
    },
    'a freeze without an end': {
      given: observe({
        gkeClusters: [frozen(null)],
        adminActivity: [rotationStart(3)],
        poolNodes: [oldNodes(90)],
      }),
      finds: { [resource]: { cause: /will be refused/, restsOn: ['adminActivity', 'poolNodes'] } },
    },
    'the bootstrap certificate of a pool ends in ten days': {
      given: observe({
        gkeClusters: [cluster({ nodePools: [pool({ bootstrapCertExpireTime: daysAgo(-10) })] })],
      }),
      finds: { [resource]: /bootstrap certificate of pool "pool-1" of shop/ },
    },
  },
});

describe('the fix', () => {
  it('recreates the pool with the version that it has, then completes the rotation', () => {
    const given = observe({
      operations: [refused],
      adminActivity: [rotationStart(4)],
      poolNodes: [oldNodes(40)],
    });
    const [problem] = problemsOf(nodePoolRecreation, given);
    expect(problem?.fix.commands).toEqual([
      'gcloud container clusters upgrade shop --node-pool=pool-1 --cluster-version=1.33.5-gke.1080000 --location=europe-west1 --project=shop-prod --quiet',
      'gcloud container clusters update shop --complete-credential-rotation --location=europe-west1 --project=shop-prod --quiet',
    ]);
  });

  it('recreates the nodes of Autopilot by the version of the cluster', () => {
    const given = observe({ gkeClusters: [autopilot({ name: 'shop' })], operations: [refused] });
    expect(problemsOf(nodePoolRecreation, given)[0]?.fix.commands).toEqual([
      'gcloud container clusters upgrade shop --cluster-version=1.33.5-gke.1080000 --location=europe-west1 --project=shop-prod --quiet',
    ]);
  });

  it('quotes a pool name that a stranger wrote', () => {
    const hostile = failed('Node pool "x; rm -rf $HOME" requires recreation.', { type: 'UPDATE_CLUSTER' });
    const [problem] = problemsOf(nodePoolRecreation, observe({ operations: [hostile] }));
    expect(problem?.fix.commands[0]).toContain("--node-pool='x; rm -rf $HOME'");
  });
});

it('tells the day on which the cluster turns bad', () => {
  const given = observe({
    gkeClusters: [frozen(-20)],
    adminActivity: [rotationStart(3)],
    poolNodes: [oldNodes(90)],
  });
  const values = problemsOf(nodePoolRecreation, given)[0]
    ?.evidence.map(({ value }) => value)
    .join('\n');
  expect(values).toMatch(/GKE tries to complete it from 2026-06-05T06:00:00\.000Z on/);
  expect(values).toMatch(/the cluster turns DEGRADED on 20/);
});

it('is over once the rotation was completed, where the log tells', () => {
  const method = 'google.container.v1.ClusterManager.CompleteIPRotation';
  const adminActivity = [rotationStart(3), activity({ method, time: daysAgo(0.2) })];
  expect(problemsOf(nodePoolRecreation, observe({ operations: [refused], adminActivity }))).toEqual([]);
});
