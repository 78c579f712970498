import fc from 'fast-check';
import { keyMeaning } from '../../shared/domain/condition-key.ts';
import { parsePolicy, type ConditionElement } from '../../shared/domain/policy-document.ts';
import { diagnoseTrust } from '../../shared/domain/trust-causes.ts';
import { policyLength, repairTrust, type TrustRepair } from '../../shared/domain/trust-repair.ts';
import type { WebIdentityRequest } from '../../shared/domain/trust-policy.ts';
import { fuzzedCase } from './fuzzed-trust-cases.ts';
import { judge } from './independent-evaluator.ts';
import { casesOf, labelledCases } from './labelled-trust-cases.ts';
import { otherRequests } from './other-requests.ts';
import { seeded } from './random.ts';
import type { Json } from './trust-draft.ts';
import { mutations } from './trust-mutations.ts';

interface Repaired {
  trustPolicy: Json;
  request: Parameters<typeof judge>[1];
  repair: TrustRepair;
}

/** Cases with their repairs: of faults that were put in, and of policies thrown together. */
const repaired: fc.Arbitrary<Repaired> = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 31 }), fc.constantFrom('single', 'near', 'multi', 'fuzz'))
  .map(([seed, kind]) => {
    const made = kind === 'fuzz' ? fuzzedCase(seeded(seed)) : labelledCases(kind, seed, 1)[0];
    return made && { ...made, repair: repairTrust(made.trustPolicy, made.request) };
  })
  .filter((made): made is Repaired => made !== undefined && made.repair !== null);

describe('a repair', () => {
  const holds = (check: (given: Repaired) => void, numRuns = 120) =>
    fc.assert(fc.property(repaired, check), { numRuns });

  it('allows the call, by the independent evaluator, and then is repaired no further', () => {
    holds(({ request, repair }) => {
      expect(judge(repair.policy, request)).toBe('Allowed');
      expect(repairTrust(repair.policy, request)).toBeNull();
    });
  });

  it('changes no other answer, by the independent evaluator, and refuses twenty neighbours', () => {
    holds(({ trustPolicy, request, repair }) => {
      const others = otherRequests([trustPolicy, repair.policy], request, seeded(1), 100);
      const allowed = (policy: Json) => others.filter((other) => judge(policy, other) === 'Allowed');
      expect(allowed(repair.policy)).toEqual(allowed(trustPolicy));
      expect(repair.proof.neighboursDenied).toBeGreaterThanOrEqual(20);
    });
  });

  it('holds no wildcard and no address that the old policy did not hold', () => {
    holds(({ trustPolicy, repair }) => {
      const telling = (policy: Json) =>
        textsIn(policy).filter((text) => /[*?]|^\d+\.\d+\.\d+\.\d+|^[\da-f]*:[\da-f:]*:/i.test(text));
      const old = telling(trustPolicy);
      expect(telling(repair.policy).filter((text) => !old.includes(text))).toEqual([]);
    });
  });

  it('keeps every Deny as it is, and every condition with all of its values', () => {
    holds(({ trustPolicy, request, repair }) => {
      const [before, after] = [statementsOf(trustPolicy), statementsOf(repair.policy)];
      for (const [index, statement] of before.entries()) {
        if (statement.effect === 'Deny') expect(after[index]).toEqual(statement);
        expect(after[index]?.effect).toBe(statement.effect);
        for (const condition of statement.conditions)
          expect(after[index]?.conditions.some((kept) => isKept(condition, kept, request.issuer))).toBe(true);
      }
    });
  });

  it('does not touch the policy that it was given', () => {
    holds(({ trustPolicy, request }) => {
      const copy = structuredClone(trustPolicy);
      repairTrust(trustPolicy, request);
      expect(trustPolicy).toEqual(copy);
    }, 60);
  });
});

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function statementsOf(policy: unknown) {
  const parsed = parsePolicy(policy);
  return parsed.ok ? parsed.policy.statements : [];
}

