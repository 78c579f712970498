import { CfnRule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { denialPatterns } from '../../shared/capture/denial-patterns.ts';

interface DenialRulesProps {
  /** What the rules are for, in the console. */
  description: string;
  /** Where the events come from; the region's own bus where absent. */
  eventBusName?: string;
  /** Where they go. */
  target: { arn: string; roleArn?: string };
  /** ARN of the queue that takes what could not be delivered. */
  deadLettersArn: string;
}

/** One rule for each kind of refused call, on one bus. */
export class DenialRules extends Construct {
  readonly arns: string[];

  constructor(scope: Construct, id: string, props: DenialRulesProps) {
    super(scope, id);
    this.arns = Object.keys(denialPatterns).map((kind) => this.#rule(kind, props).attrArn);
  }

  #rule(kind: string, { description, eventBusName, target, deadLettersArn }: DenialRulesProps): CfnRule {
    return new CfnRule(this, kind, {
      description,
      eventPattern: denialPatterns[kind],
      // Calls of STS and of EKS Auth are read-only events, which a rule that is merely enabled does not get:
      // docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
      state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      ...(eventBusName !== undefined && { eventBusName }),
      targets: [
        {
          id: 'capture',
          ...target,
          deadLetterConfig: { arn: deadLettersArn },
          retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
        },
      ],
    });
  }
}
