import { parseRoleArn } from '../../domain/arn.ts';
import { editDistance } from '../../domain/issuer.ts';
import { rule } from '../../rule.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { problemsOf } from './web-identity/problem.ts';
import { callersOf, oneLine, shortened, verb, type Told } from './web-identity/told.ts';
import { roleForCaller, rolesThatMayTrust, workloadFix } from './web-identity/workload-fix.ts';

export default rule({
  id: 'eks/irsa-role-missing',
  title: 'A workload asks for a role that does not exist',
  severity: 'high',
  why: 'STS answers a missing role by AccessDenied, as if it existed; the role was deleted, renamed, or has another path.',
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

function askedFor({ roleArn }: Diagnosis) {
  const arn = roleArn ?? '';
  return { kind: 'role', name: parseRoleArn(arn)?.name ?? oneLine(arn), id: arn };
}

/** Roles that the caller may have meant. */
function rolesLike(given: WebIdentityGiven, { roleArn, subject }: Diagnosis) {
  const wanted = parseRoleArn(roleArn ?? '')?.name ?? '';
  return rolesThatMayTrust(given, subject ?? '').filter(({ name }) => editDistance(name, wanted, 2) <= 2);
}

function sentence({ place }: WebIdentityGiven, told: Told): string {
  const [{ role, roleArn }] = told;
  const asked = `${callersOf(told)} ${verb(told, 'asks', 'ask')} for ${shortened(roleArn ?? 'a role')}`;
  if (role) return `${asked}; the role of that name has the path ${role.path}, so its ARN is ${role.arn}.`;
  const account = parseRoleArn(roleArn ?? '')?.account;
  return account === place.account
    ? `${asked}, which does not exist.`
    : `${asked}; the role of that name which trusts ${verb(told, 'it', 'them')} is in account ${place.account}, not in ${account}.`;
}