/** Whether it is the same condition, perhaps with more values, or with its key mended. */
function isKept(old: ConditionElement, kept: ConditionElement, issuer: string): boolean {
  const mended = keyMeaning(old.key, old.values, issuer.replace('https://', '')).kind === 'misspelt';
  const sameKey = kept.key === old.key || (mended && kept.key.startsWith(issuer.replace('https://', '')));
  return (
    sameKey && kept.operator === old.operator && old.values.every((value) => kept.values.includes(value))
  );
}

describe('repairTrust() repairs each single fault that an edit may repair', () => {
  /** Faults that are somebody's decision: an edit that undid them would remove a Deny, a condition or an exclusion. */
  const decisions = /^(extra|deny|effect)_|^sub_negated$|^aud_is_sub$/;
  it.each(mutations.map(({ name }) => name).filter((name) => !decisions.test(name)))('%s', (name) => {
    const cases = casesOf(name, 5, 25).filter(
      ({ changes }) => !changes.includes('benign:aud_not_equals_other'),
    );

    expect(cases.filter(({ trustPolicy, request }) => repairTrust(trustPolicy, request) === null)).toEqual(
      [],
    );
  });

  it.each(
    mutations
      .map(({ name }) => name)
      .filter((name) => /^(extra_(?!forall|unres|iss|cus)|deny|effect)_?|^sub_negated$/.test(name)),
  )('but not %s, which is a decision', (name) => {
    const cases = casesOf(name, 6, 25);

    expect(cases.length).toBe(25);
    expect(cases.filter(({ trustPolicy, request }) => repairTrust(trustPolicy, request) !== null)).toEqual(
      [],
    );
  });
});

const name = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const provider = `arn:aws:iam::111122223333:oidc-provider/${name}`;
const request: WebIdentityRequest = {
  issuer: `https://${name}`,
  roleArn: 'arn:aws:iam::111122223333:role/app',
  claims: { sub: 'system:serviceaccount:shop:cart', aud: ['sts.amazonaws.com'] },
  context: { 'sts:RoleSessionName': 'cart' },
};
const allow = (condition: Json, changes: Json = {}) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: provider },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: condition,
      ...changes,
    },
  ],
});
const exact = { [`${name}:sub`]: 'system:serviceaccount:shop:cart', [`${name}:aud`]: 'sts.amazonaws.com' };

