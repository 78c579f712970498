/** Fixes of web-identity faults: a proven policy where the grant was meant, the workload's side or advice elsewhere. */
import { parseRoleArn } from '../../../domain/arn.ts';
import { parseSubject } from '../../../domain/service-account.ts';
import { policyLength, trustPolicyQuota } from '../../../domain/trust-repair.ts';
import type { Role } from '../../../domain/web-identity.ts';
import type { Fix } from '../../../rule.ts';
import { sh, withDocument } from '../../../shell.ts';
import { diagnose } from './diagnose.ts';
import type { Diagnosis } from './diagnosis.ts';
import { isOwn, type WebIdentityGiven } from './given.ts';
import { intentOf, type Intent } from './intent.ts';
import { groupBy } from './look-up-by.ts';
import { joinSentences, repairForAll, summaryOf, type JointRepair } from './joint-repair.ts';
import { accountNames, oneLine, type Told } from './told.ts';
import { en, ja, type Localized, type Words } from '../../../words.ts';

/** So many callers are let in by one edit at most: more would not fit into a trust policy. */
const mostGranted = 25;
/** So many commands are printed for the workloads' side of one finding at most. */
const mostCommands = 10;

/** A fix that a person must decide. */
export function advice(text: Words, commands: string[] = []): Fix {
  const summary =
    typeof text === 'string'
      ? oneLine(`Advice: ${text}`)
      : { en: oneLine(`Advice: ${text.en}`), ja: oneLine(`助言: ${text.ja}`) };
  return { summary, commands, verified: false };
}

/** `aws iam update-assume-role-policy` with the policy in a here-document. */
export function updateTrustCommand(roleName: string, policy: unknown): string {
  return withDocument(
    sh`aws iam update-assume-role-policy --role-name ${roleName} --policy-document file:///dev/stdin`,
    policy,
  );
}

/** Points a service account at a role, by the annotation that EKS reads. */
export function annotateCommand(subject: string, roleArn: string): string | null {
  const name = parseSubject(subject);
  return (
    name &&
    sh`kubectl annotate serviceaccount ${name.name} --namespace ${name.namespace} eks.amazonaws.com/role-arn=${roleArn} --overwrite`
  );
}

function removeAnnotationCommand(subject: string): string[] {
  const name = parseSubject(subject);
  return name
    ? [
        sh`kubectl annotate serviceaccount ${name.name} --namespace ${name.namespace} eks.amazonaws.com/role-arn-`,
      ]
    : [];
}

interface Caller {
  diagnosis: Diagnosis & { trust: NonNullable<Diagnosis['trust']> };
  intent: Intent;
}

/** The repair of the role's trust policy, as far as it may be offered. */
export function trustFix(given: WebIdentityGiven, group: Told): Fix {
  const { role, causes } = group[0];
  const callers = role ? refusedCallers(given, role, group) : [];
  if (!role || callers.length === 0) return withoutRepair(causes);
  const meant = callers.filter(({ intent }) => intent.shown);
  const strangers = callers.filter(({ intent }) => !intent.shown);
  if (!isOwn(role) || meant.length === 0) return strangersFix(role, callers);
  const repair = repairFor(given, role, meant, group);
  if (!repair) return withoutRepair(causes);
  return {
    summary: joinSentences([
      summaryOf(repair),
      ...meant.slice(0, 1).map(({ intent }) => intent.why),
      proofOf(repair, meant),
      ...leftOut(repair, meant, strangers),
      ...quotaNote(repair.policy),
    ]),
    commands: [updateTrustCommand(parseRoleArn(role.arn)?.name ?? role.name, repair.policy)],
    policy: repair.policy,
    currentPolicy: role.trustPolicy,
    verified: true,
  };
}

/** Patterns of latent faults are no callers, and the text of a stranger is none. */
function refusedCallers(given: WebIdentityGiven, role: Role, diagnoses: readonly Diagnosis[]): Caller[] {
  return diagnoses.flatMap((diagnosis) => {
    const { trust, subject } = diagnosis;
    if (!trust || subject === null || trust.diagnosis.verdict === 'Allowed') return [];
    return [{ diagnosis: { ...diagnosis, trust }, intent: intentOf(given, role.trustPolicy, trust) }];
  });
}

