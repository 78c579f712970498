import fc from 'fast-check';
import {
  holdsPermissions,
  holdsRole,
  matchMember,
  withBinding,
  type Access,
  type Verdict,
} from '../../shared/domain/google-access.ts';
import type { Binding, PolicyLevel } from '../../shared/domain/google-policy.ts';
import { quoted } from '../../shared/words.ts';

const now = '2026-06-01T06:00:00Z';
const nodes = 'serviceAccount:nodes@p.iam.gserviceaccount.com';
const writer = 'roles/logging.logWriter';
const permission = 'logging.logEntries.create';

const bind = (role: string, members: string[], expression?: string): Binding => ({
  role,
  members,
  condition: expression === undefined ? null : { title: null, expression },
});
const until = (time: string) => `request.time < timestamp("${time}")`;
const level = (resource: string, ...bindings: Binding[]): PolicyLevel => ({
  resource,
  state: 'read',
  policy: { bindings, auditConfigs: [] },
});
const exists = (...permissions: string[]) => ({
  state: 'exists' as const,
  value: { permissions, stage: 'GA', deleted: false },
});
const roles: NonNullable<Access['roles']> = {
  [writer]: exists(permission),
  'roles/editor': exists(permission, 'compute.instances.create'),
  'roles/viewer': exists('compute.instances.get'),
  'projects/p/roles/half': exists('a.b.c'),
  'projects/p/roles/other': exists('a.b.d'),
  'projects/p/roles/deleted': {
    state: 'exists',
    value: { permissions: [permission], stage: 'GA', deleted: true },
  },
  'projects/p/roles/off': {
    state: 'exists',
    value: { permissions: [permission], stage: 'DISABLED', deleted: false },
  },
  'projects/p/roles/gone': { state: 'missing' },
};
const access = (...bindings: Binding[]): Access => ({
  policies: [level('projects/p', ...bindings)],
  roles,
  time: now,
});
const of = (...bindings: Binding[]): Verdict => holdsPermissions(access(...bindings), nodes, [permission]);

