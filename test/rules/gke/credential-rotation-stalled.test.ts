import credentialRotationStalled from '../../../shared/rules/gke/credential-rotation-stalled.ts';
import { testRule } from '../rule-tester.ts';
import {
  activity,
  authority,
  autopilot,
  cluster,
  daysAgo,
  failed,
  observe,
  oldNodes,
  problemsOf,
  resource,
  rotationStart,
} from './gke-observation.ts';

const completed = (time: string, error: { code: number; message: string } | null = null) =>
  activity({
    id: 'entry-end',
    method: 'google.container.v1beta1.ClusterManager.CompleteIPRotation',
    time,
    error,
  });
const unreadable = cluster({ caCertificate: 'UkVBTF9DRVJUSUZJQ0FURQ==' });

testRule(credentialRotationStalled, {
  healthy: observe(),
  passes: {
    'six days old': observe({ adminActivity: [rotationStart(6)], poolNodes: [oldNodes(60)] }),
    completed: observe({ adminActivity: [completed(daysAgo(9)), rotationStart(12)] }),
    'the certificate is newer than the start: GKE completed it without an entry': observe({
      gkeClusters: [cluster({ caCertificate: authority(8, 1000) })],
      adminActivity: [rotationStart(15)],
    }),
    'starting it failed': observe({
      adminActivity: [rotationStart(15, { error: { code: 9, message: 'busy' } })],
    }),
    'a cluster of the same name in another location': observe({
      adminActivity: [rotationStart(15, { labels: { cluster_name: 'shop', location: 'us-central1' } })],
    }),
    'a cluster that is gone': observe({ gkeClusters: [], adminActivity: [rotationStart(15)] }),
    'GKE already refused it: the pools are the finding': observe({
      adminActivity: [rotationStart(15)],
      poolNodes: [oldNodes(60)],
      operations: [],
      gkeClusters: [cluster({ status: 'ERROR', statusMessage: 'Node pool "pool-1" requires recreation.' })],
    }),
  },
  fails: {
    'sixteen days, and a pool still has old nodes': {
      given: observe({
        adminActivity: [rotationStart(16)],
        poolNodes: [oldNodes(60), oldNodes(2, { nodePool: 'new' })],
      }),
      finds: {
        [resource]: /has been open for 16 days, since 2026-05-16T06:00:00\.000Z/,
      },
    },
    'completing it failed': {
      given: observe({
        adminActivity: [completed(daysAgo(8), { code: 13, message: 'internal' }), rotationStart(16)],
      }),
      finds: { [resource]: /open for 16 days/ },
    },
    'begun again after an earlier one was completed': {
      given: observe({ adminActivity: [rotationStart(8), completed(daysAgo(20)), rotationStart(28)] }),
      finds: { [resource]: /open for 8 days/ },
    },
    'named by its resource alone': {
      given: observe({
        adminActivity: [
          rotationStart(9, { labels: {}, resource: 'projects/shop-prod/zones/europe-west1/clusters/shop' }),
        ],
      }),
      finds: { [resource]: /open for 9 days/ },
    },
    'an Autopilot cluster': {
      given: observe({ gkeClusters: [autopilot({ name: 'shop' })], adminActivity: [rotationStart(9)] }),
      finds: { [resource]: /open for 9 days/ },
    },
  },
  unknowns: {
    'neither nodes nor certificate can be compared': {
      given: observe({ gkeClusters: [unreadable], adminActivity: [rotationStart(15)] }),
      why: /neither its nodes nor its certificate could be compared/,
    },
    'only the address is rotated, and no node is older': {
      given: observe({
        adminActivity: [rotationStart(15, { rotateCredentials: false })],
        poolNodes: [oldNodes(3)],
      }),
      why: /whether the rotation of shop/,
    },
  },
});

it('leaves a refusal in an operation to the rule that names the pools', () => {
  const refused = failed('Node pool "pool-1" requires recreation.', { type: 'UPDATE_CLUSTER' });
  const given = observe({
    adminActivity: [rotationStart(16)],
    poolNodes: [oldNodes(60)],
    operations: [refused],
  });
  expect(problemsOf(credentialRotationStalled, given)).toEqual([]);
});

it('completes without recreating where every node is new', () => {
  const [problem] = problemsOf(credentialRotationStalled, observe({ adminActivity: [rotationStart(16)] }));
  expect(problem?.fix.commands).toEqual([
    'gcloud container clusters update shop --complete-credential-rotation --location=europe-west1 --project=shop-prod --quiet',
  ]);
});

it('names the pools whose nodes are older, and only those', () => {
  const poolNodes = [oldNodes(60), oldNodes(2, { nodePool: 'new' })];
  const [problem] = problemsOf(
    credentialRotationStalled,
    observe({ adminActivity: [rotationStart(16)], poolNodes }),
  );
  expect(problem?.cause).toMatch(/, and pool "pool-1" still has nodes from before it\.$/);
  expect(problem?.fix.commands[0]).toMatch(/^gcloud container clusters upgrade shop --node-pool=pool-1 /);
});
