import type { GkeCluster } from '../../domain/google-cluster.ts';
import { parseErrorText } from '../../domain/google-error-text.ts';
import { failuresOf, type Failure } from '../../domain/google-failure.ts';
import { agentNames, gkeIdentities } from '../../domain/google-identity.ts';
import { accessTo, accountMember, gkeAgentRole, judgeGkeAgent } from '../../domain/google-project.ts';
import { signOfUse } from '../../domain/google-usage.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { agentOutcome, agentProblem, type Agent } from './telling/agent-problem.ts';

export default rule({
  id: 'gke/service-agent-binding',
  title: { en: 'The GKE service agent lacks its role', ja: 'GKE サービスエージェントにロールがありません' },
  severity: 'critical',
  why: {
    en: 'GKE makes and changes everything that a cluster consists of as this agent: without its role no cluster can be created, resized, upgraded or repaired.',
    ja: 'GKE は、クラスターを構成するすべてのものをこのエージェントとして作成、変更します。ロールがないと、クラスターの作成、サイズ変更、アップグレード、修復ができません。',
  },
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors',
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/service-accounts',
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
    const agent: Agent = {
      project: facts.project,
      email: gkeIdentities(facts.project.number).gkeAgent,
      name: agentNames.gkeAgent,
      role: gkeAgentRole,
      access: accessTo(facts, time),
      time,
      judge: judgeGkeAgent,
      adminActivity: facts.adminActivity,
      failures: failuresOf(facts).filter(isAboutAgent),
      evidence: [{ label: 'GKE is used here', value: use }],
    };
    const deletedIn = (facts.gkeClusters ?? []).filter(saysAgentIsDeleted);
    if (deletedIn.length > 0) return [deletedAgent(agent, deletedIn)];
    return agentOutcome(agent).map((found) => ('unknown' in found ? found : weighed(found, agent)));
  },
});

/** GKE's own verdict: the agent itself is gone, whatever the policy says. */
function deletedAgent(agent: Agent, clusters: GkeCluster[]): Problem {
  const verdict = agent.judge(agent.access, accountMember(agent.email));
  const problem = agentProblem(agent, verdict);
  const says = clusters.map(({ name }) => ({
    label: 'GKE itself reports',
    value: `${name}: GKE_SERVICE_ACCOUNT_DELETED`,
  }));
  return {
    ...problem,
    cause:
      verdict.state === 'denied'
        ? problem.cause
        : {
            en: `GKE reports that the GKE service agent of project ${agent.project.id} was deleted, although a binding may still name it.`,
            ja: `GKE が、プロジェクト ${agent.project.id} の GKE サービスエージェントが削除されたと報告しています。バインディングにはその名前がまだ残っている可能性があります。`,
          },
    evidence: [...says, ...problem.evidence],
    fix: revived(agent, problem.fix.commands),
  };
}

function weighed(problem: Problem, agent: Agent): Problem {
  const verdict = agent.judge(agent.access, accountMember(agent.email));
  if (verdict.state !== 'denied') return problem;
  if (verdict.near.some(({ match }) => match === 'deleted'))
    return { ...problem, fix: revived(agent, problem.fix.commands) };
  // A custom role may hold on purpose only what is used; it is told, but nothing is seen to fail.
  return verdict.isPart && agent.failures.length === 0 ? { ...problem, severity: 'medium' } : problem;
}

/** The binding of a deleted agent does not apply to the one that is made in its place. */
function revived({ project }: Agent, grants: string[]): Problem['fix'] {
  const create = sh`gcloud beta services identity create --service=container.googleapis.com --project=${project.id}`;
  return {
    summary: {
      en: 'Make the GKE service agent again, then give it its role: the binding of the deleted one does not apply to it.',
      ja: 'GKE サービスエージェントを作り直してから、ロールを付与してください。削除されたエージェントのバインディングは適用されません。',
    },
    commands: [create, ...grants],
    verified: false,
  };
}

function saysAgentIsDeleted({ conditions }: GkeCluster): boolean {
  return conditions.some(({ code }) => code === 'GKE_SERVICE_ACCOUNT_DELETED');
}

/** Messages that name the agent, or Compute Engine and nobody else: GKE calls it as its agent. */
function isAboutAgent({ message }: Failure): boolean {
  const text = parseErrorText(message);
  const namesAgent = /container-engine-robot|Kubernetes Engine Service A(gent|ccount)/i.test(message);
  return namesAgent || (text.kind === 'permissions' && text.actingAs === null && /compute\./i.test(message));
}
