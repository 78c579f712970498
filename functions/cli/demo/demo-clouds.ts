/** The two simulated clouds of the demo, and how the deployed auditor is set up to read them. */
import { usualGoogleAudience } from '../../../shared/deployment.ts';
import { googleTrustPolicy } from '../../../shared/domain/google-federation.ts';
import { environment } from '../../../shared/settings.ts';
import type { Language } from '../../../shared/words.ts';
import type { GoogleCloud } from '../../../test/cloud/google/start-google-cloud.ts';
import type { RunningCloud } from '../../../test/cloud/start.ts';
import { clusterHistoryKey } from '../../cluster-history.ts';
import type { Variables } from './use-variables.ts';
import { demoFault } from './demo-fault.ts';

export const account = '111122223333';
export const bucket = 'clusterwhy-reports';
const topicArn = `arn:aws:sns:eu-west-1:${account}:clusterwhy`;
const googleRole = 'clusterwhy-google';

/** As the simulated metadata server names the service account of the Cloud Function. */
const googleServiceAccountId = '112233445566778899001';

/** Requests a second of the simulated CloudTrail: AWS allows 2, with which the demo's storm would take minutes. */
const lookupRate = 500;

/** Requests a second to the simulated Google Cloud, for the same reason: the real one is asked 12 times. */
export const googleRate = 1000;

/** Denials of the crash-looping pod each day: as many as can be read within a few seconds. */
const stormEvents = 1_000;

/** How far back each day's run looks: two hours more than lie between two of them, as the stack sets it. */
export const since = '26h';

export interface DemoClouds {
  aws: RunningCloud;
  google: GoogleCloud;
  /** ARNs of roles and ids of projects that somebody changed: their workloads do not go on as before. */
  changed: Set<string>;
  close(): Promise<unknown>;
}

/** @param now the morning of the first day */
export async function startDemoClouds(now: Date): Promise<DemoClouds> {
  const { startCloud } = await import('../../../test/cloud/start.ts');
  const { faultyWorld } = await import('../../../test/cloud/worlds/faulty.ts');
  const { startGoogleCloud } = await import('../../../test/cloud/google/start-google-cloud.ts');
  const { faultyWorld: faultyProjects } = await import('../../../test/cloud/google/worlds/faulty.ts');
  const google = await startGoogleCloud(faultyProjects(now), { largestPage: 100 });
  const aws = await startCloud(faultyWorld({ stormEvents, now }), { lookupsPerSecond: lookupRate });
  letInGoogle(aws);
  rememberEarlierRuns(aws, google);
  return { aws, google, changed: new Set(), close: () => Promise.all([aws.close(), google.close()]) };
}

/** The workloads go on as they did, until `now`. */
export async function passDay({ aws, google, changed }: DemoClouds, now: Date): Promise<void> {
  const { addNextDay } = await import('../../../test/cloud/worlds/next-day.ts');
  addNextDay(aws, google, { now, changed, stormEvents });
}

/** The role that the stack makes for the Cloud Function. */
function letInGoogle(aws: RunningCloud): void {
  const { roles } = aws.account(account);
  const [known] = roles;
  if (!known)
    throw demoFault({
      en: 'The simulated account has no roles',
      ja: 'シミュレートしたアカウントにロールがありません',
    });
  const trust = googleTrustPolicy({
    serviceAccountId: googleServiceAccountId,
    audience: usualGoogleAudience,
  });
  const arn = `arn:aws:iam::${account}:role/${googleRole}`;
  roles.push({ ...known, arn, name: googleRole, path: '/', trustPolicy: JSON.stringify(trust) });
}

/** What the Cloud Function saw on the days before. */
function rememberEarlierRuns({ s3 }: RunningCloud, { world: { history } }: GoogleCloud): void {
  const body = Buffer.from(JSON.stringify(Object.fromEntries(history)));
  const kept = { contentType: 'application/json', lastModified: new Date(), metadata: {}, etag: '"demo"' };
  s3.get(bucket)?.set(clusterHistoryKey, { body, ...kept });
}

/** As the stack sets them, whose settings lead to the simulated clouds. */
export function lambdaVariables(
  { aws }: DemoClouds,
  { language, mutes }: { language: Language; mutes: string | null },
): Variables {
  const { smtp, discoveryBaseUrl } = aws;
  return {
    ...aws.environment(account),
    [environment.language]: language,
    [environment.bucket]: bucket,
    ...(mutes !== null && { [environment.mutes]: mutes }),
    [environment.topicArn]: topicArn,
    [environment.mailFrom]: 'clusterwhy <clusterwhy@shop.example>',
    [environment.mailTo]: 'cluster-admins@shop.example',
    [environment.smtpUrl]: `smtp://${smtp.host}:${smtp.port}`,
    [environment.oidcDiscoveryUrl]: discoveryBaseUrl,
    [environment.lookupRate]: String(lookupRate),
    [environment.logLevel]: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
  };
}

/** As `deploy:gke` sets them: the report goes into the bucket on AWS, whose digest tells it. */
export function googleVariables({ google }: DemoClouds, language: Language, home: string): Variables {
  return {
    ...google.environment(null),
    [environment.language]: language,
    // A machine of Google's, whose only credentials are those of its metadata server.
    GCE_METADATA_HOST: new URL(google.endpoints['METADATA'] ?? '').host,
    METADATA_SERVER_DETECTION: 'assume-present',
    HOME: home,
    APPDATA: home,
    CLOUDSDK_CONFIG: home,
    [environment.bucket]: bucket,
    [environment.awsRoleArn]: `arn:aws:iam::${account}:role/${googleRole}`,
    AWS_REGION: 'eu-west-1',
  };
}

/** What a user would ask for on a schedule: principals that must reach their clusters, and how each is reached. */
export function googleRequest({ google: { world } }: DemoClouds): object {
  return {
    since,
    deliver: true,
    kubernetes: true,
    connect: true,
    canaries: world.canaries.map((canary) => ({
      ...canary,
      project: canary.principal.replace(/^.*@(.*)\.iam\.gserviceaccount\.com$/, '$1'),
    })),
  };
}
