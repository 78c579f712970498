/** `clusterwhy can-assume`: may this caller assume this role, and if not, why and what would repair it. */
import { arnOwner, roleArnFault } from '../../../shared/domain/arn.ts';
import { parsePolicy, type PolicyDocument } from '../../../shared/domain/policy-document.ts';
import { parseSubject, subjectOf } from '../../../shared/domain/service-account.ts';
import type { WebIdentityRequest } from '../../../shared/domain/trust-policy.ts';
import type { Session } from '../session.ts';
import { UserError } from '../user-error.ts';
import { answerTrust } from './answer-trust.ts';
import { answerBatch } from './batch.ts';
import { explainAnswer } from './explain-answer.ts';
import { fetchRole } from './fetch-role.ts';
import { readTrustPolicy, type TrustPolicySource } from './read-trust-policy.ts';
import { inLanguage } from '../../../shared/words.ts';

export interface CanAssumeOptions {
  trustPolicy?: string;
  role?: string;
  batch?: string;
  issuer?: string;
  subject?: string;
  serviceAccount?: string;
  audience: string;
  roleArn?: string;
  context: readonly string[];
  profile?: string;
  output: 'text' | 'json';
}

/** Exit code 0 where the caller may assume the role, 3 where not; of a batch, 3 where one may not or is unreadable. */
export async function canAssume(session: Session, options: CanAssumeOptions): Promise<number> {
  if (options.batch !== undefined) {
    refuseBesideBatch(options);
    return (await answerBatch(session, options.batch)) ? 0 : 3;
  }
  refuseUnclearPolicy(options);
  const issuer = readIssuer(options.issuer);
  const subject = readSubject(options);
  const context = readContext(options.context);
  const source = await readSource(session, options);
  const role = findRole(options, source);
  const claims = { aud: [options.audience], sub: subject };
  const request: WebIdentityRequest = { issuer, roleArn: role.arn, claims, context };
  const answer = answerTrust(
    { trustPolicy: source.policy, request, roleKnown: role.known },
    session.language,
  );
  if (options.output === 'json') await session.write(`${JSON.stringify(answer, null, 2)}\n`);
  else {
    const { rules } = await import('../../../shared/rules/index.ts');
    const titles = new Map(rules.map(({ id, title }) => [id as string, inLanguage(title, session.language)]));
    const roleName = role.known ? role.arn : session.says.canAssume.theRole;
    await session.write(explainAnswer({ ...session, answer, roleName, subject, titles }));
  }
  return answer.verdict === 'Allowed' ? 0 : 3;
}