describe('repairTrust() edits as little as it can', () => {
  const repairOf = (policy: unknown, given = request) => repairTrust(policy, given)?.policy;

  it('adds the subject to those that are allowed', () => {
    expect(
      repairOf(allow({ StringEquals: { ...exact, [`${name}:sub`]: 'system:serviceaccount:shop:card' } })),
    ).toEqual(
      allow({
        StringEquals: {
          ...exact,
          [`${name}:sub`]: ['system:serviceaccount:shop:card', 'system:serviceaccount:shop:cart'],
        },
      }),
    );
  });

  it('replaces a misspelt action and keeps the others', () => {
    expect(
      repairOf(
        allow({ StringEquals: exact }, { Action: ['sts:TagSession', 'sts:AssumeRoleWithWebIdentiy'] }),
      ),
    ).toEqual(
      allow({ StringEquals: exact }, { Action: ['sts:TagSession', 'sts:AssumeRoleWithWebIdentity'] }),
    );
  });

  it('mends a key in its place', () => {
    const misspelt = { [`https://${name}:sub`]: exact[`${name}:sub`], [`${name}:aud`]: 'sts.amazonaws.com' };
    expect(JSON.stringify(repairOf(allow({ StringEquals: misspelt })))).toBe(
      JSON.stringify(allow({ StringEquals: exact })),
    );
  });

  it('mends both keys where both are misspelt', () => {
    const misspelt = { [`${name}/sub`]: exact[`${name}:sub`], [`${name}::aud`]: 'sts.amazonaws.com' };
    expect(repairOf(allow({ StringEquals: misspelt }))).toEqual(allow({ StringEquals: exact }));
  });

  it('loses no condition whose key is called __proto__', () => {
    const text = JSON.stringify(
      allow({
        StringNotEquals: { odd: 'x', [`https://${name}:sub`]: 'y' },
        StringEquals: { [`${name}:sub`]: exact[`${name}:sub`], [`https://${name}:aud`]: 'sts.amazonaws.com' },
      }),
    );
    const policy = JSON.parse(text.replace('"odd"', '"__proto__"')) as Json;
    expect(JSON.stringify(repairOf(policy))).toContain(
      `"StringNotEquals":{"__proto__":"x","${name}:sub":"y"}`,
    );
  });

  it('grants to exactly this caller where an edit in place would let others in', () => {
    const policy = allow(
      { StringLike: { [`${name}:sub`]: 'system:serviceaccount:shop:*' } },
      { Principal: { Service: 'ec2.amazonaws.com' } },
    );
    expect(repairOf(policy)).toEqual({
      ...policy,
      Statement: [...policy.Statement, allow({ StringEquals: exact }).Statement[0]],
    });
  });

  it('takes the further conditions of the statement into a grant of its own', () => {
    const further = {
      Bool: { 'aws:SecureTransport': 'true' },
      StringNotEquals: { [`${name}:sub`]: 'system:serviceaccount:shop:thief' },
    };
    const policy = allow(
      { ...further, StringLike: { [`${name}:sub`]: '*:shop:*' } },
      { Principal: { Federated: 'x' } },
    );
    const given = { ...request, context: { 'aws:SecureTransport': 'true' } };
    const added = (repairOf(policy, given)?.['Statement'] as Json[])[1];

    expect(added?.['Condition']).toEqual({ ...further, StringEquals: exact });
  });

  it('writes a variable out where setting the Version would let others in', () => {
    const policy = {
      ...allow({
        StringLike: { [`${name}:sub`]: 'system:serviceaccount:shop:${sts:RoleSessionName}' },
        StringEquals: { [`${name}:aud`]: 'sts.amazonaws.com' },
      }),
      Version: '2008-10-17',
    };
    const added = (repairOf(policy)?.['Statement'] as Json[])[1];

    expect(added?.['Condition']).toEqual({ StringEquals: { ...exact, 'sts:RoleSessionName': 'cart' } });
  });

  it('offers nothing where issuer, subject or audience of the caller are not certain', () => {
    const policy = allow({ StringEquals: exact }, { Action: 'sts:AssumeRole' });
    const claims: Json[] = [
      { sub: exact[`${name}:sub`] },
      { aud: ['sts.amazonaws.com'] },
      { sub: 'system:serviceaccount:shop:*', aud: 'x' },
      { sub: exact[`${name}:sub`], aud: ['a', 'b'] },
    ];
    expect(claims.map((given) => repairTrust(policy, { ...request, claims: given }))).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it('offers nothing against an exclusion of this very caller', () => {
    const excluded = allow({
      StringEquals: { [`${name}:aud`]: 'sts.amazonaws.com' },
      StringNotEquals: { [`${name}:sub`]: exact[`${name}:sub`] },
    });
    expect(diagnoseTrust(excluded, request).causes).toEqual(['eks/irsa-trust-subject']);
    expect(repairTrust(excluded, request)).toBeNull();
  });

  it('does not open a statement for others to a caller who is named under a condition that is not met', () => {
    const named = allow({ StringEquals: { ...exact, 'aws:SourceVpc': 'vpc-1' } }).Statement[0];
    const others = allow({ StringEquals: { ...exact, [`${name}:sub`]: 'system:serviceaccount:shop:card' } });
    const policy = { ...others, Statement: [...others.Statement, named] };
    expect(diagnoseTrust(policy, request).nearest).toBe(1);
    expect(repairTrust(policy, request)).toBeNull();
  });

  it('does not turn a condition on some other claim into one on the audience', () => {
    const policy = allow({
      StringEquals: { [`${name}:sub`]: exact[`${name}:sub`], [`${name}/repository`]: 'x' },
    });
    expect(repairTrust(policy, request)).toBeNull();
  });
});

describe('policyLength()', () => {
  it('counts no white space, as IAM does not', () => {
    expect(policyLength({ Id: 'a b\tc', Version: '2012-10-17' })).toBe(
      '{"Id":"ab\\tc","Version":"2012-10-17"}'.length,
    );
  });
});
