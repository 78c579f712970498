/** What a function says of itself: lines of JSON in its log, and metrics in CloudWatch's embedded format. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { captureMetrics as captureNames, metrics as names } from '../shared/deployment.ts';
import type { Report } from '../shared/report.ts';
import { severities } from '../shared/rule.ts';

export type { Logger };

/** A logger whose lines carry the run; level and service come from the environment that Powertools reads. */
export function makeLogger(runId: string): Logger {
  return new Logger({ persistentKeys: { runId } });
}

export interface RunMetrics {
  report: Report;
  /** Whether something was not looked at that the last run did look at. */
  coverageWorse: boolean;
  /** Channels that failed. */
  deliveryFailures: number;
}

/** Writes one value of each metric; namespace and service come from the environment that Powertools reads. */
export function publishMetrics({ report, coverageWorse, deliveryFailures }: RunMetrics): void {
  const metrics = new Metrics();
  const add = (name: string, value: number) => metrics.addMetric(name, MetricUnit.Count, value);
  const { bySeverity, clusters, eventsRead = 0, denialEvents } = report.summary;
  for (const severity of severities) add(names.findings[severity], bySeverity[severity]);
  add(names.clusters, clusters);
  add(names.eventsRead, eventsRead);
  add(names.denialEvents, denialEvents);
  add(names.coverageGaps, report.coverage.filter(({ complete }) => !complete).length);
  add(names.coverageWorse, coverageWorse ? 1 : 0);
  add(names.deliveryFailures, deliveryFailures);
  metrics.publishStoredMetrics();
}

/** Writes how many channels failed, for a run that is no measure of anything else. */
export function publishDeliveryFailures(count: number): void {
  const metrics = new Metrics();
  metrics.addMetric(names.deliveryFailures, MetricUnit.Count, count);
  metrics.publishStoredMetrics();
}

/** Writes what became of one batch of captured calls. */
export function publishCaptureMetrics(values: { counted: number; news: number; heldBack: number }): void {
  const metrics = new Metrics();
  metrics.addMetric(captureNames.captured, MetricUnit.Count, values.counted);
  metrics.addMetric(captureNames.news, MetricUnit.Count, values.news);
  metrics.addMetric(captureNames.heldBack, MetricUnit.Count, values.heldBack);
  metrics.publishStoredMetrics();
}