function refuseBesideBatch(options: CanAssumeOptions): void {
  const { trustPolicy, role, issuer, subject, serviceAccount, roleArn } = options;
  const given = { trustPolicy, role, issuer, subject, serviceAccount, roleArn };
  const other = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
  if (other === undefined && options.context.length === 0) return;
  const option = `--${kebab(other ?? 'context')}`;
  throw new UserError({
    en: `--batch cannot be used with ${option}: each line of a batch holds its own policy and request`,
    ja: `--batch は ${option} と同時に使用できません: バッチの各行がそれぞれのポリシーとリクエストを持ちます`,
  });
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** An https address of a real host; EKS's end with the cluster's id, without a slash. */
function isIssuer({ protocol, hostname, pathname }: URL): boolean {
  const isEks = /^oidc\.eks\./.test(hostname);
  return (
    protocol === 'https:' && hostname.includes('.') && !(isEks && !/^\/id\/[0-9A-Za-z]+$/.test(pathname))
  );
}

function readIssuer(issuer: string | undefined): string {
  if (issuer === undefined)
    throw new UserError({
      en: 'No --issuer was given: name the cluster\'s OIDC issuer, as "aws eks describe-cluster --query cluster.identity.oidc.issuer" prints it',
      ja: '--issuer が指定されていません: "aws eks describe-cluster --query cluster.identity.oidc.issuer" が出力する、クラスターの OIDC 発行者を指定してください',
    });
  const url = /^https?:\/\//.test(issuer) ? issuer : `https://${issuer}`;
  if (!URL.canParse(url) || !isIssuer(new URL(url)) || /\s/.test(issuer))
    throw new UserError({
      en: `"${issuer}" is no issuer: give the https address that the tokens name as their "iss"`,
      ja: `"${issuer}" は発行者ではありません: トークンの "iss" にある https のアドレスを指定してください`,
    });
  return url;
}

function readSubject({ subject, serviceAccount }: CanAssumeOptions): string {
  if (subject !== undefined && serviceAccount !== undefined)
    throw new UserError({
      en: 'Both --subject and --service-account were given: one of them says who calls',
      ja: '--subject と --service-account が両方指定されています: 呼び出し元はどちらか一方で指定してください',
    });
  if (subject) return subject;
  if (serviceAccount === undefined)
    throw new UserError({
      en: 'It was not said who calls: give --service-account NAMESPACE/NAME, or --subject with the token\'s "sub"',
      ja: '呼び出し元が指定されていません: --service-account NAMESPACE/NAME、または --subject でトークンの "sub" を指定してください',
    });
  const [namespace = '', name = '', more] = serviceAccount.split('/');
  if (more !== undefined || parseSubject(subjectOf({ namespace, name })) === null)
    throw new UserError({
      en: `"${serviceAccount}" is no service account: give NAMESPACE/NAME in lower case, as in shop/cart`,
      ja: `"${serviceAccount}" はサービスアカウントではありません: shop/cart のように、小文字の NAMESPACE/NAME で指定してください`,
    });
  return subjectOf({ namespace, name });
}

/** `KEY=VALUE`; a key given more than once has several values. */
function readContext(pairs: readonly string[]): Record<string, string | string[]> {
  const context = new Map<string, string[]>();
  for (const pair of pairs) {
    const cut = pair.indexOf('=');
    if (cut < 1)
      throw new UserError({
        en: `"${pair}" is no context: give KEY=VALUE, as in aws:SourceIp=192.0.2.10`,
        ja: `"${pair}" はコンテキストではありません: aws:SourceIp=192.0.2.10 のように、KEY=VALUE で指定してください`,
      });
    const key = pair.slice(0, cut);
    context.set(key, [...(context.get(key) ?? []), pair.slice(cut + 1)]);
  }
  return Object.fromEntries(
    [...context].map(([key, values]) => [key, values.length === 1 ? (values[0] ?? '') : values]),
  );
}

function refuseUnclearPolicy({ trustPolicy, role }: CanAssumeOptions): void {
  if (trustPolicy !== undefined && role !== undefined)
    throw new UserError({
      en: 'Both --trust-policy and --role were given: one of them says which policy is asked about',
      ja: '--trust-policy と --role が両方指定されています: 対象のポリシーはどちらか一方で指定してください',
    });
  if (trustPolicy === undefined && role === undefined)
    throw new UserError({
      en: 'No policy was named: give --trust-policy FILE, or --role ARN to read it from AWS, or --batch FILE',
      ja: 'ポリシーが指定されていません: --trust-policy FILE、AWS から読み取る場合は --role ARN、または --batch FILE を指定してください',
    });
}

async function readSource(session: Session, options: CanAssumeOptions): Promise<TrustPolicySource> {
  const { trustPolicy, role = '', profile } = options;
  return trustPolicy === undefined ? fetchRole(role, profile) : readTrustPolicy(trustPolicy, session.stdin);
}

interface RoleName {
  arn: string;
  /** False where only account and partition are known. */
  known: boolean;
}

/** The role's ARN: as given, as the file names it, or as far as the policy's own principals tell. */
function findRole({ roleArn }: CanAssumeOptions, source: TrustPolicySource): RoleName {
  const arn = roleArn ?? source.roleArn;
  if (arn !== null && arn !== undefined) {
    const fault = roleArnFault(arn);
    if (fault)
      throw new UserError({
        en: `"${arn}" is no ARN of a role: it ${fault.en}; give --role-arn arn:aws:iam::ACCOUNT:role/NAME`,
        ja: `"${arn}" はロールの ARN ではありません: ${fault.ja}。--role-arn arn:aws:iam::ACCOUNT:role/NAME の形式で指定してください`,
      });
    return { arn, known: true };
  }
  const parsed = parsePolicy(source.policy);
  if (!parsed.ok) return { arn: 'arn:aws:iam::000000000000:role/unnamed', known: false }; // Malformed for any role
  const owners = principalOwners(parsed.policy);
  const [owner] = owners;
  if (owner === undefined || owners.length > 1)
    throw new UserError({
      en: `The role's account is not known: the policy names ${owner ? 'several accounts' : 'no provider of an account'}; give --role-arn`,
      ja: `ロールのアカウントが分かりません: ポリシーに${owner ? '複数のアカウントが記載されています' : 'アカウントのプロバイダーが記載されていません'}。--role-arn を指定してください`,
    });
  return { arn: `arn:${owner}:role/unnamed`, known: false };
}

/** Partition, service and account of the providers that the policy trusts, `aws:iam::111122223333`, each once. */
function principalOwners(policy: PolicyDocument): string[] {
  const owners = policy.statements
    .flatMap(({ principals }) => principals)
    .flatMap(({ type, value }) => (type === 'Federated' ? [arnOwner(value)] : []))
    .filter(({ account }) => /^\d{12}$/.test(account))
    .map(({ partition, account }) => `${partition}:iam::${account}`);
  return [...new Set(owners)];
}
