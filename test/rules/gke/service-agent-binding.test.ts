import serviceAgentBinding from '../../../shared/rules/gke/service-agent-binding.ts';
import { testRule } from '../rule-tester.ts';
import {
  account,
  agents,
  bind,
  bindUntil,
  blind,
  cluster,
  daysAgo,
  failed,
  observe,
  operation,
  policy,
  problemsOf,
  project,
  removal,
  role,
  roleDefinitions,
} from './gke-observation.ts';
import { quoted } from '../../../shared/words.ts';

const agentRole = 'roles/container.serviceAgent';
const agent = account(agents.gkeAgent);
const unbound = policy({ without: [agentRole] });
const bound = (...also: Parameters<typeof bind>[]) =>
  policy({ without: [agentRole], also: also.map((binding) => bind(...binding)) });
const inFolder = { ...project, parent: 'folders/1' };
const folder = (role: string, member: string) => [
  {
    resource: 'folders/1',
    state: 'read' as const,
    policy: { bindings: [bind(role, member)], auditConfigs: [] },
  },
];
const agentDeleted = cluster({
  conditions: [{ code: 'GKE_SERVICE_ACCOUNT_DELETED', canonicalCode: 'NOT_FOUND', message: 'deleted' }],
});

testRule(serviceAgentBinding, {
  healthy: observe(),
  passes: {
    'a project that does not use GKE': observe({ iamPolicy: unbound, gkeClusters: [], clusterHistory: [] }),
    'the role is inherited from a folder': observe({
      project: inFolder,
      iamPolicy: unbound,
      inheritedPolicies: folder(agentRole, agent),
    }),
    'the email is written in capitals': observe({
      iamPolicy: bound([agentRole, agent.replace('service-', 'SERVICE-')]),
    }),
    'a custom role grants as much': observe({
      iamPolicy: bound(['projects/shop-prod/roles/gke', agent]),
      roleDefinitions: {
        ...roleDefinitions,
        'projects/shop-prod/roles/gke': roleDefinitions[agentRole] ?? role(),
      },
    }),
    'the condition ends in a year': observe({
      iamPolicy: policy({ without: [agentRole], also: [bindUntil(daysAgo(-365), agentRole, agent)] }),
    }),
    'one binding expired, another holds': observe({
      iamPolicy: policy({ also: [bindUntil(daysAgo(3), agentRole, agent)] }),
    }),
    'an ancestor was not read, and the project itself binds it': observe({
      project: inFolder,
      inheritedPolicies: [{ resource: 'folders/1', state: 'unread', why: quoted('denied') }],
    }),
  },
  fails: {
    'an authoritative policy dropped the binding': {
      given: observe({ iamPolicy: unbound, adminActivity: [removal(agentRole, agent)] }),
      finds: {
        [agents.gkeAgent]:
          /lacks roles\/container\.serviceAgent: nothing on projects\/shop-prod or above it grants it/,
      },
    },
    'the binding expired': {
      given: observe({
        iamPolicy: policy({ without: [agentRole], also: [bindUntil(daysAgo(2), agentRole, agent)] }),
      }),
      finds: { [agents.gkeAgent]: /expired on 2026-05-30T06:00:00\.000Z/ },
    },
    'the binding expires in five days': {
      given: observe({
        iamPolicy: policy({ without: [agentRole], also: [bindUntil(daysAgo(-5), agentRole, agent)] }),
      }),
      finds: { [agents.gkeAgent]: /only until 2026-06-06T06:00:00\.000Z/ },
    },
    'the binding belongs to a deleted agent': {
      given: observe({ iamPolicy: bound([agentRole, `deleted:${agent}?uid=123`]) }),
      finds: { [agents.gkeAgent]: /belongs to an account that was deleted/ },
    },
    'the agent of another project has it': {
      given: observe({ iamPolicy: bound([agentRole, agent.replace('123456789012', '999999999999')]) }),
      finds: { [agents.gkeAgent]: /nothing on projects\/shop-prod/ },
    },
    'a custom role that was deleted': {
      given: observe({
        iamPolicy: bound(['projects/shop-prod/roles/gke', agent]),
        roleDefinitions: {
          ...roleDefinitions,
          'projects/shop-prod/roles/gke': {
            state: 'exists',
            value: { permissions: ['compute.instances.create'], stage: 'GA', deleted: true },
          },
        },
      }),
      finds: { [agents.gkeAgent]: { cause: /lacks/, restsOn: ['roleDefinitions'] } },
    },
    'a custom role holds a part': {
      given: observe({
        iamPolicy: bound(['projects/shop-prod/roles/gke', agent]),
        roleDefinitions: { ...roleDefinitions, 'projects/shop-prod/roles/gke': role('compute.regions.get') },
      }),
      finds: { [agents.gkeAgent]: { cause: /grants only a part/, restsOn: ['roleDefinitions'] } },
    },
    'GKE says that its account was deleted, although the binding is there': {
      given: observe({ gkeClusters: [agentDeleted] }),
      finds: { [agents.gkeAgent]: { cause: /GKE reports that .* was deleted/, restsOn: ['gkeClusters'] } },
    },
    'the first cluster could not be made': {
      given: observe({
        iamPolicy: unbound,
        gkeClusters: [],
        clusterHistory: [],
        operations: [
          failed("Required 'compute.regions.get' permission for 'projects/shop-prod'", {
            type: 'CREATE_CLUSTER',
          }),
        ],
      }),
      finds: { [agents.gkeAgent]: { cause: /lacks/, restsOn: ['operations'] } },
    },
    'the clusters were not read, yet an earlier run saw some': {
      given: blind(observe({ iamPolicy: unbound }), 'gkeClusters'),
      finds: { [agents.gkeAgent]: { cause: /lacks/, restsOn: ['clusterHistory'] } },
    },
  },
  unknowns: {
    'a group has the role': {
      given: observe({ iamPolicy: bound([agentRole, 'group:agents@example.com']) }),
      why: /group:agents@example\.com has roles\/container\.serviceAgent/,
    },
    'all service agents of a folder have it': {
      given: observe({
        iamPolicy: bound([
          agentRole,
          'principalSet://cloudresourcemanager.googleapis.com/folders/1/type/ServiceAgent',
        ]),
      }),
      why: /its members are not known/,
    },
    'an ancestor was not read': {
      given: observe({
        project: inFolder,
        iamPolicy: unbound,
        inheritedPolicies: [{ resource: 'folders/1', state: 'unread', why: quoted('denied') }],
      }),
      why: /folders\/1 could not be read/,
    },
    'the condition depends on the request': {
      given: observe({
        iamPolicy: policy({
          without: [agentRole],
          also: [
            {
              role: agentRole,
              members: [agent],
              condition: { title: 'x', expression: 'resource.name.startsWith("projects/_/x")' },
            },
          ],
        }),
      }),
      why: /depends on the request/,
    },
    'the agent is owner, and what its own role holds could not be read': {
      given: blind(observe({ iamPolicy: bound(['roles/owner', agent]) }), 'roleDefinitions'),
      why: /could not be read/,
    },
  },
});

