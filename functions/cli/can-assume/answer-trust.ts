/** May this caller assume this role: the verdict, its causes, and a repair that was proven, or advice. */
import { parseRoleArn } from '../../../shared/domain/arn.ts';
import { diagnoseTrust, type TrustCause, type TrustDiagnosis } from '../../../shared/domain/trust-causes.ts';
import type {
  StatementExplanation,
  Verdict,
  WebIdentityRequest,
} from '../../../shared/domain/trust-policy.ts';
import { isMisspeltSubject } from '../../../shared/domain/service-account.ts';
import { repairTrust } from '../../../shared/domain/trust-repair.ts';
import type { Fix } from '../../../shared/rule.ts';
import { sh, withDocument } from '../../../shared/shell.ts';
import { inLanguage, joinWords, type Language, type Localized } from '../../../shared/words.ts';

export interface TrustAnswer {
  verdict: Verdict;
  /** Rule ids of the faults that belong to a smallest repair. */
  causes: TrustCause[];
  /** What IAM would refuse in the policy; only where the verdict is Malformed. */
  malformed?: string[];
  statements: StatementExplanation[];
  /** Null where nothing needs repair. */
  fix: Fix | null;
}

export interface TrustQuestion {
  trustPolicy: unknown;
  request: WebIdentityRequest;
  /** Whether the role's name in `request.roleArn` is the real one, so that a command may name it; default true. */
  roleKnown?: boolean;
}

/** What the answer says in words is in the language. */
export function answerTrust(
  { trustPolicy, request, roleKnown = true }: TrustQuestion,
  language: Language,
): TrustAnswer {
  const diagnosis = diagnoseTrust(trustPolicy, request);
  const { verdict, causes, malformed, statements } = diagnosis;
  return {
    verdict,
    causes,
    ...(verdict === 'Malformed' ? { malformed: malformed.map((fault) => fault[language]) } : {}),
    statements,
    fix: verdict === 'Allowed' ? null : inWords(repair(trustPolicy, request, diagnosis, roleKnown), language),
  };
}

function inWords(fix: Fix, language: Language): Fix {
  return { ...fix, summary: inLanguage(fix.summary, language) };
}

function repair(
  policy: unknown,
  request: WebIdentityRequest,
  diagnosis: TrustDiagnosis,
  roleKnown: boolean,
): Fix {
  const repaired = repairTrust(policy, request, diagnosis);
  if (!repaired) return { summary: advice(diagnosis), commands: [], verified: false };
  const name = roleKnown ? parseRoleArn(request.roleArn)?.name : undefined;
  const isNamed = namesCaller(diagnosis, request);
  const command =
    name && isNamed
      ? sh`aws iam update-assume-role-policy --role-name ${name} --policy-document file:///dev/stdin`
      : null;
  return {
    summary: isNamed ? repaired.summary : joinWords([perhapsNothing, repaired.summary], { en: ' ', ja: '' }),
    commands: command ? [withDocument(command, repaired.policy)] : [],
    policy: repaired.policy,
    verified: true,
  };
}

const perhapsNothing: Localized = {
  en: 'The trust policy does not speak of this caller: if it should not have the role, nothing is broken. Only if the grant is meant, set the policy shown here.',
  ja: '信頼ポリシーにこの呼び出し元についての記載はありません。このロールを引き受けるべきでない呼び出し元であれば、問題はありません。付与が意図したものである場合に限り、ここに示すポリシーを設定してください。',
};

/** Whether the policy's own text names the caller, if misspelt: then a command may grant what it says. */
function namesCaller({ causes, faults }: TrustDiagnosis, { claims }: WebIdentityRequest): boolean {
  if (causes.includes('eks/irsa-trust-other-cluster')) return false;
  const subject = String(claims['sub']);
  const named = faults.flatMap(({ cause, condition }) =>
    cause === 'eks/irsa-trust-subject' ? [condition?.values ?? []] : [],
  );
  return named.every((values) => values.some((value) => isMisspeltSubject(value, subject)));
}

function advice({ verdict, causes }: TrustDiagnosis): Localized {
  if (verdict === 'Malformed') return advices.malformed;
  if (causes.includes('eks/irsa-trust-explicit-deny')) return advices.deny;
  return causes.includes('eks/irsa-trust-other-condition') ? advices.condition : advices.unproven;
}

const advices = {
  malformed: {
    en: 'Advice: IAM would refuse this policy; correct what is listed and ask again.',
    ja: '助言: このポリシーは IAM に拒否されます。列挙した箇所を修正して、もう一度確認してください。',
  },
  deny: {
    en: 'Advice: a Deny statement matches this call. Whoever wrote it has to decide whether this caller is meant; a Deny is never removed for you.',
    ja: '助言: Deny ステートメントがこの呼び出しに一致します。この呼び出し元が対象かどうかは、ステートメントの作成者が判断する必要があります。Deny を自動的に削除することはありません。',
  },
  condition: {
    en: 'Advice: a condition on the circumstances of the call is not met. Change the circumstances (address, network, tags, session name), or have its author decide; a condition is never removed for you.',
    ja: '助言: 呼び出しの状況についての条件が満たされていません。状況 (アドレス、ネットワーク、タグ、セッション名) を変更するか、条件の作成者が判断してください。条件を自動的に削除することはありません。',
  },
  unproven: {
    en: 'Advice: no edit of this policy could be proven to allow this caller and nobody else. Write a statement for this issuer, subject and audience, and ask again.',
    ja: '助言: この呼び出し元だけを許可すると証明できる、このポリシーの変更はありません。この発行者、サブジェクト、オーディエンスのステートメントを作成して、もう一度確認してください。',
  },
} satisfies Record<string, Localized>;
