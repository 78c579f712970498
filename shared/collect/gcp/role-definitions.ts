import type { IamPolicy, Lookup, PolicyLevel, RoleDefinition } from '../../domain/google-policy.ts';
import type { GcpFacts } from '../../observation.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { fewGaps } from './look-up-each.ts';
import { lookupGap } from './lookup-gap.ts';
import { rolePermission } from './run.ts';
import { valueOf, type GcpSource } from './source.ts';

/** The roles of GKE's identities: needed to tell which other role holds as much. */
const gkeRoles = [
  'roles/cloudkms.cryptoKeyEncrypterDecrypter',
  'roles/compute.instanceGroupManagerServiceAgent',
  'roles/compute.networkUser',
  'roles/compute.serviceAgent',
  'roles/container.clusterViewer',
  'roles/container.defaultNodeServiceAccount',
  'roles/container.defaultNodeServiceAgent',
  'roles/container.hostServiceAgentUser',
  'roles/container.serviceAgent',
  'roles/iam.serviceAccountTokenCreator',
  'roles/iam.serviceAccountUser',
  'roles/iam.workloadIdentityUser',
];

/**
 * The definitions of all roles in the policies that were read, but for those that only people have: what GKE's
 * identities may do does not depend on them, and a thousand projects have many.
 */
export const roleDefinitionsReader: Reader<GcpSource, GcpFacts['roleDefinitions']> = {
  permissions: [rolePermission],
  async read(source) {
    const policies = await policiesOf(source);
    const people = await peopleOf(source);
    const roles = policies
      .flatMap(({ bindings }) => bindings)
      .filter(({ members }) =>
        members.some((member) => !/^(deleted:)?user:/.test(member) || people.has(member)),
      )
      .map(({ role }) => role);
    const names = [...new Set([...gkeRoles, ...roles])].filter((name) => name.includes('roles/')).sort();
    const found = await readEach(names, 8, async (name) => [name, await source.run.role(name)] as const);
    const definitions: Record<string, Lookup<RoleDefinition>> = Object.fromEntries(found);
    return readingOf(definitions, fewGaps(found.flatMap(([, lookup]) => lookupGap(lookup))));
  },
};

/** The people whose access is asked about: canaries, and those who were refused. */
async function peopleOf(source: GcpSource): Promise<Set<string>> {
  const denials = valueOf(await source.reading('accessDenials'))?.denials ?? [];
  return new Set([
    ...source.canaries.map(({ principal }) => principal),
    ...denials.map(({ principal }) => `user:${principal}`),
  ]);
}

async function policiesOf(source: GcpSource): Promise<IamPolicy[]> {
  const own = valueOf(await source.reading('iamPolicy'));
  const inherited = valueOf(await source.reading('inheritedPolicies')) ?? [];
  const hosts = Object.values(valueOf(await source.reading('hostProjects')) ?? {});
  const keys = Object.values(valueOf(await source.reading('kmsKeys')) ?? {});
  const accounts = Object.values(valueOf(await source.reading('serviceAccountPolicies')) ?? {});
  const levels: PolicyLevel[] = [
    ...inherited,
    ...hosts.flatMap(({ policies }) => policies),
    ...keys.flatMap(({ policies }) => policies),
  ];
  const lookups = [...accounts, ...hosts.flatMap(({ subnetworks }) => Object.values(subnetworks))];
  return [
    ...(own ? [own] : []),
    ...levels.flatMap((level) => (level.state === 'read' ? [level.policy] : [])),
    ...lookups.flatMap((lookup) => (lookup.state === 'exists' ? [lookup.value] : [])),
  ];
}