/**
 * One policy that lets in those who are meant, and repairs whatever else is wrong with the role's trust as well: each
 * command replaces the whole policy, so that of one finding must not undo that of another.
 */
function repairFor(given: WebIdentityGiven, role: Role, meant: Caller[], group: Told): JointRepair | null {
  const told = new Set<Diagnosis>(group);
  const others = diagnosesOf(given, role).filter((diagnosis) => !told.has(diagnosis));
  const alsoMeant = refusedCallers(given, role, others).filter(({ intent }) => intent.shown);
  const trusts = (callers: Caller[]) =>
    callers.slice(0, mostGranted).map(({ diagnosis: { trust } }) => trust);
  return repairForAll(role.trustPolicy, trusts(meant), trusts(alsoMeant));
}

const byRole = new WeakMap<Diagnosis[], Map<string, Diagnosis[]>>();

function diagnosesOf(given: WebIdentityGiven, { arn }: Role): Diagnosis[] {
  const diagnoses = diagnose(given);
  const groups = byRole.get(diagnoses) ?? groupBy(diagnoses, ({ role }) => role && role.arn);
  byRole.set(diagnoses, groups);
  return groups.get(arn) ?? [];
}

function proofOf({ proof: { neighboursDenied, compared } }: JointRepair, meant: Caller[]): Localized {
  const call = meant.length === 1 ? 'the call is' : 'the calls are';
  const callJa = meant.length === 1 ? 'この呼び出し' : 'これらの呼び出し';
  return {
    en: `Proven: ${call} allowed, ${neighboursDenied} similar callers stay refused, and the answers to ${compared} other requests do not change.`,
    ja: `検証済み: ${callJa}は許可され、類似する ${neighboursDenied} 件の呼び出し元は拒否されたままで、ほかの ${compared} 件のリクエストの結果は変わりません。`,
  };
}

/** Whom the repair does not let in. */
function leftOut({ covered }: JointRepair, meant: Caller[], strangers: Caller[]): Localized[] {
  const uncovered = meant.filter(({ diagnosis }) => !covered.includes(diagnosis.trust.request));
  const [missed, unknown] = [namesOf(uncovered), namesOf(strangers)];
  const again = {
    en: en`It does not let in ${missed}; audit again once it is applied.`,
    ja: ja`${missed} は許可されません。適用後にもう一度監査してください。`,
  };
  const unspoken = {
    en: en`It does not let in ${unknown}, of whom the policy does not speak: if they should not have the role, take the annotation off.`,
    ja: ja`ポリシーに記載のない ${unknown} は許可されません。このロールが不要であれば、アノテーションを外してください。`,
  };
  return [...(uncovered.length > 0 ? [again] : []), ...(strangers.length > 0 ? [unspoken] : [])];
}

function namesOf(callers: Caller[]): Words {
  return accountNames(callers.map(({ diagnosis }) => diagnosis.subject ?? ''));
}

function quotaNote(policy: unknown): Localized[] {
  const length = policyLength(policy);
  if (length <= trustPolicyQuota) return [];
  return [
    {
      en: `The policy has ${length} characters, more than the default quota of ${trustPolicyQuota}: raise it first.`,
      ja: `ポリシーは ${length} 文字で、デフォルトのクォータ (${trustPolicyQuota} 文字) を超えます。先にクォータを引き上げてください。`,
    },
  ];
}

/** Nothing shows that these callers were meant to have the role: perhaps nothing is broken. */
function strangersFix(role: Role, callers: Caller[]): Fix {
  const [first, ...others] = callers;
  if (!first) return withoutRepair([]);
  const commands = callers
    .slice(0, mostCommands)
    .flatMap(({ diagnosis: { subject } }) => removeAnnotationCommand(subject ?? ''));
  const broken = perhapsNothing(role, callers, commands.length);
  const say = (...further: Localized[]) => advice(joinSentences([broken, ...further]), commands);
  if (!isOwn(role)) return say(ownedByAws);
  if (others.length > 0) return say(speaksOfNone);
  const { diagnosis, intent } = first;
  const repair = repairForAll(role.trustPolicy, [diagnosis.trust], []);
  if (!repair) return say(intent.why, onlyIfMeant, ...handRepair(diagnosis.causes));
  return {
    ...say(intent.why, onlyThisCaller),
    policy: repair.policy,
    currentPolicy: role.trustPolicy,
  };
}

