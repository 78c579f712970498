/** Delivers the sample report to a topic, and is killed at a step: `send` (before it) or `mark` (before it). */
import { makeDeliveryClients } from '../../functions/aws-clients.ts';
import { deliver } from '../../shared/deliver/deliver.ts';
import { s3Marks } from '../../shared/deliver/s3-marks.ts';
import { snsChannel } from '../../shared/deliver/sns.ts';
import { sampleReport } from '../render/sample-report.ts';

const [step, runId = '', topicArn = '', bucket = ''] = process.argv.slice(2);
const { sns, s3 } = makeDeliveryClients({ endpoint: process.env['AWS_ENDPOINT_URL'] ?? '' });
const channel = snsChannel({ client: sns, topicArn });
const marks = s3Marks({ client: s3, bucket });

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

await deliver(
  { ...sampleReport, runId },
  [
    {
      id: channel.id,
      async send(report, options) {
        if (step === 'send') die();
        await channel.send(report, options);
      },
    },
  ],
  {
    ...marks,
    async mark(key) {
      if (step === 'mark') die();
      await marks.mark(key);
    },
  },
);
