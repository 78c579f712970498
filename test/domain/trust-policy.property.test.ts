import fc from 'fast-check';
import { diagnoseTrust } from '../../shared/domain/trust-causes.ts';
import { parsePolicy } from '../../shared/domain/policy-document.ts';
import { evaluateTrust, judgeTrust, makeCall } from '../../shared/domain/trust-policy.ts';
import { repairTrust } from '../../shared/domain/trust-repair.ts';
import { fuzzedCase, type FuzzedCase } from './fuzzed-trust-cases.ts';
import { judge } from './independent-evaluator.ts';
import { labelledCases } from './labelled-trust-cases.ts';
import { seeded, type Random } from './random.ts';
import { shuffled, type Json } from './trust-draft.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });

/** Half of them thrown together, half sound but for a fault or two. */
const cases: fc.Arbitrary<FuzzedCase> = fc
  .tuple(seeds, fc.constantFrom('fuzz', 'single', 'multi', 'near'))
  .map(([seed, kind]) =>
    kind === 'fuzz' ? fuzzedCase(seeded(seed)) : (labelledCases(kind, seed, 1)[0] as FuzzedCase),
  );

const anyRequest = fuzzedCase(seeded(1)).request;

function statementsOf(policy: Json): Json[] {
  return [policy['Statement']].flat() as Json[];
}

describe('evaluateTrust(), diagnoseTrust() and repairTrust() never throw', () => {
  const survives = (policy: unknown) => {
    expect(evaluateTrust(policy, anyRequest).verdict).toBeDefined();
    expect(diagnoseTrust(policy, anyRequest).verdict).toBeDefined();
    expect(() => repairTrust(policy, anyRequest)).not.toThrow();
  };

  it('on any JSON, as a value and as text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        survives(value);
        survives(JSON.stringify(value));
      }),
    );
  });

  it('on values that are no JSON', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(fc.property(anything, survives));
    fc.assert(fc.property(anything, (value) => survives({ Version: '2012-10-17', Statement: value })));
  });

  it('on a policy any part of which was replaced by other JSON, and judge it as the independent evaluator', () => {
    fc.assert(
      fc.property(cases, seeds, fc.jsonValue({ maxDepth: 2 }), ({ trustPolicy, request }, seed, other) => {
        const policy = withPartReplaced(trustPolicy, other, seeded(seed));
        survives(policy);
        expect(evaluateTrust(policy, request).verdict).toBe(judge(policy, request));
      }),
      { numRuns: 500 },
    );
  });

  it('on nesting too deep for recursion, cycles and keys of prototypes', () => {
    const cycle: Json = {};
    cycle['Statement'] = cycle;
    for (const value of [nested(20_000), cycle]) {
      survives(value);
      survives({ Statement: value });
      survives(JSON.parse(`{"Statement":[{"__proto__":{"Effect":"Allow"}}],"constructor":1}`));
      survives({
        Statement: [{ Effect: 'Allow', Principal: { AWS: value }, Action: value, Condition: value }],
      });
      survives(grant({ StringEquals: { 'aws:x': value } }));
    }
  });

  it('on texts of ten thousand characters, such as hang a careless matcher', () => {
    const { issuer, claims } = anyRequest;
    const name = issuer.replace('https://', '');
    const hostile = ['*', 'a*', '*a', '?*', '${', '${ ', '/', ':', '.', '1', "${a, '", '-example'];
    for (const text of hostile.map((part) => part.repeat(10_000 / part.length))) {
      survives(grant({ StringLike: { [`${name}:sub`]: [text, `${text}b`, `\${${text}x,}`] } }));
      survives(grant({ ArnLike: { [`${name}:sub`]: `arn:a:b:c:d:${text}b`, [text]: text } }));
      survives(
        grant({ NumericEquals: { [`${name}:aud`]: `${text}x` }, DateEquals: { [`${name}:aud`]: text } }),
      );
      survives(grant({ StringEquals: { [`${text}:sub`]: text, [`${name}${text}`]: text } }));
      survives({
        ...grant({}),
        Statement: [{ ...statementsOf(grant({}))[0], Principal: { Federated: text } }],
      });
      const long = { ...anyRequest, claims: { ...claims, sub: `${text}${text}` } };
      expect(evaluateTrust(grant({ StringLike: { [`${name}:sub`]: `${text}b` } }), long).verdict).toBe(
        'ImplicitlyDenied',
      );
    }
  });
});

function grant(condition: Json): Json {
  const { issuer } = anyRequest;
  const provider = `arn:aws:iam::111122223333:oidc-provider/${issuer.replace('https://', '')}`;
  const statement = {
    Effect: 'Allow',
    Principal: { Federated: provider },
    Action: 'sts:*',
    Condition: condition,
  };
  return { Version: '2012-10-17', Statement: [statement] };
}

function nested(depth: number): unknown {
  let value: unknown = 'end';
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { Statement: value };
  return value;
}

/** Puts `other` in the place of some part of the document. */
function withPartReplaced(document: unknown, other: unknown, random: Random): unknown {
  if (typeof document !== 'object' || document === null || random.chance(0.15)) return other;
  const copy = (Array.isArray(document) ? [...(document as unknown[])] : { ...document }) as Json;
  const keys = Object.keys(copy);
  if (keys.length === 0) return other;
  const key = random.pick(keys);
  copy[key] = withPartReplaced(copy[key], other, random);
  return copy;
}