describe('holdsPermissions()', () => {
  it.each<[string, Binding[], Verdict['state']]>([
    ['a direct binding', [bind(writer, [nodes])], 'allowed'],
    ['a binding for all authenticated principals', [bind(writer, ['allAuthenticatedUsers'])], 'allowed'],
    ['a broader role', [bind('roles/editor', [nodes])], 'allowed'],
    ['no binding', [], 'denied'],
    ['a role without the permission', [bind('roles/viewer', [nodes])], 'denied'],
    [
      'a binding for another account',
      [bind(writer, ['serviceAccount:nodes@q.iam.gserviceaccount.com'])],
      'denied',
    ],
    ['a binding for a deleted account of that name', [bind(writer, [`deleted:${nodes}?uid=1`])], 'denied'],
    ['a custom role that was deleted', [bind('projects/p/roles/deleted', [nodes])], 'denied'],
    ['a custom role that is disabled', [bind('projects/p/roles/off', [nodes])], 'denied'],
    ['a custom role that does not exist', [bind('projects/p/roles/gone', [nodes])], 'denied'],
    ['an expired binding', [bind(writer, [nodes], until('2026-01-01T00:00:00Z'))], 'denied'],
    [
      'a federated set, in which no service account is',
      [
        bind(writer, [
          'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*',
        ]),
      ],
      'denied',
    ],
    ['a group', [bind(writer, ['group:g@example.com'])], 'unknown'],
    ['a domain', [bind(writer, ['domain:example.com'])], 'unknown'],
    [
      'all service accounts of a project',
      [bind(writer, ['principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount'])],
      'unknown',
    ],
    ['a condition on the resource', [bind(writer, [nodes], 'resource.type == "x"')], 'unknown'],
    ['a role that was not read', [bind('projects/p/roles/unread', [nodes])], 'unknown'],
    ['a predefined role that IAM does not show', [bind('roles/container.internal', [nodes])], 'unknown'],
    ['a group with a role that would not help', [bind('roles/viewer', ['group:g@example.com'])], 'denied'],
    [
      'a group beside a direct binding',
      [bind(writer, ['group:g@example.com']), bind(writer, [nodes])],
      'allowed',
    ],
    ['an expired group', [bind(writer, ['group:g@example.com'], until('2026-01-01T00:00:00Z'))], 'denied'],
  ])('judges %s', (_, bindings, state) => {
    expect(of(...bindings).state).toBe(state);
  });

  it('joins the permissions of several roles, and says what is missing of them', () => {
    const halves = [bind('projects/p/roles/half', [nodes]), bind('projects/p/roles/other', [nodes])];
    expect(holdsPermissions(access(...halves), nodes, ['a.b.c', 'a.b.d']).state).toBe('allowed');
    expect(holdsPermissions(access(...halves.slice(1)), nodes, ['a.b.c', 'a.b.d'])).toMatchObject({
      state: 'denied',
      missing: ['a.b.c'],
      isPart: true,
    });
  });

  it('is unknown only where those that may hold would suffice', () => {
    const halves = [bind('projects/p/roles/half', ['group:g@example.com'])];
    expect(holdsPermissions(access(...halves), nodes, ['a.b.c', 'a.b.d']).state).toBe('denied');
  });

  it('inherits, and doubts what an unread ancestor may grant', () => {
    const policies = [level('projects/p'), level('folders/1', bind(writer, [nodes]))];
    expect(holdsPermissions({ policies, roles, time: now }, nodes, [permission]).state).toBe('allowed');
    const unread: PolicyLevel = { resource: 'folders/1', state: 'unread', why: quoted('denied') };
    expect(
      holdsPermissions({ policies: [level('projects/p'), unread], roles, time: now }, nodes, [permission]),
    ).toMatchObject({
      state: 'unknown',
      why: [
        {
          en: 'the policy of folders/1 could not be read: denied',
          ja: 'folders/1 のポリシーを読み取れませんでした: denied',
        },
      ],
    });
  });

  it('tells when the last binding that it needs ends', () => {
    const [soon, late] = ['2026-06-05T00:00:00.000Z', '2026-09-01T00:00:00.000Z'];
    expect(of(bind(writer, [nodes], until(soon)), bind('roles/editor', [nodes], until(late)))).toMatchObject({
      until: late,
    });
    expect(of(bind(writer, [nodes], until(soon)), bind(writer, [nodes]))).toMatchObject({ until: null });
    const both = [
      bind('projects/p/roles/half', [nodes], until(soon)),
      bind('projects/p/roles/other', [nodes], until(late)),
    ];
    expect(holdsPermissions(access(...both), nodes, ['a.b.c', 'a.b.d'])).toMatchObject({ until: soon });
  });

  it('names the bindings that came near', () => {
    const verdict = of(
      bind(writer, [`deleted:${nodes}?uid=1`]),
      bind(writer, [nodes], until('2026-01-01T00:00:00Z')),
    );
    expect(verdict.state === 'denied' && verdict.near.map(({ match }) => match)).toEqual(['deleted', 'yes']);
  });

  it('takes a role named like a property of every object for unread', () => {
    expect(of(bind('constructor', [nodes])).state).toBe('unknown');
  });
});

describe('holdsRole()', () => {
  it('accepts the role by name where nothing is known of it', () => {
    expect(holdsRole({ ...access(bind('roles/x', [nodes])), roles: undefined }, nodes, 'roles/x').state).toBe(
      'allowed',
    );
  });

  it('accepts an alternative by name', () => {
    expect(holdsRole(access(bind('roles/owner', [nodes])), nodes, writer, ['roles/owner']).state).toBe(
      'allowed',
    );
  });

  it('does not deny a principal with another role while it is not known what the wanted one grants', () => {
    expect(holdsRole(access(bind('roles/viewer', [nodes])), nodes, 'roles/x').state).toBe('unknown');
    expect(holdsRole(access(), nodes, 'roles/x').state).toBe('denied');
  });
});

describe('matchMember()', () => {
  it.each([
    ['serviceAccount:NODES@p.iam.gserviceaccount.com', 'yes'],
    ['allUsers', 'yes'],
    ['serviceAccount:my-nodes@p.iam.gserviceaccount.com', 'no'],
    ['user:nodes@p.iam.gserviceaccount.com', 'no'],
    [`deleted:${nodes}?uid=1`, 'deleted'],
    ['deleted:serviceAccount:my-nodes@p.iam.gserviceaccount.com?uid=1', 'no'],
    ['projectEditor:p', 'maybe'],
    ['', 'no'],
  ])('takes %s for %s', (member, match) => {
    expect(matchMember(member, nodes)).toBe(match);
  });
});