describe('the fix', () => {
  const [removed] = problemsOf(
    serviceAgentBinding,
    observe({ iamPolicy: unbound, adminActivity: [removal(agentRole, agent)] }),
  );

  it('is one proven command with real values', () => {
    expect(removed?.fix.verified).toBe(true);
    expect(removed?.fix.commands).toEqual([
      'gcloud projects add-iam-policy-binding shop-prod --member=serviceAccount:service-123456789012@container-engine-robot.iam.gserviceaccount.com --role=roles/container.serviceAgent --condition=None',
    ]);
    expect(removed?.fix.policy).toMatchObject({
      bindings: expect.arrayContaining([{ role: agentRole, members: [agent] }]) as unknown,
    });
  });

  it('comes with who did it', () => {
    const told = removed?.evidence.find(({ label }) => label === 'Removed by');
    expect(told?.value).toMatch(/^bob@example\.com on 2026-05-31T18:00:00\.000Z \(SetIamPolicy\)/);
  });

  it('makes a deleted agent again before it grants', () => {
    const [problem] = problemsOf(serviceAgentBinding, observe({ gkeClusters: [agentDeleted] }));
    expect(problem?.fix.verified).toBe(false);
    expect(problem?.fix.commands[0]).toBe(
      'gcloud beta services identity create --service=container.googleapis.com --project=shop-prod',
    );
  });

  it('never names Editor', () => {
    expect(JSON.stringify(removed?.fix.commands)).not.toMatch(/editor/i);
  });
});

it('weighs a removal that was undone since as no removal', () => {
  const added = { ...removal(agentRole, agent), id: 'later', time: daysAgo(0.1) };
  const [delta] = added.bindingDeltas;
  const again = { ...added, bindingDeltas: delta ? [{ ...delta, action: 'ADD' as const }] : [] };
  const given = observe({
    iamPolicy: unbound,
    adminActivity: [removal(agentRole, agent), again],
    operations: [operation()],
  });
  const [problem] = problemsOf(serviceAgentBinding, given);
  expect(problem?.evidence.map(({ label }) => label)).not.toContain('Removed by');
});
