import { certificateDates } from '../../domain/google-certificate.ts';
import type { GkeCluster } from '../../domain/google-cluster.ts';
import type { ConnectionAttempt } from '../../domain/google-connection.ts';
import { climb, type Rung } from '../../domain/google-ladder.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import { changedAccess } from './telling/changed-access.ts';
import { clusterSubject } from './telling/cluster-subject.ts';
import { en, ja, mapWords, type Words } from '../../words.ts';
import { connectionCause } from './telling/connection-cause.ts';
import { oneLine } from './telling/one-line.ts';

export default rule({
  id: 'gke/connect-unauthorized',
  title: { en: 'Connecting to a cluster fails', ja: 'クラスターへの接続が失敗します' },
  severity: 'high',
  why: {
    en: 'kubectl says 401 for many different faults; the steps of a connection, taken one by one, tell which it is.',
    ja: 'kubectl は多くの異なる障害に対して同じ 401 を示します。接続の手順を 1 つずつ試すと、どの障害かがわかります。',
  },
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
    return [unreached(cluster, { en: 'no connection was attempted', ja: '接続は試行されていません' })];
  const climbed = attempts.map((attempt) => ({ attempt, rung: inOneLine(climb(attempt)) }));
  if (climbed.some(({ rung }) => rung.step === 'connected')) return [];
  // An answer of the API server tells more than an address that does not answer.
  const [first] = climbed.sort((a, b) => rank(a.rung) - rank(b.rung));
  return first ? [outcomeOf(cluster, first.attempt, first.rung, expected)] : [];
}

function inOneLine(rung: Rung): Rung {
  if (rung.step === 'unclear' || rung.step === 'token')
    return { ...rung, why: mapWords(rung.why, (text) => oneLine(text)) };
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
  if (rung.step === 'connected' || rung.step === 'unclear')
    return unreached(cluster, rung.step === 'unclear' ? rung.why : '');
  if (rung.step === 'network' && rung.isPrivate)
    return unreached(cluster, privateAddress(attempt.endpoint.host));
  const isExpected = attempt.principal !== null && expected.has(attempt.principal.toLowerCase());
  const told = connectionCause({ cluster, attempt, isExpected }, rung);
  return { ...clusterSubject(cluster), ...told, evidence: ladderEvidence(attempt) };
}

function unreached({ name, location }: GkeCluster, why: Words): Unknown {
  return {
    unknown: {
      en: en`whether ${name} (${location}) can be reached: ${why}`,
      ja: ja`${name} (${location}) に到達できるかどうかは不明です: ${why}`,
    },
  };
}

function privateAddress(host: string): Words {
  return {
    en: `${host} is a private address that answers only inside of its network`,
    ja: `${host} は、そのネットワーク内でのみ応答するプライベートアドレスです`,
  };
}

/** Each step with its result, in the order in which they were taken. */
function ladderEvidence(attempt: ConnectionAttempt): Problem['evidence'] {
  const { endpoint, principal, token, clustersGet, tls, response } = attempt;
  const steps: [string, Words | null][] = [
    ['Endpoint', `${endpoint.host} (${endpoint.kind === 'dns' ? 'DNS' : 'IP'})`],
    ['Principal', principal],
    ['1 token', token && describeToken(token)],
    ['2 clusters.get', clustersGet && `${clustersGet.status} ${clustersGet.message ?? ''}`],
    ['3 TLS', tls && describeTls(tls)],
    [
      '4 GET /api/v1/namespaces',
      response && `${response.status} ${response.reason ?? ''} ${response.message ?? ''}`,
    ],
  ];
  return steps.flatMap(([label, value]) =>
    value === null ? [] : [{ label, value: mapWords(value, (text) => oneLine(text)) }],
  );
}

function describeToken(token: NonNullable<ConnectionAttempt['token']>): Words {
  if (token.state === 'valid') return { en: 'valid', ja: '有効' };
  if (token.state === 'rejected')
    return { en: en`rejected: ${token.message}`, ja: ja`拒否されました: ${token.message}` };
  return { en: en`unread: ${token.why}`, ja: ja`読み取れませんでした: ${token.why}` };
}

function describeTls(tls: NonNullable<ConnectionAttempt['tls']>): Words {
  if (tls.state === 'trusted') return { en: 'trusted', ja: '信頼できます' };
  const what = `${tls.code} ${tls.message}`;
  return tls.state === 'untrusted'
    ? { en: `untrusted: ${what}`, ja: `信頼できません: ${what}` }
    : { en: `unreachable: ${what}`, ja: `到達できません: ${what}` };
}
