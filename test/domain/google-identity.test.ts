import {
  gkeIdentities,
  isGoogleManaged,
  nodeAccounts,
  projectOfAccount,
} from '../../shared/domain/google-identity.ts';
import { compareMinor, minorVersion } from '../../shared/domain/google-version.ts';
import { autopilot, cluster, pool } from '../rules/gke/gke-observation.ts';

const number = '123456789012';

it.each([
  ['nodes@shop-prod.iam.gserviceaccount.com', 'shop-prod'],
  ['nodes@shop.example.com.iam.gserviceaccount.com', 'example.com:shop'],
  ['123456789012-compute@developer.gserviceaccount.com', '123456789012'],
  ['shop-prod@appspot.gserviceaccount.com', 'shop-prod'],
  ['123456789012@cloudservices.gserviceaccount.com', null],
  ['alice@example.com', null],
  ['', null],
])('projectOfAccount(%s) is %s', (email, project) => {
  expect(projectOfAccount(email)).toBe(project);
});

it('knows the agents of Google from accounts that are merely named like them', () => {
  const { gkeAgent, nodeAgent, apisAgent, computeAgent, defaultAccount } = gkeIdentities(number);
  expect([gkeAgent, nodeAgent, apisAgent, computeAgent].map(isGoogleManaged)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(isGoogleManaged(defaultAccount)).toBe(false);
  expect(isGoogleManaged('service-123@shop-prod.iam.gserviceaccount.com')).toBe(false);
  expect(isGoogleManaged('service-123@gcp-sa-gkenode.iam.gserviceaccount.com.example.com')).toBe(false);
});

describe('nodeAccounts()', () => {
  it('resolves "default", null and the email of the default account to one', () => {
    const pools = ['default', null, gkeIdentities(number).defaultAccount].map((serviceAccount, index) =>
      pool({ name: `p${index}`, serviceAccount }),
    );
    expect(nodeAccounts([cluster({ nodePools: pools })], number)).toMatchObject([
      { isDefault: true, uses: [{ nodePool: 'p0' }, { nodePool: 'p1' }, { nodePool: 'p2' }] },
    ]);
  });

  it('takes the account of Autopilot from its auto-provisioning, and of others where that is on', () => {
    const provisioning = { serviceAccount: 'auto@p.iam.gserviceaccount.com', bootDiskKmsKey: null };
    const accounts = nodeAccounts([autopilot(), cluster({ autoprovisioning: provisioning })], number);
    expect(accounts.map(({ email, uses }) => [email, uses.map(({ nodePool }) => nodePool)])).toEqual([
      ['auto@p.iam.gserviceaccount.com', [null]],
      ['nodes@shop-prod.iam.gserviceaccount.com', [null, 'pool-1']],
    ]);
  });

  it('gives Autopilot without the field the default account', () => {
    const [account] = nodeAccounts([autopilot({ autoprovisioning: null })], number);
    expect(account?.isDefault).toBe(true);
  });
});

describe('versions', () => {
  it.each([
    ['1.33.5-gke.1080000', { major: 1, minor: 33 }],
    ['1.33', { major: 1, minor: 33 }],
    ['v1.33.5', { major: 1, minor: 33 }],
    ['latest', null],
    ['', null],
    [null, null],
  ])('reads %s', (version, expected) => {
    expect(minorVersion(version)).toEqual(expected);
  });

  it('orders by number, not by text', () => {
    expect(compareMinor('1.9.0', '1.33')).toBeLessThan(0);
    expect(compareMinor('2.0.0', '1.33')).toBeGreaterThan(0);
    expect(compareMinor('1.33.9-gke.1', '1.33')).toBe(0);
    expect(compareMinor(null, '1.33')).toBeNull();
  });
});
