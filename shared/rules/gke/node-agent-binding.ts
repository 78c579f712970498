import { agentNames, gkeIdentities, nodeAccounts } from '../../domain/google-identity.ts';
import { failuresOf } from '../../domain/google-failure.ts';
import {
  accessTo,
  accountMember,
  clustersWithNodeAgent,
  judgeNodeAccount,
  judgeNodeAgent,
  nodeAgentRole,
  usesOwnAccount,
  type ProjectPolicies,
} from '../../domain/google-project.ts';
import type { GkeCluster } from '../../domain/google-cluster.ts';
import { compareMinor } from '../../domain/google-version.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { agentOutcome } from './telling/agent-problem.ts';
import { listNames } from './telling/list-names.ts';

export default rule({
  id: 'gke/node-agent-binding',
  title: {
    en: 'The GKE node service agent lacks its role',
    ja: 'GKE ノードサービスエージェントにロールがありません',
  },
  severity: 'high',
  why: {
    en: 'From version 1.33 on, nodes write their logs and metrics as this agent: without its role they are lost.',
    ja: 'バージョン 1.33 以降のノードは、このエージェントとしてログと指標を書き込みます。ロールがないと、それらは失われます。',
  },
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/how-to/service-accounts',
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/service-accounts',
  ],
  needs: {
    project: 'whole',
    iamPolicy: 'whole',
    gkeClusters: 'partial',
    inheritedPolicies: 'supporting',
    roleDefinitions: 'supporting',
    operations: 'supporting',
    adminActivity: 'supporting',
  },
  check({ facts, time }): (Problem | Unknown)[] {
    const clusters = clustersWithNodeAgent(facts.gkeClusters);
    if (clusters.length === 0) return [];
    const email = gkeIdentities(facts.project.number).nodeAgent;
    const found = agentOutcome({
      project: facts.project,
      email,
      name: agentNames.nodeAgent,
      role: nodeAgentRole,
      access: accessTo(facts, time),
      time,
      judge: judgeNodeAgent,
      adminActivity: facts.adminActivity,
      failures: failuresOf(facts).filter(({ message }) => message.includes(email)),
      evidence: [
        { label: 'Clusters with nodes of 1.33 or later', value: listNames(clusters.map(describeCluster)) },
      ],
    });
    const isDoubtful = clusters.every(isOf133) && accountsSuffice(facts, clusters, time);
    return isDoubtful ? found.map(lowered) : found;
  },
});

function describeCluster({ name, location }: GkeCluster): string {
  return `${name} (${location})`;
}

/** Whether no node is newer than 1.33, the version for which Google documents both ways. */
function isOf133({ nodePools, nodeVersion, masterVersion }: GkeCluster): boolean {
  const versions =
    nodePools.length > 0 ? nodePools.map(({ version }) => version) : [nodeVersion ?? masterVersion];
  return versions.every((version) => (compareMinor(version, '1.33') ?? 0) <= 0);
}

function accountsSuffice(facts: ProjectPolicies, clusters: GkeCluster[], time: string): boolean {
  const access = accessTo(facts, time);
  return nodeAccounts(clusters, facts.project.number).every(
    (account) =>
      judgeNodeAccount(access, accountMember(account.email), usesOwnAccount(account)).state === 'allowed',
  );
}

const bothDocumented = {
  en: 'Google documents both this agent and the node account for version 1.33; the node accounts here have what they need.',
  ja: 'バージョン 1.33 については、このエージェントとノードのアカウントの両方が Google のドキュメントに記載されています。ここのノードのアカウントには必要な権限があります。',
};

function lowered(found: Problem | Unknown): Problem | Unknown {
  if ('unknown' in found) return found;
  return {
    ...found,
    severity: 'low',
    evidence: [...found.evidence, { label: 'Version', value: bothDocumented }],
  };
}
