import { isNegated } from '../../domain/condition.ts';
import { keyMeaning } from '../../domain/condition-key.ts';
import { issuerName, issuerOfProvider, parseEksIssuer } from '../../domain/issuer.ts';
import type { ConditionElement, Statement } from '../../domain/policy-document.ts';
import { evaluateTrust } from '../../domain/trust-policy.ts';
import type { Caller, Role } from '../../domain/web-identity.ts';
import { rule, type Problem, type Severity, type Unknown } from '../../rule.ts';
import { defaultAudience } from './web-identity/diagnosis.ts';
import { advice } from './web-identity/fix.ts';
import {
  clusterOf,
  isGone,
  ownRoles,
  webIdentityNeeds,
  type WebIdentityGiven,
} from './web-identity/given.ts';
import { groupBy, lookUpBy } from './web-identity/look-up-by.ts';
import { issuersNamedIn, webIdentityAllows } from './web-identity/role-issuers.ts';
import { allOf, clusterName, listed } from './web-identity/told.ts';
import { en, ja, mapWords, type Localized, type Words } from '../../words.ts';

export default rule({
  id: 'eks/irsa-trust-too-broad',
  title: {
    en: 'A role can be assumed by service accounts that were not named',
    ja: '指定されていないサービスアカウントがロールを引き受けられます',
  },
  severity: 'high',
  why: {
    en: 'Whoever can create a pod in the cluster, or in a namespace of the right name, gets the role.',
    ja: 'クラスター、または該当する名前の名前空間で Pod を作成できる人は、だれでもロールを取得できます。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => ownRoles(given).flatMap((role) => judge(given, role)),
});

/** How far a statement reaches beyond the service accounts that it names. */
interface Reach {
  statement: Statement;
  issuer: string;
  /** Whom it lets in, of a cluster. */
  who: (cluster: Words) => Localized;
  severity: Severity;
}

/** One problem for each place whose clusters' service accounts get in. */
function judge(given: WebIdentityGiven, role: Role): (Problem | Unknown)[] {
  const found = webIdentityAllows(role).flatMap((statement) =>
    issuersOf(given, role, statement).flatMap((issuer) => reachOf(role, statement, issuer) ?? []),
  );
  const reaches = found.filter(({ issuer }) => isGone(given, issuer) === false);
  const unknown = found
    .filter(({ issuer }) => isGone(given, issuer) === null)
    .map(({ issuer, who }) => ({
      unknown: {
        en: en`${role.name} can be assumed by ${who(issuerName(issuer))}, if that cluster still exists`,
        ja: ja`${role.name} は ${who(issuerName(issuer))}が引き受けられます (そのクラスターがまだ存在する場合)`,
      },
    }));
  const places = groupBy(reaches, ({ issuer }) =>
    JSON.stringify([parseEksIssuer(issuer)?.region, clusterOf(given, issuer)?.name]),
  );
  return [...unknown, ...[...places.values()].flatMap((group) => problem(given, role, group) ?? [])];
}

/**
 * The issuers whose tokens the statement may let in: those that it names, or every cluster's where it names everybody.
 * A GitHub provider is not a cluster, unless the conditions speak of service accounts.
 */
function issuersOf(given: WebIdentityGiven, role: Role, statement: Statement): string[] {
  const everybody = statement.notPrincipal || statement.principals.some(({ value }) => value === '*');
  const clusters = (given.facts.clusters?.clusters ?? []).flatMap(({ issuer }) => issuer ?? []);
  const issuers = [...issuersNamedIn(statement, role), ...(everybody ? clusters : [])];
  const speaks = statement.conditions.some(({ values }) =>
    values.some((value) => value.includes('system:serviceaccount:')),
  );
  return [...new Set(issuers)].filter((issuer) => parseEksIssuer(issuer) !== null || speaks);
}

/** A service account, and a token, that no policy can have meant: if one is let in, so is everybody like it. */
const strangersNamespace = 'system:serviceaccount:zz-stranger:';
const strangersToken = 'zz-stranger';

/** Null where each service account is named with its namespace; an own namespace may be open as a whole. */
function reachOf(role: Role, statement: Statement, issuer: string): Reach | null {
  const allows = (sub: string | null) => lets(role, statement, issuer, sub);
  const reach = (who: Reach['who'], severity: Severity): Reach => ({ statement, issuer, who, severity });
  if (allows(`${strangersNamespace}zz-stranger`) || allows(strangersToken)) return reach(anyAccount, 'high');
  for (const pattern of patternsOf(statement, issuer)) {
    const name = filled(pattern.split(':').at(-1) ?? '');
    if (allows(`${strangersNamespace}${name}`)) return reach(anyNamespace(pattern), 'high');
    const namespace = pattern.split(':')[2] ?? '';
    if (/[*?]/.test(namespace) && allows(filled(pattern))) return reach(namespacesLike(namespace), 'medium');
  }
  return allows(null) ? reach(withoutSubject, 'medium') : null;
}

function anyAccount(cluster: Words): Localized {
  return { en: en`any service account of ${cluster}`, ja: ja`${cluster} の任意のサービスアカウント` };
}

function anyNamespace(pattern: string): Reach['who'] {
  return (cluster) => ({
    en: en`service accounts of ${cluster} in any namespace that match "${pattern}"`,
    ja: ja`${cluster} の任意の名前空間にあり "${pattern}" に一致するサービスアカウント`,
  });
}

function namespacesLike(namespace: string): Reach['who'] {
  return (cluster) => ({
    en: en`service accounts of ${cluster} in every namespace that matches "${namespace}"`,
    ja: ja`${cluster} の "${namespace}" に一致するすべての名前空間のサービスアカウント`,
  });
}

function withoutSubject(cluster: Words): Localized {
  return {
    en: en`a token of ${cluster} without a subject (ForAllValues and IfExists hold where the key is absent)`,
    ja: ja`${cluster} のサブジェクトのないトークン (ForAllValues と IfExists はキーがない場合に成立します)`,
  };
}

/** Whether the statement lets in the subject, null being none, with any audience that it may want. */
function lets(role: Role, statement: Statement, issuer: string, sub: string | null): boolean {
  const policy = alone(role, statement, issuer);
  const wanted = conditionsOn('aud', statement, issuer).flatMap(({ values }) => values.map(filled));
  return [defaultAudience, ...wanted].some((audience) => {
    const claims = { ...(sub === null ? {} : { sub }), aud: [audience] };
    const request = { issuer, roleArn: role.arn, claims, context: { 'aws:SecureTransport': 'true' } };
    return evaluateTrust(policy, request).verdict === 'Allowed';
  });
}

function patternsOf(statement: Statement, issuer: string): string[] {
  return conditionsOn('sub', statement, issuer)
    .flatMap(({ values }) => values)
    .filter((value) => /[*?]/.test(value));
}

/** Some text that the pattern matches. */
function filled(pattern: string): string {
  return pattern.replaceAll('*', 'zz').replaceAll('?', 'z');
}

function conditionsOn(claim: 'sub' | 'aud', { conditions }: Statement, issuer: string): ConditionElement[] {
  return conditions.filter((element) => {
    const meaning = keyMeaning(element.key, element.values, issuerName(issuer));
    return meaning.kind === 'claim' && meaning.claim === claim && !isNegated(element);
  });
}

/**
 * The policy with this Allow statement and its Deny statements only. Conditions that are on no claim (address, VPC …) are
 * left out of the Allow: they say where a caller must be, not who it is.
 */
function alone({ trustPolicy }: Role, { index, conditions }: Statement, issuer: string): unknown {
  const document = (typeof trustPolicy === 'string' ? JSON.parse(trustPolicy) : trustPolicy) as {
    Statement: unknown;
  };
  const list = (Array.isArray(document.Statement) ? document.Statement : [document.Statement]) as Record<
    string,
    unknown
  >[];
  const own = conditions.filter(
    ({ key, values }) => keyMeaning(key, values, issuerName(issuer)).kind !== 'other',
  );
  const Condition: Record<string, Record<string, string[]>> = {};
  for (const { operator, key, values } of own)
    Condition[operator] = { ...Condition[operator], [key]: values };
  const denies = list.filter(({ Effect }) => Effect === 'Deny');
  return { ...document, Statement: [{ ...list[index], Condition }, ...denies] };
}

const callersByRole = lookUpBy<Caller>(({ roleArn }) => [roleArn]);

function problem(given: WebIdentityGiven, role: Role, group: Reach[]): Problem | null {
  const [first] = [...group].sort((a, b) => (a.severity === b.severity ? 0 : a.severity === 'high' ? -1 : 1));
  if (!first) return null;
  const { statement, issuer, who, severity } = first;
  const cluster = clusterOf(given, issuer);
  const seen = callersByRole(given.facts.denials?.callers, role.arn).filter(
    ({ provider }) => issuerOfProvider(provider ?? '') === issuerName(issuer),
  );
  const subjects = [...new Set(seen.map(({ subject }) => subject))];
  const stated = conditionsOn('sub', statement, issuer)
    .filter(({ base }) => base !== 'null')
    .map(({ operator, values }): Words => mapWords(listed(values), (list) => `${operator} ${list}`));
  const asked = allOf(stated);
  return {
    location: cluster?.region ?? parseEksIssuer(issuer)?.region ?? null,
    cluster: cluster?.name ?? null,
    subject: { kind: 'role', name: role.name, id: role.arn },
    severity,
    cause: sentence(role, who(clusterName(cluster, issuerName(issuer))), asked),
    evidence: [
      { label: 'Condition on the subject', value: asked || { en: 'none', ja: 'なし' } },
      { label: 'Who used it in the window', value: whoUsed(given, subjects) },
    ],
    fix: advice(nameThem(subjects)),
  };
}

function sentence({ name }: Role, who: Words, asked: Words): Localized {
  const asks = asked
    ? { en: en`asks for ${asked}`, ja: ja`が求めている条件は ${asked} です` }
    : { en: 'does not ask for a subject', ja: 'はサブジェクトを確認していません' };
  return {
    en: en`${name} can be assumed by ${who}: its trust policy ${asks}.`,
    ja: ja`${name} は ${who}が引き受けられます。信頼ポリシー${asks}。`,
  };
}

function whoUsed({ facts }: WebIdentityGiven, subjects: string[]): Words {
  if (!facts.denials) return { en: 'not read', ja: '読み取られていません' };
  return subjects.length > 0 ? listed(subjects) : { en: 'nobody was seen', ja: '記録なし' };
}

function nameThem(subjects: string[]): Localized {
  return subjects.length > 0
    ? {
        en: en`Name the service accounts that use the role (seen in the window: ${listed(subjects)}) by StringEquals; look at a longer window for those that call rarely.`,
        ja: ja`ロールを使っているサービスアカウント (期間内に確認できたもの: ${listed(subjects)}) を StringEquals で指定してください。まれにしか呼び出さないものについては、より長い期間を確認してください。`,
      }
    : {
        en: 'Name the service accounts that are meant, by StringEquals, each as system:serviceaccount:namespace:name.',
        ja: '対象のサービスアカウントを、それぞれ system:serviceaccount:namespace:name の形式で StringEquals で指定してください。',
      };
}
