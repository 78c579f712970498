/** What people do between the days of the demo, each by the API of the simulated cloud. */
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Finding, Report } from '../../../shared/report.ts';
import { openBucket } from '../../../shared/deliver/bucket.ts';
import { makeDeliveryClients } from '../../aws-clients.ts';
import { account, bucket, type DemoClouds } from './demo-clouds.ts';
import { runPrintedCommand, updateTrust } from './run-printed-command.ts';
import { demoFault } from './demo-fault.ts';

/** Key of the file of mutes in the bucket. */
export const mutesKey = 'settings/mutes.json';

/** The role of a workload that works on the first day, and its caller. */
export const brokenRole = 'external-dns';
const brokenCaller = 'system:serviceaccount:kube-system:external-dns';
const misspeltCaller = 'system:serviceaccount:kube-system:external-dsn';

/** The project whose clusters the auditor may not list on the third day. */
export const closedProject = 'archive-prod';

/** A mute as it stands in the file. */
export interface DemoMute {
  rule: string;
  reason: string;
  /** ISO 8601 UTC. */
  expires: string;
}

/**
 * The one finding of a rule about a subject that has a command.
 * @throws {Error} where the report has none
 */
export function findingOf({ findings }: Report, rule: string, subject: string): Finding {
  const found = findings.find((one) => one.rule === rule && one.subject.name.includes(subject));
  if (found && found.fix.commands.length > 0) return found;
  throw demoFault({
    en: `The demo found no repair of ${rule} for ${subject}`,
    ja: `デモで ${subject} に対する ${rule} の修正が見つかりません`,
  });
}

/** The one that is repaired before the second day. */
export function firstRepair(report: Report): Finding {
  return findingOf(report, 'eks/irsa-trust-subject', 'shop-cart');
}

/** Runs what the report printed for the finding, all of it. */
export async function repair(clouds: DemoClouds, { fix }: Finding): Promise<void> {
  for (const command of fix.commands) await runPrintedCommand(clouds, command);
}

/** Somebody writes the trust policy of a role anew and misspells the service account, whose pod is then refused. */
export async function breakRole(clouds: DemoClouds): Promise<void> {
  const role = clouds.aws.account(account).roles.find(({ name }) => name === brokenRole);
  if (!role)
    throw demoFault({
      en: `The simulated account has no role ${brokenRole}`,
      ja: `シミュレートしたアカウントにロール ${brokenRole} がありません`,
    });
  const arn = await updateTrust(
    clouds,
    brokenRole,
    role.trustPolicy.replaceAll(brokenCaller, misspeltCaller),
  );
  for (let call = 0; call < 3; call++) await callRefused(clouds, arn);
}

/** A pod shows STS the token of its service account, and is turned away. */
async function callRefused({ aws }: DemoClouds, arn: string): Promise<void> {
  const { prodIssuer } = await import('../../../test/cloud/worlds/healthy.ts');
  const sts = new STSClient({ ...aws.clientOptions(account), maxAttempts: 1 });
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: arn,
    RoleSessionName: brokenRole,
    WebIdentityToken: tokenOf(prodIssuer),
  });
  try {
    await sts.send(command);
  } catch (error) {
    if ((error as Error).name === 'AccessDenied') return;
    throw error;
  } finally {
    sts.destroy();
  }
  throw demoFault({
    en: `STS let ${brokenCaller} in although its role does not name it`,
    ja: `ロールに記載がない ${brokenCaller} を STS が許可しました`,
  });
}

/** The simulated STS looks at the claims, not at the signature. */
function tokenOf(iss: string): string {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const claims = { iss, sub: brokenCaller, aud: 'sts.amazonaws.com', exp };
  return `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
}

/** Writes the file of mutes into the bucket of the reports. */
export async function writeMutes({ aws }: DemoClouds, mutes: readonly DemoMute[]): Promise<void> {
  const { s3 } = makeDeliveryClients(aws.clientOptions(account));
  await openBucket(s3, bucket).write(mutesKey, JSON.stringify({ mutes }, null, 2));
}

/** Somebody takes a permission from the auditor, in one project. */
export function closeProject({ google: { world } }: DemoClouds): void {
  world.refuse('container.clusters.list', `projects/${closedProject}`);
}
