import nodeServiceAccountPermissions from '../../../shared/rules/gke/node-service-account-permissions.ts';
import { testRule } from '../rule-tester.ts';
import {
  account,
  agents,
  autopilot,
  bind,
  bindUntil,
  blind,
  cluster,
  daysAgo,
  nodeRole,
  nodes,
  observe,
  policy,
  pool,
  problemsOf,
  removal,
} from './gke-observation.ts';

const subject = `projects/shop-prod/serviceAccounts/${nodes}`;
const without = policy({ without: [nodeRole] });
const having = (...roles: string[]) =>
  policy({ without: [nodeRole], also: roles.map((each) => bind(each, account(nodes))) });
const of = (version: string | null) => cluster({ nodePools: [pool({ version })] });
const old = of('1.30.1-gke.1');
const gkeSays = [
  {
    code: 'NODE_SERVICE_ACCOUNT_MISSING_PERMISSIONS',
    canonicalCode: 'PERMISSION_DENIED',
    message: 'missing',
  },
];

testRule(nodeServiceAccountPermissions, {
  healthy: observe(),
  passes: {
    'nodes of 1.34 need nothing of their account': observe({
      gkeClusters: [of('1.34.1-gke.1829001')],
      iamPolicy: without,
    }),
    'the official minimal role lacks permissions of monitoring.metricWriter, which nodes do not need':
      observe({
        gkeClusters: [old],
      }),
    Editor: observe({ gkeClusters: [old], iamPolicy: having('roles/editor') }),
    'logging is off, and metrics may be written': observe({
      gkeClusters: [cluster({ loggingService: 'none', nodePools: [pool({ version: '1.30.1-gke.1' })] })],
      iamPolicy: having('projects/shop-prod/roles/metrics'),
      roleDefinitions: {
        'projects/shop-prod/roles/metrics': {
          state: 'exists',
          value: {
            permissions: [
              'autoscaling.sites.writeMetrics',
              'monitoring.metricDescriptors.create',
              'monitoring.timeSeries.create',
            ],
            stage: 'GA',
            deleted: false,
          },
        },
      },
    }),
    'the account is disabled: that is the cause, and another rule tells it': observe({
      gkeClusters: [old],
      gcpServiceAccounts: { [nodes]: { state: 'exists', value: { uniqueId: '101', disabled: true } } },
    }),
    'metrics cannot be listed, which no node does': observe({
      gkeClusters: [old],
      iamPolicy: having(
        'roles/logging.logWriter',
        'roles/monitoring.metricWriter',
        'roles/autoscaling.metricsWriter',
      ),
      roleDefinitions: {
        'roles/logging.logWriter': {
          state: 'exists',
          value: { permissions: ['logging.logEntries.create'], stage: 'GA', deleted: false },
        },
        'roles/monitoring.metricWriter': {
          state: 'exists',
          value: {
            permissions: ['monitoring.metricDescriptors.create', 'monitoring.timeSeries.create'],
            stage: 'GA',
            deleted: false,
          },
        },
        'roles/autoscaling.metricsWriter': {
          state: 'exists',
          value: { permissions: ['autoscaling.sites.writeMetrics'], stage: 'BETA', deleted: false },
        },
      },
    }),
    'the definition of the minimal role could not be read': observe({
      gkeClusters: [old],
      roleDefinitions: {},
    }),
  },
  fails: {
    'nodes of 1.30 whose account has no role': {
      given: observe({ gkeClusters: [old], iamPolicy: without }),
      finds: { [subject]: /^nodes@.* lacks autoscaling\.sites\.writeMetrics, logging\.logEntries\.create/ },
    },
    'it may write logs and no metrics': {
      given: observe({ gkeClusters: [old], iamPolicy: having('roles/logging.logWriter') }),
      finds: { [subject]: { cause: /lacks autoscaling.*grants only a part/, restsOn: ['roleDefinitions'] } },
    },
    'an old pool under a new control plane': {
      given: observe({
        gkeClusters: [
          cluster({
            masterVersion: '1.35.0-gke.1',
            nodePools: [pool({ version: '1.32.0-gke.1' }), pool({ name: 'b', version: '1.35.0-gke.1' })],
          }),
        ],
        iamPolicy: without,
      }),
      finds: { [subject]: /lacks/ },
    },
    'Autopilot, by the account of its auto-provisioning': {
      given: observe({ gkeClusters: [autopilot({ nodeVersion: '1.31.0-gke.1' })], iamPolicy: without }),
      finds: { [subject]: /lacks/ },
    },
    'the default account without Editor': {
      given: observe({
        gkeClusters: [cluster({ nodePools: [pool({ version: '1.31.0-gke.1', serviceAccount: 'default' })] })],
      }),
      finds: { [`projects/shop-prod/serviceAccounts/${agents.defaultAccount}`]: /lacks/ },
    },
    'a group may have the role, yet GKE itself says that it lacks it': {
      given: observe({
        gkeClusters: [cluster({ nodePools: [pool({ version: '1.31.0-gke.1', conditions: gkeSays })] })],
        iamPolicy: policy({ without: [nodeRole], also: [bind(nodeRole, 'group:nodes@example.com')] }),
      }),
      finds: { [subject]: /lacks/ },
    },
    'the role expires in ten days': {
      given: observe({
        gkeClusters: [old],
        iamPolicy: policy({ without: [nodeRole], also: [bindUntil(daysAgo(-10), nodeRole, account(nodes))] }),
      }),
      finds: { [subject]: /only until 2026-06-11T06:00:00\.000Z/ },
    },
  },
  unknowns: {
    'a group may have the role': {
      given: observe({
        gkeClusters: [old],
        iamPolicy: policy({ without: [nodeRole], also: [bind(nodeRole, 'group:nodes@example.com')] }),
      }),
      why: /group:nodes@example\.com has roles\/container\.defaultNodeServiceAccount/,
    },
    'a custom role could not be read': {
      given: blind(
        observe({ gkeClusters: [old], iamPolicy: having('projects/shop-prod/roles/nodes') }),
        'roleDefinitions',
      ),
      why: /projects\/shop-prod\/roles\/nodes/,
    },
    'the version of the nodes is not known': {
      given: observe({ gkeClusters: [of(null)], iamPolicy: without }),
      why: /the version of pool "pool-1" of shop \(europe-west1\) is not known/,
    },
  },
});