describe('what must always hold', () => {
  const member = fc.constantFrom(
    nodes,
    'group:g@example.com',
    `deleted:${nodes}?uid=1`,
    'user:a@example.com',
    'allUsers',
  );
  const condition = fc.constantFrom(
    undefined,
    until('2026-01-01T00:00:00Z'),
    until('2027-01-01T00:00:00Z'),
    'x == 1',
  );
  const binding = fc
    .tuple(
      fc.constantFrom(...Object.keys(roles), 'roles/unread'),
      fc.array(member, { maxLength: 3 }),
      condition,
    )
    .map(([role, members, expression]) => bind(role, members, expression));
  const bindings = fc.array(binding, { maxLength: 6 });
  const rank = { denied: 0, unknown: 1, allowed: 2 };
  const wanted = fc.subarray([permission, 'a.b.c', 'a.b.d', 'compute.instances.create'], { minLength: 1 });

  it('one more binding never takes access away', () => {
    fc.assert(
      fc.property(bindings, binding, wanted, (few, more, permissions) => {
        const before = holdsPermissions(access(...few), nodes, permissions).state;
        return rank[holdsPermissions(access(...few, more), nodes, permissions).state] >= rank[before];
      }),
    );
  });

  it('the order of bindings and levels changes nothing', () => {
    fc.assert(
      fc.property(bindings, bindings, wanted, (a, b, permissions) => {
        const judge = (policies: PolicyLevel[]) =>
          holdsPermissions({ policies, roles, time: now }, nodes, permissions);
        const [first, second] = [
          judge([level('x', ...a), level('y', ...b)]),
          judge([level('y', ...[...b].reverse()), level('x', ...[...a].reverse())]),
        ];
        const untilOf = (verdict: Verdict) => (verdict.state === 'allowed' ? verdict.until : null);
        return first.state === second.state && untilOf(first) === untilOf(second);
      }),
    );
  });

  it('an unread level never changes what is allowed, and leaves nothing denied', () => {
    fc.assert(
      fc.property(bindings, wanted, (some, permissions) => {
        const { policies } = access(...some);
        const unread: PolicyLevel = { resource: 'folders/1', state: 'unread', why: quoted('denied') };
        const before = holdsPermissions({ policies, roles, time: now }, nodes, permissions).state;
        const after = holdsPermissions(
          { policies: [...policies, unread], roles, time: now },
          nodes,
          permissions,
        ).state;
        return after === (before === 'allowed' ? 'allowed' : 'unknown');
      }),
    );
  });

  it('a binding without a condition for the principal grants its role', () => {
    fc.assert(
      fc.property(bindings, fc.constantFrom(writer, 'roles/unread'), (some, role) => {
        const policies = withBinding(access(...some).policies, 'projects/p', role, nodes);
        const verdict = holdsRole({ policies, roles, time: now }, nodes, role);
        return verdict.state === 'allowed' && verdict.until === null;
      }),
    );
  });

  it('no member and no role makes it throw', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.array(fc.string()))), fc.string(), (raw, principal) => {
        const policy = access(...raw.map(([role, members]) => bind(role, members)));
        return typeof holdsRole(policy, principal, 'roles/x').state === 'string';
      }),
    );
  });
});

it('judges a policy of the largest size without delay in proportion to its square', () => {
  const many = Array.from({ length: 1500 }, (_, index) =>
    bind(`projects/p/roles/r${index}`, ['allAuthenticatedUsers'], until('2027-01-01T00:00:00Z')),
  );
  const definitions = Object.fromEntries(many.map(({ role }, index) => [role, exists(`a.b.p${index}`)]));
  const policies = [level('projects/p', ...many)];
  const permissions = Array.from({ length: 1500 }, (_, index) => `a.b.p${index}`);
  expect(
    holdsPermissions({ policies, roles: definitions, time: now }, nodes, [...permissions, 'a.b.none']),
  ).toMatchObject({
    state: 'denied',
    missing: ['a.b.none'],
  });
});

describe('withBinding()', () => {
  it('adds to the binding of that role which has no condition, and to no other', () => {
    const [read] = withBinding(
      access(bind(writer, ['user:a@example.com'], 'x'), bind(writer, ['user:b@example.com'])).policies,
      'projects/p',
      writer,
      nodes,
    );
    expect(read?.state === 'read' && read.policy.bindings).toEqual([
      bind(writer, ['user:a@example.com'], 'x'),
      bind(writer, ['user:b@example.com', nodes]),
    ]);
  });

  it('changes nothing that it was given', () => {
    const { policies } = access(bind(writer, []));
    const copy = structuredClone(policies);
    withBinding(policies, 'projects/p', writer, nodes);
    expect(policies).toEqual(copy);
  });
});
