/** What a report keeps of the clusters that were read. */
import { mergeReports } from '../shared/merge-reports.ts';
import type { Observation } from '../shared/observation.ts';
import { makeReport } from '../shared/report.ts';
import { rule } from '../shared/rule.ts';
import { parseCluster } from '../shared/collect/gcp/parse-cluster.ts';

const time = '2026-01-02T06:00:00Z';
const shared = { time, window: { from: time, to: time } };
const fault = (id: 'eks/fault' | 'gke/fault', location: string, cluster: string) =>
  rule({
    id,
    title: { en: 'A fault', ja: '障害です' },
    severity: 'low',
    why: { en: 'It matters.', ja: '重要です。' },
    references: [],
    needs: {},
    check: () => [
      {
        ...{ location, cluster, cause: 'It is so.', evidence: [] },
        subject: { kind: 'cluster', name: cluster, id: cluster },
        fix: { summary: 'Advice: mend it.', commands: [], verified: false },
      },
    ],
  });

const eks = {
  ...shared,
  place: { cloud: 'aws', account: '111122223333' },
  regions: ['eu-west-1'],
  readings: {
    clusters: {
      state: 'whole',
      value: { clusters: [{ name: 'prod', region: 'eu-west-1', tags: { team: 'payments' } }] },
    },
  },
} as unknown as Observation;
const web = { name: 'web', location: 'europe-west1', resourceLabels: { team: 'front' } };
const gke = {
  ...shared,
  place: { cloud: 'gcp', account: 'shop' },
  regions: [],
  readings: { gkeClusters: { state: 'whole', value: [parseCluster('shop', web)] } },
} as unknown as Observation;

function reportOf(observations: Observation[], cluster: string) {
  const rules = [fault('eks/fault', 'eu-west-1', cluster), fault('gke/fault', 'europe-west1', 'web')];
  return makeReport({ observations, rules, runId: 'r', version: '1', startedAt: time, finishedAt: time });
}

it('names the clusters of both clouds, and gives findings the tags or labels of theirs', () => {
  const report = reportOf([eks, gke], 'prod');
  expect(report.clusters).toEqual([
    { cloud: 'aws', account: '111122223333', location: 'eu-west-1', name: 'prod' },
    { cloud: 'gcp', account: 'shop', location: 'europe-west1', name: 'web' },
  ]);
  expect(report.summary.clusters).toBe(2);
  expect(report.findings.map(({ tags }) => tags)).toEqual([{ team: 'payments' }, { team: 'front' }]);
});

it('gives no tags to what is of no cluster that was read', () => {
  expect(reportOf([eks], 'another').findings[0]).not.toHaveProperty('tags');
});

it('keeps the clusters of all reports that become one', () => {
  const run = { runId: 'm', startedAt: time, version: '1' };
  const merged = mergeReports([reportOf([eks], 'prod'), reportOf([gke], 'prod')], [], run);
  expect(merged.clusters?.map(({ name }) => name)).toEqual(['prod', 'web']);
});

describe('fixes that write the same document', () => {
  const repair = (id: 'eks/first' | 'eks/second', target: string, document: string) =>
    rule({
      ...fault('eks/fault', 'eu-west-1', 'prod'),
      id,
      check: () => [
        {
          ...{ location: null, cluster: null, cause: 'It is so.', evidence: [] },
          subject: { kind: 'role', name: id, id },
          fix: {
            summary: 'Do it.',
            commands: [`aws iam ${target} <<'JSON'\n${document}\nJSON`],
            verified: true,
          },
        },
      ],
    });
  const summaries = (...given: [target: string, document: string][]) => {
    const rules = given.map(([target, document], index) =>
      repair(index === 0 ? 'eks/first' : 'eks/second', target, document),
    );
    const times = { startedAt: time, finishedAt: time };
    const report = makeReport({
      observations: [eks],
      rules,
      runId: 'r',
      version: '1',
      ...times,
      language: 'ja',
    });
    return report.findings.map(({ fix, translated }) => [fix.summary, translated?.summary]);
  };

  it('warn that the later undoes the earlier', () => {
    for (const [english, japanese] of summaries(
      ['put --role-name app', '{"a":1}'],
      ['put --role-name app', '{"b":2}'],
    )) {
      expect(english).toMatch(/^Do it\. Another finding replaces the same document/);
      expect(japanese).toMatch(/別の検出結果/);
    }
  });

  it('are left as they are where they agree, or write elsewhere', () => {
    const same = summaries(['put --role-name app', '{"a":1}'], ['put --role-name app', '{"a":1}']);
    const apart = summaries(['put --role-name app', '{"a":1}'], ['put --role-name web', '{"b":2}']);
    expect([...same, ...apart].map(([english]) => english)).toEqual(Array(4).fill('Do it.'));
  });
});
