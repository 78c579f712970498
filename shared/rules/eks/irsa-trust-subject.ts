import { isNegated } from '../../domain/condition.ts';
import { editDistance, isPlaceholder } from '../../domain/issuer.ts';
import { isMisspeltSubject, parseSubject } from '../../domain/service-account.ts';
import { rule } from '../../rule.ts';
import { webIdentityNeeds } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import {
  callersOf,
  faultyConditions,
  faultyValues,
  originOf,
  roleName,
  shortened,
  subjectsOf,
  type Told,
} from './web-identity/told.ts';
import { en, ja, joinWords, mapWords, type Localized, type Words } from '../../words.ts';

const id = 'eks/irsa-trust-subject';

export default rule({
  id,
  title: {
    en: 'A trust policy names another service account',
    ja: '信頼ポリシーが別のサービスアカウントを指定しています',
  },
  severity: 'high',
  why: {
    en: 'Pods of this service account get no credentials for the role; either the policy or the annotation is wrong.',
    ja: 'このサービスアカウントの Pod は、ロールの認証情報を取得できません。ポリシーかアノテーションのどちらかが誤っています。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://repost.aws/knowledge-center/eks-troubleshoot-irsa-errors',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf(id, given, (told) => ({
      cause: sentence(told),
      evidence: [{ label: 'Condition on the subject', value: conditionsOf(told) }],
    })),
});

function conditionsOf(told: Told): Words {
  const stated = faultyConditions(told[0].trust, id).map(({ operator, values }): Words => {
    const value = values.join(', ');
    return value ? `${operator} ${value}` : { en: `${operator} nothing`, ja: `${operator} (値なし)` };
  });
  return joinWords(stated, '; ') || { en: 'none', ja: 'なし' };
}

/** Which part differs from the nearest subject that the policy allows. */
function sentence(told: Told): Localized {
  const [role, callers] = [roleName(told[0]), callersOf(told)];
  const conditions = faultyConditions(told[0].trust, id);
  const [subject = '', ...otherSubjects] = subjectsOf(told);
  if (conditions.some((element) => isNegated(element) || element.base === 'null'))
    return excluding(role, callers, mapWords(conditionsOf(told), shortened));
  const allowed = faultyValues(told[0], id);
  const nearest = nearestOf(allowed, subject);
  if (nearest === undefined) return allowingNone(role, callers);
  const others = {
    en: ` (nearest of ${allowed.length} allowed)`,
    ja: ` (許可されている ${allowed.length} 件のうち最も近いもの)`,
  };
  const name = en`"${shortened(nearest)}"`;
  const value = allowed.length > 1 ? mapWords(others, (more) => name + more) : name;
  return otherSubjects.length > 0
    ? noneOf(role, callers, value)
    : {
        en: en`The trust policy of ${role} allows ${value}, and the caller is "${shortened(subject)}"${originOf(told)}: ${differenceOf(nearest, subject)}.`,
        ja: ja`${role} の信頼ポリシーが許可しているのは ${value} ですが、${originOf(told)}呼び出し元は "${shortened(subject)}" です。${differenceOf(nearest, subject)}。`,
      };
}

function excluding(role: Words, callers: Words, demands: Words): Localized {
  return {
    en: en`The trust policy of ${role} excludes ${callers}: it demands ${demands}.`,
    ja: ja`${role} の信頼ポリシーは ${callers} を除外しています。求められている条件は ${demands} です。`,
  };
}

function allowingNone(role: Words, callers: Words): Localized {
  return {
    en: en`The trust policy of ${role} allows no subject at all, and so not ${callers}.`,
    ja: ja`${role} の信頼ポリシーはどのサブジェクトも許可していないため、${callers} も許可されません。`,
  };
}

function noneOf(role: Words, callers: Words, allowed: Words): Localized {
  return {
    en: en`The trust policy of ${role} allows ${allowed}, which is none of ${callers}.`,
    ja: ja`${role} の信頼ポリシーが許可しているのは ${allowed} であり、${callers} のいずれでもありません。`,
  };
}

function nearestOf(allowed: string[], subject: string): string | undefined {
  const distance = (text: string) => editDistance(text, subject, 200);
  return [...allowed].sort((a, b) => distance(a) - distance(b))[0];
}

/** A clause; in Japanese a sentence of its own, without the full stop. */
function differenceOf(allowed: string, subject: string): Localized {
  const [a, b] = [parseSubject(allowed), parseSubject(subject)];
  if (!b) return differences.noAccount;
  if (!a || allowed === subject) return differenceOfForm(allowed, subject);
  if (a.namespace === b.name && a.name === b.namespace) return differences.swapped;
  if (a.namespace !== b.namespace && a.name !== b.name) return differences.both;
  return a.namespace === b.namespace
    ? { en: `the name is ${b.name}, not ${a.name}`, ja: `名前が ${a.name} ではなく ${b.name} です` }
    : {
        en: `the namespace is ${b.namespace}, not ${a.namespace}`,
        ja: `名前空間が ${a.namespace} ではなく ${b.namespace} です`,
      };
}

function differenceOfForm(allowed: string, subject: string): Localized {
  if (allowed === subject) return differences.operator;
  if (/[*?]/.test(allowed)) return differences.pattern;
  if (/\$\{[^}]*:/.test(allowed)) return differences.variable;
  if (isPlaceholder(allowed)) return differences.placeholder;
  if (allowed.toLowerCase() === subject) return differences.letterCase;
  return isMisspeltSubject(allowed, subject) ? differences.misspelt : differences.form;
}

const differences = {
  noAccount: {
    en: 'the caller is no Kubernetes service account',
    ja: '呼び出し元は Kubernetes のサービスアカウントではありません',
  },
  swapped: { en: 'namespace and name are swapped', ja: '名前空間と名前が入れ替わっています' },
  both: { en: 'namespace and name differ', ja: '名前空間と名前が異なります' },
  operator: {
    en: 'the operator of the condition does not compare names',
    ja: '条件の演算子が名前を比較するものではありません',
  },
  pattern: { en: 'the pattern does not match it', ja: 'パターンが一致しません' },
  variable: {
    en: 'a policy variable in it has no such value in this call',
    ja: 'ポリシー変数の値がこの呼び出しでは異なります',
  },
  placeholder: {
    en: 'a placeholder was left in the policy',
    ja: 'ポリシーにプレースホルダーが残っています',
  },
  letterCase: {
    en: 'letter case counts, and Kubernetes names are in lower case',
    ja: '大文字と小文字は区別され、Kubernetes の名前は小文字です',
  },
  misspelt: {
    en: 'it is misspelt; a subject is written system:serviceaccount:namespace:name',
    ja: 'ポリシーの書き誤りです。サブジェクトは system:serviceaccount:namespace:name の形式で書きます',
  },
  form: {
    en: 'no cluster can issue a subject of that form; it is written system:serviceaccount:namespace:name',
    ja: 'この形式のサブジェクトを発行できるクラスターはありません。system:serviceaccount:namespace:name の形式で書きます',
  },
} satisfies Record<string, Localized>;
