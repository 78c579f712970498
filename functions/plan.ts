/** Lambda: the first step of a run says which accounts are audited, and what is asked of each. */
import type { Context } from 'aws-lambda';
import { readIdentity, type Identity } from '../shared/collect/aws/identity.ts';
import { openBucket } from '../shared/deliver/bucket.ts';
import { saidBy } from '../shared/localized-error.ts';
import { readOrganizationSettings } from '../shared/organization-settings.ts';
import { rules } from '../shared/rules/index.ts';
import { environment, readSettings } from '../shared/settings.ts';
import { makeDeliveryClients, makeStsClient } from './aws-clients.ts';
import { chooseRules } from './choose-rules.ts';
import { completeStart } from './complete-start.ts';
import { EventError, readStart, type RunRequest, type Start } from './event.ts';
import { planOrganization, type OrganizationPlan } from './organization-plan.ts';
import { makeLogger } from './telemetry.ts';

export type Plan = { runId: string; request: RunRequest } & (
  { accounts: { account: string }[] } | OrganizationPlan
);

/** How long STS may take. */
const longestMs = 30_000;

/** What is kept of the time for writing the plan. */
const marginMs = 60_000;

/** The event is the payload of the run: `{"regions": ["eu-west-1"], "since": "6h", "clusters": ["prod"], "deliver": true}`. */
export async function handler(
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<Plan> {
  const start = readStart(event);
  checkRules(start);
  const identity = await readIdentity({ sts: makeStsClient() }, AbortSignal.timeout(longestMs));
  const run = completeStart(start, new Date());
  const log = makeLogger(run.runId);
  const organization = await organizationOf(run, identity, context.getRemainingTimeInMillis());
  const plan = { ...run, ...(organization ?? { accounts: [{ account: identity.account }] }) };
  log.info('A run begins', { ...plan });
  return plan;
}

/** Null where the settings name no organization. */
async function organizationOf(
  run: ReturnType<typeof completeStart>,
  identity: Identity,
  remainingMs: number,
): Promise<OrganizationPlan | null> {
  const name = environment.organization;
  const settings = readOrganizationSettings(name, process.env[name]);
  if (!settings) return null;
  const { bucket } = readSettings(process.env);
  if (bucket === null)
    throw new Error(`Cannot plan the run: set ${environment.bucket} to the bucket of the reports`);
  return planOrganization(run, {
    settings,
    identity,
    bucket: openBucket(makeDeliveryClients().s3, bucket),
    deadlineMs: remainingMs - Math.min(marginMs, remainingMs / 3),
  });
}

/** A misspelt rule is told before anything is read. */
function checkRules({ checks }: Start): void {
  try {
    chooseRules(rules, checks);
  } catch (error) {
    const { en, ja } = saidBy(error);
    throw new EventError(
      { en: `Cannot use the event: checks: ${en}`, ja: `イベントを使用できません: checks: ${ja}` },
      { cause: error },
    );
  }
}
