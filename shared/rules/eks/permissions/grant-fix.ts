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
import { en, ja, joinWords, type Words } from '../../../words.ts';
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
  if (!role || !policy) return advice(sentences([ifMeant, ...leftTexts(left)]));
  const granted = grantable.slice(0, policy.calls);
  const isProven = granted.every(
    ({ check }) => check?.allowedWithGrant === true && check.invalid?.length === 0,
  );
  return {
    summary: sentences([ifMeant, exactly, ...(isProven ? [proof] : []), ...leftTexts(left)]),
    commands: [putPolicyCommand(role.name, policy.document)],
    policy: policy.document,
    verified: isProven,
  };
}

const ifMeant: Words = {
  en: 'If the workload should not make these calls, nothing is broken.',
  ja: 'ワークロードがこれらを呼び出すべきでないなら、何も壊れていません。',
};
const exactly: Words = {
  en: 'This policy allows exactly these calls on exactly what was called, and nothing else.',
  ja: 'このポリシーは、これらの呼び出しを、呼び出された対象についてだけ許可します。',
};
const proof: Words = {
  en: 'IAM’s simulator refuses the calls as the role is, and allows them with this policy; Access Analyzer finds it valid.',
  ja: 'IAM のシミュレーターでは、現在のロールでは呼び出しが拒否され、このポリシーを加えると許可されます。Access Analyzer の検証でも有効です。',
};

function sentences(texts: readonly Words[]): Words {
  return joinWords(texts, { en: ' ', ja: '' });
}

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

/** What the policy leaves out, and why; nothing where it leaves nothing out. */
function leftTexts(left: readonly Refusal[]): Words[] {
  const risky = left.filter(({ action }) => isEscalating(action)).map(({ action }) => action);
  const unnamed = left.filter((one) => !isEscalating(one.action) && narrowestResource(one) === null);
  const invalid = left.filter(({ check }) => (check?.invalid ?? []).length > 0);
  const others = risky.length + unnamed.length + invalid.length === 0 ? left.length : 0;
  return [
    ...(risky.length > 0 ? [riskyText(enumerated([...new Set(risky)]))] : []),
    ...(unnamed.length > 0
      ? [unnamedText(enumerated([...new Set(unnamed.map(({ action }) => action))]))]
      : []),
    ...(invalid.length > 0 ? [invalidText(invalid)] : []),
    ...(others > 0 ? [unfitText(others)] : []),
  ];
}

function riskyText(actions: Words): Words {
  return {
    en: en`With ${actions} a workload could give itself or others more: whoever owns the role must decide on it.`,
    ja: ja`${actions} があると、ワークロードは自身やほかの主体に権限を追加できます。ロールの所有者が判断してください。`,
  };
}

function unnamedText(actions: Words): Words {
  return {
    en: en`For ${actions} AWS does not say on what it was refused: allow it on the resource that the workload needs.`,
    ja: ja`${actions} は、何に対して拒否されたかが AWS から示されていません。ワークロードに必要なリソースに対して許可してください。`,
  };
}

function invalidText(invalid: readonly Refusal[]): Words {
  const actions = enumerated(invalid.map(({ action }) => action));
  const reason = invalid[0]?.check?.invalid?.[0] ?? '';
  return {
    en: en`Access Analyzer finds the grant of ${actions} invalid: ${reason}.`,
    ja: ja`Access Analyzer によると、${actions} の許可は無効です: ${reason}。`,
  };
}

function unfitText(count: number): Words {
  return {
    en: `${count === 1 ? 'One more call does' : `${count} more calls do`} not fit into one policy: run it again after this one.`,
    ja: `残り ${count} 件の呼び出しは 1 つのポリシーに収まりません。このポリシーの適用後にもう一度実行してください。`,
  };
}
