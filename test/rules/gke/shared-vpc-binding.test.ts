import sharedVpcBinding from '../../../shared/rules/gke/shared-vpc-binding.ts';
import type { GcpFacts } from '../../../shared/observation.ts';
import { testRule } from '../rule-tester.ts';
import {
  account,
  agents,
  bind,
  bindUntil,
  cluster,
  daysAgo,
  observe,
  problemsOf,
  project,
  role,
  roleDefinitions,
} from './gke-observation.ts';
import { quoted } from '../../../shared/words.ts';

const subnet = 'projects/host-net/regions/europe-west1/subnetworks/nodes';
const shared = cluster({ network: 'projects/host-net/global/networks/main', subnetwork: subnet });
const hostRole = 'roles/container.hostServiceAgentUser';
const networkRole = 'roles/compute.networkUser';
const [gke, apis] = [account(agents.gkeAgent), account(agents.apisAgent)];
const hostAgent = bind(hostRole, gke);
const users = bind(networkRole, gke, apis);
const onHost = (email: string) => `${email} on projects/host-net`;

type Host = NonNullable<GcpFacts['hostProjects'][string]>;
type Bindings = ReturnType<typeof bind>[];

function host(
  onProject: Bindings,
  onSubnet: Bindings | null = [],
  changes: Partial<Host> = {},
): GcpFacts['hostProjects'] {
  return {
    'host-net': {
      services: { 'container.googleapis.com': 'ENABLED' },
      policies: [
        { resource: 'projects/host-net', state: 'read', policy: { bindings: onProject, auditConfigs: [] } },
      ],
      subnetworks: onSubnet
        ? { [subnet]: { state: 'exists', value: { bindings: onSubnet, auditConfigs: [] } } }
        : {},
      ...changes,
    },
  };
}

const unreadSubnet = {
  subnetworks: {
    [subnet]: { state: 'unread' as const, why: quoted('compute.subnetworks.getIamPolicy was denied') },
  },
};

testRule(sharedVpcBinding, {
  healthy: observe({ gkeClusters: [shared], hostProjects: host([hostAgent], [users]) }),
  passes: {
    'a network of its own': observe({ hostProjects: {} }),
    'its own project, named by number': observe({
      gkeClusters: [
        cluster({ network: `projects/${project.number}/global/networks/default`, subnetwork: null }),
      ],
      hostProjects: {},
    }),
    'network user on the whole host project': observe({
      gkeClusters: [shared],
      hostProjects: host([hostAgent, users], []),
    }),
    'on the whole host project, and the subnetwork was not read': observe({
      gkeClusters: [shared],
      hostProjects: host([hostAgent, users], null, unreadSubnet),
    }),
    'a custom role that holds no more than it must': observe({
      gkeClusters: [shared],
      hostProjects: host([hostAgent], [bind('projects/host-net/roles/gke', gke, apis)]),
      roleDefinitions: { ...roleDefinitions, 'projects/host-net/roles/gke': role('compute.subnetworks.use') },
    }),
    'inherited from the host’s folder': observe({
      gkeClusters: [shared],
      hostProjects: host([], [], {
        policies: [
          { resource: 'projects/host-net', state: 'read', policy: { bindings: [], auditConfigs: [] } },
          {
            resource: 'folders/7',
            state: 'read',
            policy: { bindings: [hostAgent, users], auditConfigs: [] },
          },
        ],
      }),
    }),
  },
  fails: {
    'the GKE agent has nothing there': {
      given: observe({ gkeClusters: [shared], hostProjects: host([], [bind(networkRole, apis)]) }),
      finds: {
        [onHost(agents.gkeAgent)]: {
          cause:
            /lacks roles\/container\.hostServiceAgentUser on projects\/host-net and roles\/compute\.networkUser on projects\/host-net\/regions/,
          restsOn: ['hostProjects'],
        },
      },
    },
    'nobody may use the subnetwork': {
      given: observe({ gkeClusters: [shared], hostProjects: host([hostAgent], []) }),
      finds: {
        [onHost(agents.gkeAgent)]: { cause: /networkUser/, restsOn: ['hostProjects', 'roleDefinitions'] },
        [onHost(agents.apisAgent)]: {
          cause: /^The Google APIs service agent lacks/,
          restsOn: ['hostProjects'],
        },
      },
    },
    'the binding expired': {
      given: observe({
        gkeClusters: [shared],
        hostProjects: host([bindUntil(daysAgo(1), hostRole, gke)], [users]),
      }),
      finds: { [onHost(agents.gkeAgent)]: { cause: /hostServiceAgentUser/, restsOn: ['hostProjects'] } },
    },
    'the API is off in the host project': {
      given: observe({
        gkeClusters: [shared],
        hostProjects: host([hostAgent], [users], { services: { 'container.googleapis.com': 'DISABLED' } }),
      }),
      finds: {
        'projects/host-net/services/container.googleapis.com': {
          cause: /is disabled in host-net/,
          restsOn: ['hostProjects'],
        },
      },
    },
  },
  unknowns: {
    'the host project was not read': {
      given: observe({ gkeClusters: [shared], hostProjects: {} }),
      why: /network of host-net: its policy was not read/,
    },
    'the subnetwork was not read': {
      given: observe({ gkeClusters: [shared], hostProjects: host([hostAgent], null, unreadSubnet) }),
      why: /compute\.subnetworks\.getIamPolicy was denied/,
    },
    'its APIs were not read': {
      given: observe({ gkeClusters: [shared], hostProjects: host([hostAgent], [users], { services: null }) }),
      why: /whether container\.googleapis\.com is enabled in host project host-net/,
    },
  },
});

it('prints one proven command for each binding', () => {
  const [problem] = problemsOf(
    sharedVpcBinding,
    observe({ gkeClusters: [shared], hostProjects: host([], [bind(networkRole, apis)]) }),
  );
  expect(problem?.fix.verified).toBe(true);
  expect(problem?.fix.commands).toEqual([
    `gcloud projects add-iam-policy-binding host-net --member=${gke} --role=${hostRole} --condition=None`,
    `gcloud compute networks subnets add-iam-policy-binding nodes --region=europe-west1 --member=${gke} --role=${networkRole} --project=host-net`,
  ]);
  expect(Object.keys(problem?.fix.policy as object)).toEqual(['projects/host-net', subnet]);
  expect(Object.keys(problem?.fix.currentPolicy as object)).toEqual(['projects/host-net', subnet]);
});
