import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { tableAttributes, type TablePartition } from '../../shared/deployment.ts';
import { allow } from './allow.ts';

/** Remembers the denials that were captured, and which of their events were counted. It forgets what is old. */
export class DenialsTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: tableAttributes.partition, type: AttributeType.STRING },
      sortKey: { name: tableAttributes.name, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: tableAttributes.expiresAt,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // The reports outlive the stack; what is counted here is in them.
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Lets the capture count; it deletes nothing and reads no whole table. */
  grantCount(role: Role): void {
    const actions = ['dynamodb:GetItem', 'dynamodb:PutItem'];
    allow(role, { sid: 'CountDenials', actions, resources: [this.table.tableArn] });
  }

  /** Lets the audit read what was counted. */
  grantRead(role: Role): void {
    this.#grant(role, 'ReadDenials', ['dynamodb:GetItem', 'dynamodb:Query'], ['denial', 'messages']);
  }

  /** Lets the digest say which causes are no more, and with them their denials. */
  grantResolve(role: Role): void {
    const actions = ['dynamodb:GetItem', 'dynamodb:PutItem'];
    this.#grant(role, 'ResolveDenials', actions, ['denial', 'cause']);
  }

  #grant(role: Role, sid: string, actions: string[], partitions: TablePartition[]): void {
    allow(role, {
      sid,
      actions,
      resources: [this.table.tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': partitions } },
    });
  }
}
