/** One refused web-identity call, or one that would be refused, and why. */
import { trustCauses, type TrustDiagnosis } from '../../../domain/trust-causes.ts';
import type { WebIdentityRequest } from '../../../domain/trust-policy.ts';
import type { Cluster, Denial, Role } from '../../../domain/web-identity.ts';
import type { Localized } from '../../../words.ts';

/** The causes that a diagnosis can name; each is the rule that tells it. */
export const diagnosisCauses = [
  ...trustCauses,
  'eks/irsa-role-arn-malformed',
  'eks/irsa-role-missing',
  'eks/irsa-provider-missing',
  'eks/irsa-provider-audience',
  'eks/irsa-denied-outside-trust',
  'eks/irsa-token-rejected',
  'eks/irsa-session-duration',
  'eks/sts-region-disabled',
  'eks/irsa-stale-pod',
  'eks/irsa-undecided',
] as const;
export type DiagnosisCause = (typeof diagnosisCauses)[number];

/** One caller of one role that was refused, or would be, and why. */
export interface Diagnosis {
  /** The first is the rule that tells it, the others are also wrong. */
  causes: [DiagnosisCause, ...DiagnosisCause[]];
  /** The refused calls; null where the fault is latent. */
  denial: Denial | null;
  /** As the caller wrote it. */
  roleArn: string | null;
  role: Role | null;
  /** Null where the record has none, and where a latent fault is one of a pattern. */
  subject: string | null;
  issuer: string | null;
  cluster: Cluster | null;
  audience: string | null;
  /** The trust policy held against the call; null where it did not come to that. */
  trust: { request: WebIdentityRequest; diagnosis: TrustDiagnosis } | null;
  /** Why it was decided so, or what would decide it; sentences. */
  notes: Localized[];
}

/** The diagnosis with one cause, and what is to be said of it. */
export function because(start: Diagnosis, cause: DiagnosisCause, ...notes: Localized[]): Diagnosis {
  return { ...start, causes: [cause], notes: [...start.notes, ...notes] };
}

/** The audience that EKS gives its tokens unless the service account asks for another. */
export const defaultAudience = 'sts.amazonaws.com';
