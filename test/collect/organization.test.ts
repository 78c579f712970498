/** The accounts of an organization, and which of them are chosen. */
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { listMembers, type MemberChoice } from '../../shared/collect/aws/organization/members.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { managementAccount, memberAccount, organizationWorld } from '../cloud/worlds/organization.ts';

const nobody = { accounts: [], units: [], tags: [] };
const accounts = 26;
const production = 'ou-ab12-unit0000';

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud(organizationWorld({ accounts }), { pageSize: 5 });
});
afterAll(() => cloud.close());

async function chosen(choice: Partial<MemberChoice>) {
  const client = new OrganizationsClient(cloud.clientOptions(managementAccount, 'us-east-1'));
  const whole = { include: nobody, exclude: nobody, readTags: false, ...choice };
  return listMembers(client, whole, AbortSignal.timeout(20_000));
}

it('are all that are active, from the root down, with their units', async () => {
  const members = await chosen({});
  expect(members).toHaveLength(accounts - 1); // one is suspended
  expect(members[0]).toEqual({
    account: managementAccount,
    name: 'team-0',
    unit: '/',
    unitIds: ['r-ab12'],
    tags: {},
  });
  expect(members.find(({ account }) => account === memberAccount(2))).toMatchObject({
    unit: '/Production',
    unitIds: ['r-ab12', production],
  });
});

it.each<[string, Partial<MemberChoice>, (index: number) => boolean]>([
  ['by account', { include: { ...nobody, accounts: [memberAccount(4)] } }, (index) => index === 4],
  ['by unit', { include: { ...nobody, units: [production] } }, (index) => index > 0 && index % 2 === 0],
  ['by path of unit', { include: { ...nobody, units: ['/Staging'] } }, (index) => index % 2 === 1],
  ['by tag and value', { include: { ...nobody, tags: ['team=team-3'] } }, (index) => index % 7 === 3],
  ['by tag alone', { include: { ...nobody, tags: ['stage'] } }, (index) => index % 2 === 0],
  [
    'by any of them',
    { include: { ...nobody, accounts: [memberAccount(1)], tags: ['team=team-3'] } },
    (index) => index === 1 || index % 7 === 3,
  ],
  [
    'without what is excluded, which goes first',
    {
      include: { ...nobody, units: ['/Production'] },
      exclude: { accounts: [memberAccount(4)], units: [], tags: ['team=team-6'] },
    },
    (index) => index > 0 && index % 2 === 0 && index !== 4 && index % 7 !== 6,
  ],
])('are chosen %s', async (_, choice, expected) => {
  const indexes = Array.from({ length: accounts }, (_item, index) => index).filter((index) => index !== 19);
  const members = await chosen(choice);
  expect(members.map(({ account }) => account)).toEqual(indexes.filter(expected).map(memberAccount).sort());
});

it('asks for tags only where they are needed, and of those only that may be chosen', async () => {
  const asked = () =>
    cloud.calls.filter(({ action }) => action === 'organizations:ListTagsForResource').length;
  const before = asked();
  await chosen({ include: { ...nobody, units: ['/Staging'] } });
  expect(asked()).toBe(before);
  await chosen({ include: { ...nobody, accounts: [memberAccount(4)] }, readTags: true });
  expect(asked()).toBe(before + 1);
});

it('waits and asks again where Organizations throttles', async () => {
  cloud.fail('organizations:ListAccountsForParent', {
    error: { code: 'TooManyRequestsException', status: 400, message: 'Too many' },
  });
  await expect(chosen({})).resolves.toHaveLength(accounts - 1);
});
