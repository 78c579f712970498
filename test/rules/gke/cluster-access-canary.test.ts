import clusterAccessCanary from '../../../shared/rules/gke/cluster-access-canary.ts';
import { testRule } from '../rule-tester.ts';
import {
  account,
  bind,
  bindUntil,
  blind,
  daysAgo,
  observe,
  policy,
  problemsOf,
  role,
  roleDefinitions,
} from './gke-observation.ts';

const release = account('release@shop-prod.iam.gserviceaccount.com');
const viewer = 'roles/container.clusterViewer';
const canary = (changes = {}) => ({
  principal: release,
  cluster: 'shop',
  location: 'europe-west1',
  permissions: [],
  ...changes,
});
const subject = `${release} to projects/shop-prod/locations/europe-west1/clusters/shop`;
const withViewer = policy({ also: [bind(viewer, release)] });
const developer = role(
  'container.clusters.get',
  'container.clusters.list',
  'container.clusters.connect',
  'container.pods.create',
);

testRule(clusterAccessCanary, {
  healthy: observe({ canaries: [canary()], iamPolicy: withViewer }),
  passes: {
    'none is configured': observe(),
    'a group that has the role itself': observe({
      canaries: [canary({ principal: 'group:oncall@example.com' })],
      iamPolicy: policy({ also: [bind(viewer, 'group:oncall@example.com')] }),
    }),
    owner: observe({
      canaries: [canary()],
      iamPolicy: policy({ also: [bind('roles/owner', release)] }),
    }),
    'any location': observe({ canaries: [canary({ location: null })], iamPolicy: withViewer }),
  },
  fails: {
    'it has no role': {
      given: observe({ canaries: [canary()] }),
      finds: {
        [subject]: /must reach shop, but lacks container\.clusters\.get: nothing on projects\/shop-prod/,
      },
    },
    'it may read the cluster, and not use its DNS endpoint': {
      given: observe({
        canaries: [canary({ permissions: ['container.clusters.connect'] })],
        iamPolicy: withViewer,
      }),
      finds: { [subject]: { cause: /lacks container\.clusters\.connect/, restsOn: ['roleDefinitions'] } },
    },
    'its role expired': {
      given: observe({
        canaries: [canary()],
        iamPolicy: policy({ also: [bindUntil(daysAgo(1), viewer, release)] }),
      }),
      finds: { [subject]: /expired on 2026-05-31T06:00:00\.000Z/ },
    },
    'its role expires in a week': {
      given: observe({
        canaries: [canary()],
        iamPolicy: policy({ also: [bindUntil(daysAgo(-7), viewer, release)] }),
      }),
      finds: { [subject]: { cause: /only until 2026-06-08T06:00:00\.000Z/, restsOn: ['roleDefinitions'] } },
    },
    'the account is disabled': {
      given: observe({
        canaries: [canary()],
        iamPolicy: withViewer,
        gcpServiceAccounts: {
          'release@shop-prod.iam.gserviceaccount.com': {
            state: 'exists',
            value: { uniqueId: '5', disabled: true },
          },
        },
      }),
      finds: { [subject]: { cause: /the account is disabled/, restsOn: ['gcpServiceAccounts'] } },
    },
  },
  unknowns: {
    'through a group': {
      given: observe({
        canaries: [canary()],
        iamPolicy: policy({ also: [bind(viewer, 'group:ci@example.com')] }),
      }),
      why: /group:ci@example\.com/,
    },
    'a cluster that is not there': {
      given: observe({ canaries: [canary({ cluster: 'shoop' })], iamPolicy: withViewer }),
      why: /no cluster of that name was read in shop-prod/,
    },
    'no role was read': {
      given: blind(observe({ canaries: [canary()], iamPolicy: withViewer }), 'roleDefinitions'),
      why: /could not be read/,
    },
  },
});

describe('the fix', () => {
  it('grants the smallest role that holds everything', () => {
    const definitions = { ...roleDefinitions, 'roles/container.developer': developer };
    const commandsFor = (permissions: string[]) =>
      problemsOf(
        clusterAccessCanary,
        observe({ canaries: [canary({ permissions })], roleDefinitions: definitions }),
      )[0]?.fix;
    expect(commandsFor([])).toMatchObject({
      verified: true,
      commands: [expect.stringContaining(`--role=${viewer} `)],
    });
    expect(commandsFor(['container.clusters.connect'])?.commands.join()).toContain(
      '--role=roles/container.developer ',
    );
    expect(commandsFor(['container.clusters.delete'])).toMatchObject({ verified: false, commands: [] });
  });
});
