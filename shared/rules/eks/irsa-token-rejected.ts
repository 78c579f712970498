import { issuerName } from '../../domain/issuer.ts';
import { rule, type Problem, type Unknown } from '../../rule.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { advice } from './web-identity/fix.ts';
import { webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { problemsOf, roleAndCluster, type Telling } from './web-identity/problem.ts';
import { callersOf, denialOf, shortened, times, verb, type Told } from './web-identity/told.ts';
import { en, ja } from '../../words.ts';

export default rule({
  id: 'eks/irsa-token-rejected',
  title: {
    en: 'STS rejects the token itself',
    ja: 'STS がトークン自体を拒否しています',
  },
  severity: 'high',
  why: {
    en: "The call fails before any policy is looked at: the token has expired, or its issuer's keys cannot be had.",
    ja: '呼び出しはポリシーが評価される前に失敗します。トークンの有効期限が切れているか、発行者の鍵を取得できません。',
  },
  references: [
    'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html',
    'https://repost.aws/knowledge-center/iam-sts-invalididentitytoken',
  ],
  needs: webIdentityNeeds,
  check: (given) => {
    const seen = problemsOf('eks/irsa-token-rejected', given, rejected, (diagnosis) =>
      isOfIssuer(diagnosis) ? `issuer ${diagnosis.issuer}` : roleAndCluster(diagnosis),
    );
    const told = new Set(seen.map(({ subject }) => subject.id));
    return [...seen, ...unreachableKeys(given).filter((found) => !told.has(subjectIdOf(found)))];
  },
});

function subjectIdOf(found: Problem | Unknown): string {
  return 'subject' in found ? found.subject.id : '';
}

function isExpired({ denial }: Diagnosis): boolean {
  return /^ExpiredToken$/i.test(denial?.errorCode ?? '');
}

/** Whether the fault lies with the issuer, and so is the same for all of its callers; an expired token is one pod's. */
function isOfIssuer(diagnosis: Diagnosis): boolean {
  return !isExpired(diagnosis) && diagnosis.issuer !== null;
}

function rejected(told: Told): Telling {
  const [first] = told;
  const { errorCode = '', errorMessage } = first.denial ?? {};
  const count = times(denialOf(told)?.events ?? 0);
  const answer = `${errorCode}${errorMessage ? `, "${shortened(errorMessage)}"` : ''}`;
  return {
    cause: {
      en: en`STS rejected the ${verb(told, 'token', 'tokens')} of ${callersOf(told)} ${count}: ${answer}.`,
      ja: ja`STS が ${callersOf(told)} のトークンを ${count}拒否しました: ${answer}。`,
    },
    ...(isOfIssuer(first) ? { subject: issuerSubject(first) } : {}),
    fix: isExpired(first) ? expiredAdvice : keysAdvice,
  };
}

function issuerSubject({ cluster, issuer }: Diagnosis): Problem['subject'] {
  return cluster
    ? { kind: 'cluster', name: cluster.name, id: cluster.arn }
    : { kind: 'issuer', name: issuerName(issuer ?? ''), id: issuer ?? '' };
}

const expiredAdvice = advice({
  en: 'Have the application read its token file again before each call (current SDKs do), and check the clock of the node; restart pods that keep an old token.',
  ja: '呼び出しのたびにトークンファイルを読み直すようにアプリケーションを修正し (現行の SDK はそうしています)、ノードの時計を確認してください。古いトークンを保持している Pod は再起動してください。',
});

const keysAdvice = advice({
  en: "STS could not verify the token with the issuer's keys. If it is not a passing fault, check that the issuer's discovery document answers from the internet.",
  ja: 'STS は発行者の鍵でトークンを検証できませんでした。一時的な障害でなければ、発行者のディスカバリドキュメントがインターネットから取得できることを確認してください。',
});

/** A live cluster whose public discovery document is gone: STS cannot fetch the keys, and leaves no event of it. */
function unreachableKeys({ facts }: WebIdentityGiven): (Problem | Unknown)[] {
  const states = Object.values(facts.issuerDiscovery ?? {}).map(({ state }) => state);
  const silent = (facts.clusters?.clusters ?? []).filter(
    ({ issuer, status }) =>
      issuer !== null && status === 'ACTIVE' && facts.issuerDiscovery?.[issuer]?.state === 'gone',
  );
  // Where no issuer at all answers as it should, something between here and the internet answers in their place.
  if (silent.length > 1 && !states.includes('answers'))
    return [
      {
        unknown: {
          en: 'no discovery document of any issuer could be had, so the fault may lie with this network',
          ja: 'どの発行者のディスカバリドキュメントも取得できなかったため、このネットワークに原因がある可能性があります',
        },
      },
    ];
  return silent.map(({ issuer, region, name, arn }): Problem => {
    const url = `https://${issuerName(issuer ?? '')}/.well-known/openid-configuration`;
    return {
      location: region,
      cluster: name,
      subject: { kind: 'cluster', name, id: arn },
      severity: 'critical',
      cause: {
        en: `The discovery document of cluster ${name}'s issuer does not answer, so STS cannot fetch the keys that verify its tokens.`,
        ja: `クラスター ${name} の発行者のディスカバリドキュメントが応答しないため、STS はトークンを検証する鍵を取得できません。`,
      },
      evidence: [{ label: 'Discovery document', value: url }],
      fix: advice({
        en: `Open ${url} from outside; if it stays away while the cluster is active, ask AWS support. Nothing in IAM repairs it.`,
        ja: `外部から ${url} を開いてください。クラスターが有効なのに応答しない状態が続く場合は、AWS サポートに問い合わせてください。IAM の設定では修復できません。`,
      }),
    };
  });
}
