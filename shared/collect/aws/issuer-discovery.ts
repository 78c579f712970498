import type { AwsFacts, Gap, Reading } from '../../observation.ts';
import { quoted, type Localized } from '../../words.ts';
import { abortAfter } from '../abort-after.ts';
import { cannot, remedied } from '../cannot.ts';
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

const onlySome = {
  en: `only ${mostAsked} issuers are asked in one run`,
  ja: `1 回の実行で確認する発行者は ${mostAsked} 件までです`,
};
const beyondLimit: Discovery[string] = { state: 'unknown', why: onlySome };
const givenUp: Discovery[string] = {
  state: 'unknown',
  why: {
    en: 'it was not asked, since none of those before it answered',
    ja: 'それまでの発行者がいずれも応答しなかったため、確認していません',
  },
};
const noIssuerKnown: Gap = {
  location: null,
  why: {
    en: 'Cannot tell whether issuers still answer: neither clusters nor roles nor OIDC providers could be read',
    ja: '発行者が現在も応答するかどうかを確認できません: クラスターも、ロールも、OIDC プロバイダーも読み取れませんでした',
  },
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
    return { state: 'unknown', why: answeredWith(response.status) };
  } catch (error) {
    return { state: 'unknown', why: reasonOf(error) };
  } finally {
    limit.clear();
  }
}

/** `fetch` hides the reason of network errors in their cause. */
function reasonOf(error: unknown): Localized {
  const { name, cause } = error as { name?: string; cause?: unknown };
  return name === 'TimeoutError' ? tooLate : quoted(messageOf(cause ?? error));
}

const tooLate = {
  en: `it did not answer within ${timeoutMs / 1000} s`,
  ja: `${timeoutMs / 1000} 秒以内に応答がありませんでした`,
};

function answeredWith(status: number): Localized {
  return { en: `it answered with status ${status}`, ja: `応答のステータスは ${status} でした` };
}

function gapsIn(found: Discovery, doubtful: string[]): Gap[] {
  const gaps: Gap[] = [];
  const unknown = doubtful.flatMap((issuer) => {
    const answer = found[issuer];
    return answer?.state === 'unknown' && answer !== beyondLimit ? [{ issuer, why: answer.why }] : [];
  });
  const [first] = unknown;
  if (first) {
    gaps.push({ location: null, why: unreadDocuments(first, unknown.length - 1) });
  }
  if (doubtful.some((issuer) => found[issuer] === beyondLimit)) {
    gaps.push({ location: null, why: cannot(askingAll, onlySome) });
  }
  return gaps;
}

const askingAll = {
  en: 'ask all issuers whether they answer',
  ja: 'すべての発行者が応答するかどうかを確認',
};

/** @param others how many more issuers there are like the first */
function unreadDocuments({ issuer, why }: { issuer: string; why: Localized }, others: number): Localized {
  const action = {
    en: `read the discovery document of ${issuer}${others > 0 ? ` and of ${others} more issuers` : ''}`,
    ja: `${issuer}${others > 0 ? ` ほか ${others} 件の発行者` : ''} のディスカバリドキュメントを取得`,
  };
  return cannot(action, remedied(why, letOut));
}

const letOut = {
  en: 'let the auditor reach the internet',
  ja: '監査者がインターネットに接続できるようにしてください',
};
