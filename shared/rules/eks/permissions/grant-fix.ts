/** The narrowest grant for calls that no policy of a role allows. */
import { createHash } from 'node:crypto';
import { parseRoleArn } from '../../../domain/arn.ts';
import {
  isEscalating,
  narrowestPolicy,
  narrowestResource,
  type GrantPolicy,
} from '../../../domain/narrowest-statement.ts';
import type { Fix } from '../../../rule.ts';
import { sh, withDocument } from '../../../shell.ts';
import { advice } from '../web-identity/fix.ts';
import { enumerated } from '../pod-credentials/telling.ts';
import type { Refusal } from './refusals.ts';

/** So many calls are granted by one policy at most; all inline policies of a role share 10,240 characters. */
const mostCalls = 30;
const longestPolicy = 6_000;

/** `aws iam put-role-policy` for the calls that may be granted; the rest is advice. */
export function grantFix(roleArn: string, refusals: readonly Refusal[]): Fix {
  const role = parseRoleArn(roleArn);
  const grantable = refusals.filter(isGrantable);
  const policy = role && !isServiceLinked(role.path) ? fittingPolicy(grantable) : null;
  const left = refusals.filter((refusal) => !policy || !grantable.slice(0, policy.calls).includes(refusal));
  if (!role || !policy) return advice(`${ifMeant} ${leftText(left)}`);
  const granted = grantable.slice(0, policy.calls);
  const isProven = granted.every(
    ({ check }) => check?.allowedWithGrant === true && check.invalid?.length === 0,
  );
  const proof = isProven
    ? 'IAM’s simulator refuses the calls as the role is, and allows them with this policy; Access Analyzer finds it valid.'
    : null;
  return {
    summary: [
      `${ifMeant} This policy allows exactly these calls on exactly what was called, and nothing else.`,
      proof,
      left.length > 0 ? leftText(left) : null,
    ]
      .filter(Boolean)
      .join(' '),
    commands: [putPolicyCommand(role.name, policy.document)],
    policy: policy.document,
    verified: isProven,
  };
}

const ifMeant = 'If the workload should not make these calls, nothing is broken.';

/** Nobody but AWS changes a service-linked role. */
function isServiceLinked(path: string): boolean {
  return path.startsWith('/aws-service-role/');
}

function isGrantable({ action, resource, check }: Refusal): boolean {
  return (
    !isEscalating(action) &&
    narrowestResource({ action, resource }) !== null &&
    (check?.invalid ?? []).length === 0
  );
}

/** As many of the calls as fit, the most frequent first. */
function fittingPolicy(refusals: readonly Refusal[]): { document: GrantPolicy; calls: number } | null {
  for (let calls = Math.min(refusals.length, mostCalls); calls > 0; calls--) {
    const document = narrowestPolicy(refusals.slice(0, calls));
    if (document && JSON.stringify(document).length <= longestPolicy) return { document, calls };
  }
  return null;
}

/** The name follows from the content, so that no other policy of the role is written over. */
function putPolicyCommand(roleName: string, document: GrantPolicy): string {
  const hash = createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, 12);
  return withDocument(
    sh`aws iam put-role-policy --role-name ${roleName} --policy-name ${`clusterwhy-${hash}`} --policy-document file:///dev/stdin`,
    document,
  );
}

function leftText(left: readonly Refusal[]): string {
  const risky = left.filter(({ action }) => isEscalating(action)).map(({ action }) => action);
  const unnamed = left.filter((one) => !isEscalating(one.action) && narrowestResource(one) === null);
  const invalid = left.filter(({ check }) => (check?.invalid ?? []).length > 0);
  return [
    risky.length > 0
      ? `With ${enumerated([...new Set(risky)])} a workload could give itself or others more: whoever owns the role must decide on it.`
      : '',
    unnamed.length > 0
      ? `For ${enumerated([...new Set(unnamed.map(({ action }) => action))])} AWS does not say on what it was refused: allow it on the resource that the workload needs.`
      : '',
    invalid.length > 0
      ? `Access Analyzer finds the grant of ${enumerated(invalid.map(({ action }) => action))} invalid: ${invalid[0]?.check?.invalid?.[0] ?? ''}.`
      : '',
    left.length > 0 && risky.length + unnamed.length + invalid.length === 0
      ? `${left.length === 1 ? 'One more call does' : `${left.length} more calls do`} not fit into one policy: run it again after this one.`
      : '',
  ]
    .filter(Boolean)
    .join(' ');
}
