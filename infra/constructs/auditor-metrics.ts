import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { metricsNamespace } from '../../shared/deployment.ts';

/** A metric of the digest's own. */
export function auditorMetric(
  stackName: string,
  metricName: string,
  statistic: string = Stats.MAXIMUM,
): Metric {
  return new Metric({
    namespace: metricsNamespace,
    metricName,
    dimensionsMap: { service: stackName },
    statistic,
    period: Duration.minutes(5),
    label: metricName,
  });
}

/** The sum of metrics, each of which may have no data. */
export function sumOf(label: string, metrics: readonly IMetric[], period: Duration): MathExpression {
  const named = Object.fromEntries(metrics.map((metric, index) => [`m${index + 1}`, metric]));
  const expression = Object.keys(named)
    .map((name) => `FILL(${name}, 0)`)
    .join(' + ');
  return new MathExpression({ expression, usingMetrics: named, period, label });
}
