import type { AwsFacts, Gap, Reading } from '../../observation.ts';
import { abortAfter } from '../abort-after.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { messageOf } from './refusal.ts';
import type { AwsSource } from './source.ts';

type Discovery = AwsFacts['issuerDiscovery'];

const askedAtATime = 8;
const mostAsked = 200;
const timeoutMs = 5_000;

/**
 * EKS issuers, and nothing else: trust policies and providers name hosts that anybody may own, and the auditor must
 * not be sent to them. The suffixes are those of the partitions' endpoints.
 */
const eksIssuer =
  /(?<![\w.-])oidc\.eks\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov)\/id\/[A-Za-z0-9]+(?![\w-])/g;

/** Whether the public discovery document of each EKS issuer in sight still answers. It takes no permission. */
export const issuerDiscoveryReader: Reader<AwsSource, Discovery> = {
  permissions: [],
  async read(source) {
    const inSight = await issuersInSight(source);
    if (inSight === null) return { state: 'unread', gaps: [noIssuerKnown] };
    const issuers = [...inSight.doubtful, ...inSight.ofClusters];
    // While events are read in great numbers, an answer may wait longer for its turn than it took to arrive.
    await source.reading('denials');
    const answers = await askAll(issuers.slice(0, mostAsked), source);
    const found: Discovery = {};
    for (const [index, issuer] of issuers.entries()) found[issuer] = answers[index] ?? beyondLimit;
    return readingOf(found, gapsIn(found, inSight.doubtful));
  },
};

const beyondLimit = { state: 'unknown', why: `only ${mostAsked} issuers are asked in one run` } as const;
const givenUp = {
  state: 'unknown',
  why: 'it was not asked, since none of those before it answered',
} as const;
const noIssuerKnown: Gap = {
  location: null,
  why: 'Cannot tell whether issuers still answer: neither clusters nor roles nor OIDC providers could be read',
};

/** The answers in the issuers' order. Without a way to the internet only the first few are waited for. */
async function askAll(issuers: string[], source: AwsSource): Promise<Discovery[string][]> {
  let silent = 0;
  return readEach(issuers, askedAtATime, async (issuer) => {
    if (silent >= askedAtATime) return givenUp;
    const answer = await ask(issuer, source);
    silent = answer.state === 'unknown' ? silent + 1 : 0;
    return answer;
  });
}

interface InSight {
  /** Named by roles and providers, and of no cluster that was read: only their documents tell whether they live. */
  doubtful: string[];
  /** Of clusters that EKS lists: their document is asked for too, but nothing hangs on it if it cannot be reached. */
  ofClusters: string[];
}

/** Null where nothing was read that could name one. */
async function issuersInSight(source: AwsSource): Promise<InSight | null> {
  const [clusters, providers, roles] = await Promise.all([
    source.reading('clusters'),
    source.reading('oidcProviders'),
    source.reading('roles'),
  ]);
  if ([clusters, providers, roles].every(({ state }) => state === 'unread')) return null;
  const ofClusters = new Set(
    valueOf(clusters)?.clusters.flatMap(({ issuer }) => issuersIn(issuer ?? '')) ?? [],
  );
  const named = new Set([
    ...(valueOf(providers) ?? []).flatMap(({ url }) => issuersIn(url)),
    ...(valueOf(roles) ?? []).flatMap(({ trustPolicy }) => issuersIn(JSON.stringify(trustPolicy) ?? '')),
  ]);
  return {
    doubtful: [...named].filter((issuer) => !ofClusters.has(issuer)).sort(),
    ofClusters: [...ofClusters].sort(),
  };
}

function valueOf<T>(reading: Reading<T>): T | undefined {
  return reading.state === 'unread' ? undefined : reading.value;
}

/** The EKS issuers that a text names. */
export function issuersIn(text: string): string[] {
  return [...text.matchAll(eksIssuer)].map(([match]) => `https://${match}`);
}

async function ask(issuer: string, { discoveryBaseUrl, signal }: AwsSource): Promise<Discovery[string]> {
  const base = discoveryBaseUrl?.replace(/\/$/, '');
  const url = base ? `${base}/${issuer.slice('https://'.length)}` : issuer;
  const limit = abortAfter(timeoutMs, signal);
  try {
    const response = await fetch(`${url}/.well-known/openid-configuration`, {
      redirect: 'manual',
      signal: limit.signal,
    });
    // The status is the answer; the document is not read, however long it is.
    await response.body?.cancel();
    if (response.ok) return { state: 'answers' };
    if ([403, 404, 410].includes(response.status)) return { state: 'gone' };
    return { state: 'unknown', why: `it answered with status ${response.status}` };
  } catch (error) {
    return { state: 'unknown', why: reasonOf(error) };
  } finally {
    limit.clear();
  }
}

/** `fetch` hides the reason of network errors in their cause. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: unknown };
  if (name === 'TimeoutError') return `it did not answer within ${timeoutMs / 1000} s`;
  return messageOf(cause ?? error);
}

function gapsIn(found: Discovery, doubtful: string[]): Gap[] {
  const gaps: Gap[] = [];
  const unknown = doubtful.flatMap((issuer) => {
    const answer = found[issuer];
    return answer?.state === 'unknown' && answer !== beyondLimit ? [{ issuer, why: answer.why }] : [];
  });
  const [first] = unknown;
  if (first) {
    const more = unknown.length > 1 ? ` and of ${unknown.length - 1} more issuers` : '';
    const why = `Cannot read the discovery document of ${first.issuer}${more}: ${first.why}; let the auditor reach the internet`;
    gaps.push({ location: null, why });
  }
  if (doubtful.some((issuer) => found[issuer] === beyondLimit)) {
    gaps.push({ location: null, why: `Cannot ask all issuers whether they answer: ${beyondLimit.why}` });
  }
  return gaps;
}
