/** The tester itself: a sound rule passes all of its checks, and each way to be unsound fails one. */
import type { Observation } from '../../shared/observation.ts';
import type { AnyRule, Problem } from '../../shared/rule.ts';
import { rule } from '../../shared/rule.ts';
import { ruleChecks, testRule, type Expected, type RuleCases } from './rule-tester.ts';

const provider = {
  arn: 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1',
  url: 'oidc.eks.eu-west-1.amazonaws.com/id/A1',
  clientIds: ['sts.amazonaws.com'],
  createdAt: null,
};

function observe(clientIds: string[], countries: string[] = []): Observation {
  return {
    place: { cloud: 'aws', account: '111122223333', partition: 'aws' },
    time: '2026-01-01T06:00:00Z',
    window: { from: '2025-12-31T06:00:00Z', to: '2026-01-01T06:00:00Z' },
    regions: ['eu-west-1'],
    readings: {
      oidcProviders: { state: 'whole', value: [{ ...provider, clientIds }] },
      issuerDiscovery: {
        state: 'whole',
        value: Object.fromEntries(countries.map((name) => [name, { state: 'gone' as const }])),
      },
    },
  };
}

const problem: Problem = {
  location: null,
  cluster: null,
  subject: { kind: 'oidc-provider', name: 'A1', id: provider.arn },
  cause: 'The provider has no client id.',
  evidence: [{ label: 'Client ids', value: 'none' }],
  fix: { summary: 'Add the client id.', commands: ['aws iam list-roles'], verified: false },
};

const sound = rule({
  id: 'eks/a-sound-rule',
  title: { en: 'A provider without a client id', ja: 'プロバイダーの障害です' },
  severity: 'high',
  why: { en: 'No token is accepted.', ja: '重要です。' },
  references: ['https://docs.aws.amazon.com/'],
  needs: { oidcProviders: 'whole', issuerDiscovery: 'optional' },
  check: ({ facts: { oidcProviders, issuerDiscovery } }) => [
    ...oidcProviders.filter(({ clientIds }) => clientIds.length === 0).map(() => problem),
    ...Object.keys(issuerDiscovery ?? {}).map((id) => ({
      ...problem,
      subject: { ...problem.subject, id },
      cause: 'The issuer is gone.',
    })),
  ],
});

const cases: RuleCases = {
  healthy: () => observe(['sts.amazonaws.com']),
  passes: { 'two client ids': observe(['sts.amazonaws.com', 'other']) },
  fails: {
    'no client id': { given: observe([]), finds: { [provider.arn]: /no client id/ } },
    'an issuer that is gone': {
      given: observe(['a'], ['https://gone']),
      finds: { 'https://gone': { cause: /gone/, restsOn: ['issuerDiscovery'] } },
    },
  },
};

testRule(sound, cases);

/** What the checks complain of when the rule, or its table, is altered. */
function complaints(alteredRule: object, alteredCases: Partial<RuleCases> = {}): string {
  const altered = { ...sound, ...alteredRule } as unknown as AnyRule;
  return ruleChecks(altered, { ...cases, ...alteredCases })
    .flatMap(({ run }) => {
      try {
        run();
        return [];
      } catch (error) {
        return [(error as Error).message];
      }
    })
    .join('\n');
}

const always = (altered: object) => ({ check: () => [{ ...problem, ...altered }] });
const fixed = (altered: object) => always({ fix: { ...problem.fix, ...altered } });

