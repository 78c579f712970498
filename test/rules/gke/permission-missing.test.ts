import permissionMissing from '../../../shared/rules/gke/permission-missing.ts';
import { testRule } from '../rule-tester.ts';
import {
  account,
  activity,
  agents,
  bind,
  blind,
  cluster,
  daysAgo,
  failed,
  nodes,
  observe,
  operation,
  policy,
  pool,
  problemsOf,
  role,
  roleDefinitions,
} from './gke-observation.ts';
import { inLanguage } from '../../../shared/words.ts';

const acting = (permission: string, email: string, resource = 'projects/shop-prod/global/images/golden') =>
  `[PERMISSIONS_ERROR]: Instance 'gke-shop-1' creation failed: Required '${permission}' permission for '${resource}' (when acting as '${email}')`;
const images = acting('compute.images.useReadOnly', agents.apisAgent);
const retry = (permission: string, resource = 'projects/shop-prod/regions/europe-west1') =>
  `Retry budget exhausted: Google Compute Engine: Required permission '${permission}' for '${resource}'.`;
const apis = `${agents.apisAgent} on projects/shop-prod: roles/compute.imageUser`;
const actAs = `The user does not have access to service account "${nodes}". Ask a project owner to grant you the iam.serviceAccountUser role.`;

testRule(permissionMissing, {
  healthy: observe(),
  passes: {
    'the operation was tried again and went well': observe({
      operations: [failed(images), operation({ name: 'operation-2', startTime: daysAgo(0.1) })],
    }),
    'the agent lacks its whole role: that is the root cause, told elsewhere': observe({
      operations: [failed(retry('compute.regions.get'))],
      iamPolicy: policy({ without: ['roles/container.serviceAgent'] }),
    }),
    'the Google APIs agent lacks its whole role': observe({
      operations: [failed(images)],
      iamPolicy: policy({ without: ['roles/compute.instanceGroupManagerServiceAgent'] }),
    }),
    'nodes of 1.32 lack the permissions of nodes': observe({
      gkeClusters: [cluster({ nodePools: [pool({ version: '1.32.0-gke.1' })] })],
      operations: [
        failed("Permission 'logging.logEntries.create' denied on resource 'projects/shop-prod'", {
          nodePool: 'pool-1',
        }),
      ],
      iamPolicy: policy({ without: ['roles/container.defaultNodeServiceAccount'] }),
    }),
    'a person lacks a permission of GKE: that is the caller’s own': observe({
      operations: [failed('Required "container.clusters.create" permission(s) for "projects/shop-prod".')],
    }),
    'a quota': observe({
      operations: [failed("Quota 'CPUS' exceeded. Limit: 24.0 in region europe-west1.")],
    }),
    'the caller may use the account by now': observe({
      adminActivity: [activity({ error: { code: 7, message: actAs }, principal: 'bob@example.com' })],
      serviceAccountPolicies: {
        [nodes]: {
          state: 'exists',
          value: {
            bindings: [bind('roles/iam.serviceAccountUser', 'user:bob@example.com')],
            auditConfigs: [],
          },
        },
      },
      roleDefinitions: {
        ...roleDefinitions,
        'roles/iam.serviceAccountUser': role('iam.serviceAccounts.actAs'),
      },
    }),
  },
  fails: {
    'a custom image that the Google APIs agent may not read': {
      given: observe({ operations: [failed(images)] }),
      finds: {
        [apis]: {
          cause:
            /^The Google APIs service agent .* lacks compute\.images\.useReadOnly on projects\/shop-prod\/global\/images\/golden/,
          restsOn: ['operations', 'roleDefinitions'],
        },
      },
    },
    'the same in the log and in the operation is one finding': {
      given: observe({
        operations: [failed(images)],
        adminActivity: [activity({ error: { code: 7, message: images } })],
      }),
      finds: { [apis]: { cause: /lacks/, restsOn: ['roleDefinitions'] } },
    },
    'a permission for which no role is documented': {
      given: observe({ operations: [failed(acting('compute.reservations.use', agents.apisAgent))] }),
      finds: {
        [`${agents.apisAgent} on projects/shop-prod: compute.reservations.use`]: {
          cause: /lacks compute\.reservations\.use/,
          restsOn: ['operations', 'roleDefinitions'],
        },
      },
    },
    'nobody is named, and only the Compute agent lacks what its own role holds': {
      given: observe({
        operations: [failed(retry('compute.instances.list'))],
        iamPolicy: policy({ without: ['roles/compute.serviceAgent'] }),
        roleDefinitions: {
          ...roleDefinitions,
          'roles/container.serviceAgent': role('compute.instances.list'),
        },
      }),
      finds: {
        [`${agents.computeAgent} on projects/shop-prod: roles/compute.serviceAgent`]: {
          cause: /^The Compute Engine service agent .* lacks compute\.instances\.list/,
          restsOn: ['operations', 'roleDefinitions'],
        },
      },
    },
    'the status of a pool says it': {
      given: observe({
        gkeClusters: [cluster({ nodePools: [pool({ status: 'ERROR', statusMessage: images })] })],
      }),
      finds: { [apis]: { cause: /lacks/, restsOn: ['roleDefinitions'] } },
    },
    'the GKE agent on a host project whose networks no cluster uses': {
      given: observe({
        operations: [
          failed('required "container.hostServiceAgent.use" permission(s) for "projects/host-net"', {
            type: 'CREATE_CLUSTER',
          }),
        ],
        hostProjects: {
          'host-net': {
            services: null,
            subnetworks: {},
            policies: [{ resource: 'projects/host-net', state: 'read', policy: policy() }],
          },
        },
        roleDefinitions: { ...roleDefinitions, 'roles/container.serviceAgent': role('compute.regions.get') },
        iamPolicy: policy(),
      }),
      finds: {
        [`${agents.gkeAgent} on projects/host-net: roles/container.hostServiceAgentUser`]: {
          cause: /lacks container\.hostServiceAgent\.use on projects\/host-net/,
          restsOn: ['operations', 'hostProjects', 'roleDefinitions'],
        },
      },
    },
    'the caller may not use the account of the nodes': {
      given: observe({
        adminActivity: [activity({ error: { code: 7, message: actAs }, principal: 'bob@example.com' })],
        serviceAccountPolicies: { [nodes]: { state: 'exists', value: { bindings: [], auditConfigs: [] } } },
      }),
      finds: {
        [`user:bob@example.com on ${nodes}`]: {
          cause: /If it should not, nothing is broken/,
          restsOn: ['adminActivity', 'serviceAccountPolicies'],
        },
      },
    },
  },
  unknowns: {
    'whoever should have it has it by now': {
      given: observe({ operations: [failed(retry('compute.regions.get'))] }),
      why: /no identity that should have it lacks it now/,
    },
    'a resource of a project that was not read': {
      given: observe({
        operations: [failed(retry('compute.subnetworks.use', 'projects/other/regions/r/subnetworks/s'))],
      }),
      why: /projects\/other could not be read: it belongs to another project/,
    },
    'no role definition was read': {
      given: blind(observe({ operations: [failed(images)] }), 'roleDefinitions'),
      why: /could not be read/,
    },
    'the message does not name the caller': {
      given: observe({ operations: [failed(actAs)] }),
      why: /does not name the caller/,
    },
  },
});

