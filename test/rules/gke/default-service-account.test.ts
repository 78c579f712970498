import defaultServiceAccount from '../../../shared/rules/gke/default-service-account.ts';
import { testRule } from '../rule-tester.ts';
import {
  account,
  activity,
  agents,
  autopilot,
  bind,
  cluster,
  daysAgo,
  failed,
  nodeRole,
  nodes,
  observe,
  policy,
  pool,
  problemsOf,
} from './gke-observation.ts';
import { quoted } from '../../../shared/words.ts';

const email = agents.defaultAccount;
const subject = `projects/shop-prod/serviceAccounts/${email}`;
const missing = { [email]: { state: 'missing' as const } };
const disabled = { [email]: { state: 'exists' as const, value: { uniqueId: '102', disabled: true } } };
const onDefault = cluster({
  nodePools: [
    pool({ name: 'web', serviceAccount: 'default' }),
    pool({ name: 'batch', serviceAccount: email }),
  ],
});
const autoOnDefault = autopilot({ autoprovisioning: { serviceAccount: 'default', bootDiskKmsKey: null } });
const gaia = `Generic::not_found: Not found; Gaia id not found for email ${email}`;
const change = (kind: string, labels: Record<string, string> = {}) =>
  activity({
    id: 'entry-account',
    service: 'iam.googleapis.com',
    method: `google.iam.admin.v1.${kind}ServiceAccount`,
    resource: 'projects/-/serviceAccounts/102',
    labels: { email_id: email, unique_id: '102', ...labels },
  });

testRule(defaultServiceAccount, {
  healthy: observe(),
  passes: {
    'disabled, and nothing runs as it': observe({ gcpServiceAccounts: disabled }),
    'deleted, and every pool has an account of its own': observe({ gcpServiceAccounts: missing }),
    'in use, enabled, and no Editor: it need not be': observe({
      gkeClusters: [onDefault, autoOnDefault],
      iamPolicy: policy({ also: [bind(nodeRole, account(email))] }),
    }),
    'an account of another project was not found': observe({
      operations: [failed('Gaia id not found for email 999-compute@developer.gserviceaccount.com')],
      gcpServiceAccounts: missing,
    }),
    'a call failed for it, and it was restored since': observe({ operations: [failed(gaia)] }),
  },
  fails: {
    'disabled: two pools and an Autopilot cluster are one finding': {
      given: observe({
        gkeClusters: [onDefault, autoOnDefault],
        gcpServiceAccounts: disabled,
        adminActivity: [change('Disable')],
      }),
      finds: { [subject]: /is disabled, and 2 node pools and 1 Autopilot cluster run as it/ },
    },
    'deleted, known from its binding': {
      given: observe({
        gkeClusters: [onDefault],
        gcpServiceAccounts: missing,
        iamPolicy: policy({ also: [bind('roles/editor', `deleted:${account(email)}?uid=102`)] }),
      }),
      finds: { [subject]: /is deleted, and 2 node pools run as it/ },
    },
    'deleted without a trace': {
      given: observe({ gkeClusters: [autoOnDefault], gcpServiceAccounts: missing }),
      finds: { [subject]: /is deleted, and 1 Autopilot cluster runs as it/ },
    },
    'cluster creation fails with 404 for it, although pools have their own': {
      given: observe({ gcpServiceAccounts: missing, operations: [failed(gaia, { type: 'CREATE_CLUSTER' })] }),
      finds: { [subject]: { cause: /is deleted\.$/, restsOn: ['operations'] } },
    },
  },
  unknowns: {
    'the account could not be read': {
      given: observe({
        gkeClusters: [onDefault],
        gcpServiceAccounts: { [email]: { state: 'unread', why: quoted('permission was denied') } },
      }),
      why: /permission was denied/,
    },
  },
});

describe('the fix', () => {
  it('enables a disabled account, and tells who disabled it', () => {
    const given = {
      gkeClusters: [onDefault],
      gcpServiceAccounts: disabled,
      adminActivity: [change('Disable')],
    };
    const [problem] = problemsOf(defaultServiceAccount, observe(given));
    expect(problem?.fix.commands).toEqual([
      `gcloud iam service-accounts enable ${email} --project=shop-prod`,
    ]);
    expect(problem?.evidence.find(({ label }) => label === 'Disabled by')?.value).toMatch(
      /^bob@example\.com on/,
    );
  });

  it('restores by the unique id while that is possible', () => {
    const given = {
      gkeClusters: [onDefault],
      gcpServiceAccounts: missing,
      adminActivity: [change('Delete')],
    };
    const [problem] = problemsOf(defaultServiceAccount, observe(given));
    expect(problem?.fix.commands).toEqual(['gcloud iam service-accounts undelete 102 --project=shop-prod']);
    expect(problem?.fix.summary).toContain('until 2026-06-30T18:00:00.000Z');
  });

  it('is advice once thirty days are over', () => {
    const gone = { ...change('Delete'), time: daysAgo(31) };
    const given = { gkeClusters: [onDefault], gcpServiceAccounts: missing, adminActivity: [gone] };
    const [problem] = problemsOf(defaultServiceAccount, observe(given));
    expect(problem?.fix).toMatchObject({
      commands: [],
      summary: expect.stringMatching(/^Advice: It was deleted more/) as string,
    });
  });

  it('takes no other account for it', () => {
    const other = change('Disable', { email_id: nodes, unique_id: '101' });
    const entry = { ...other, resource: 'projects/-/serviceAccounts/101' };
    const given = { gkeClusters: [onDefault], gcpServiceAccounts: disabled, adminActivity: [entry] };
    const [problem] = problemsOf(defaultServiceAccount, observe(given));
    expect(problem?.evidence.map(({ label }) => label)).not.toContain('Disabled by');
  });
});
