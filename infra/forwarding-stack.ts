import {
  Aws,
  BOOTSTRAP_QUALIFIER_CONTEXT,
  BootstraplessSynthesizer,
  DefaultStackSynthesizer,
  Stack,
  type IStackSynthesizer,
} from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';
import { capturedRegions, denialBusName } from './captured-regions.ts';
import { allow } from './constructs/allow.ts';
import { deadLetterQueue } from './constructs/dead-letter-queue.ts';
import { DenialRules } from './constructs/denial-rules.ts';
import type { StackSettings } from './settings.ts';

interface ForwardingStackProps {
  /** Name of the auditor's stack, and its region. */
  stackName: string;
  home: string;
  /** The region whose refused calls are forwarded. */
  region: string;
}

/** One for each region whose refused calls are captured, but the auditor's own; none where none are captured. */
export function forwardingStacks(scope: Construct, settings: StackSettings): ForwardingStack[] {
  const { stackName, region: home, captureRegions } = settings;
  if (captureRegions.length === 0 || home === null) return [];
  const { others } = capturedRegions(captureRegions, home);
  return others.map((region) => new ForwardingStack(scope, { stackName, home, region }));
}

/**
 * Deploys with the roles that the CDK's bootstrap has made in the auditor's region: roles are the same in every region,
 * and a stack without code needs nothing else of a bootstrap.
 */
function synthesizerOf({ node }: Construct, home: string): IStackSynthesizer {
  const qualifier =
    (node.tryGetContext(BOOTSTRAP_QUALIFIER_CONTEXT) as string | undefined) ??
    DefaultStackSynthesizer.DEFAULT_QUALIFIER;
  const ofHome = (arn: string) =>
    arn.replaceAll('${Qualifier}', qualifier).replaceAll('${AWS::Region}', home);
  return new BootstraplessSynthesizer({
    deployRoleArn: ofHome(DefaultStackSynthesizer.DEFAULT_DEPLOY_ROLE_ARN),
    cloudFormationExecutionRoleArn: ofHome(DefaultStackSynthesizer.DEFAULT_CLOUDFORMATION_ROLE_ARN),
  }) as IStackSynthesizer;
}

/** Forwards the refused calls of one region to the auditor's. It holds no code. */
export class ForwardingStack extends Stack {
  constructor(scope: Construct, { stackName, home, region }: ForwardingStackProps) {
    super(scope, `${stackName}-capture-${region}`, {
      description: `clusterwhy: forwards refused calls of ${region} to ${stackName} in ${home}`,
      env: { region },
      synthesizer: synthesizerOf(scope, home),
      tags: { application: 'clusterwhy' },
    });
    const partition = RegionInfo.get(home).partition ?? 'aws';
    const busArn = `arn:${partition}:events:${home}:${Aws.ACCOUNT_ID}:event-bus/${denialBusName(stackName)}`;
    const deadLetters = deadLetterQueue(this, 'the rules');
    const role = this.#role(busArn);
    const { arns } = new DenialRules(this, 'Rules', {
      description: `Refused calls for ${stackName} in ${home}`,
      target: { arn: busArn, roleArn: role.roleArn },
      deadLettersArn: deadLetters.queueArn,
    });
    deadLetters.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [deadLetters.queueArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnEquals: { 'aws:SourceArn': arns },
        },
      }),
    );
  }

  #role(busArn: string): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: 'Forwards refused calls to another region',
    });
    allow(role, { sid: 'Forward', actions: ['events:PutEvents'], resources: [busArn] });
    return role;
  }
}
