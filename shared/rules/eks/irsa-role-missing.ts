import { parseRoleArn } from '../../domain/arn.ts';
import { editDistance } from '../../domain/issuer.ts';
import { rule, type Problem } from '../../rule.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, oneLine, shortened, verb, type Told } from './web-identity/told.ts';
import { roleForCaller, rolesThatMayTrust, workloadFix } from './web-identity/workload-fix.ts';
import { en, ja, type Localized } from '../../words.ts';

export default rule({
  id: 'eks/irsa-role-missing',
  title: {
    en: 'A workload asks for a role that does not exist',
    ja: 'ワークロードが存在しないロールを要求しています',
  },
  severity: 'high',
  why: {
    en: 'STS answers a missing role by AccessDenied, as if it existed; the role was deleted, renamed, or has another path.',
    ja: 'STS は、ロールが存在しない場合も、存在する場合と同じように AccessDenied を返します。ロールは削除されたか、名前が変わったか、別のパスにあります。',
  },
  references: [
    'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
  ],
  needs: webIdentityNeeds,
  check: (given) =>
    problemsOf(
      'eks/irsa-role-missing',
      given,
      (told) => ({
        cause: sentence(given, told),
        subject: askedFor(told[0]),
        fix: workloadFix(told, (diagnosis) => roleForCaller(given, diagnosis, rolesLike(given, diagnosis))),
      }),
      ({ roleArn, issuer }) => JSON.stringify([roleArn, issuer]),
    ),
});

function askedFor({ roleArn }: Diagnosis): Problem['subject'] {
  const arn = roleArn ?? '';
  return { kind: 'role', name: parseRoleArn(arn)?.name ?? oneLine(arn), id: arn };
}

/** Roles that the caller may have meant. */
function rolesLike(given: WebIdentityGiven, { roleArn, subject }: Diagnosis) {
  const wanted = parseRoleArn(roleArn ?? '')?.name ?? '';
  return rolesThatMayTrust(given, subject ?? '').filter(({ name }) => editDistance(name, wanted, 2) <= 2);
}

function sentence({ place }: WebIdentityGiven, told: Told): Localized {
  const [{ role, roleArn }] = told;
  const callers = callersOf(told);
  const wanted = roleArn === null ? { en: 'a role', ja: 'ロール' } : shortened(roleArn);
  const asked = en`${callers} ${verb(told, 'asks', 'ask')} for ${wanted}`;
  if (role)
    return {
      en: `${asked}; the role of that name has the path ${role.path}, so its ARN is ${role.arn}.`,
      ja: ja`${callers} が ${wanted} を要求していますが、その名前のロールのパスは ${role.path} であり、ARN は ${role.arn} です。`,
    };
  const account = parseRoleArn(roleArn ?? '')?.account ?? '';
  return account === place.account
    ? {
        en: `${asked}, which does not exist.`,
        ja: ja`${callers} が ${wanted} を要求していますが、このロールは存在しません。`,
      }
    : {
        en: `${asked}; the role of that name which trusts ${verb(told, 'it', 'them')} is in account ${place.account}, not in ${account}.`,
        ja: ja`${callers} が ${wanted} を要求していますが、呼び出し元を信頼するその名前のロールがあるのは、アカウント ${account} ではなく ${place.account} です。`,
      };
}
