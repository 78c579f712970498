/** The simulated table and functions answer the real SDK as AWS's documentation says. */
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { openDenialsTable } from '../../shared/capture/denials-table.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { world } from '../cloud/world-builder.ts';

const account = '111122223333';
const TableName = 'denials';
const now = new Date('2026-03-02T09:00:00Z');

let cloud: RunningCloud;
let client: DynamoDBClient;
let lambda: LambdaClient;
beforeAll(async () => {
  cloud = await startCloud(
    world()
      .account(account, { regions: ['eu-west-1'] })
      .build(),
  );
  client = new DynamoDBClient(cloud.clientOptions(account));
  lambda = new LambdaClient(cloud.clientOptions(account));
});
afterAll(async () => {
  client.destroy();
  lambda.destroy();
  await cloud.close();
});
beforeEach(() => {
  cloud.state.tables.set(TableName, {
    keys: ['partition', 'name'],
    items: new Map(),
    writes: 0,
    writeUnits: 0,
  });
});

const item = (name: string, more: object = {}) => ({
  partition: { S: 'denial' },
  name: { S: name },
  ...more,
});
const absent = {
  ConditionExpression: 'attribute_not_exists(#v)',
  ExpressionAttributeNames: { '#v': 'version' },
};

describe('the simulated table', () => {
  it('keeps text, numbers and bytes', async () => {
    const Item = item('a', { version: { N: '1' }, bytes: { B: Uint8Array.of(0, 255, 7) } });
    await client.send(new PutItemCommand({ TableName, Item }));
    const got = await client.send(new GetItemCommand({ TableName, Key: item('a') }));
    expect(got.Item?.['bytes']?.B).toEqual(Uint8Array.of(0, 255, 7));
    expect((await client.send(new GetItemCommand({ TableName, Key: item('b') }))).Item).toBeUndefined();
  });

  it('makes all changes of a transaction or none, and says which condition was not met', async () => {
    const Item = item('a', { version: { N: '1' } });
    await client.send(new PutItemCommand({ TableName, Item, ...absent }));
    const second = new PutItemCommand({ TableName, Item, ...absent });
    await expect(client.send(second)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    const both = new TransactWriteItemsCommand({
      TransactItems: [{ Put: { TableName, Item: item('b') } }, { Put: { TableName, Item, ...absent } }],
    });
    await expect(client.send(both)).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }],
    });
    expect(cloud.state.tables.get(TableName)?.items.size).toBe(1);
  });

  it('answers queries page by page', async () => {
    for (const name of ['c', 'a', 'b', 'd', 'e'])
      await client.send(new PutItemCommand({ TableName, Item: item(name) }));
    const query = {
      TableName,
      KeyConditionExpression: '#p = :p',
      ExpressionAttributeNames: { '#p': 'partition' },
      ExpressionAttributeValues: { ':p': { S: 'denial' } },
    };
    const first = await client.send(new QueryCommand(query));
    const { LastEvaluatedKey: ExclusiveStartKey } = first;
    const second = await client.send(new QueryCommand({ ...query, ExclusiveStartKey }));
    const names = [first, second].map(({ Items = [] }) => Items.map(({ name }) => name?.S));
    expect(names).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e'],
    ]);
    expect(second.LastEvaluatedKey).toBeUndefined();
  });

  it('takes no item that is too large', async () => {
    const Item = item('a', { document: { S: 'x'.repeat(500_000) } });
    await expect(client.send(new PutItemCommand({ TableName, Item }))).rejects.toThrow(/Item size/);
  });
});

describe('the documents in it', () => {
  const key = { partition: 'denial', name: 'a' } as const;
  const change = (over: number | null, expiresAt = new Date(now.getTime() + 1000)) => ({
    key,
    over,
    document: { over },
    expiresAt,
  });

  it('are written over what was read, and over nothing else', async () => {
    const table = openDenialsTable(client, TableName);
    expect(await table.write([change(0)])).toBe(true);
    expect(await table.write([change(0)])).toBe(false);
    expect(await table.write([change(1)])).toBe(true);
    expect(await table.write([change(1)])).toBe(false);
    expect(await table.read(key, now)).toMatchObject({ version: 2, document: { over: 1 } });
  });

  it('are as gone when they have expired, and can be written over all the same', async () => {
    const table = openDenialsTable(client, TableName);
    await table.write([change(0, now)]);
    expect(await table.read(key, now)).toEqual({ version: 1, document: null, bytes: null });
    const all: unknown[] = [];
    for await (const one of table.readAll('denial', now)) all.push(one);
    expect(all).toEqual([]);
    expect(await table.write([change(1)])).toBe(true);
  });

  it('say what is wrong where the table is not there', async () => {
    const table = openDenialsTable(client, 'other');
    await expect(table.read(key, now)).rejects.toThrow(
      /^Cannot read the denials table other: ResourceNotFoundException: .*; check the table/,
    );
    await expect(table.write([change(0)])).rejects.toThrow(/^Cannot write to the denials table other/);
  });
});

it('the simulated functions pass on answers and errors', async () => {
  cloud.state.functions.set('double', async (event) => (event as number) * 2);
  cloud.state.functions.set('fail', async () => Promise.reject(new RangeError('too much')));
  const call = (FunctionName: string) =>
    lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from('21') }));
  const answer = await call('double');
  expect([answer.FunctionError, Buffer.from(answer.Payload!).toString()]).toEqual([undefined, '42']);
  const failed = await call('fail');
  expect(failed.FunctionError).toBe('Unhandled');
  expect(JSON.parse(Buffer.from(failed.Payload!).toString())).toEqual({
    errorType: 'RangeError',
    errorMessage: 'too much',
  });
  await expect(call('none')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
