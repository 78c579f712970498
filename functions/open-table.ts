/** Opens the table of captured denials; loaded only where one is set. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openDenialsTable, type DenialsTable } from '../shared/capture/denials-table.ts';
import { sharedConfig, type AwsClientSettings } from './aws-clients.ts';

export function openTable(name: string, aws: AwsClientSettings = {}): DenialsTable {
  return openDenialsTable(new DynamoDBClient(sharedConfig(aws)), name);
}
