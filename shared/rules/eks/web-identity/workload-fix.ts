/** Repairs on the workload's side: the annotation that names the role. */
import type { Fix } from '../../../rule.ts';
import type { Role } from '../../../domain/web-identity.ts';
import { parseSubject } from '../../../domain/service-account.ts';
import { evaluateTrust } from '../../../domain/trust-policy.ts';
import { circumstancesOf, latentCircumstances } from './circumstances.ts';
import { defaultAudience, type Diagnosis } from './diagnosis.ts';
import { advice, annotateCommand } from './fix.ts';
import { isOwn, type WebIdentityGiven } from './given.ts';
import { joinSentences } from './joint-repair.ts';
import { lookUpBy } from './look-up-by.ts';
import { webIdentityAllows } from './role-issuers.ts';
import { shortened, subjectsOf, type Told } from './told.ts';
import { en, ja, type Words } from '../../../words.ts';

/** The subjects that the role's policy names, the namespaces that it names as a whole, and `*` for whatever else it lets in. */
function letsIn(role: Role): string[] {
  return webIdentityAllows(role).flatMap(({ conditions }) => {
    const values = conditions.flatMap(({ values }) => values);
    const named = values.filter((value) => parseSubject(value) !== null);
    const patterns = values
      .filter((value) => /[*?$]/.test(value))
      .map((value) => /^system:serviceaccount:([a-z0-9-]+):/.exec(value)?.[1] ?? '*');
    return named.length + patterns.length > 0 ? [...named, ...patterns] : ['*'];
  });
}

const rolesByCaller = lookUpBy<Role>((role) => (isOwn(role) ? letsIn(role) : []));

/** Roles that people made and whose trust policy may let in the subject: few of thousands. */
export function rolesThatMayTrust(
  { facts }: { facts: Pick<WebIdentityGiven['facts'], 'roles'> },
  subject: string,
): readonly Role[] {
  const keys = [subject, parseSubject(subject)?.namespace ?? '*', '*'];
  return [...new Set(keys.flatMap((key) => rolesByCaller(facts.roles, key)))];
}

/** The one role among those that may have been meant that trusts the caller already; null where there is not just one. */
export function roleForCaller(
  { time }: WebIdentityGiven,
  { subject, issuer, audience, denial }: Diagnosis,
  mayBeMeant: readonly Role[],
): Role | null {
  if (subject === null || issuer === null) return null;
  const { context } = denial ? circumstancesOf(denial.latest) : latentCircumstances(time);
  const claims = { sub: subject, aud: [audience ?? defaultAudience] };
  const trusting = mayBeMeant.filter(
    ({ arn, trustPolicy }) =>
      evaluateTrust(trustPolicy, { issuer, roleArn: arn, claims, context }).verdict === 'Allowed',
  );
  return trusting.length === 1 ? (trusting[0] ?? null) : null;
}

/** So many callers are given a command of their own at most. */
const mostCommands = 10;

/** Names the right role in the annotation where one is known: that grants nothing, for the role trusts the caller already. */
export function workloadFix(told: Told, meantRole: (diagnosis: Diagnosis) => Role | null): Fix {
  const repairs = [...new Map(told.map((diagnosis) => [diagnosis.subject, diagnosis])).values()]
    .slice(0, mostCommands)
    .map((diagnosis) => ({ diagnosis, role: meantRole(diagnosis) }));
  const commands = repairs.flatMap(({ diagnosis, role }) =>
    role && diagnosis.subject !== null ? (annotateCommand(diagnosis.subject, role.arn) ?? []) : [],
  );
  const [first] = repairs.flatMap(({ role }) => role ?? []);
  const left = subjectsOf(told).length - commands.length;
  if (!first || commands.length === 0) return advice(writeExisting(told[0]));
  const others = {
    en: `The role that was meant for ${left} of them is not known: ask their owners.`,
    ja: `残り ${left} 件については意図されたロールが不明です。所有者に確認してください。`,
  };
  const name = commands.length === 1 ? nameRole(first) : nameInEach;
  return { summary: joinSentences([name, ...(left > 0 ? [others] : [])]), commands, verified: false };
}

function writeExisting({ roleArn }: Diagnosis): Words {
  const present = roleArn === null ? { en: 'what is there', ja: '現在の値' } : shortened(roleArn);
  return {
    en: en`Write the ARN of an existing role that trusts this service account into its annotation eks.amazonaws.com/role-arn in place of ${present}, and restart its pods.`,
    ja: ja`アノテーション eks.amazonaws.com/role-arn に、${present} の代わりに、このサービスアカウントを信頼する既存のロールの ARN を指定し、Pod を再起動してください。`,
  };
}

function nameRole({ arn }: Role): Words {
  return {
    en: `Name ${arn} in the service account's annotation, and restart its pods. That role trusts this caller already.`,
    ja: `サービスアカウントのアノテーションに ${arn} を指定し、Pod を再起動してください。このロールはすでにこの呼び出し元を信頼しています。`,
  };
}

const nameInEach = {
  en: "Name in each service account's annotation the role that trusts it already, and restart its pods.",
  ja: '各サービスアカウントのアノテーションに、すでにそのサービスアカウントを信頼しているロールを指定し、Pod を再起動してください。',
};