describe('the verdict', () => {
  it('is the same with and without its explanation', () => {
    fc.assert(
      fc.property(cases, ({ trustPolicy, request }) => {
        const parsed = parsePolicy(trustPolicy);
        expect(parsed.ok && judgeTrust(parsed.policy, makeCall(request))).toBe(
          evaluateTrust(trustPolicy, request).verdict,
        );
      }),
    );
  });

  it('is explained: a statement matches where all of its elements do, and decides by its effect', () => {
    fc.assert(
      fc.property(cases, ({ trustPolicy, request }) => {
        const { verdict, statements } = evaluateTrust(trustPolicy, request);
        for (const { matched, elements } of statements)
          expect(matched).toBe(elements.every((element) => element.matched));
        const effects = statements.filter(({ matched }) => matched).map(({ effect }) => effect);
        const decided = effects.includes('Deny')
          ? 'ExplicitlyDenied'
          : effects.length > 0
            ? 'Allowed'
            : 'ImplicitlyDenied';
        expect(verdict).toBe(decided);
      }),
    );
  });

  it('never becomes Allowed by a further Deny', () => {
    fc.assert(
      fc.property(cases, cases, ({ trustPolicy, request }, other) => {
        const denials = statementsOf(other.trustPolicy).map((statement) => ({
          ...withoutSid(statement),
          Effect: 'Deny',
        }));
        const stricter = { ...trustPolicy, Statement: [...statementsOf(trustPolicy), ...denials] };
        if (evaluateTrust(stricter, request).verdict === 'Allowed')
          expect(evaluateTrust(trustPolicy, request).verdict).toBe('Allowed');
      }),
    );
  });

  it('never ceases to be Allowed by a further Allow', () => {
    fc.assert(
      fc.property(cases, cases, ({ trustPolicy, request }, other) => {
        const grants = statementsOf(other.trustPolicy).map((statement) => ({
          ...withoutSid(statement),
          Effect: 'Allow',
        }));
        const wider = { ...trustPolicy, Statement: [...grants, ...statementsOf(trustPolicy)] };
        if (evaluateTrust(trustPolicy, request).verdict === 'Allowed')
          expect(evaluateTrust(wider, request).verdict).toBe('Allowed');
      }),
    );
  });
});

/** Two statements may not have the same Sid. */
function withoutSid(statement: Json): Json {
  return Object.fromEntries(Object.entries(statement).filter(([name]) => name !== 'Sid'));
}

/** Verdict and causes; the order of the causes is not told. */
function answer(policy: unknown, request: FuzzedCase['request']) {
  const { verdict, causes } = diagnoseTrust(policy, request);
  return { verdict, causes: [...causes].sort() };
}

describe('verdict and causes', () => {
  it('do not depend on the order of statements, elements, values, principals or actions', () => {
    fc.assert(
      fc.property(cases, seeds, ({ trustPolicy, request }, seed) => {
        expect(answer(reordered(trustPolicy, seeded(seed)), request)).toEqual(answer(trustPolicy, request));
      }),
    );
  });

  it('do not depend on a context key that the policy does not look at', () => {
    fc.assert(
      fc.property(cases, fc.string(), ({ trustPolicy, request }, value) => {
        const context = { ...request.context, 'aws:NobodyAsks': value, 'sts:Never/Heard:of': [value, 'x'] };
        expect(answer(trustPolicy, { ...request, context })).toEqual(answer(trustPolicy, request));
      }),
    );
  });

  it('do not depend on the case of keys and actions, nor on one value standing in a list', () => {
    fc.assert(
      fc.property(cases, ({ trustPolicy, request }) => {
        const policy = { ...trustPolicy, Statement: statementsOf(trustPolicy).map(spelledOtherwise) };
        expect(answer(policy, request).verdict).toBe(answer(trustPolicy, request).verdict);
      }),
    );
  });

  it('are told whether the policy comes as a value or as text', () => {
    fc.assert(
      fc.property(cases, ({ trustPolicy, request }) => {
        expect(answer(JSON.stringify(trustPolicy), request)).toEqual(answer(trustPolicy, request));
      }),
    );
  });

  it('go together: there is a cause exactly where the call is denied', () => {
    fc.assert(
      fc.property(cases, ({ trustPolicy, request }) => {
        const { verdict, causes } = answer(trustPolicy, request);
        expect(causes.length > 0).toBe(verdict !== 'Allowed' && verdict !== 'Malformed');
      }),
      { numRuns: 500 },
    );
  });
});

/** The same document with every list and every object in another order. */
function reordered(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = shuffled(Object.entries(value) as [string, unknown][], random);
  if (Array.isArray(value)) return entries.map(([, item]) => reordered(item, random));
  return Object.fromEntries(entries.map(([key, item]) => [key, reordered(item, random)]));
}

/** Keys in lower case, actions in upper case, each value in a list. */
function spelledOtherwise(statement: Json): Json {
  const condition = mapEntries((statement['Condition'] ?? {}) as Json, (operator, block) => [
    operator,
    mapEntries(block as Json, (key, value) => [key.toLowerCase(), [value].flat()]),
  ]);
  const spelled = mapEntries(statement, (name, value) => [
    name,
    /Action$/.test(name) ? ([value].flat() as string[]).map((action) => action.toUpperCase()) : value,
  ]);
  return { ...spelled, Condition: condition };
}

function mapEntries(block: Json, change: (key: string, value: unknown) => [string, unknown]): Json {
  return Object.fromEntries(Object.entries(block).map(([key, value]) => change(key, value)));
}