describe('the rule tester', () => {
  it('has nothing against a sound rule', () => {
    expect(complaints({})).toBe('');
  });

  it.each<[string, object, RegExp]>([
    ['an unknown severity', { severity: 'urgent' }, /urgent is no severity/],
    ['a title that ends in a full stop', { title: 'A fault.' }, /without a full stop/],
    ['no reference', { references: [] }, /no reference/],
    ['a reference that is no address', { references: ['the manual'] }, /no https address/],
    ['a rule that throws', { check: () => JSON.parse('no JSON') as [] }, /it breaks/],
    [
      'a rule that alters its facts',
      { check: ({ facts }: { facts: { oidcProviders: unknown[] } }) => facts.oidcProviders.splice(0) },
      /it breaks: .*read only|it breaks: .*Cannot/,
    ],
    ['an accusation of the healthy', always({}), /it does not pass/],
    ['an empty fix', fixed({ summary: ' ' }), /without a summary|empty text/],
    ['a fix without commands that is no advice', fixed({ commands: [] }), /not labelled "Advice:"/],
    ['a proven fix without its policy', fixed({ verified: true }), /without the policy/],
    ['a placeholder in a command', fixed({ commands: ['aws iam get-role <role>'] }), /prints "<role>"/],
    ['YOUR_ in a command', fixed({ commands: ['aws iam get-role YOUR_ROLE'] }), /prints "YOUR_ROLE"/],
    ['an unterminated quote', fixed({ commands: ["aws iam get-role 'x"] }), /bash cannot read/],
    ['an unknown tool', fixed({ commands: ['frobnicate'] }), /no known tool/],
    ['undefined in the cause', always({ cause: 'no client id: undefined' }), /prints "undefined"/],
    [
      'an object in the evidence',
      always({ evidence: [{ label: 'Role', value: '[object Object]' }] }),
      /object/,
    ],
    ['no evidence', always({ evidence: [] }), /shows no evidence/],
    ['itself among what is also wrong', always({ alsoWrong: [sound.id] }), /names eks\/a-sound-rule/],
    ['an undefined field', always({ workload: undefined }), /not plain JSON/],
  ])('complains of %s', (_, altered, complaint) => {
    expect(complaints(altered)).toMatch(complaint);
  });

  it('complains of a rule that answers differently the second time', () => {
    let calls = 0;
    expect(complaints({ check: () => (calls++ % 2 ? [] : [problem]) })).toMatch(/the second time/);
  });

  it('complains of a rule that passes, or breaks, without an optional fact', () => {
    const careless = ({ facts }: { facts: { issuerDiscovery: object } }) =>
      Object.keys(facts.issuerDiscovery).map(() => problem);
    expect(complaints({ check: careless })).toMatch(/it breaks: .*undefined or null/);
  });

  it('complains of a rule that accuses because a fact is missing', () => {
    const rash = ({ facts }: { facts: { issuerDiscovery?: object } }) =>
      facts.issuerDiscovery ? [] : [problem];
    expect(complaints({ check: rash })).toMatch(/without issuerDiscovery it accuses/);
  });

  it('complains of an expectation that names the wrong subject, cause, or ground', () => {
    const given = observe([]);
    const failing = (finds: object) =>
      complaints({}, { fails: { 'a case': { given, finds: { ...finds } } } });
    expect(failing({ other: /no client id/ })).toMatch(/it accuses/);
    expect(failing({ [provider.arn]: /something else/ })).toMatch(/does not match the cause/);
    expect(failing({ [provider.arn]: { cause: /no client/, restsOn: ['issuerDiscovery'] } })).toMatch(
      /without issuerDiscovery it is found/,
    );
  });

  it('tells a problem that rests on a whole reading from one that a part is enough for', () => {
    const lacking = ({
      partlyRead,
      facts,
    }: {
      partlyRead: string[];
      facts: { issuerDiscovery?: Record<string, object> };
    }) => (facts.issuerDiscovery?.['https://a'] || partlyRead.length > 0 ? [] : [problem]);
    const table = (rests: Expected) => ({
      healthy: observe([], ['https://a']),
      passes: { 'another as well': observe([], ['https://a', 'https://b']) },
      fails: { 'it lacks an issuer': { given: observe([]), finds: { [provider.arn]: rests } } },
    });
    const rule = { needs: { issuerDiscovery: 'whole' }, check: lacking };
    const optional = { needs: { issuerDiscovery: 'partial' }, check: lacking };
    expect(complaints(rule, table({ cause: /no client id/ }))).toBe('');
    expect(complaints(optional, table({ cause: /no client id/ }))).toMatch(
      /with issuerDiscovery in part the problem on .* is gone/,
    );
    expect(complaints(optional, table({ cause: /no client id/, restsOnWhole: ['issuerDiscovery'] }))).toBe(
      '',
    );
  });

  it('complains of a table with a repeated case, or without one that passes', () => {
    const { passes } = cases;
    expect(complaints({}, { passes: { ...passes, again: observe(['sts.amazonaws.com', 'other']) } })).toMatch(
      /the same observation/,
    );
    expect(complaints({}, { passes: {} })).toMatch(/no case passes/);
  });

  it('lets a stranger name a service account like a placeholder', () => {
    const given = observe([], []);
    given.readings.oidcProviders = {
      state: 'whole',
      value: [{ ...provider, clientIds: [], url: '<script>' }],
    };
    const check = ({ facts }: { facts: { oidcProviders: { url: string; clientIds: string[] }[] } }) =>
      facts.oidcProviders
        .filter(({ clientIds }) => clientIds.length === 0)
        .map(({ url }) => ({ ...problem, evidence: [{ label: 'Issuer', value: url }] }));
    const fails = { 'a hostile name': { given, finds: { [provider.arn]: /no client id/ } } };
    expect(complaints({ check }, { fails })).toBe('');
  });
});
