import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  LogQueryWidget,
  MathExpression,
  Metric,
  PeriodOverride,
  SingleValueWidget,
  Stats,
  type Alarm,
  type IMetric,
  type IWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { metrics } from '../../shared/deployment.ts';
import type { StackSettings } from '../settings.ts';
import type { AuditWorkflow } from './audit-workflow.ts';
import { auditorMetric } from './auditor-metrics.ts';

interface AuditorDashboardProps {
  settings: StackSettings;
  workflow: AuditWorkflow;
  functions: { plan: IFunction; audit: IFunction; digest: IFunction };
  bucket: IBucket;
  alarms: readonly Alarm[];
}

const day = Duration.days(1);
const hour = Duration.hours(1);

/** One page for the question "does it run, what does it find, what does it miss, what does it cost?". */
export class AuditorDashboard extends Construct {
  constructor(scope: Construct, id: string, props: AuditorDashboardProps) {
    super(scope, id);
    new Dashboard(this, 'Dashboard', {
      dashboardName: props.settings.stackName,
      defaultInterval: Duration.days(14),
      periodOverride: PeriodOverride.INHERIT,
      widgets: [state(props), findings(props.settings), work(props), cost(props)],
    });
  }
}

function state({ workflow: { stateMachine, logGroup }, alarms }: AuditorDashboardProps): IWidget[] {
  const succeeded = stateMachine.metricSucceeded({ period: hour, statistic: Stats.SUM });
  const age = new MathExpression({
    // The hour of each success, repeated until the next one, taken from the present hour.
    expression: '(EPOCH(FILL(runs, 0)) - FILL(IF(runs > 0, EPOCH(runs)), REPEAT)) / 3600',
    usingMetrics: { runs: succeeded },
    period: hour,
    label: 'hours',
  });
  return [
    new SingleValueWidget({ title: 'Hours since a run succeeded', metrics: [age], width: 6, height: 6 }),
    new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 6, height: 6 }),
    new LogQueryWidget({
      title: 'The last runs',
      logGroupNames: [logGroup.logGroupName],
      queryLines: [
        'fields @timestamp, type, details.error as error, execution_arn',
        "filter type in ['ExecutionSucceeded', 'ExecutionFailed', 'ExecutionTimedOut', 'ExecutionAborted']",
        'sort @timestamp desc',
        'limit 10',
      ],
      width: 12,
      height: 6,
    }),
  ];
}

function findings({ stackName }: StackSettings): IWidget[] {
  const daily = (name: string) => auditorMetric(stackName, name).with({ period: day });
  return [
    graph('Findings by severity', Object.values(metrics.findings).map(daily), { stacked: true }),
    graph('Not looked at', [daily(metrics.coverageGaps), daily(metrics.coverageWorse)]),
  ];
}

function work({ settings, workflow: { stateMachine }, functions }: AuditorDashboardProps): IWidget[] {
  const daily = (name: string) => auditorMetric(settings.stackName, name).with({ period: day });
  const longest = { period: day, statistic: Stats.MAXIMUM };
  return [
    graph('Read', [daily(metrics.eventsRead), daily(metrics.denialEvents), daily(metrics.clusters)]),
    graph('Duration in ms', [
      stateMachine.metricTime({ ...longest, label: 'run' }),
      ...Object.entries(functions).map(([label, one]) => one.metricDuration({ ...longest, label })),
    ]),
  ];
}

/** What the bill grows with: time of the functions, bytes kept and logged, events that a person will read. */
function cost({ functions, bucket, workflow, settings }: AuditorDashboardProps): IWidget[] {
  const runtimes = Object.entries(functions).map(([label, one]) =>
    one.metricDuration({ period: day, statistic: Stats.SUM, label: `${label}, ms` }),
  );
  const stored = new Metric({
    namespace: 'AWS/S3',
    metricName: 'BucketSizeBytes',
    dimensionsMap: { BucketName: bucket.bucketName, StorageType: 'StandardStorage' },
    statistic: Stats.MAXIMUM,
    period: day,
    label: 'reports, bytes',
  });
  const logged = new Metric({
    namespace: 'AWS/Logs',
    metricName: 'IncomingBytes',
    dimensionsMap: { LogGroupName: workflow.logGroup.logGroupName },
    statistic: Stats.SUM,
    period: day,
    label: 'log of runs, bytes',
  });
  const deliveries = auditorMetric(settings.stackName, metrics.deliveryFailures, Stats.SUM).with({
    period: day,
  });
  return [
    graph('Time of the functions', runtimes, { stacked: true }),
    graph('Kept and logged', [stored, logged]),
    graph('Deliveries that failed', [deliveries]),
  ];
}

function graph(title: string, left: IMetric[], options: { stacked?: boolean } = {}): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6, leftYAxis: { min: 0 }, ...options });
}
