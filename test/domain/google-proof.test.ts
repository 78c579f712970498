import { holdsRole, type Access } from '../../shared/domain/google-access.ts';
import { neighboursOf, policyAt, proveGrant } from '../../shared/domain/google-proof.ts';
import { account, agents, bind, now, policy, roleDefinitions } from '../rules/gke/gke-observation.ts';
import { quoted } from '../../shared/words.ts';

const role = 'roles/container.serviceAgent';
const member = account(agents.gkeAgent);
const without: Access = {
  policies: [{ resource: 'projects/shop-prod', state: 'read', policy: policy({ without: [role] }) }],
  roles: roleDefinitions,
  time: now,
};
const judge = (access: Access, principal: string) => holdsRole(access, principal, role);
const prove = (granted: string, to: string, access = without) =>
  proveGrant(access, { resource: 'projects/shop-prod', role: granted, member: to }, member, judge);

describe('proveGrant()', () => {
  it('gives the repaired policy', () => {
    expect(prove(role, member)?.bindings.at(-1)).toEqual({ role, members: [member] });
  });

  it('adds one binding to the policy as it is', () => {
    const current = policyAt(without, 'projects/shop-prod');
    expect(prove(role, member)?.bindings.slice(0, -1)).toEqual(current?.bindings);
    expect(policyAt(without, 'projects/other')).toBeNull();
  });

  it('refuses a role that does not suffice', () => {
    expect(prove('roles/logging.logWriter', member)).toBeNull();
  });

  it('refuses a member that lets others in as well', () => {
    expect(prove(role, 'allAuthenticatedUsers')).toBeNull();
  });

  it('refuses what is bound to somebody else', () => {
    expect(prove(role, account(agents.nodeAgent))).toBeNull();
  });

  it('refuses a policy that was not read', () => {
    const unread: Access = {
      ...without,
      policies: [{ resource: 'projects/shop-prod', state: 'unread', why: quoted('denied') }],
    };
    expect(prove(role, member, unread)).toBeNull();
  });

  it('keeps conditions of other bindings', () => {
    const condition = { title: 'x', expression: 'true' };
    const bindings = [{ ...bind('roles/viewer', 'user:a@example.com'), condition }];
    const given: Access = {
      ...without,
      policies: [{ resource: 'projects/shop-prod', state: 'read', policy: { bindings, auditConfigs: [] } }],
    };
    expect(prove(role, member, given)?.bindings[0]).toEqual({
      role: 'roles/viewer',
      members: ['user:a@example.com'],
      condition,
    });
  });
});

it.each([
  member,
  account(agents.defaultAccount),
  'user:alice@example.com',
  'serviceAccount:p.svc.id.goog[ns/sa]',
])('%s has at least twenty neighbours, and is none of them', (principal) => {
  const neighbours = neighboursOf(principal);
  expect(neighbours.length).toBeGreaterThanOrEqual(20);
  expect(neighbours).not.toContain(principal);
});
