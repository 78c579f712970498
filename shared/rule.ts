/** The form of a rule: one object that judges an observation, without a clock, a network or a state. */
import type { FactName, Facts, Place } from './observation.ts';
import type { Localized, Words } from './words.ts';

/** From worst to least: critical stops a cluster, high denies a workload now or leaves a hole open, medium will fail. */
export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof severities)[number];

/** A rule's id, `<cloud>/<fault>`; it is also the path of its file below `shared/rules/`. */
export type RuleId = `eks/${string}` | `gke/${string}`;

/**
 * How a rule depends on a fact: read to the end, partly is enough, it can do without but then cannot pass, or the fact
 * only supports what is said: the rule itself returns an `Unknown` where it is decisive.
 */
export type Need = 'whole' | 'partial' | 'optional' | 'supporting';
type Dispensable = 'optional' | 'supporting';
export type Needs = { readonly [K in FactName]?: Need };

/** The facts a rule asked for; those it can do without may be undefined. What is not in `needs` does not compile. */
export type Given<N extends Needs> = {
  place: Place;
  /** ISO 8601 UTC: when the observation was made. */
  time: string;
  window: { from: string; to: string };
  /** Facts of which only a part was read: what they hold is so, what they lack proves nothing. */
  partlyRead: readonly FactName[];
  facts: {
    readonly [K in keyof N & FactName as N[K] extends Dispensable ? never : K]: Facts[K];
  } & { readonly [K in keyof N & FactName as N[K] extends Dispensable ? K : never]: Facts[K] | undefined };
};

export interface Evidence {
  /** A plain string has its translations in `evidenceLabels`; words of its own where it holds a value (`Pool "a"`). */
  label: Words;
  value: Words;
}

/** What repairs a problem. Nothing is ever applied. */
export interface Fix {
  /** One or two sentences; begins with "Advice:" where it could not be proven or must be decided by a person. */
  summary: Words;
  /** Complete shell commands, one string each; a here-document may span lines. Empty where the fix is advice. */
  commands: string[];
  /** The whole policy document after the repair, where the repair is a policy. */
  policy?: unknown;
  /** The whole document that `policy` replaces, as it is now. */
  currentPolicy?: unknown;
  /** True only where the repaired policy was evaluated again and proven. */
  verified: boolean;
}

/** What a problem may be about. */
export type SubjectKind =
  | 'annotation'
  | 'api'
  | 'association'
  | 'binding'
  | 'cluster'
  | 'issuer'
  | 'key'
  | 'NAT gateway'
  | 'node pool'
  | 'oidc-provider'
  | 'principal'
  | 'program'
  | 'region'
  | 'role'
  | 'route table'
  | 'security group'
  | 'service account'
  | 'service agent'
  | 'VPC'
  | 'VPC endpoint';

/** One subject at fault. */
export interface Problem {
  /** Region, zone or location; null where there is none. */
  location: string | null;
  /** Cluster name; null where there is none. */
  cluster: string | null;
  subject: { kind: SubjectKind; name: string; id: string };
  workload?: { namespace: string; serviceAccount: string } | null;
  /** Where it differs from the rule's. */
  severity?: Severity;
  /** One sentence with the real values. */
  cause: Words;
  /** Further causes that belong to the same smallest repair. */
  alsoWrong?: RuleId[];
  evidence: Evidence[];
  /** The refused calls that were seen; null or absent where the fault is latent. */
  denial?: {
    errorCode: string;
    events: number;
    firstSeen: string;
    lastSeen: string;
    sampleEventIds: string[];
  } | null;
  fix: Fix;
  /** In addition to the rule's. */
  references?: string[];
}

/** Something that the rule could not decide, and why; a rule with unknowns and no problems is unknown, not a pass. */
export interface Unknown {
  unknown: Words;
}

export interface Rule<N extends Needs = Needs> {
  id: RuleId;
  title: Localized;
  severity: Severity;
  /** Why it matters, in a sentence or two. */
  why: Localized;
  references: readonly string[];
  needs: N;
  /** `[]` means pass. Pure: same facts, same answer. */
  check(given: Given<N>): (Problem | Unknown)[];
}

/** Declares a rule; exists for its types: `check` sees only what `needs` names. */
export function rule<const N extends Needs>(definition: Rule<N>): Rule<N> {
  return definition;
}

/** A rule whose needs are no longer known, as the index holds it. */
export type AnyRule = Omit<Rule, 'check'> & { check(given: never): (Problem | Unknown)[] };
