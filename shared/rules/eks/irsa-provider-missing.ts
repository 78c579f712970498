import { compareIssuer, issuerName, parseEksIssuer, providerArn } from '../../domain/issuer.ts';
import { rule, type Evidence, type Fix, type Problem } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { diagnose } from './web-identity/diagnose.ts';
import { defaultAudience, type Diagnosis } from './web-identity/diagnosis.ts';
import { advice } from './web-identity/fix.ts';
import {
  clusterOf,
  isLive,
  isSettled,
  ownRoles,
  providerOf,
  webIdentityNeeds,
  type WebIdentityGiven,
} from './web-identity/given.ts';
import { joinSentences } from './web-identity/joint-repair.ts';
import { alsoWrongOf, callEvidence } from './web-identity/problem.ts';
import { issuersOf } from './web-identity/role-issuers.ts';
import { clusterName, denialOf, fewOf, shortened, subjectsOf } from './web-identity/told.ts';
import { en, ja, joinWords, type Localized, type Words } from '../../words.ts';

const id = 'eks/irsa-provider-missing';

export default rule({
  id,
  title: {
    en: 'The issuer of a cluster is no OIDC provider in IAM',
    ja: 'クラスターの発行者が IAM の OIDC プロバイダーとして登録されていません',
  },
  severity: 'critical',
  why: {
    en: 'No service account of the cluster gets a role of this account: STS does not know who signs its tokens. Most such failures leave no event in CloudTrail.',
    ja: 'STS はトークンの署名者を確認できないため、クラスターのどのサービスアカウントもこのアカウントのロールを引き受けられません。こうした失敗の大半は CloudTrail に記録されません。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html',
    'https://repost.aws/knowledge-center/eks-troubleshoot-irsa-errors',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    [...usersByIssuer(given)].flatMap(([issuer, uses]) =>
      providerOf(given, issuer) === null ? [problem(given, issuer, uses)] : [],
    ),
});

interface Uses {
  /** Names of the roles that trust the issuer. */
  roles: string[];
  /** Callers that were refused, or would be. */
  callers: Diagnosis[];
}

/** Who uses an issuer: callers that the diagnosis names, and roles that trust the issuer of a cluster that exists. */
function usersByIssuer(given: WebIdentityGiven): Map<string, Uses> {
  const users = new Map<string, Uses>();
  const usesOf = (issuer: string) => {
    const key = `https://${issuerName(issuer)}`;
    const uses = users.get(key) ?? { roles: [], callers: [] };
    users.set(key, uses);
    return uses;
  };
  for (const diagnosis of diagnose(given))
    if (diagnosis.causes[0] === id && diagnosis.issuer !== null)
      usesOf(diagnosis.issuer).callers.push(diagnosis);
  for (const role of ownRoles(given))
    for (const issuer of issuersOf(role))
      if (users.has(issuer) || isAlive(given, issuer)) usesOf(issuer).roles.push(role.name);
  return users;
}

/**
 * A cluster of ours that is settled, one of another account that was read, or an EKS issuer of a region whose clusters
 * were read that none of them has, and whose discovery document answers.
 */
function isAlive(given: WebIdentityGiven, issuer: string): boolean {
  const cluster = clusterOf(given, issuer);
  if (cluster) return isSettled(cluster);
  const { clusters, issuerDiscovery } = given.facts;
  const region = parseEksIssuer(issuer)?.region;
  const answers = issuerDiscovery?.[`https://${issuerName(issuer)}`]?.state === 'answers';
  const isElsewhere = region !== undefined && (clusters?.regionsRead.includes(region) ?? false);
  return isLive(given, issuer) || (answers && isElsewhere);
}

function problem(given: WebIdentityGiven, issuer: string, uses: Uses): Problem {
  const { roles, callers } = uses;
  const { place } = given;
  const cluster = clusterOf(given, issuer);
  const arn = providerArn(issuer, place.partition ?? 'aws', place.account);
  const [first, ...others] = callers;
  return {
    location: cluster?.region ?? parseEksIssuer(issuer)?.region ?? first?.denial?.latest.region ?? null,
    cluster: cluster?.name ?? null,
    subject: { kind: 'oidc-provider', name: issuerName(issuer), id: arn },
    cause: sentence(given, issuer, uses),
    alsoWrong: first ? alsoWrongOf([first, ...others]) : [],
    evidence: [
      { label: 'Provider that is missing', value: arn },
      ...(roles.length > 0 ? [{ label: 'Roles that trust it', value: fewOf(roles, 20) }] : []),
      ...(first ? callEvidence([first, ...others]) : []),
      ...misspelt(given, issuer),
    ],
    denial: denialOf(callers),
    fix: createFix(given, issuer, uses),
  };
}

function sentence(given: WebIdentityGiven, issuer: string, uses: Uses): Localized {
  const { account } = given.place;
  const [owner, users] = [ownerOf(given, issuer), usersIn(uses)];
  return {
    en: en`The issuer of ${owner}, ${shortened(issuer)}, is no OIDC provider in account ${account}, and ${users}.`,
    ja: ja`${owner} の発行者 ${shortened(issuer)} は、アカウント ${account} の OIDC プロバイダーとして登録されていませんが、${users}。`,
  };
}

function ownerOf(given: WebIdentityGiven, issuer: string): Words {
  const cluster = clusterOf(given, issuer);
  const region = parseEksIssuer(issuer)?.region;
  if (region === undefined)
    return clusterName(cluster, { en: 'a cluster outside of EKS', ja: 'EKS 以外のクラスター' });
  const wasRead = given.facts.clusters?.regionsRead.includes(region) ?? false;
  return clusterName(
    cluster,
    wasRead
      ? { en: 'a cluster of another account', ja: '別のアカウントのクラスター' }
      : { en: 'a cluster that was not read', ja: '読み取られていないクラスター' },
  );
}

function usersIn({ roles, callers }: Uses): Words {
  const refused = callers.filter(({ denial }) => denial);
  const annotated = subjectsOf(callers.filter(({ denial }) => !denial)).length;
  return joinWords(
    [
      ...(roles.length > 0 ? [trusting(roles)] : []),
      ...(refused.length > 0 ? [using(subjectsOf(refused).length || 1)] : []),
      ...(roles.length === 0 && refused.length === 0 ? [annotatedAccounts(annotated)] : []),
    ],
    { en: ', and ', ja: '。また、' },
  );
}

function trusting(roles: string[]): Localized {
  const isOne = roles.length === 1;
  return {
    en: en`the ${isOne ? 'role' : 'roles'} ${fewOf(roles, 3)} ${isOne ? 'trusts' : 'trust'} it`,
    ja: ja`ロール ${fewOf(roles, 3)} がこれを信頼しています`,
  };
}

function using(count: number): Localized {
  return {
    en: count === 1 ? '1 refused caller uses it' : `${count} refused callers use it`,
    ja: `拒否された呼び出し元 ${count} 件がこれを使っています`,
  };
}

function annotatedAccounts(count: number): Localized {
  return {
    en:
      count === 1
        ? '1 service account is annotated with a role'
        : `${count} service accounts are annotated with roles`,
    ja: `${count} 個のサービスアカウントにロールのアノテーションがあります`,
  };
}

/** Providers that were meant to be this one. */
function misspelt({ facts }: WebIdentityGiven, issuer: string): Evidence[] {
  return (facts.oidcProviders ?? [])
    .filter(({ url }) => compareIssuer(url, issuerName(issuer)) === 'misspelt')
    .map(({ arn }) => ({ label: 'Provider of nearly that name', value: arn }));
}

/** Providers that an account may have unless the quota was raised. */
const providerQuota = 100;

/**
 * Creating the provider is printed for a cluster that is known, and where a role trusts it: a token may name any issuer
 * that a stranger likes, and STS repeats it.
 */
function createFix(given: WebIdentityGiven, issuer: string, { roles, callers }: Uses): Fix {
  const full = (given.facts.oidcProviders?.length ?? 0) >= providerQuota;
  const grants = joinSentences([grantsNothing, ...(full ? [raiseQuota] : [])]);
  if (!isLive(given, issuer) && roles.length === 0)
    return advice({
      en: en`Make sure whose issuer ${shortened(issuer)} is: the ${callers.length === 1 ? 'caller' : 'callers'} named it, and nothing of this account does. Only if it is a cluster of yours, create an OIDC provider for it. ${grants}`,
      ja: ja`発行者 ${shortened(issuer)} がだれのものかを確認してください。呼び出し元が指定しているだけで、このアカウントにはこれを指定するものがありません。自分のクラスターである場合に限り、OIDC プロバイダーを作成してください。${grants}`,
    });
  return {
    summary: {
      en: en`Create the OIDC provider. ${grants}`,
      ja: ja`OIDC プロバイダーを作成してください。${grants}`,
    },
    commands: [
      sh`aws iam create-open-id-connect-provider --url ${`https://${issuerName(issuer)}`} --client-id-list ${defaultAudience}`,
    ],
    verified: false,
  };
}

const grantsNothing = {
  en: 'It grants nothing by itself: each role still decides by its trust policy.',
  ja: 'それだけでは何も許可されません。引き続き各ロールの信頼ポリシーが判断します。',
};

const raiseQuota = {
  en: `The account has ${providerQuota} providers or more: raise the quota first.`,
  ja: `アカウントにはすでに ${providerQuota} 個以上のプロバイダーがあります。先にクォータを引き上げてください。`,
};
