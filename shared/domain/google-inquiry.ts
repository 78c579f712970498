/** Inquiries into what GKE says is not permitted: each message, each permission, against the policies that decide. */
import type { Access } from './google-access.ts';
import { parseErrorText, projectOfResource, type Demand } from './google-error-text.ts';
import type { Failure } from './google-failure.ts';
import type { NodeAccount } from './google-identity.ts';
import { unreadBecause, type IamPolicy, type Lookup, type PolicyLevel } from './google-policy.ts';
import { ownEntry } from './own-entry.ts';
import { inquire, suspectsFor, type Inquiry } from './google-suspect.ts';

export interface InquiryFacts {
  project: { id: string; number: string };
  /** The audited project's own. */
  access: Access;
  accounts: readonly NodeAccount[];
  /** Undefined where none were read. */
  hostProjects:
    | Readonly<Record<string, { policies: PolicyLevel[]; subnetworks: Record<string, Lookup<IamPolicy>> }>>
    | undefined;
}

/** One permission that one message asks for, and the policies that it was judged by. */
export interface Case {
  failure: Failure;
  inquiry: Inquiry;
  access: Access;
}

/** Empty where the message is not about permissions, or only about the caller's own. */
export function casesOf(failure: Failure, facts: InquiryFacts): Case[] {
  const text = parseErrorText(failure.message);
  if (text.kind !== 'permissions') return [];
  const suspects = suspectsFor(failure, facts.project.number, facts.accounts);
  // What container.* asks for is the caller's own permission, save the one that only the agent ever uses.
  const demands = text.demands.filter(
    ({ permission }) =>
      !permission.startsWith('container.') || permission === 'container.hostServiceAgent.use',
  );
  return demands.map((demand) => {
    const access = accessFor(demand, facts);
    return { failure, access, inquiry: inquire(demand, text.actingAs, suspects, access, facts.project) };
  });
}

/** The policies that decide about a resource: the audited project's, a host project's, or none that was read. */
function accessFor({ resource }: Demand, { access, project, hostProjects }: InquiryFacts): Access {
  const owner = resource === null ? null : projectOfResource(resource);
  if (owner === null || owner === project.id || owner === project.number) return access;
  const host = ownEntry(hostProjects, owner);
  if (!host)
    return {
      ...access,
      policies: [{ resource: `projects/${owner}`, state: 'unread', why: unreadBecause.ofAnotherProject }],
    };
  return { ...access, policies: [...subnetworkLevel(resource ?? '', host.subnetworks), ...host.policies] };
}

function subnetworkLevel(resource: string, subnetworks: Record<string, Lookup<IamPolicy>>): PolicyLevel[] {
  const found = Object.entries(subnetworks).find(([name]) => resource.endsWith(name))?.[1];
  return found?.state === 'exists' ? [{ resource, state: 'read', policy: found.value }] : [];
}
