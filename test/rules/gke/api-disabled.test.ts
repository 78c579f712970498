import apiDisabled from '../../../shared/rules/gke/api-disabled.ts';
import { testRule } from '../rule-tester.ts';
import {
  account,
  activity,
  agents,
  bind,
  blind,
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
    'another API that is off': observe({ services: { ...off(), 'logging.googleapis.com': 'DISABLED' } }),
    'a project without clusters whose API states are not told': observe({ ...neverUsed, services: {} }),
  },
  fails: {
    'the container API is off while clusters are known from an earlier run': {
      given: blind(observe({ services: off('container'), adminActivity: [turnedOff] }), 'gkeClusters'),
      finds: {
        'projects/shop-prod/services/container.googleapis.com':
          /^container\.googleapis\.com is disabled in project shop-prod/,
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
    'the clusters cannot be listed since somebody turned the API off': {
      given: blind(
        observe({
          services: off('container'),
          clusterHistory: [],
          adminActivity: [turnedOff],
          iamPolicy: policy({
            without: ['roles/container.serviceAgent'],
            also: [bind('roles/x', account(agents.apisAgent))],
          }),
        }),
        'gkeClusters',
      ),
      finds: {
        'projects/shop-prod/services/container.googleapis.com': {
          cause: /disabled/,
          restsOn: ['adminActivity'],
        },
      },
    },
  },
  unknowns: {
    'the API is off and nothing tells whether GKE is used': {
      given: blind(observe({ ...neverUsed, services: off('container') }), 'gkeClusters'),
      why: /its clusters were not read/,
    },
    'the API is off and the agent of GKE still has its role': {
      given: blind(observe({ services: off('container'), clusterHistory: [] }), 'gkeClusters'),
      why: /container-engine-robot.* has roles\/container\.serviceAgent/,
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
