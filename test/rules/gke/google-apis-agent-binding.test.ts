import googleApisAgentBinding from '../../../shared/rules/gke/google-apis-agent-binding.ts';
import { testRule } from '../rule-tester.ts';
import {
  account,
  agents,
  bind,
  blind,
  daysAgo,
  bindUntil,
  observe,
  policy,
  problemsOf,
  removal,
  role,
  roleDefinitions,
} from './gke-observation.ts';

const migRole = 'roles/compute.instanceGroupManagerServiceAgent';
const agent = account(agents.apisAgent);
const without = policy({ without: [migRole] });
const having = (name: string) => policy({ without: [migRole], also: [bind(name, agent)] });

testRule(googleApisAgentBinding, {
  healthy: observe(),
  passes: {
    'an older project, where it is Editor': observe({ iamPolicy: having('roles/editor') }),
    'both roles': observe({ iamPolicy: policy({ also: [bind('roles/editor', agent)] }) }),
    owner: observe({ iamPolicy: having('roles/owner') }),
    'Editor by its name alone, for no role could be read': observe({
      iamPolicy: having('roles/editor'),
      roleDefinitions: {},
    }),
    'a custom role grants as much': observe({
      iamPolicy: having('projects/shop-prod/roles/mig'),
      roleDefinitions: {
        ...roleDefinitions,
        'projects/shop-prod/roles/mig': roleDefinitions[migRole] ?? role(),
      },
    }),
    'a project that does not use GKE': observe({ iamPolicy: without, gkeClusters: [], clusterHistory: [] }),
  },
  fails: {
    'neither role': {
      given: observe({ iamPolicy: without }),
      finds: {
        [agents.apisAgent]: /lacks roles\/compute\.instanceGroupManagerServiceAgent \(or roles\/editor/,
      },
    },
    'a role that is for something else': {
      given: observe({ iamPolicy: having('roles/logging.logWriter') }),
      finds: { [agents.apisAgent]: { cause: /lacks/, restsOn: ['roleDefinitions'] } },
    },
    'Editor expired': {
      given: observe({
        iamPolicy: policy({ without: [migRole], also: [bindUntil(daysAgo(1), 'roles/editor', agent)] }),
      }),
      finds: { [agents.apisAgent]: /roles\/editor on projects\/shop-prod expired/ },
    },
  },
  unknowns: {
    'a group is Editor': {
      given: observe({
        iamPolicy: policy({ without: [migRole], also: [bind('roles/editor', 'group:all@example.com')] }),
      }),
      why: /group:all@example\.com/,
    },
    'it has a role that could not be read': {
      given: blind(observe({ iamPolicy: having('projects/shop-prod/roles/mig') }), 'roleDefinitions'),
      why: /could not be read/,
    },
  },
});

it('grants the smaller role, and finds who took Editor away', () => {
  const given = observe({ iamPolicy: without, adminActivity: [removal('roles/editor', agent)] });
  const [problem] = problemsOf(googleApisAgentBinding, given);
  expect(problem?.fix.verified).toBe(true);
  expect(problem?.fix.commands.join()).toMatch(/--role=roles\/compute\.instanceGroupManagerServiceAgent/);
  expect(problem?.fix.commands.join()).not.toMatch(/editor/);
  expect(problem?.evidence.find(({ label }) => label === 'Removed by')?.value).toMatch(/^bob@example\.com/);
});
