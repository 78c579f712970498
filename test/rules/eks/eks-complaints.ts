/** What the EKS rules say of an observation in one language only. */
import type { Observation } from '../../../shared/observation.ts';
import type { AnyRule } from '../../../shared/rule.ts';
import { complaintsAbout } from '../japanese-complaints.ts';

/** Attributes of AWS's APIs, conditions of policies, codes of EKS, and names of services. */
const sameLabels =
  /^(VPC|Pods|enableDns(Support|Hostnames)|(For(All|Any)(Values|Value):)?[A-Z]\w+(Equals|Like|NotEquals|IfExists|Bool|Address|Than|Null)\w* \S+|(Bool|Null|IpAddress) \S+|[A-Z]+(_[A-Z]+)+|[A-Z][a-z]+([A-Z][a-z]+)+)$/;
/** Under these stands what AWS or a stranger wrote. */
const quotedLabels =
  /^(User agent|Refusal|Annotation|Call|Pod|IAM’s simulator|Annotations|Trust policy.*|[A-Z]+(_[A-Z]+)+|[A-Z][a-z]+([A-Z][a-z]+)+)$/;

export function eksComplaints(rules: readonly AnyRule[], observation: Observation): string[] {
  return complaintsAbout(rules, observation, { sameLabels, quotedLabels });
}
