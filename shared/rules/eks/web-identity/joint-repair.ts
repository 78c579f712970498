/** One edit of a trust policy for several callers, each step proven on the policy before it. */
import type { TrustDiagnosis } from '../../../domain/trust-causes.ts';
import { evaluateTrust, type WebIdentityRequest } from '../../../domain/trust-policy.ts';
import { repairTrust, type TrustRepair } from '../../../domain/trust-repair.ts';
import { joinWords, type Localized, type Words } from '../../../words.ts';

interface Refused {
  request: WebIdentityRequest;
  diagnosis: TrustDiagnosis;
}

export interface JointRepair extends Omit<TrustRepair, 'summary'> {
  /** What each step does, a sentence each. */
  steps: Localized[];
  /** The calls that the policy allows after the edit. */
  covered: WebIdentityRequest[];
}

/** What the edit does: its first steps, and how many more of the kind. */
export function summaryOf({ steps }: JointRepair): Words {
  const more = steps.length - 3;
  const others = {
    en: `So for ${more} more ${more === 1 ? 'caller' : 'callers'}.`,
    ja: `ほか ${more} 件の呼び出し元についても同様です。`,
  };
  return joinSentences([...steps.slice(0, 3), ...(more > 0 ? [others] : [])]);
}

/** Whole sentences, one after the other. */
export function joinSentences(sentences: readonly Words[]): Words {
  return joinWords(sentences, { en: ' ', ja: '' });
}

/** Repairs what it can; null where it can let in none of `wanted`. `besides` is repaired too where that can be proven. */
export function repairForAll(policy: unknown, wanted: Refused[], besides: Refused[]): JointRepair | null {
  const whole = [...wanted, ...besides].reduce<JointRepair | null>(
    (before, refused) => repairNext(policy, before, refused),
    null,
  );
  return whole && wanted.some(({ request }) => whole.covered.includes(request)) ? whole : null;
}

function repairNext(
  policy: unknown,
  before: JointRepair | null,
  { request, diagnosis }: Refused,
): JointRepair | null {
  if (before && evaluateTrust(before.policy, request).verdict === 'Allowed')
    return { ...before, covered: [...before.covered, request] };
  const next = before ? repairTrust(before.policy, request) : repairTrust(policy, request, diagnosis);
  if (!next) return before;
  if (!before) return { steps: [next.summary], policy: next.policy, proof: next.proof, covered: [request] };
  return {
    steps: before.steps.some(({ en }) => en === next.summary.en)
      ? before.steps
      : [...before.steps, next.summary],
    policy: next.policy,
    proof: {
      ...next.proof,
      neighboursDenied: Math.min(before.proof.neighboursDenied, next.proof.neighboursDenied),
      compared: before.proof.compared + next.proof.compared,
    },
    covered: [...before.covered, request],
  };
}
