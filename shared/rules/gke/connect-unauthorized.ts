import { certificateHash } from '../../domain/google-certificate.ts';
import type { GkeCluster, SeenCluster } from '../../domain/google-cluster.ts';
import type { ConnectionAttempt } from '../../domain/google-connection.ts';
import { climb, type Rung } from '../../domain/google-ladder.ts';
import { rule, type Fix, type Problem, type Severity, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { clusterSubject } from './telling/cluster-subject.ts';
import { oneLine } from './telling/one-line.ts';

export default rule({
  id: 'gke/connect-unauthorized',
  title: 'Connecting to a cluster fails',
  severity: 'high',
  why: 'kubectl says 401 for many different faults; the steps of a connection, taken one by one, tell which it is.',
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/troubleshooting/4xx-errors',
    'https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl',
  ],
  needs: {
    gkeClusters: 'partial',
    connections: 'optional',
    clusterHistory: 'supporting',
    canaries: 'supporting',
  },
  check({ facts }): (Problem | Unknown)[] {
    const { gkeClusters, connections, clusterHistory = [], canaries = [] } = facts;
    const expected = new Set(canaries.map(({ principal }) => principal.replace(/^\w+:/, '').toLowerCase()));
    return gkeClusters.flatMap((cluster): (Problem | Unknown)[] => {
      const own = (connections ?? []).filter(
        ({ cluster: name, location }) => name === cluster.name && location === cluster.location,
      );
      const tried = connections ? attemptsOutcome(cluster, own, expected) : [];
      const found = [...tried, ...changedAccess(cluster, clusterHistory)];
      // One cause for a cluster: what was tried just now tells more than what changed since the last run.
      const problem = found.find((item) => !('unknown' in item));
      return problem ? [problem] : found;
    });
  },
});

/** The worst that the attempts show; one endpoint that works is enough. */
function attemptsOutcome(
  cluster: GkeCluster,
  attempts: ConnectionAttempt[],
  expected: Set<string>,
): (Problem | Unknown)[] {
  if (attempts.length === 0)
    return [
      {
        unknown: `whether ${cluster.name} (${cluster.location}) can be reached: no connection was attempted`,
      },
    ];
  const climbed = attempts.map((attempt) => ({ attempt, rung: inOneLine(climb(attempt)) }));
  if (climbed.some(({ rung }) => rung.step === 'connected')) return [];
  // An answer of the API server tells more than an address that does not answer.
  const [first] = climbed.sort((a, b) => rank(a.rung) - rank(b.rung));
  return first ? [outcomeOf(cluster, first.attempt, first.rung, expected)] : [];
}

function inOneLine(rung: Rung): Rung {
  return 'why' in rung ? { ...rung, why: oneLine(rung.why) } : rung;
}

function rank({ step }: Rung): number {
  return step === 'unclear' ? 2 : step === 'network' ? 1 : 0;
}

function outcomeOf(
  cluster: GkeCluster,
  attempt: ConnectionAttempt,
  rung: Rung,
  expected: Set<string>,
): Problem | Unknown {
  const where = `${cluster.name} (${cluster.location})`;
  if (rung.step === 'connected' || rung.step === 'unclear')
    return { unknown: `whether ${where} can be reached: ${rung.step === 'unclear' ? rung.why : ''}` };
  if (rung.step === 'network' && rung.isPrivate)
    return {
      unknown: `whether ${where} can be reached: ${attempt.endpoint.host} is a private address that answers only inside of its network`,
    };
  const { cause, fix, severity } = telling(cluster, attempt, rung, expected);
  return {
    ...clusterSubject(cluster),
    ...(severity ? { severity } : {}),
    cause,
    evidence: ladderEvidence(attempt),
    fix,
  };
}

interface Telling {
  cause: string;
  fix: Fix;
  severity?: Severity;
}

function telling(
  cluster: GkeCluster,
  attempt: ConnectionAttempt,
  rung: Exclude<Rung, { step: 'connected' | 'unclear' }>,
  expected: Set<string>,
): Telling {
  const who = attempt.principal ?? 'the caller';
  const where = `${cluster.name} (${cluster.location})`;
  const credentials = getCredentials(cluster, attempt.endpoint.kind === 'dns');
  switch (rung.step) {
    case 'token':
      return {
        cause: `Google rejects the access token of ${who} before any cluster is asked: ${rung.why}.`,
        fix: signIn,
      };
    case 'scope':
      return {
        cause: `The access token of ${who} lacks the cloud-platform scope, which GKE asks for.`,
        fix: signIn,
      };
    case 'clusters.get':
      return rung.status === 404
        ? {
            cause: `${where} was listed, and is not found any more.`,
            fix: advice('look whether the cluster was deleted or made again elsewhere.'),
            severity: 'medium',
          }
        : {
            cause: `${who} may not read ${where} (container.clusters.get): ${rung.why}`,
            fix: advice(
              `grant ${who} roles/container.clusterViewer on ${cluster.project} if it should reach the cluster.`,
            ),
            severity: severityFor(who, expected),
          };
    case 'tls':
      if (rung.code === 'CERT_HAS_EXPIRED')
        return {
          cause: `The certificate of ${attempt.endpoint.host}, an endpoint of ${where}, has expired.`,
          fix: advice('new credentials do not help here: rotate the credentials of the cluster.'),
        };
      return {
        cause: `The certificate of ${attempt.endpoint.host} is not of the certificate authority that GKE gives for ${where} (${rung.code}).`,
        fix: credentials,
      };
    case 'anonymous':
      return {
        cause: `${where} saw system:anonymous: no credential was sent, so gke-gcloud-auth-plugin was not called.`,
        fix: installPlugin(cluster),
      };
    case 'rejected':
      return {
        cause: `${where} rejects the credential of ${who} with 401 (${rung.why}): it is expired, or of another environment.`,
        fix: credentials,
      };
    case 'rbac':
      return {
        cause: `${where} knows ${who} and does not allow it to list namespaces${rung.permission ? ` (${rung.permission})` : ''}: signing in works, permission is missing.`,
        fix: rbacAdvice(who, rung.permission, cluster),
        severity: severityFor(who, expected),
      };
    case 'network':
      return {
        cause: `${attempt.endpoint.host} of ${where} does not answer (${rung.code}): that is the network, not authentication.`,
        fix: networkAdvice(cluster),
        severity: 'medium',
      };
  }
}