const ownedByAws = {
  en: 'AWS owns the role and nobody else can edit its trust: name another one.',
  ja: 'このロールは AWS が所有しており、信頼ポリシーは AWS 以外には編集できません。別のロールを指定してください。',
};

const speaksOfNone = {
  en: 'The trust policy speaks of none of them; only if one is meant to have the role, name that one in it.',
  ja: '信頼ポリシーにはいずれの記載もありません。ロールを与えるべき呼び出し元がある場合に限り、それを信頼ポリシーに記載してください。',
};

const onlyIfMeant = {
  en: 'Only if the grant is meant is there anything to repair.',
  ja: '修復が必要なのは、許可が意図されている場合だけです。',
};

const onlyThisCaller = {
  en: 'Only if the grant is meant, set the trust policy shown here; it is proven to allow this caller and nothing else.',
  ja: '許可が意図されている場合に限り、ここに示す信頼ポリシーを設定してください。この呼び出し元以外は何も許可しないことを検証済みです。',
};

function perhapsNothing({ name }: Role, callers: Caller[], commands: number): Localized {
  const count = callers.length;
  const cluster = callers[0]?.diagnosis.cluster?.name;
  const where = cluster === undefined ? '' : ` in cluster ${cluster}`;
  const how = commands === 0 ? '' : ` by the ${commands === 1 ? 'command' : 'commands'} shown here`;
  const whom = count === 1 ? 'this caller' : `these ${count} callers`;
  const accounts = count === 1 ? 'the service account' : 'the service accounts';
  const whomJa = count === 1 ? 'この呼び出し元' : `これら ${count} 件の呼び出し元`;
  const whereJa = cluster === undefined ? '' : `クラスター ${cluster} の`;
  const howJa = commands === 0 ? '' : 'ここに示すコマンドで、';
  return {
    en: `If ${whom} should not have the role ${name}, nothing is broken: take the annotation off ${accounts}${where}${how}.`,
    ja: `${whomJa}にロール ${name} が不要であれば、どこも壊れていません。${howJa}${whereJa}サービスアカウントからアノテーションを外してください。`,
  };
}

/** What only a person may decide. */
function withoutRepair(causes: readonly string[]): Fix {
  return advice(joinSentences(handRepair(causes)));
}

/** What a person does in the place of an edit, by the cause that stands in the way. */
function handRepair(causes: readonly string[]): Localized[] {
  const withOthers = causes.length > 1 ? [otherCauses] : [];
  if (causes.includes('eks/irsa-trust-explicit-deny')) return [denyIsDecision, ...withOthers];
  if (causes.includes('eks/irsa-trust-other-condition')) return [conditionIsSafeguard, ...withOthers];
  if (causes[0] === 'eks/irsa-trust-wildcard') return [nameEach, ...withOthers];
  return [rewriteByHand];
}

const otherCauses = {
  en: 'The other causes named here must be repaired as well.',
  ja: 'ここに挙げたほかの原因も修復する必要があります。',
};

const denyIsDecision = {
  en: "A Deny is somebody's decision, so no edit of it is offered. Ask who wrote it; if this caller is meant to be let in, narrow the Deny by hand.",
  ja: 'Deny はだれかの判断によるものなので、編集案は提示しません。作成者に確認し、この呼び出し元を許可する意図であれば、手作業で Deny の範囲を狭めてください。',
};

const conditionIsSafeguard = {
  en: "The condition is a safeguard, so it is neither removed nor widened here. Meet it from the workload's side, or have its owner change it.",
  ja: 'この条件は安全策なので、ここでは削除も緩和もしません。ワークロード側で条件を満たすか、条件の所有者に変更を依頼してください。',
};

const nameEach = {
  en: 'Name the service accounts that are meant, each by itself; only if all that match are meant, write StringLike in the place of StringEquals.',
  ja: '対象のサービスアカウントを 1 つずつ指定してください。一致するものすべてが対象である場合に限り、StringEquals の代わりに StringLike を使ってください。',
};

const rewriteByHand = {
  en: 'No edit of the trust policy could be proven to allow this caller and nothing else. Rewrite the statement for this cluster and service account by hand.',
  ja: 'この呼び出し元だけを許可すると検証できる信頼ポリシーの編集案はありませんでした。このクラスターとサービスアカウントに合わせて、ステートメントを手作業で書き直してください。',
};
