import apiDisabled from '../../../shared/rules/gke/api-disabled.ts';
import { testRule } from '../rule-tester.ts';
import {
  activity,
  blind,
  daysAgo,
  observe,
  oldNodes,
  operation,
  policy,
  problemsOf,
} from './gke-observation.ts';

const off = (...apis: string[]) => ({
  'container.googleapis.com': apis.includes('container') ? 'DISABLED' : 'ENABLED',
  'compute.googleapis.com': apis.includes('compute') ? 'DISABLED' : 'ENABLED',
});
const neverUsed = {
  gkeClusters: [],
  clusterHistory: [],
  iamPolicy: policy({ without: ['roles/container.serviceAgent'] }),
};
const turnedOff = activity({
  service: 'serviceusage.googleapis.com',
  method: 'google.api.serviceusage.v1.ServiceUsage.DisableService',
  resource: 'projects/123456789012/services/container.googleapis.com',
  labels: {},
});

testRule(apiDisabled, {
  healthy: observe(),
  passes: {
    'a project that never saw GKE may leave both APIs off': observe({
      ...neverUsed,
      services: off('container', 'compute'),
    }),
    'the agent keeps its role where GKE is no longer used: no cluster is left, and none was seen lately':
      observe({
        services: off('container'),
        gkeClusters: [],
        clusterHistory: [],
      }),
    'turned off on purpose, after its clusters were deleted': observe({
      services: off('container'),
      gkeClusters: [],
      clusterHistory: [],
      adminActivity: [turnedOff, activity({ method: 'google.container.v1.ClusterManager.DeleteCluster' })],
    }),
    'a cluster that was made and deleted weeks ago': observe({
      ...neverUsed,
      services: off('container', 'compute'),
      adminActivity: [
        activity({ method: 'google.container.v1.ClusterManager.CreateCluster', time: daysAgo(20) }),
      ],
    }),
    'another API that is off': observe({ services: { ...off(), 'logging.googleapis.com': 'DISABLED' } }),
    'a project without clusters whose API states are not told': observe({ ...neverUsed, services: {} }),
  },
  fails: {
    'the container API is off while clusters are known from an earlier run': {
      given: blind(observe({ services: off('container'), adminActivity: [turnedOff] }), 'gkeClusters'),
      finds: {
        'projects/shop-prod/services/container.googleapis.com': {
          cause: /^container\.googleapis\.com is disabled in project shop-prod/,
          restsOn: ['clusterHistory'],
        },
      },
    },
    'Compute is off under running clusters': {
      given: observe({ services: off('compute'), clusterHistory: [] }),
      finds: {
        'projects/shop-prod/services/compute.googleapis.com': {
          cause: /compute\.googleapis\.com is disabled .* which uses GKE/,
          restsOn: ['gkeClusters'],
        },
      },
    },
    'both are off, and that is one finding': {
      given: observe({ services: off('container', 'compute') }),
      finds: {
        'projects/shop-prod/services/container.googleapis.com':
          /container\.googleapis\.com and compute\.googleapis\.com are disabled/,
      },
    },
    'making the first cluster failed': {
      given: observe({
        services: off('compute'),
        gkeClusters: [],
        clusterHistory: [],
        operations: [operation({ type: 'CREATE_CLUSTER', error: { code: 9, message: 'API not enabled' } })],
      }),
      finds: {
        'projects/shop-prod/services/compute.googleapis.com': {
          cause: /which uses GKE/,
          restsOn: ['operations'],
        },
      },
    },
    'the log alone tells that making a cluster failed': {
      given: observe({
        services: off('container'),
        gkeClusters: [],
        clusterHistory: [],
        adminActivity: [
          activity({
            method: 'google.container.v1.ClusterManager.CreateCluster',
            error: {
              code: 9,
              message: 'Kubernetes Engine API has not been used in project before or it is disabled',
            },
          }),
        ],
      }),
      finds: {
        'projects/shop-prod/services/container.googleapis.com': {
          cause: /which uses GKE/,
          restsOn: ['adminActivity'],
        },
      },
    },
    'the clusters cannot be listed, and their nodes run': {
      given: blind(
        observe({ services: off('container'), clusterHistory: [], poolNodes: [oldNodes(3)] }),
        'gkeClusters',
      ),
      finds: {
        'projects/shop-prod/services/container.googleapis.com': {
          cause: /which uses GKE/,
          restsOn: ['poolNodes'],
        },
      },
    },
  },
  unknowns: {
    'the API is off and nothing tells whether GKE is used': {
      given: blind(observe({ ...neverUsed, services: off('container') }), 'gkeClusters', 'poolNodes'),
      why: /neither its clusters nor its nodes were read$/,
    },
    'the API is off and the agent of GKE still has its role': {
      given: blind(observe({ services: off('container'), clusterHistory: [] }), 'gkeClusters', 'poolNodes'),
      why: /container-engine-robot.* has roles\/container\.serviceAgent/,
    },
    'somebody turned it off, and neither clusters nor nodes can be looked for': {
      given: blind(
        observe({ ...neverUsed, services: off('container'), adminActivity: [turnedOff] }),
        'gkeClusters',
        'poolNodes',
      ),
      why: /it was turned off by bob@example\.com on 2026-05-31T18:00:00\.000Z/,
    },
    'the answer leaves out an API that clusters need': {
      given: observe({ services: { 'container.googleapis.com': 'ENABLED' } }),
      why: /compute\.googleapis\.com was not told/,
    },
  },
});

it('names who turned the API off, and the command that repairs it', () => {
  const facts = { services: off('container'), adminActivity: [turnedOff] };
  const [problem] = problemsOf(apiDisabled, observe(facts));
  expect(problem?.evidence).toContainEqual({
    label: 'Turned off by',
    value: expect.stringMatching(
      /^bob@example\.com on 2026-05-31T18:00:00\.000Z \(DisableService\)/,
    ) as string,
  });
  expect(problem?.fix.commands).toEqual([
    'gcloud services enable container.googleapis.com --project=shop-prod',
  ]);
});

it('does not count a cluster that somebody deleted', () => {
  const adminActivity = [activity({ method: 'google.container.v1.ClusterManager.DeleteCluster' })];
  const given = { services: off('container'), gkeClusters: [], adminActivity };
  expect(problemsOf(apiDisabled, observe(given))).toEqual([]);
  expect(problemsOf(apiDisabled, observe({ ...given, adminActivity: [] }))).toHaveLength(1);
});