describe('the severity', () => {
  const severity = (version: string, iamPolicy = without) =>
    problemsOf(nodeServiceAccountPermissions, observe({ gkeClusters: [of(version)], iamPolicy }))[0]
      ?.severity;

  it('is high where nodes lose their logs', () => {
    expect(severity('1.32.0-gke.1')).toBe('high');
  });

  it('is medium for 1.33, for which Google documents both ways', () => {
    expect(severity('1.33.1-gke.1')).toBe('medium');
  });

  it('is medium where only autoscaling metrics are lost', () => {
    expect(severity('1.32.0-gke.1', having('roles/logging.logWriter', 'roles/monitoring.metricWriter'))).toBe(
      'medium',
    );
  });
});

it('grants the minimal role to the default account as well, and tells who took it', () => {
  const given = observe({
    gkeClusters: [cluster({ nodePools: [pool({ version: '1.31.0-gke.1', serviceAccount: null })] })],
    adminActivity: [removal(nodeRole, account(agents.defaultAccount))],
  });
  const [problem] = problemsOf(nodeServiceAccountPermissions, given);
  expect(problem?.fix).toMatchObject({ verified: true });
  expect(problem?.fix.commands.join()).toMatch(
    /123456789012-compute@developer\.gserviceaccount\.com --role=roles\/container\.defaultNodeServiceAccount/,
  );
  expect(problem?.evidence.map(({ label }) => label)).toContain('Removed by');
});
