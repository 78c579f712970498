/** The table of captured denials: documents with a version, so that none is written over unread. */
import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  type AttributeValue,
  type DynamoDBClient,
  type Put,
} from '@aws-sdk/client-dynamodb';
import { isNativeError } from 'node:util/types';
import { tableAttributes, type TablePartition } from '../deployment.ts';

export interface TableKey {
  partition: TablePartition;
  name: string;
}

/** A document as it is in the table. */
export interface TableItem {
  /** Zero for what is not there. */
  version: number;
  /** Null for what is not there, or has expired. */
  document: unknown;
  /** Compact bytes beside the document; null where there are none. */
  bytes: Uint8Array | null;
}

/** A document that is to be written. */
export interface TableChange {
  key: TableKey;
  /** The version that was read: the change is made only where it is still there. Null writes whatever is there. */
  over: number | null;
  document: unknown;
  bytes?: Uint8Array;
  /** When the table may forget it. */
  expiresAt: Date;
}

export interface DenialsTable {
  /** @param now what expires before it is as though it were gone. */
  read(key: TableKey, now: Date): Promise<TableItem>;
  /** Makes all changes or none; false where another came between. At most 100. */
  write(changes: readonly TableChange[]): Promise<boolean>;
  /** All documents of a partition that have not expired. */
  readAll(partition: TablePartition, now: Date): AsyncIterable<unknown>;
}

/** Needs dynamodb:GetItem, PutItem and Query on the table, each only for what is called. */
export function openDenialsTable(client: DynamoDBClient, name: string): DenialsTable {
  return {
    read: (key, now) => explained(`read the denials table ${name}`, () => readItem(client, name, key, now)),
    write: (changes) =>
      explained(`write to the denials table ${name}`, () => writeItems(client, name, changes)),
    readAll: (partition, now) => readPartition(client, name, partition, now),
  };
}

async function readItem(
  client: DynamoDBClient,
  TableName: string,
  key: TableKey,
  now: Date,
): Promise<TableItem> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName, Key: keyOf(key), ConsistentRead: true }),
  );
  if (!Item) return { version: 0, document: null, bytes: null };
  const isGone = isExpired(Item, now);
  return {
    version: Number(Item[tableAttributes.version]?.N ?? 0),
    document: isGone ? null : documentOf(Item),
    bytes: isGone ? null : (Item[tableAttributes.bytes]?.B ?? null),
  };
}

async function writeItems(
  client: DynamoDBClient,
  table: string,
  changes: readonly TableChange[],
): Promise<boolean> {
  const puts = changes.map((change) => putOf(table, change));
  const [only] = puts;
  try {
    if (only && puts.length === 1) await client.send(new PutItemCommand(only));
    else await client.send(new TransactWriteItemsCommand({ TransactItems: puts.map((Put) => ({ Put })) }));
    return true;
  } catch (error) {
    if (isLost(error)) return false;
    throw error;
  }
}

/** Whether another writer came between, or is at it. */
function isLost(error: unknown): boolean {
  if (!isNativeError(error)) return false;
  if (error.name === 'ConditionalCheckFailedException' || error.name === 'TransactionConflictException')
    return true;
  const { CancellationReasons: reasons = [] } = error as Error & {
    CancellationReasons?: { Code?: string }[];
  };
  return (
    error.name === 'TransactionCanceledException' &&
    reasons.length > 0 &&
    reasons.every(({ Code = 'None' }) =>
      ['None', 'ConditionalCheckFailed', 'TransactionConflict'].includes(Code),
    )
  );
}

function putOf(TableName: string, { key, over, document, bytes, expiresAt }: TableChange): Put {
  const Item = {
    ...keyOf(key),
    [tableAttributes.version]: { N: String((over ?? 0) + 1) },
    [tableAttributes.document]: { S: JSON.stringify(document) },
    ...(bytes && { [tableAttributes.bytes]: { B: bytes } }),
    [tableAttributes.expiresAt]: { N: String(Math.floor(expiresAt.getTime() / 1000)) },
  };
  if (over === null) return { TableName, Item };
  return { TableName, Item, ...conditionOf(over) };
}

function conditionOf(over: number) {
  const ExpressionAttributeNames = { '#version': tableAttributes.version };
  if (over === 0) return { ConditionExpression: 'attribute_not_exists(#version)', ExpressionAttributeNames };
  return {
    ConditionExpression: '#version = :version',
    ExpressionAttributeNames,
    ExpressionAttributeValues: { ':version': { N: String(over) } },
  };
}

async function* readPartition(
  client: DynamoDBClient,
  TableName: string,
  partition: TablePartition,
  now: Date,
): AsyncIterable<unknown> {
  let start: Record<string, AttributeValue> | undefined;
  do {
    const command: QueryCommand = new QueryCommand({
      TableName,
      KeyConditionExpression: '#partition = :partition',
      ExpressionAttributeNames: { '#partition': tableAttributes.partition },
      ExpressionAttributeValues: { ':partition': { S: partition } },
      ...(start && { ExclusiveStartKey: start }),
    });
    const page = await explained(`read the denials table ${TableName}`, () => client.send(command));
    for (const item of page.Items ?? []) {
      if (!isExpired(item, now)) yield documentOf(item);
    }
    start = page.LastEvaluatedKey;
  } while (start);
}

function keyOf({ partition, name }: TableKey) {
  return { [tableAttributes.partition]: { S: partition }, [tableAttributes.name]: { S: name } };
}

function documentOf(item: Record<string, AttributeValue>): unknown {
  return JSON.parse(item[tableAttributes.document]?.S ?? 'null');
}

/** DynamoDB deletes what has expired within a few days, not at once. */
function isExpired(item: Record<string, AttributeValue>, now: Date): boolean {
  return Number(item[tableAttributes.expiresAt]?.N ?? Infinity) * 1000 <= now.getTime();
}

async function explained<T>(action: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const said = isNativeError(error) ? `${error.name}: ${error.message}` : String(error);
    throw new Error(`Cannot ${action}: ${said}; check the table, and the role of the function`, {
      cause: error,
    });
  }
}
