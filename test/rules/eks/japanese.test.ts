/** All that the EKS rules say of accounts in which much is wrong, or much could not be read, is there in Japanese. */
import { collectAws } from '../../../shared/collect/aws/account.ts';
import type { Observation, Reading } from '../../../shared/observation.ts';
import { rules } from '../../../shared/rules/index.ts';
import { startCloud } from '../../cloud/start.ts';
import type { World } from '../../cloud/world.ts';
import { deniedWorld } from '../../cloud/worlds/denied.ts';
import { faultyWorld } from '../../cloud/worlds/faulty.ts';
import { clientsOf } from '../../collect/observe.ts';
import { descriptionComplaints } from '../japanese-complaints.ts';
import { ailing } from './ailing.ts';
import { eksComplaints } from './eks-complaints.ts';
import { quoted } from '../../../shared/words.ts';

const eksRules = rules.filter(({ id }) => id.startsWith('eks/'));

it.each(eksRules.map((rule) => [rule.id, rule] as const))('says what %s is, and why', (_, rule) => {
  expect(descriptionComplaints(rule)).toEqual([]);
});

it('says everything of an account with every fault of web identity', () => {
  expect(eksComplaints(eksRules, ailing())).toEqual([]);
});

it('says what it does not know where a fact is missing, or there in part', () => {
  const whole = ailing();
  const gap = { location: null, why: quoted('403') };
  const found = Object.entries(whole.readings).flatMap(([fact, reading]) => {
    const others: Reading<unknown>[] = [
      { state: 'unread', gaps: [gap] },
      { ...(reading as { value: unknown }), state: 'partial', gaps: [gap, gap, gap, gap] },
    ];
    return others.flatMap((other) =>
      eksComplaints(eksRules, { ...whole, readings: { ...whole.readings, [fact]: other } }),
    );
  });
  expect([...new Set(found)]).toEqual([]);
});

it.each([
  ['the faulty world', () => faultyWorld({ stormEvents: 10 })],
  ['a world in which nothing may be read', () => deniedWorld()],
])('says everything of %s', async (_, world) => {
  expect(eksComplaints(eksRules, await read(world()))).toEqual([]);
});

async function read(world: World): Promise<Observation> {
  const cloud = await startCloud(world, { lookupsPerSecond: Infinity });
  try {
    const to = world.now;
    return await collectAws({
      clients: clientsOf(cloud),
      now: to,
      window: { from: new Date(to.getTime() - 24 * 3600_000), to },
      lookupRate: 1_000,
      discoveryBaseUrl: cloud.discoveryBaseUrl,
      kubernetes: true,
    });
  } finally {
    await cloud.close();
  }
}
