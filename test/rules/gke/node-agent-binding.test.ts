import nodeAgentBinding from '../../../shared/rules/gke/node-agent-binding.ts';
import { testRule } from '../rule-tester.ts';
import {
  account,
  agents,
  autopilot,
  bind,
  cluster,
  nodeRole,
  observe,
  policy,
  pool,
  problemsOf,
} from './gke-observation.ts';

const agentRole = 'roles/container.defaultNodeServiceAgent';
const without = policy({ without: [agentRole] });
const of = (version: string) =>
  cluster({ masterVersion: version, nodeVersion: version, nodePools: [pool({ version })] });

testRule(nodeAgentBinding, {
  healthy: observe(),
  passes: {
    'nodes of 1.32 log with their own account': observe({
      iamPolicy: without,
      gkeClusters: [of('1.32.4-gke.1')],
    }),
    'a newer control plane over nodes of 1.32': observe({
      iamPolicy: without,
      gkeClusters: [
        cluster({ masterVersion: '1.34.1-gke.1', nodePools: [pool({ version: '1.32.4-gke.1' })] }),
      ],
    }),
    'logging and monitoring are off': observe({
      iamPolicy: without,
      gkeClusters: [cluster({ loggingService: 'none', monitoringService: 'none' })],
    }),
    'no clusters': observe({ iamPolicy: without, gkeClusters: [] }),
    'a version that cannot be read': observe({ iamPolicy: without, gkeClusters: [of('latest')] }),
  },
  fails: {
    'nodes of 1.34': {
      given: observe({ iamPolicy: without, gkeClusters: [of('1.34.1-gke.1829001')] }),
      finds: {
        [agents.nodeAgent]: /^The GKE node service agent lacks roles\/container\.defaultNodeServiceAgent/,
      },
    },
    'Autopilot, which lists no pools': {
      given: observe({
        iamPolicy: without,
        gkeClusters: [autopilot({ masterVersion: '1.35.0-gke.1', nodeVersion: '1.35.0-gke.1' })],
      }),
      finds: { [agents.nodeAgent]: /lacks/ },
    },
    'one new pool beside an old one': {
      given: observe({
        iamPolicy: without,
        gkeClusters: [
          cluster({
            nodePools: [pool({ version: '1.32.4-gke.1' }), pool({ name: 'new', version: '1.34.0-gke.2' })],
          }),
        ],
      }),
      finds: { [agents.nodeAgent]: /lacks/ },
    },
    '1.33, for which Google documents both ways, and the account has nothing either': {
      given: observe({ iamPolicy: policy({ without: [agentRole, nodeRole] }) }),
      finds: { [agents.nodeAgent]: /lacks/ },
    },
  },
  unknowns: {
    'a group has the role': {
      given: observe({
        iamPolicy: policy({ without: [agentRole], also: [bind(agentRole, 'group:agents@example.com')] }),
      }),
      why: /group:agents@example\.com/,
    },
  },
});

it('is of low severity for 1.33 where the node accounts have what they need', () => {
  const [problem] = problemsOf(nodeAgentBinding, observe({ iamPolicy: without }));
  expect(problem?.severity).toBe('low');
  expect(problem?.fix.commands.join()).toContain(account(agents.nodeAgent));
});