describe('the fix', () => {
  it('is proven where a role is documented for the permission', () => {
    const [problem] = problemsOf(permissionMissing, observe({ operations: [failed(images)] }));
    expect(problem?.fix.verified).toBe(true);
    expect(problem?.fix.commands).toEqual([
      `gcloud projects add-iam-policy-binding shop-prod --member=${account(agents.apisAgent)} --role=roles/compute.imageUser --condition=None`,
    ]);
  });

  it('is advice where the role could not be read, so that nothing is proven', () => {
    const known = Object.fromEntries(
      Object.entries(roleDefinitions).filter(([name]) => name !== 'roles/compute.imageUser'),
    );
    const [problem] = problemsOf(
      permissionMissing,
      observe({ operations: [failed(images)], roleDefinitions: known }),
    );
    expect(problem?.fix).toMatchObject({ verified: false, commands: [] });
  });

  it('grants nobody the right to act as an account', () => {
    const given = observe({
      adminActivity: [activity({ error: { code: 7, message: actAs } })],
      serviceAccountPolicies: { [nodes]: { state: 'exists', value: { bindings: [], auditConfigs: [] } } },
    });
    expect(problemsOf(permissionMissing, given)[0]?.fix.commands).toEqual([]);
  });
});

it('shows how every identity stands', () => {
  const [problem] = problemsOf(permissionMissing, observe({ operations: [failed(images)] }));
  const stands = problem?.evidence.filter(({ label }) => label === 'compute.images.useReadOnly') ?? [];
  expect(stands.map(({ value }) => inLanguage(value, 'en').split(' ')[0])).toEqual([
    'GKE',
    'Google',
    'Compute',
    'GKE',
    'node',
  ]);
});
