/** Which policy refuses, in words, and who can change it: a grant to the role would not help. */
import type { Refusal, Refuser } from './refusals.ts';

/** Reads on after "because". */
export function refuserWords({ kind, explicit }: Refuser, { denial }: Refusal): string {
  const by = explicit ? 'denies it' : 'does not allow it';
  switch (kind) {
    case 'identity':
      return explicit ? 'a policy of the role denies it' : 'no policy of the role allows it';
    case 'boundary':
      return `the permissions boundary of the role ${by}`;
    case 'session':
      return `the policy that its session was made with ${by}`;
    case 'scp':
      return `a service control policy of the organization ${by}`;
    case 'rcp':
      return `a resource control policy of the organization ${by}`;
    case 'vpc-endpoint':
      return `the policy of ${denial.vpcEndpointId ? `the VPC endpoint ${denial.vpcEndpointId}` : 'a VPC endpoint'} ${by}`;
    case 'resource':
      return `the policy of the resource ${by}`;
    case 'role-trust':
      return `the trust policy of the role that it wants to assume ${by}`;
    case 'untold':
      return explicit
        ? 'a policy denies it, and AWS does not say which'
        : 'AWS does not say which policy refuses it';
  }
}

/** One or two sentences after "Advice:". */
export function refuserAdvice(refusal: Refusal): string {
  const { refuser, denial, resource } = refusal;
  const named = denial.policyArn ? ` ${denial.policyArn}` : '';
  const noGrant = 'A grant to the role would not help.';
  switch (refuser.kind) {
    case 'identity':
      return `A statement that denies wins over every grant: whoever manages the policy${named || ' with it'} must say whether it is meant for this workload. ${noGrant}`;
    case 'boundary':
      return `Whoever manages the permissions boundary${named} of the role must let the action through it; the role's own policies must allow it as well.`;
    case 'session':
      return denial.session === 'pod-identity'
        ? `Look at the policy of the Pod Identity association, and at the program, which may narrow its own session${named}. ${noGrant}`
        : `The program, or a tool in it, assumes the role with a policy of its own${named}, which narrows it: change it there. ${noGrant}`;
    case 'scp':
    case 'rcp':
      return `Whoever manages the policies of the organization, in its management account or as a delegated administrator, can change${named || ' that policy'}. ${noGrant}`;
    case 'vpc-endpoint':
      return `Whoever owns the VPC endpoint${denial.vpcEndpointId ? ` ${denial.vpcEndpointId}` : ''} must let its policy allow the call. ${noGrant}`;
    case 'resource':
      return `Whoever owns ${resource ?? 'the resource'} must let its policy allow the role${refuser.explicit ? ', or lift the statement that denies' : ''}${named ? ` (${denial.policyArn ?? ''})` : ''}. In another account the role needs the permission as well.`;
    case 'role-trust':
      return `The trust policy of ${resource ?? 'the role that it wants to assume'} must let ${denial.roleArn} in, and whoever owns that role must want it. ${noGrant}`;
    case 'untold':
      return `Ask whoever owns ${resource ?? 'what was called'}: a policy of the role, of its boundary, of the organization, of the VPC endpoint or of the resource may be the reason.`;
  }
}
