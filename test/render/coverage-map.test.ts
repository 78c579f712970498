import { coverageMaps } from '../../shared/render/coverage-map.ts';
import type { Report } from '../../shared/report.ts';
import { sampleFinding, sampleReport } from './sample-report.ts';

const aws = { cloud: 'aws', account: '111122223333' } as const;
const clusters = ['prod', 'staging'].map((name) => ({ ...aws, location: 'eu-west-1', name }));
const outcome = (rule: string, status: Report['outcomes'][number]['status']) => ({
  ...{ ...aws, rule, status },
  why: null,
});

function mapOf(changes: Partial<Report>) {
  const [map] = coverageMaps({
    ...sampleReport,
    findings: [],
    clusters,
    coverage: [],
    outcomes: [],
    ...changes,
  });
  return map && Object.fromEntries(map.rows.map(({ name, states }) => [name, states]));
}

describe('coverageMaps()', () => {
  const rule = 'eks/irsa-trust-subject';

  it('shows what was found where, and the worst of it', () => {
    const findings = [sampleFinding({ severity: 'low' }), sampleFinding({ id: 'b', severity: 'critical' })];
    const map = mapOf({ findings, outcomes: [outcome('eks/a', 'unknown'), outcome(rule, 'fail')] });
    expect(map).toEqual({ prod: ['unknown', 'critical'], staging: ['unknown', 'pass'] });
  });

  it.each(['resolved', 'muted'] as const)('does not show what is %s', (change) => {
    const findings = [sampleFinding({ change })];
    expect(mapOf({ findings, outcomes: [outcome(rule, 'pass')] })).toMatchObject({ prod: ['pass'] });
  });

  it.each([
    ['its region', 'eu-west-1', 'unknown'],
    ['the whole account', null, 'unknown'],
    ['another region', 'us-east-1', 'pass'],
  ])('is no pass where something of %s was not read', (_, location, state) => {
    const gap = { ...aws, location, fact: 'clusters', complete: false, why: 'denied' };
    expect(mapOf({ coverage: [gap], outcomes: [outcome(rule, 'fail')] })).toMatchObject({ staging: [state] });
  });

  it('has a map for each cloud that has clusters, and none without', () => {
    const outcomes = [
      outcome(rule, 'pass'),
      { ...outcome('gke/api-disabled', 'pass'), cloud: 'gcp' as const, account: 'p' },
    ];
    const both = [
      ...clusters,
      { cloud: 'gcp' as const, account: 'p', location: 'europe-west1', name: 'web' },
    ];
    expect(coverageMaps({ ...sampleReport, clusters: both, outcomes }).map(({ cloud }) => cloud)).toEqual([
      'aws',
      'gcp',
    ]);
    expect(coverageMaps(sampleReport)).toEqual([]);
  });

  it('puts the clusters with the worst findings first', () => {
    const findings = [sampleFinding({ cluster: 'staging', severity: 'low' })];
    expect(Object.keys(mapOf({ findings, outcomes: [outcome(rule, 'fail')] }) ?? {})).toEqual([
      'staging',
      'prod',
    ]);
  });
});
