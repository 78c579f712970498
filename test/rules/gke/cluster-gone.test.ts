import clusterGone from '../../../shared/rules/gke/cluster-gone.ts';
import { testRule } from '../rule-tester.ts';
import { activity, cluster, daysAgo, observe, problemsOf, resource } from './gke-observation.ts';

const seen = (changes = {}) => ({
  name: 'shop',
  location: 'europe-west1',
  id: 'a'.repeat(64),
  endpoint: null,
  caSha256: null,
  lastSeen: daysAgo(1),
  ...changes,
});
const deletion = activity({
  method: 'google.container.v1.ClusterManager.DeleteCluster',
  labels: {},
  resource,
});

testRule(clusterGone, {
  healthy: observe(),
  passes: {
    'the first run': observe({ clusterHistory: [] }),
    'a new cluster beside the old one': observe({ gkeClusters: [cluster(), cluster({ name: 'new' })] }),
    'it was gone long before': observe({ gkeClusters: [], clusterHistory: [seen({ lastSeen: daysAgo(9) })] }),
    'an earlier run did not know its id': observe({ clusterHistory: [seen({ id: null })] }),
  },
  fails: {
    'gone, and the log tells who deleted it': {
      given: observe({ gkeClusters: [], adminActivity: [deletion] }),
      finds: { [resource]: /^shop \(europe-west1\), seen on 2026-05-31T06:00:00\.000Z, is gone\.$/ },
    },
    'made again under its name': {
      given: observe({ gkeClusters: [cluster({ id: 'b'.repeat(64) })] }),
      finds: { [resource]: /was deleted and made again/ },
    },
    'moved to another location': {
      given: observe({
        gkeClusters: [cluster({ location: 'us-central1', id: 'b'.repeat(64), createTime: daysAgo(0.5) })],
      }),
      finds: { [resource]: /is gone; a cluster of that name is in us-central1/ },
    },
    'one of two clusters of one name': {
      given: observe({
        gkeClusters: [cluster()],
        clusterHistory: [seen(), seen({ location: 'us-central1', id: 'c'.repeat(64) })],
      }),
      finds: {
        'projects/shop-prod/locations/us-central1/clusters/shop': /^shop \(us-central1\), .*, is gone\.$/,
      },
    },
  },
});

it('tells once of a cluster that was made again several times: as it was last', () => {
  const before = [2, 1, 3].map((days) => seen({ id: String(days).repeat(64), lastSeen: daysAgo(days) }));
  const given = observe({ gkeClusters: [cluster()], clusterHistory: [...before, seen()] });
  const problems = problemsOf(clusterGone, given);
  expect(problems.map(({ cause }) => cause)).toEqual([
    `shop (europe-west1) was deleted and made again: its id is another than on ${daysAgo(1)}.`,
  ]);
});

it('names a cluster that was there beside it, and does not take it for the same', () => {
  const given = observe({ gkeClusters: [cluster({ location: 'us-central1', createTime: daysAgo(2) })] });
  const [problem] = problemsOf(clusterGone, given);
  expect(problem?.evidence.at(-1)?.value).toBe(`us-central1, made on ${daysAgo(2)}`);
  expect(problem?.fix).toMatchObject({
    commands: [],
    summary: expect.stringMatching(/^Advice: /) as unknown,
  });
});

it('is of low severity where somebody is seen to have decided it', () => {
  const severity = (adminActivity: ReturnType<typeof activity>[]) =>
    problemsOf(clusterGone, observe({ gkeClusters: [], adminActivity }))[0]?.severity;
  expect(severity([deletion])).toBe('low');
  expect(severity([])).toBeUndefined();
  expect(severity([{ ...deletion, error: { code: 7, message: 'denied' } }])).toBeUndefined();
});

it('fetches the credentials of the cluster of today', () => {
  const [problem] = problemsOf(
    clusterGone,
    observe({ gkeClusters: [cluster({ location: 'us-central1', createTime: null })] }),
  );
  expect(problem?.fix.commands).toEqual([
    'gcloud container clusters get-credentials shop --location=us-central1 --project=shop-prod',
  ]);
});
