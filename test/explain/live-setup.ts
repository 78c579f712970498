/** `clusterwhy explain --live` and `clusterwhy audit` within this process, against simulated clouds: many texts in little time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { CloudTrailClient, paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import type { LiveAnswer } from '../../functions/cli/explain/live.ts';
import { makeProgram } from '../../functions/cli/program.ts';
import type { Streams } from '../../functions/cli/session.ts';
import type { Explained } from '../../shared/explain/explanation.ts';
import type { Report } from '../../shared/report.ts';
import type { RunningCloud } from '../cloud/start.ts';
import { withEnvironment } from '../functions/function-environment.ts';

export const account = '111122223333';

export type Answer = Explained & { live: Omit<LiveAnswer, 'explained'> };

export interface CommandsHere {
  /** Where it keeps what outlasts a run. */
  stateFolder: string;
  /** What `clusterwhy explain --live` answers to a text; asked once, so that all can be asked side by side first. */
  explain(text: string, ...args: string[]): Promise<Answer>;
  /** The same as people read it. */
  explainText(text: string, ...args: string[]): Promise<string>;
  audit(...args: string[]): Promise<Report>;
  close(): void;
}

/** The command line as `main.ts` builds it, in this environment and no other. */
export function commandsHere(environment: Record<string, string>): CommandsHere {
  const home = mkdtempSync(join(tmpdir(), 'clusterwhy-live-'));
  const bare = {
    HOME: home,
    XDG_STATE_HOME: home,
    AWS_CONFIG_FILE: join(home, 'no-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'no-credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    METADATA_SERVER_DETECTION: 'none',
  };
  // What the SDKs read by themselves.
  const restore = withEnvironment({ ...bare, ...environment });
  const env = { ...bare, ...environment };
  const live = (text: string, args: readonly string[]) => run(['explain', '--live', ...args], env, text);
  const answers = new Map<string, Promise<Answer>>();
  return {
    stateFolder: join(home, 'clusterwhy'),
    explain(text, ...args) {
      const key = JSON.stringify([text, ...args]);
      const answer =
        answers.get(key) ??
        live(text, ['--output', 'json', ...args]).then((json) => JSON.parse(json) as Answer);
      answers.set(key, answer);
      return answer;
    },
    explainText: (text, ...args) => live(text, args),
    audit: async (...args) =>
      JSON.parse(await run(['audit', '--quiet', '--output', 'json', ...args], env)) as Report,
    close() {
      restore();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function run(args: string[], env: Record<string, string>, input = ''): Promise<string> {
  const stdout = new Collected();
  const streams = { stdin: Readable.from([input]), stdout, stderr: new Collected(), env };
  const program = makeProgram(streams as unknown as Streams, 'en');
  await program.command.parseAsync(args, { from: 'user' });
  return stdout.text;
}

class Collected extends Writable {
  text = '';

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** The environment of somebody who is signed in to the account of the simulated AWS. */
export function ofAws(cloud: RunningCloud): Record<string, string> {
  return { ...cloud.environment(account), CLUSTERWHY_OIDC_DISCOVERY_URL: cloud.discoveryBaseUrl };
}

/** What an answer tells for each error: the kind, the state, and the rules of the findings. */
export function told({ live }: Answer): string[] {
  const rules = new Map(live.report?.findings.map(({ id, rule }) => [id, rule]));
  return live.answers.map(({ kind, state, findings }) =>
    [kind, state, ...findings.map((id) => rules.get(id))].join(' '),
  );
}

/** What CloudTrail holds of refused calls, by the name of the role that was asked for. */
export async function recordsOfRefusals(cloud: RunningCloud, region: string): Promise<Map<string, string>> {
  const client = new CloudTrailClient(cloud.clientOptions(account, region));
  const attributes = [{ AttributeKey: 'EventName' as const, AttributeValue: 'AssumeRoleWithWebIdentity' }];
  const records = new Map<string, string>();
  for await (const { Events = [] } of paginateLookupEvents({ client }, { LookupAttributes: attributes }))
    for (const { CloudTrailEvent: json = '' } of Events) {
      const { errorCode, requestParameters } = JSON.parse(json) as Refusal;
      const role = requestParameters?.roleArn?.split('/').at(-1);
      if (errorCode !== undefined && role !== undefined) records.set(role, json);
    }
  client.destroy();
  return records;
}

interface Refusal {
  errorCode?: string;
  requestParameters?: { roleArn?: string };
}
