import { readFileSync } from 'node:fs';
import { diagnoseTrust } from '../../shared/domain/trust-causes.ts';
import { evaluateTrust, type WebIdentityRequest } from '../../shared/domain/trust-policy.ts';

interface Case {
  id: string;
  trustPolicy: unknown;
  request: WebIdentityRequest;
  verdict: string;
  causes: string[] | null;
}

const cases = readFileSync(new URL('../data/trust-cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

describe('evaluateTrust() gives the labelled verdict', () => {
  it.each(cases.map((given) => [given.id, given] as const))('%s', (_, { trustPolicy, request, verdict }) => {
    expect(evaluateTrust(trustPolicy, request).verdict).toBe(verdict);
  });
});

describe('diagnoseTrust() names exactly the labelled causes', () => {
  const labelled = cases.filter(({ causes }) => causes !== null);
  it.each(labelled.map((given) => [given.id, given] as const))(
    '%s',
    (_, { trustPolicy, request, causes }) => {
      expect([...diagnoseTrust(trustPolicy, request).causes].sort()).toEqual([...(causes ?? [])].sort());
    },
  );
});
