import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openDenialsTable, type DenialsTable } from '../../shared/capture/denials-table.ts';
import { claimMessage, tellHeldBack } from '../../shared/capture/message-limit.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { world } from '../cloud/world-builder.ts';

const account = '111122223333';
let cloud: RunningCloud;
let client: DynamoDBClient;
let table: DenialsTable;
beforeAll(async () => {
  cloud = await startCloud(
    world()
      .account(account, { regions: ['eu-west-1'] })
      .build(),
  );
  client = new DynamoDBClient(cloud.clientOptions(account));
  table = openDenialsTable(client, 'denials');
});
afterAll(async () => {
  client.destroy();
  await cloud.close();
});
beforeEach(() => {
  const keys: [string, string] = ['partition', 'name'];
  cloud.state.tables.set('denials', { keys, items: new Map(), writes: 0, writeUnits: 0 });
});

const at = (time: string) => new Date(`2026-03-02T${time}:00Z`);
const claim = (runId: string, denials: number, time: string) =>
  claimMessage(table, { runId, denials, messagesAnHour: 1, now: at(time) });
const none = { denials: 0, since: null };

it('lets one run send as often as it asks, and counts each that may not once', async () => {
  expect(await claim('a', 1, '09:00')).toEqual(none);
  expect(await claim('a', 1, '09:01')).toEqual(none);
  expect(await claim('b', 2, '09:02')).toBeNull();
  expect(await claim('b', 2, '09:30')).toBeNull();
  expect(await claim('c', 3, '09:59')).toBeNull();
  expect(await claim('d', 1, '10:00')).toEqual({ denials: 5, since: '2026-03-02T09:02:00.000Z' });
});

it('tells what was held back until a message told it, and keeps what came after', async () => {
  await claim('a', 1, '09:00');
  await claim('b', 2, '09:02');
  const told = await claim('c', 1, '10:00');
  await claim('d', 4, '10:01');
  await tellHeldBack(table, told ?? none, at('10:02'));
  expect(await claim('e', 1, '11:00')).toMatchObject({ denials: 4 });
});

it('gives the last message of the hour to one of many that ask at once', async () => {
  const runs = ['a', 'b', 'c', 'd'];
  const answers = await Promise.all(runs.map((run) => claim(run, 1, '09:00')));
  expect(answers.filter((answer) => answer !== null)).toHaveLength(1);
  expect(await claim('z', 1, '10:00')).toMatchObject({ denials: 3 });
});
