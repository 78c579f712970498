/** Lambda: the first step of a run says which accounts are audited, and what is asked of each. */
import { readIdentity } from '../shared/collect/aws/identity.ts';
import { rules } from '../shared/rules/index.ts';
import { makeStsClient } from './aws-clients.ts';
import { chooseRules } from './choose-rules.ts';
import { completeStart } from './complete-start.ts';
import { EventError, readStart, type RunRequest, type Start } from './event.ts';
import { makeLogger } from './telemetry.ts';

export interface Plan {
  runId: string;
  accounts: { account: string }[];
  request: RunRequest;
}

/** How long STS may take. */
const longestMs = 30_000;

/** The event is the payload of the run: `{"regions": ["eu-west-1"], "since": "6h", "clusters": ["prod"], "deliver": true}`. */
export async function handler(event: unknown): Promise<Plan> {
  const start = readStart(event);
  checkRules(start);
  const { account } = await readIdentity({ sts: makeStsClient() }, AbortSignal.timeout(longestMs));
  const plan = { ...completeStart(start, new Date()), accounts: [{ account }] };
  makeLogger(plan.runId).info('A run begins', { accounts: [account], request: plan.request });
  return plan;
}

/** A misspelt rule is told before anything is read. */
function checkRules({ checks }: Start): void {
  try {
    chooseRules(rules, checks);
  } catch (error) {
    throw new EventError(`Cannot use the event: checks: ${(error as Error).message}`, { cause: error });
  }
}
