/** Cloud Function: audits Google Cloud projects. Entry points: `gke` for HTTP, `gkeMessage` for Pub/Sub. */
import { cloudEvent, http } from '@google-cloud/functions-framework';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGoogleSettings } from '../shared/google-settings.ts';
import { rules } from '../shared/rules/index.ts';
import { readSettings } from '../shared/settings.ts';
import { openGoogleBucket } from '../shared/deliver/google-bucket.ts';
import {
  gkeBucket,
  gkeDelivery,
  gkeHistory,
  gkeState,
  sendsMessages,
  type GkeDeliveryOptions,
} from './gke-delivery.ts';
import { gkeFunction } from './gke-function.ts';
import { googleIdentityToken, makeGoogleClients } from './google-auth.ts';

const settings = readGoogleSettings(process.env);

const delivery: GkeDeliveryOptions = {
  settings: readSettings(process.env),
  googleBucket:
    settings.bucket === null
      ? null
      : openGoogleBucket(
          { auth: async () => (await makeGoogleClients(settings)).auth, endpoint: settings.storage },
          settings.bucket,
        ),
  identityToken: (audience) => googleIdentityToken(settings, audience),
  marksFolder: join(tmpdir(), 'clusterwhy'),
};

const { http: byHttp, message } = gkeFunction({
  rules,
  clients: () => makeGoogleClients(settings),
  ownProject: settings.project,
  deliver: gkeDelivery(delivery),
  sendsParts: sendsMessages(delivery.settings),
  wholeScope: settings.wholeScope,
  language: delivery.settings.language,
  runs: gkeBucket(delivery),
  history: gkeHistory(delivery),
  state: gkeState(delivery),
  log: (severity, message) => {
    // Cloud Logging takes a line of JSON on standard output apart.
    process.stdout.write(`${JSON.stringify({ severity, message })}\n`);
  },
});

http('gke', byHttp);
cloudEvent('gkeMessage', message);
