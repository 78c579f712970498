import { failuresOf } from '../../domain/google-failure.ts';
import { agentNames, gkeIdentities } from '../../domain/google-identity.ts';
import { accessTo, apisAgentRole, judgeApisAgent } from '../../domain/google-project.ts';
import { signOfUse } from '../../domain/google-usage.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { agentOutcome } from './telling/agent-problem.ts';

export default rule({
  id: 'gke/google-apis-agent-binding',
  title: {
    en: 'The Google APIs service agent cannot make nodes',
    ja: 'Google API サービスエージェントがノードを作成できません',
  },
  severity: 'critical',
  why: {
    en: 'Managed instance groups create, repair and delete the nodes of every cluster as this agent.',
    ja: 'マネージドインスタンスグループは、すべてのクラスターのノードの作成、修復、削除をこのエージェントとして行います。',
  },
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors',
    'https://cloud.google.com/compute/docs/access/service-accounts#google_apis_service_agent',
  ],
  needs: {
    project: 'whole',
    iamPolicy: 'whole',
    gkeClusters: 'optional',
    inheritedPolicies: 'supporting',
    roleDefinitions: 'supporting',
    clusterHistory: 'supporting',
    operations: 'supporting',
    adminActivity: 'supporting',
  },
  check({ facts, time, window }): (Problem | Unknown)[] {
    const use = signOfUse(facts, window.from);
    if (use === null) return [];
    const email = gkeIdentities(facts.project.number).apisAgent;
    return agentOutcome({
      project: facts.project,
      email,
      name: agentNames.apisAgent,
      role: apisAgentRole,
      orElse: 'roles/editor',
      access: accessTo(facts, time),
      time,
      judge: judgeApisAgent,
      adminActivity: facts.adminActivity,
      failures: failuresOf(facts).filter(({ message }) => message.includes(email)),
      evidence: [{ label: 'GKE is used here', value: use }],
    });
  },
});
