import { Duration, TimeZone } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Schedule, ScheduleExpression, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { StackSettings } from '../settings.ts';

interface AuditScheduleProps {
  settings: StackSettings;
  stateMachine: IStateMachine;
  /** Takes the runs that could not be started. */
  deadLetters: IQueue;
}

/** Starts a run as often as the settings say. */
export class AuditSchedule extends Construct {
  constructor(scope: Construct, id: string, { settings, stateMachine, deadLetters }: AuditScheduleProps) {
    super(scope, id);
    const { schedule, timezone, flexibleWindowMinutes, stackName } = settings;
    new Schedule(this, 'Schedule', {
      description: `Runs ${stackName}`,
      schedule: ScheduleExpression.expression(schedule, TimeZone.of(timezone)),
      timeWindow:
        flexibleWindowMinutes === 0
          ? TimeWindow.off()
          : TimeWindow.flexible(Duration.minutes(flexibleWindowMinutes)),
      target: new StepFunctionsStartExecution(stateMachine, {
        input: ScheduleTargetInput.fromObject(request(settings)),
        deadLetterQueue: deadLetters,
        maxEventAge: Duration.hours(1),
        retryAttempts: 10,
      }),
    });
  }
}

/** What a scheduled run is asked for. It reaches back to the last run and a little beyond: events arrive late. */
function request({ since, watchHours, regions, clusters }: StackSettings): Record<string, unknown> {
  return {
    since: since ?? `${Math.min(watchHours, longestHistoryHours)}h`,
    ...(regions.length > 0 && { regions }),
    ...(clusters.length > 0 && { clusters }),
  };
}

/** CloudTrail keeps its event history for 90 days. */
const longestHistoryHours = 90 * 24;
