import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { trailPermissions } from '../../shared/capture/trails.ts';
import { stackOutputs } from '../../shared/deployment.ts';
import { environment } from '../../shared/settings.ts';
import { capturedRegions, denialBusName } from '../captured-regions.ts';
import type { StackSettings } from '../settings.ts';
import { allow } from './allow.ts';
import { AuditorFunction } from './auditor-function.ts';
import { DenialQueue } from './denial-queue.ts';
import { DenialRules } from './denial-rules.ts';
import { DenialsTable } from './denials-table.ts';

interface CaptureProps {
  settings: StackSettings;
  /** The region of the stack. */
  region: string;
  /** The function that reads and judges, and the one that sends. */
  audit: AuditorFunction;
  digest: AuditorFunction;
}

/** What one batch takes: counting it, and the audit and the digest of what is new in it. */
const timeout = Duration.minutes(5);

/** Messages of one batch; an event is 2 to 3 KB, and a function takes 6 MB. */
const batchSize = 1000;

/** Refused calls as they happen: rules → queue → function → table; what is new is explained and told at once. */
export class Capture extends Construct {
  readonly function: IFunction;
  readonly queue: DenialQueue;
  readonly #props: CaptureProps;

  constructor(scope: Construct, id: string, props: CaptureProps) {
    super(scope, id);
    this.#props = props;
    this.queue = new DenialQueue(this, 'Queue', { stackName: props.settings.stackName, timeout });
    const table = new DenialsTable(this, 'Denials');
    const capture = this.#makeFunction(table);
    table.grantCount(capture.role);
    this.function = capture.function;
    this.#tellTable(table);
    this.#consume(capture);
    this.queue.admitRules(this.#rules().flatMap(({ arns }) => arns));
  }

  #makeFunction({ table }: DenialsTable): AuditorFunction {
    const { settings, audit, digest } = this.#props;
    const { captureMessagesAnHour, captureCoolDownHours, captureConcurrency } = settings;
    return new AuditorFunction(this, 'Capture', {
      settings,
      name: 'capture',
      description: 'Counts refused calls as they happen, and has new ones explained',
      memoryMb: 512,
      timeout,
      environment: {
        [environment.denialsTable]: table.tableName,
        [environment.auditFunction]: audit.function.functionName,
        [environment.digestFunction]: digest.function.functionName,
        [environment.messagesAnHour]: String(captureMessagesAnHour),
        [environment.coolDownHours]: String(captureCoolDownHours),
      },
      reservedConcurrency: captureConcurrency === 0 ? null : captureConcurrency,
    });
  }

  /** The daily audit compares with the table, and the digest says in it what is resolved. */
  #tellTable(denials: DenialsTable): void {
    const { audit, digest, settings, region } = this.#props;
    for (const one of [audit, digest]) one.addEnvironment(environment.denialsTable, denials.table.tableName);
    denials.grantRead(audit.role);
    const { home, others } = capturedRegions(settings.captureRegions, region);
    const regions = [...(home ? [region] : []), ...others].sort().join(',');
    audit.addEnvironment(environment.captureRegions, regions);
    this.#letLookForTrails(audit.role);
    denials.grantResolve(digest.role);
  }

  /** A trail may be any of the account, or one of its organization. */
  #letLookForTrails(role: Role): void {
    const [describe, getStatus] = trailPermissions;
    const trails = Stack.of(this).formatArn({
      service: 'cloudtrail',
      region: '*',
      account: '*',
      resource: 'trail/*',
    });
    const widerBecause = 'It looks for any trail that logs the account; these actions only read.';
    allow(role, { sid: 'LookForTrails', actions: [describe], resources: ['*'], widerBecause });
    allow(role, { sid: 'LookAtTrails', actions: [getStatus], resources: [trails], widerBecause });
  }

  #consume(capture: AuditorFunction): void {
    const { audit, digest, settings } = this.#props;
    const resources = [audit.function.functionArn, digest.function.functionArn];
    allow(capture.role, { sid: 'HaveItExplainedAndSent', actions: ['lambda:InvokeFunction'], resources });
    this.queue.grantConsume(capture.role);
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: capture.function,
      eventSourceArn: this.queue.queue.queueArn,
      batchSize,
      maxBatchingWindow: Duration.seconds(20),
      reportBatchItemFailures: true,
      // Never more than are reserved: a message that finds no room is received in vain, and soon laid aside.
      maxConcurrency: Math.max(2, settings.captureConcurrency),
    });
    mapping.node.addDependency(capture.role);
  }

  /** The accounts of the organization forward what is refused in them, and nothing else gets in. */
  #admitMembers(bus: EventBus, organizationId: string): void {
    bus.addToResourcePolicy(
      new PolicyStatement({
        sid: 'FromMembers',
        effect: Effect.ALLOW,
        principals: [new AnyPrincipal()],
        actions: ['events:PutEvents'],
        resources: [bus.eventBusArn],
        conditions: { StringEquals: { 'aws:PrincipalOrgID': organizationId } },
      }),
    );
    new CfnOutput(Stack.of(this), stackOutputs.denialBusArn, { value: bus.eventBusArn });
  }

  /** On the bus of the region itself where it is captured, and on one that other regions forward to. */
  #rules(): DenialRules[] {
    const { settings, region } = this.#props;
    const { home, others } = capturedRegions(settings.captureRegions, region);
    const ends = {
      target: { arn: this.queue.queue.queueArn },
      deadLettersArn: this.queue.deadLetters.queueArn,
    };
    const description = `Refused calls for ${settings.stackName}`;
    const rules = home ? [new DenialRules(this, 'Rules', { ...ends, description })] : [];
    const { organizationId } = settings;
    if (others.length === 0 && organizationId === null) return rules;
    const bus = new EventBus(this, 'Bus', {
      eventBusName: denialBusName(settings.stackName),
      description: `Refused calls of other regions, for ${settings.stackName}`,
    });
    if (organizationId !== null) this.#admitMembers(bus, organizationId);
    const forwarded = { ...ends, description: `${description}, of other regions` };
    return [
      ...rules,
      new DenialRules(this, 'ForwardedRules', { ...forwarded, eventBusName: bus.eventBusName }),
    ];
  }
}
