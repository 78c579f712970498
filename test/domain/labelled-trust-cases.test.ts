import { diagnoseTrust } from '../../shared/domain/trust-causes.ts';
import { evaluateTrust } from '../../shared/domain/trust-policy.ts';
import { fuzzedCases } from './fuzzed-trust-cases.ts';
import { judge } from './independent-evaluator.ts';
import { casesOf, labelledCases, type LabelledCase } from './labelled-trust-cases.ts';
import { mutations } from './trust-mutations.ts';

/** What the diagnosis says otherwise than the labels; null where it agrees. */
function disagreement({ changes, trustPolicy, request, verdict, causes }: LabelledCase) {
  const found = diagnoseTrust(trustPolicy, request);
  const named = [...found.causes].sort();
  const agrees = found.verdict === verdict && (!causes || JSON.stringify(named) === JSON.stringify(causes));
  return agrees ? null : { changes, verdict, causes, found: [found.verdict, named], trustPolicy, request };
}

describe('diagnoseTrust() names exactly the faults that were put in', () => {
  it.each(mutations.map(({ name }) => name))('%s alone', (name) => {
    const cases = casesOf(name, 1, 15);

    expect(cases.length).toBe(15);
    expect(cases.map(disagreement).filter((found) => found !== null)).toEqual([]);
  });

  it.each([
    ['none at all', 'control'],
    ['several in one statement', 'multi'],
    ['one in each of two statements', 'near'],
  ] as const)('%s', (_, kind) => {
    const cases = [11, 12, 13].flatMap((seed) => labelledCases(kind, seed, 500));

    expect(cases.map(disagreement).filter((found) => found !== null)).toEqual([]);
  });
});

describe('evaluateTrust() judges as the independent evaluator', () => {
  it.each([1, 2, 3])('whatever is thrown together, seed %i', (seed) => {
    const cases = fuzzedCases(seed, 2000);
    const verdicts = cases.map(({ trustPolicy, request }) => judge(trustPolicy, request));

    expect(new Set(verdicts)).toEqual(new Set(['Allowed', 'ImplicitlyDenied', 'ExplicitlyDenied']));
    expect(
      cases.filter(
        ({ trustPolicy, request }, index) => evaluateTrust(trustPolicy, request).verdict !== verdicts[index],
      ),
    ).toEqual([]);
  });
});
