/** A trust policy's diagnosis together with its repair, and whether the grant was meant. */
import type { TrustDiagnosis } from '../../../domain/trust-causes.ts';
import { evaluateTrust, type WebIdentityRequest } from '../../../domain/trust-policy.ts';
import { repairTrust, type TrustRepair } from '../../../domain/trust-repair.ts';
import type { Role } from '../../../domain/web-identity.ts';
import type { WebIdentityGiven } from './given.ts';
import { intentOf, type Intent } from './intent.ts';

export interface ExplainedTrust {
  request: WebIdentityRequest;
  diagnosis: TrustDiagnosis;
  /** Proven; null where the policy needs a person's decision. */
  repair: TrustRepair | null;
  intent: Intent;
}

/** Explains the diagnosis of the first request; the repair is for all of them, one after the other. */
export function explainTrust(
  given: WebIdentityGiven,
  role: Role,
  requests: [WebIdentityRequest, ...WebIdentityRequest[]],
  diagnosis: TrustDiagnosis,
): ExplainedTrust {
  const [request] = requests;
  return {
    request,
    diagnosis,
    repair: repairAll(role.trustPolicy, requests, diagnosis),
    intent: intentOf(given, role.trustPolicy, request, diagnosis),
  };
}

/** Repairs the policy for one caller after the other, each repair proven on the policy before it. */
function repairAll(
  policy: unknown,
  [first, ...others]: [WebIdentityRequest, ...WebIdentityRequest[]],
  diagnosis: TrustDiagnosis,
): TrustRepair | null {
  let whole = repairTrust(policy, first, diagnosis);
  for (const request of others) {
    if (!whole || evaluateTrust(whole.policy, request).verdict === 'Allowed') continue;
    const next = repairTrust(whole.policy, request);
    whole = next && {
      summary: whole.summary === next.summary ? whole.summary : `${whole.summary} ${next.summary}`,
      policy: next.policy,
      proof: {
        ...next.proof,
        neighboursDenied: Math.min(whole.proof.neighboursDenied, next.proof.neighboursDenied),
        compared: whole.proof.compared + next.proof.compared,
      },
    };
  }
  return whole;
}
