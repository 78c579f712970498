import workloadIdentityMetadata from '../../../shared/rules/gke/workload-identity-metadata.ts';
import { testRule } from '../rule-tester.ts';
import { autopilot, cluster, observe, pool, problemsOf, resource } from './gke-observation.ts';

const having = (mode: string | null) => cluster({ nodePools: [pool({ workloadMetadataMode: mode })] });
const subject = `${resource}/nodePools/pool-1`;

testRule(workloadIdentityMetadata, {
  healthy: observe(),
  passes: {
    'the cluster has no workload pool': observe({ gkeClusters: [{ ...having(null), workloadPool: null }] }),
    'Autopilot serves it everywhere': observe({
      gkeClusters: [autopilot({ nodePools: [pool({ workloadMetadataMode: null })] })],
    }),
    'a cluster without pools': observe({ gkeClusters: [cluster({ nodePools: [] })] }),
  },
  fails: {
    'a pool that is older than the setting of the cluster': {
      given: observe({ gkeClusters: [having(null)] }),
      finds: { [subject]: /pods on pool "pool-1" get the node account: its metadata mode is not set/ },
    },
    'GCE_METADATA is not the same as being on': {
      given: observe({ gkeClusters: [having('GCE_METADATA')] }),
      finds: { [subject]: /its metadata mode is GCE_METADATA/ },
    },
  },
});

it('only advises where somebody chose the mode', () => {
  const fixOf = (mode: string | null) =>
    problemsOf(workloadIdentityMetadata, observe({ gkeClusters: [having(mode)] }))[0]?.fix;
  expect(fixOf('GCE_METADATA')?.commands).toEqual([]);
  expect(fixOf(null)?.commands).toEqual([
    'gcloud container node-pools update pool-1 --cluster=shop --location=europe-west1 --workload-metadata=GKE_METADATA --project=shop-prod --quiet',
  ]);
});