/** A refusal is a fault only for a principal that the configuration says must get in. */
function severityFor(who: string, expected: Set<string>): Severity {
  return expected.has(who.toLowerCase()) ? 'high' : 'low';
}

function advice(text: string): Fix {
  return { summary: `Advice: ${text}`, commands: [], verified: false };
}

const signIn: Fix = {
  summary: 'Sign in again; then the token is new and has every scope.',
  commands: [sh`gcloud auth login`, sh`gcloud auth application-default login`],
  verified: false,
};

function getCredentials({ name, location, project }: GkeCluster, isDns: boolean): Fix {
  const base = sh`gcloud container clusters get-credentials ${name} --location=${location} --project=${project}`;
  return {
    summary: 'Write the kubeconfig entry anew, with the endpoint, the certificate and the plugin of today.',
    commands: [isDns ? `${base} --dns-endpoint` : base],
    verified: false,
  };
}

function installPlugin(cluster: GkeCluster): Fix {
  return {
    summary: 'Install the plugin that kubectl calls for credentials, and write the kubeconfig entry anew.',
    commands: [
      sh`gcloud components install gke-gcloud-auth-plugin`,
      ...getCredentials(cluster, false).commands,
    ],
    verified: false,
  };
}

function rbacAdvice(who: string, permission: string | null, { project }: GkeCluster): Fix {
  const needs = permission ? `a role with ${permission} on project ${project}` : 'a role';
  return advice(
    `if ${who} should see namespaces, give it ${needs}, or a Kubernetes RoleBinding; if it should not, nothing is broken.`,
  );
}

function networkAdvice(cluster: GkeCluster): Fix {
  if (cluster.dnsEndpoint?.allowExternalTraffic) return getCredentials(cluster, true);
  return advice(
    'add the address of the caller to the authorized networks of the cluster, or allow external traffic on its DNS endpoint.',
  );
}

/** Each step with its result, in the order in which they were taken. */
function ladderEvidence({
  endpoint,
  principal,
  token,
  clustersGet,
  tls,
  response,
}: ConnectionAttempt): Problem['evidence'] {
  const steps: [string, string | null][] = [
    ['Endpoint', `${endpoint.host} (${endpoint.kind === 'dns' ? 'DNS' : 'IP'})`],
    ['Principal', principal],
    [
      '1 token',
      token &&
        (token.state === 'valid'
          ? 'valid'
          : `${token.state}: ${token.state === 'rejected' ? token.message : token.why}`),
    ],
    ['2 clusters.get', clustersGet && `${clustersGet.status} ${clustersGet.message ?? ''}`.trim()],
    ['3 TLS', tls && (tls.state === 'trusted' ? 'trusted' : `${tls.state}: ${tls.code} ${tls.message}`)],
    [
      '4 GET /api/v1/namespaces',
      response && `${response.status} ${response.reason ?? ''} ${response.message ?? ''}`.trim(),
    ],
  ];
  return steps.flatMap(([label, value]) => (value === null ? [] : [{ label, value }]));
}

/** What every kubeconfig of the cluster holds changed since the last run: clients fail until they fetch it again. */
function changedAccess(cluster: GkeCluster, history: readonly SeenCluster[]): Problem[] {
  const before = history.find(
    ({ name, location, id }) => name === cluster.name && location === cluster.location && id === cluster.id,
  );
  if (!before) return [];
  const hash = cluster.caCertificate === null ? null : certificateHash(cluster.caCertificate);
  const hasNewCa = before.caSha256 !== null && hash !== null && before.caSha256 !== hash;
  const hasNewEndpoint =
    before.endpoint !== null && cluster.endpoint !== null && before.endpoint !== cluster.endpoint;
  if (!hasNewCa && !hasNewEndpoint) return [];
  const what = [hasNewCa ? 'certificate authority' : null, hasNewEndpoint ? 'endpoint' : null].filter(
    (part) => part !== null,
  );
  return [
    {
      ...clusterSubject(cluster),
      severity: 'medium',
      cause: `The ${what.join(' and the ')} of ${cluster.name} (${cluster.location}) changed since ${before.lastSeen}: every kubeconfig written before fails with ${hasNewCa ? 'x509 or 401' : 'a timeout'}.`,
      evidence: [
        ...(hasNewEndpoint
          ? [{ label: 'Endpoint', value: `${before.endpoint ?? ''}, now ${cluster.endpoint ?? ''}` }]
          : []),
        ...(hasNewCa
          ? [
              {
                label: 'SHA-256 of clusterCaCertificate',
                value: `${before.caSha256 ?? ''}, now ${hash ?? ''}`,
              },
            ]
          : []),
      ],
      fix: getCredentials(cluster, false),
    },
  ];
}
