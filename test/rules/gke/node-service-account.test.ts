import nodeServiceAccount from '../../../shared/rules/gke/node-service-account.ts';
import { testRule } from '../rule-tester.ts';
import {
  account,
  activity,
  agents,
  autopilot,
  bind,
  cluster,
  failed,
  nodeRole,
  nodes,
  observe,
  policy,
  pool,
  problemsOf,
} from './gke-observation.ts';
import { quoted } from '../../../shared/words.ts';

const subject = `projects/shop-prod/serviceAccounts/${nodes}`;
const foreign = 'nodes@identity-prod.iam.gserviceaccount.com';
const withState = (disabled: boolean, uniqueId = '101') => ({
  [nodes]: { state: 'exists' as const, value: { uniqueId, disabled } },
});
const missing = { [nodes]: { state: 'missing' as const } };
const dead = (...roles: string[]) =>
  policy({ without: [nodeRole], also: roles.map((each) => bind(each, `deleted:${account(nodes)}?uid=101`)) });

testRule(nodeServiceAccount, {
  healthy: observe(),
  passes: {
    'the default account is disabled: another rule tells it': observe({
      gkeClusters: [cluster({ nodePools: [pool({ serviceAccount: 'default' })] })],
      gcpServiceAccounts: {
        [agents.defaultAccount]: { state: 'exists', value: { uniqueId: '102', disabled: true } },
      },
    }),
    'a disabled account that no pool uses': observe({
      gcpServiceAccounts: {
        ...withState(false),
        'old@shop-prod.iam.gserviceaccount.com': {
          state: 'exists',
          value: { uniqueId: '9', disabled: true },
        },
      },
    }),
    'made again, and everything was granted again': observe({
      iamPolicy: policy({ also: [bind(nodeRole, `deleted:${account(nodes)}?uid=100`)] }),
    }),
    'made again, on nodes of 1.34 that need nothing of it': observe({
      gkeClusters: [cluster({ nodePools: [pool({ version: '1.34.0-gke.1' })] })],
      gcpServiceAccounts: withState(false, '202'),
      iamPolicy: dead('roles/storage.objectViewer'),
    }),
    'a deleted account of a similar name': observe({
      iamPolicy: policy({
        also: [bind(nodeRole, 'deleted:serviceAccount:my-nodes@shop-prod.iam.gserviceaccount.com?uid=1')],
      }),
    }),
  },
  fails: {
    'disabled under a pool and an Autopilot cluster': {
      given: observe({ gkeClusters: [cluster(), autopilot()], gcpServiceAccounts: withState(true) }),
      finds: { [subject]: /is disabled, and 1 node pool and 1 Autopilot cluster run as it/ },
    },
    deleted: {
      given: observe({
        gcpServiceAccounts: missing,
        iamPolicy: dead(nodeRole),
        operations: [failed(`Service account ${nodes} does not exist.`)],
      }),
      finds: { [subject]: /is deleted, and 1 node pool runs as it/ },
    },
    'deleted and made again: the bindings are of the old one': {
      given: observe({
        gcpServiceAccounts: withState(false, '202'),
        iamPolicy: dead(nodeRole, 'roles/owner'),
      }),
      finds: { [subject]: /was deleted and made again \(unique id 202\)/ },
    },
    'an account of another project that is deleted': {
      given: observe({
        gkeClusters: [cluster({ nodePools: [pool({ serviceAccount: foreign })] })],
        gcpServiceAccounts: { [foreign]: { state: 'missing' } },
      }),
      finds: { [`projects/identity-prod/serviceAccounts/${foreign}`]: /is deleted/ },
    },
  },
  unknowns: {
    'an account of another project that the auditor may not read is not a deleted one': {
      given: observe({
        gkeClusters: [cluster({ nodePools: [pool({ serviceAccount: foreign })] })],
        gcpServiceAccounts: {
          [foreign]: { state: 'unread', why: quoted('iam.serviceAccounts.get was denied') },
        },
      }),
      why: /iam\.serviceAccounts\.get was denied/,
    },
    'made again, and a group may have what it needs': {
      given: observe({
        gcpServiceAccounts: withState(false, '202'),
        iamPolicy: {
          ...dead('roles/storage.objectViewer'),
          bindings: [
            ...dead('roles/storage.objectViewer').bindings,
            bind(nodeRole, 'group:nodes@example.com'),
          ],
        },
      }),
      why: /group:nodes@example\.com/,
    },
  },
});

it('grants a re-created account the least that nodes need, never what the old one had', () => {
  const given = observe({
    gcpServiceAccounts: withState(false, '202'),
    iamPolicy: dead(nodeRole, 'roles/owner'),
  });
  const [problem] = problemsOf(nodeServiceAccount, given);
  expect(problem?.fix.verified).toBe(true);
  expect(problem?.fix.commands).toEqual([
    `gcloud projects add-iam-policy-binding shop-prod --member=${account(nodes)} --role=${nodeRole} --condition=None`,
  ]);
});

it('tells who deleted the account that was made again', () => {
  const deletion = activity({
    method: 'google.iam.admin.v1.DeleteServiceAccount',
    labels: { email_id: nodes, unique_id: '101' },
  });
  const facts = {
    gcpServiceAccounts: withState(false, '202'),
    iamPolicy: dead(nodeRole),
    adminActivity: [deletion],
  };
  const [problem] = problemsOf(nodeServiceAccount, observe(facts));
  expect(problem?.evidence.find(({ label }) => label === 'Deleted by')?.value).toMatch(
    /^bob@example\.com on/,
  );
});

it('restores an account of another project there', () => {
  const given = observe({
    gkeClusters: [cluster({ nodePools: [pool({ serviceAccount: foreign })] })],
    gcpServiceAccounts: { [foreign]: { state: 'missing' } },
    iamPolicy: policy({ also: [bind('roles/logging.logWriter', `deleted:${account(foreign)}?uid=77`)] }),
  });
  const [problem] = problemsOf(nodeServiceAccount, given);
  expect(problem?.fix.commands).toEqual(['gcloud iam service-accounts undelete 77 --project=identity-prod']);
});
