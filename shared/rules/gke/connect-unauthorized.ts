import { certificateDates } from '../../domain/google-certificate.ts';
import type { GkeCluster } from '../../domain/google-cluster.ts';
import type { ConnectionAttempt } from '../../domain/google-connection.ts';
import { climb, type Rung } from '../../domain/google-ladder.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { changedAccess } from './telling/changed-access.ts';
import { clusterSubject } from './telling/cluster-subject.ts';
import { connectionCause } from './telling/connection-cause.ts';
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
  check({ facts, time }): (Problem | Unknown)[] {
    const { gkeClusters, connections, clusterHistory = [], canaries = [] } = facts;
    const expected = new Set(canaries.map(({ principal }) => principal.replace(/^\w+:/, '').toLowerCase()));
    return gkeClusters.flatMap((cluster): (Problem | Unknown)[] => {
      const own = (connections ?? []).filter(
        ({ cluster: name, location }) => name === cluster.name && location === cluster.location,
      );
      const tried = connections && !isTold(cluster, own, time) ? attemptsOutcome(cluster, own, expected) : [];
      const found = [...tried, ...changedAccess(cluster, clusterHistory)];
      // One cause for a cluster: what was tried just now tells more than what changed since the last run.
      const problem = found.find((item) => !('unknown' in item));
      return problem ? [problem] : found;
    });
  },
});

/** Whether an expired certificate is what the rule on the cluster's CA certificate tells. */
function isTold({ caCertificate }: GkeCluster, attempts: ConnectionAttempt[], time: string): boolean {
  const dates = certificateDates(caCertificate);
  const isExpired = attempts.some(({ tls }) => tls?.state === 'untrusted' && tls.code === 'CERT_HAS_EXPIRED');
  return isExpired && dates !== null && Date.parse(dates.to) < Date.parse(time);
}

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
  const isExpected = attempt.principal !== null && expected.has(attempt.principal.toLowerCase());
  const told = connectionCause({ cluster, attempt, isExpected }, rung);
  return { ...clusterSubject(cluster), ...told, evidence: ladderEvidence(attempt) };
}

/** Each step with its result, in the order in which they were taken. */
function ladderEvidence(attempt: ConnectionAttempt): Problem['evidence'] {
  const { endpoint, principal, token, clustersGet, tls, response } = attempt;
  const steps: [string, string | null][] = [
    ['Endpoint', `${endpoint.host} (${endpoint.kind === 'dns' ? 'DNS' : 'IP'})`],
    ['Principal', principal],
    ['1 token', token && describeToken(token)],
    ['2 clusters.get', clustersGet && `${clustersGet.status} ${clustersGet.message ?? ''}`],
    ['3 TLS', tls && (tls.state === 'trusted' ? 'trusted' : `${tls.state}: ${tls.code} ${tls.message}`)],
    [
      '4 GET /api/v1/namespaces',
      response && `${response.status} ${response.reason ?? ''} ${response.message ?? ''}`,
    ],
  ];
  return steps.flatMap(([label, value]) => (value === null ? [] : [{ label, value: oneLine(value) }]));
}

function describeToken(token: NonNullable<ConnectionAttempt['token']>): string {
  if (token.state === 'valid') return 'valid';
  return `${token.state}: ${token.state === 'rejected' ? token.message : token.why}`;
}
