/** getIamPolicy and setIamPolicy as every API has them: versions, conditions, etags, members that must exist. */
import { createHash } from 'node:crypto';
import { GoogleError, invalid } from './google-error.ts';
import type { Call } from './route.ts';
import { etagOf, type Binding, type GoogleWorld, type Policy } from './world.ts';

/** Something that has a policy. */
export interface PolicyHolder {
  policy: Policy;
}

/**
 * The policy as the caller asked for it. Below version 3 a conditional binding's role comes back mangled and without
 * its condition, as Resource Manager does it.
 */
export function policyAnswer(holder: PolicyHolder, call: Call): Policy {
  const options = call.body.options as { requestedPolicyVersion?: number } | undefined;
  const version = Number(
    options?.requestedPolicyVersion ?? call.query.get('options.requestedPolicyVersion') ?? 1,
  );
  const conditional = holder.policy.bindings?.some(({ condition }) => condition) ?? false;
  if (version >= 3) return { ...holder.policy, version: conditional ? 3 : 1 };
  return { ...holder.policy, version: 1, bindings: (holder.policy.bindings ?? []).map(withoutCondition) };
}

function withoutCondition({ role, members, condition }: Binding): Binding {
  if (!condition) return { role: role ?? null, members: members ?? [] };
  const hash = createHash('sha256').update(JSON.stringify(condition)).digest('hex').slice(0, 20);
  return { role: `${role}_withcond_${hash}`, members: members ?? [] };
}

/** Stores a new policy; answers it with a new etag. */
export function setPolicy(world: GoogleWorld, holder: PolicyHolder, call: Call): Policy {
  const policy = call.body.policy as Policy | undefined;
  if (!policy) throw invalid('Policy must be set.');
  if (policy.etag && !sameBytes(policy.etag, holder.policy.etag))
    throw new GoogleError(
      409,
      'There were concurrent policy changes. Please retry the whole read-modify-write.',
    );
  for (const binding of policy.bindings ?? []) checkBinding(world, policy, binding);
  const bindings = (policy.bindings ?? []).filter(({ members }) => members?.length);
  const etag = etagOf(createHash('sha256').update(JSON.stringify(bindings)).digest().readUInt32BE());
  const version = bindings.some(({ condition }) => condition) ? 3 : 1;
  holder.policy = { ...holder.policy, ...policy, bindings, version, etag };
  return holder.policy;
}

/** An etag is bytes: clients may send it back in either alphabet of base64. */
function sameBytes(a: string, b: string | null | undefined): boolean {
  return Buffer.from(a, 'base64').equals(Buffer.from(b ?? '', 'base64'));
}

function checkBinding(world: GoogleWorld, policy: Policy, { role, members, condition }: Binding): void {
  if (condition && (policy.version ?? 1) < 3)
    throw invalid('Specified policy version (1) cannot be used with conditional role bindings.');
  if (!role || !world.roles.has(role)) throw invalid(`Role ${role} is not supported for this resource.`);
  for (const member of members ?? []) checkMember(world, member);
}

const memberForm =
  /^(user|serviceAccount|group|domain|deleted:\w+):.+|^principal(Set)?:\/\/.+|^allUsers$|^allAuthenticatedUsers$/;

function checkMember(world: GoogleWorld, member: string): void {
  if (!memberForm.test(member)) throw invalid(`Invalid member: ${member}`);
  const email = /^serviceAccount:([^[\]]+@.+\.gserviceaccount\.com)$/.exec(member)?.[1];
  if (!email || serviceAccountExists(world, email)) return;
  throw invalid(`Service account ${email} does not exist.`);
}

/** Whether a service account or agent of this world's projects is there; others are taken to be. */
function serviceAccountExists(world: GoogleWorld, email: string): boolean {
  const [name = '', domain = ''] = email.split('@');
  const number = /^(?:service-)?(\d+)(?:-compute)?$/.exec(name)?.[1];
  const project = world.findProject(number ?? domain.replace('.iam.gserviceaccount.com', ''));
  if (!project) return true;
  if (project.serviceAccounts.some((account) => account.email === email && !account.deleted)) return true;
  const { gke, node, apis, compute } = project.agents;
  if (email === apis) return true;
  const enabled = (service: string) => project.services.get(`${service}.googleapis.com`) === 'ENABLED';
  return ([gke, node].includes(email) && enabled('container')) || (email === compute && enabled('compute'));
}
