/** DynamoDB: tables that a test has put there, with the conditions and queries that the program uses. */
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import type { SimulatedTable, TableItem } from '../cloud-state.ts';
import { jsonRpcService } from '../protocols/json-rpc.ts';
import type { JsonObject } from '../protocols/json-values.ts';

/** Bytes of one item, and items of one transaction. */
const largestItem = 400 * 1024;
const mostInTransaction = 100;

interface Put {
  TableName: string;
  Item: TableItem;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: TableItem;
}

export const dynamodb = jsonRpcService('dynamodb', {
  GetItem: { action: 'dynamodb:GetItem', resource: tableArn, run: getItem },
  PutItem: { action: 'dynamodb:PutItem', resource: tableArn, run: putItem },
  Query: { action: 'dynamodb:Query', resource: tableArn, run: query },
  // IAM has no action of its own for it: every item takes the right to put it.
  TransactWriteItems: { action: 'dynamodb:PutItem', resource: tableArn, run: transactWriteItems },
});

function tableArn(input: JsonObject, { account, region }: Call): string {
  const [first] = puts(input);
  const name = (input['TableName'] as string | undefined) ?? first?.TableName ?? '';
  return `arn:${account.partition}:dynamodb:${region}:${account.id}:table/${name}`;
}

function tableOf(name: unknown, { cloud }: Call): SimulatedTable {
  const table = cloud.tables.get(String(name));
  if (!table) throw new AwsError('ResourceNotFoundException', 'Requested resource not found');
  return table;
}

function getItem(input: JsonObject, call: Call): object {
  const table = tableOf(input['TableName'], call);
  return { Item: table.items.get(keyOf(table, input['Key'] as TableItem)) };
}

function putItem(input: JsonObject, call: Call): object {
  const put = input as unknown as Put;
  check(put);
  if (!isMet(put, call))
    throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed');
  store(put, call, 1);
  return {};
}

function transactWriteItems(input: JsonObject, call: Call): object {
  const all = puts(input);
  const names = all.map((put) => `${put.TableName} ${keyOf(tableOf(put.TableName, call), put.Item)}`);
  if (all.length === 0 || all.length > mostInTransaction || new Set(names).size < names.length)
    throw invalid('Transaction request cannot include multiple operations on one item');
  all.forEach(check);
  const reasons = all.map((put) => ({ Code: isMet(put, call) ? 'None' : 'ConditionalCheckFailed' }));
  if (reasons.some(({ Code }) => Code !== 'None')) {
    const codes = reasons.map(({ Code }) => Code).join(', ');
    throw new AwsError(
      'TransactionCanceledException',
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
      400,
      { CancellationReasons: reasons },
    );
  }
  for (const put of all) store(put, call, 2);
  return {};
}

function puts(input: JsonObject): Put[] {
  const items = (input['TransactItems'] ?? []) as { Put?: Put }[];
  return items.map(({ Put: put }) => {
    if (!put) throw invalid('the simulated table only puts in transactions');
    return put;
  });
}

function query(input: JsonObject, call: Call): object {
  const table = tableOf(input['TableName'], call);
  const expression = String(input['KeyConditionExpression']);
  const [, name = '', value = ''] = /^(#\w+) = (:\w+)$/.exec(expression) ?? [];
  const names = input['ExpressionAttributeNames'] as Record<string, string>;
  const wanted = (input['ExpressionAttributeValues'] as TableItem)[value];
  if (names[name] !== table.keys[0])
    throw invalid(`Query condition missed key schema element: ${expression}`);
  const found = [...table.items]
    .filter(([, item]) => item[table.keys[0]]?.['S'] === wanted?.['S'])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const start = input['ExclusiveStartKey'] as TableItem | undefined;
  const from = start ? found.findIndex(([key]) => key === keyOf(table, start)) + 1 : 0;
  const page = found.slice(from, from + call.cloud.behaviour.pageSize).map(([, item]) => item);
  const last = page.at(-1);
  const isMore = from + page.length < found.length;
  return {
    Items: page,
    Count: page.length,
    ...(isMore && last && { LastEvaluatedKey: onlyKey(table, last) }),
  };
}

function check({ Item }: Put): void {
  if (Buffer.byteLength(JSON.stringify(Item)) > largestItem * 1.4 || bytesOf(Item) > largestItem)
    throw invalid('Item size has exceeded the maximum allowed size');
}

/** Text counts as it is, bytes as they are and not in the text form in which they travel. */
function bytesOf(item: TableItem): number {
  return Object.entries(item).reduce((sum, [name, value]) => {
    const [kind = '', content = ''] = Object.entries(value)[0] ?? [];
    const bytes = kind === 'B' ? Math.floor((content.length * 3) / 4) : Buffer.byteLength(content);
    return sum + Buffer.byteLength(name) + bytes;
  }, 0);
}

function isMet(put: Put, call: Call): boolean {
  const { ConditionExpression: condition, ExpressionAttributeNames: names = {} } = put;
  if (condition === undefined) return true;
  const table = tableOf(put.TableName, call);
  const item = table.items.get(keyOf(table, put.Item));
  const absent = /^attribute_not_exists\((#\w+)\)$/.exec(condition)?.[1];
  if (absent) return item?.[names[absent] ?? ''] === undefined;
  const [, name = '', value = ''] = /^(#\w+) = (:\w+)$/.exec(condition) ?? [];
  if (!name) throw invalid(`the simulated table does not know the condition ${condition}`);
  const [actual, wanted] = [item?.[names[name] ?? ''], put.ExpressionAttributeValues?.[value]];
  return actual !== undefined && JSON.stringify(actual) === JSON.stringify(wanted);
}

function store(put: Put, call: Call, times: number): void {
  const table = tableOf(put.TableName, call);
  table.items.set(keyOf(table, put.Item), put.Item);
  table.writes += 1;
  // A write unit is 1 KB, rounded up; in a transaction each is written twice.
  table.writeUnits += Math.ceil(bytesOf(put.Item) / 1024) * times;
}

function keyOf({ keys }: SimulatedTable, item: TableItem): string {
  return keys
    .map((name) => {
      const text = item[name]?.['S'];
      if (!text) throw invalid(`One of the required keys was not given a value: ${name}`);
      return text;
    })
    .join('\u0000');
}

function onlyKey({ keys }: SimulatedTable, item: TableItem): TableItem {
  return Object.fromEntries(keys.map((name) => [name, item[name] ?? {}]));
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
