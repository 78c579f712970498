import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Stats,
  TreatMissingData,
  type AlarmProps,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { captureMetrics, metrics } from '../../shared/deployment.ts';
import type { StackSettings } from '../settings.ts';
import { auditorMetric, sumOf } from './auditor-metrics.ts';
import type { DenialQueue } from './denial-queue.ts';

interface AuditorAlarmsProps {
  settings: StackSettings;
  stateMachine: StateMachine;
  functions: readonly IFunction[];
  deadLetters: IQueue;
  reportTopic: ITopic;
  alarmTopic: ITopic;
  /** Where refused calls wait; absent where they are not captured. */
  denialQueue?: DenialQueue;
}

interface Watch extends Pick<AlarmProps, 'metric' | 'evaluationPeriods'> {
  /** Also the heading in the runbook: `run-failed` for "Run failed". */
  name: string;
  /** What happened, in one sentence. */
  tells: string;
  /** One where absent. */
  threshold?: number;
  comparison?: ComparisonOperator;
  missing?: TreatMissingData;
  /** Whether the end of the trouble is told too; what happens at one moment only has no end. */
  tellsEnd?: boolean;
}

/** CloudWatch looks back at most seven days. */
const longestWatchHours = 7 * 24;

const often = Duration.minutes(5);

/** Alarms about the auditor itself. The description of each says where the runbook tells what to do. */
export class AuditorAlarms extends Construct {
  readonly alarms: readonly Alarm[];
  readonly #props: AuditorAlarmsProps;

  constructor(scope: Construct, id: string, props: AuditorAlarmsProps) {
    super(scope, id);
    this.#props = props;
    const watches = [
      this.#runFailed(),
      this.#noSuccessfulRun(),
      this.#deadLetters(),
      this.#deliveryFailed(),
      this.#coverageWorse(),
      this.#throttled(),
      ...(props.denialQueue ? this.#capture(props.denialQueue) : []),
    ];
    this.alarms = watches.map((watch) => this.#alarm(watch));
  }

  #runFailed(): Watch {
    const { stateMachine } = this.#props;
    const options = { period: often, statistic: Stats.SUM };
    const ends = [
      stateMachine.metricFailed(options),
      stateMachine.metricTimedOut(options),
      stateMachine.metricAborted(options),
    ];
    return {
      name: 'Run failed',
      tells: 'A run failed, ran out of time or was stopped.',
      metric: sumOf('failed runs', ends, often),
      evaluationPeriods: 1,
    };
  }

  /** The dead man's switch: what does not run at all cannot say so, hence missing data is the trouble itself. */
  #noSuccessfulRun(): Watch {
    const { stateMachine, settings } = this.#props;
    const hours = Math.min(settings.watchHours, longestWatchHours);
    return {
      name: 'No successful run',
      tells: `No run has succeeded for ${hours} hours: findings may go unseen.`,
      metric: stateMachine.metricSucceeded({ period: Duration.hours(1), statistic: Stats.SUM }),
      evaluationPeriods: hours,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
      tellsEnd: true,
    };
  }

  #deadLetters(): Watch {
    const { deadLetters } = this.#props;
    return {
      name: 'Dead letters',
      tells: 'A run could not be started, or a notification could not be delivered to a subscriber.',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({
        period: often,
        statistic: Stats.MAXIMUM,
      }),
      evaluationPeriods: 1,
      tellsEnd: true,
    };
  }

  #deliveryFailed(): Watch {
    const { settings, reportTopic } = this.#props;
    const failures = [
      auditorMetric(settings.stackName, metrics.deliveryFailures),
      reportTopic.metricNumberOfNotificationsFailed({ period: often, statistic: Stats.SUM }),
    ];
    return {
      name: 'Delivery failed',
      tells: 'A report could not be delivered on a channel, or to a subscriber of the topic.',
      metric: sumOf('failed deliveries', failures, often),
      evaluationPeriods: 1,
    };
  }

  #coverageWorse(): Watch {
    return {
      name: 'Coverage worse',
      tells: 'A run could not look at something that the last complete run did look at.',
      metric: auditorMetric(this.#props.settings.stackName, metrics.coverageWorse),
      evaluationPeriods: 1,
    };
  }

  #throttled(): Watch {
    const { functions, stateMachine } = this.#props;
    const options = { period: often, statistic: Stats.SUM };
    const throttles = [
      ...functions.map((one) => one.metricThrottles(options)),
      stateMachine.metricThrottled(options),
    ];
    return {
      name: 'Throttled',
      tells: 'AWS had no room for a function or a step of a run.',
      metric: sumOf('throttles', throttles, often),
      evaluationPeriods: 1,
    };
  }

  #capture({ queue, deadLetters }: DenialQueue): Watch[] {
    const most = { period: often, statistic: Stats.MAXIMUM };
    return [
      {
        name: 'Capture dead letters',
        tells: 'Refused calls could not be delivered, understood or counted, and were laid aside.',
        metric: deadLetters.metricApproximateNumberOfMessagesVisible(most),
        evaluationPeriods: 1,
        tellsEnd: true,
      },
      {
        name: 'Capture late',
        tells: 'Refused calls have waited for more than an hour to be counted or told.',
        metric: queue.metricApproximateAgeOfOldestMessage(most),
        threshold: 3600,
        evaluationPeriods: 1,
        tellsEnd: true,
      },
      {
        name: 'Denials held back',
        tells: 'There were more new denials than the limit of messages an hour lets be told.',
        metric: auditorMetric(this.#props.settings.stackName, captureMetrics.heldBack, Stats.SUM),
        evaluationPeriods: 1,
      },
    ];
  }

  #alarm({
    name,
    tells,
    metric,
    evaluationPeriods,
    threshold = 1,
    comparison,
    missing,
    tellsEnd,
  }: Watch): Alarm {
    const { settings, alarmTopic } = this.#props;
    const heading = name.toLowerCase().replaceAll(' ', '-');
    const alarm = new Alarm(this, name.replaceAll(' ', ''), {
      alarmName: `${settings.stackName}-${heading}`,
      alarmDescription: `${tells} What to do: ${settings.runbookUrl}#${heading}`,
      metric,
      evaluationPeriods,
      threshold,
      comparisonOperator: comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
    });
    const action = new SnsAction(alarmTopic);
    alarm.addAlarmAction(action);
    if (tellsEnd) alarm.addOkAction(action);
    return alarm;
  }
}
