import { apiTurnedOff } from '../../domain/google-change.ts';
import { gkeIdentities } from '../../domain/google-identity.ts';
import { signOfUse } from '../../domain/google-usage.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { changeEvidence } from './telling/change-evidence.ts';

const containerApi = 'container.googleapis.com';
const computeApi = 'compute.googleapis.com';

export default rule({
  id: 'gke/api-disabled',
  title: 'An API that GKE needs is turned off',
  severity: 'critical',
  why: 'Creating clusters and every management call fail with 400 or 403 until the API is enabled again.',
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors',
    'https://cloud.google.com/service-usage/docs/enable-disable',
  ],
  needs: {
    project: 'whole',
    services: 'whole',
    gkeClusters: 'supporting',
    clusterHistory: 'supporting',
    operations: 'supporting',
    adminActivity: 'supporting',
    iamPolicy: 'supporting',
  },
  check({ facts }): (Problem | Unknown)[] {
    const { project, services, adminActivity = [] } = facts;
    const off = [containerApi, computeApi].filter((api) => services[api] === 'DISABLED');
    const use = signOfUse(facts);
    const trace = use === null && off.includes(containerApi) && nameAgent(facts.iamPolicy, project.number);
    const [first] = off;
    if (first === undefined) return undecided(services, use);
    // A project that never used GKE may leave its APIs off.
    if (use === null && !trace) return [];
    const change = off.map((api) => apiTurnedOff(adminActivity, api)).find((entry) => entry !== null) ?? null;
    return [
      {
        location: null,
        cluster: null,
        subject: { kind: 'api', name: first, id: `projects/${project.id}/services/${first}` },
        ...(use === null ? { severity: 'medium' as const } : {}),
        cause: `${off.join(' and ')} ${off.length > 1 ? 'are' : 'is'} disabled in project ${project.id}, ${
          use === null
            ? 'whose policy still names the GKE service agent: if GKE is no longer used there, nothing is broken'
            : 'which uses GKE'
        }.`,
        evidence: [
          ...off.map((api) => ({ label: 'Service Usage says', value: `${api} is DISABLED` })),
          ...(use === null ? [] : [{ label: 'GKE is used here', value: use }]),
          ...(trace ? [{ label: 'GKE was used here', value: trace }] : []),
          ...changeEvidence('Turned off by', change),
        ],
        fix: {
          summary: `Enable ${off.length > 1 ? 'them' : 'it'} again; that also restores the agents and their bindings.`,
          commands: [sh`gcloud services enable ${off} --project=${project.id}`],
          verified: false,
        },
      },
    ];
  },
});

/** An API whose state the answer lacks matters only where GKE is used. */
function undecided(services: Record<string, string>, use: string | null): Unknown[] {
  const silent = [containerApi, computeApi].filter((api) => services[api] !== 'ENABLED');
  if (use === null) return [];
  return silent.map((api) => ({ unknown: `the state of ${api} was not told` }));
}

/** The binding of the GKE service agent: it is made when the API is first enabled, and outlives it. */
function nameAgent(
  policy: { bindings: { role: string; members: string[] }[] } | undefined,
  projectNumber: string,
): string | null {
  const { gkeAgent } = gkeIdentities(projectNumber);
  const binding = policy?.bindings.find(({ members }) => members.some((member) => member.includes(gkeAgent)));
  return binding ? `${gkeAgent} has ${binding.role}` : null;
}
