/** Three days of the deployed auditor over the simulated clouds, and what people do between them. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBucket } from '../../../shared/deliver/bucket.ts';
import { readReport } from '../../../shared/deliver/stored-report.ts';
import type { Finding, Report } from '../../../shared/report.ts';
import { makeDeliveryClients } from '../../aws-clients.ts';
import type { DigestAnswer } from '../../digest.ts';
import { startProgress } from '../progress.ts';
import type { Session } from '../session.ts';
import {
  breakRole,
  closeProject,
  findingOf,
  firstRepair,
  mutesKey,
  repair,
  writeMutes,
  type DemoMute,
} from './between-days.ts';
import { atTime } from './clock.ts';
import {
  account,
  bucket,
  googleRate,
  googleRequest,
  googleVariables,
  lambdaVariables,
  passDay,
  startDemoClouds,
  type DemoClouds,
} from './demo-clouds.ts';
import { demoFault } from './demo-fault.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const delayMs = 300_000;

/** How many days are played. */
const days = 3;

/** When the auditor begins its day, UTC. */
const hourOfRun = 6;

/** A day of the auditor: its report, and where its files are. */
export interface Day {
  /** Counted from 1. */
  number: number;
  report: Report;
  /** Key of `report.json` in the bucket. */
  key: string;
  delivered: DigestAnswer['delivered'];
  /** The mail that went out on it, as it was received. */
  mail: Buffer;
}

/** What somebody did before a day. */
export type Deed =
  | { kind: 'repaired'; finding: Finding }
  | { kind: 'broke' }
  | { kind: 'muted'; mutes: DemoMute[] }
  | { kind: 'closed' };

export interface Play {
  session: Session;
  clouds: DemoClouds;
  /** Where files of this demo are, and nothing else. */
  folder: string;
  /** When the auditor begins on the last day: the latest such hour that has come. */
  lastMorning: Date;
}

/** Starts the clouds as they were on the morning of the first day, and ends them after `run`. */
export async function withDemo<Result>(
  session: Session,
  run: (play: Play) => Promise<Result>,
): Promise<Result> {
  const lastMorning = lastRunBefore(new Date());
  const clouds = await startDemoClouds(morningOf(1, { lastMorning }));
  try {
    const folder = await mkdtemp(join(tmpdir(), 'clusterwhy-demo-'));
    return await run({ session, clouds, folder, lastMorning });
  } finally {
    await clouds.close();
  }
}

/** Told of the play while it goes on. */
export interface Listener {
  /** What was done before the day; nothing before the first. */
  before?: (day: number, deeds: readonly Deed[]) => Promise<unknown>;
  after?: (day: Day) => Promise<unknown>;
}

/** Plays a day after another, all of them where `end` is absent. */
export async function playDays(play: Play, { before, after }: Listener = {}, end = days): Promise<Day[]> {
  const played: Day[] = [];
  for (let number = 1; number <= end; number++) {
    const last = played.at(-1);
    const now = morningOf(number, play);
    if (last) {
      const anHourAgo = new Date(now.getTime() - hourMs);
      await before?.(number, await atTime(anHourAgo, () => doBefore(play, number, last.report)));
      await passDay(play.clouds, now);
    }
    const day = await atTime(now, () => runAuditor(play, number));
    played.push(day);
    await after?.(day);
  }
  return played;
}

/** Runs something an hour after the auditor has begun its last day. */
export function afterLastRun<Result>({ lastMorning }: Play, run: () => Promise<Result>): Promise<Result> {
  return atTime(new Date(lastMorning.getTime() + hourMs), run);
}

function lastRunBefore(now: Date): Date {
  const sinceMs = (now.getTime() - hourOfRun * hourMs) % dayMs;
  return new Date(now.getTime() - sinceMs);
}

/** A few minutes later each day: no run is quite on time, and whole days lie between them however long one takes. */
function morningOf(day: number, { lastMorning }: Pick<Play, 'lastMorning'>): Date {
  return new Date(lastMorning.getTime() - (days - day) * (dayMs + delayMs));
}

async function doBefore({ session, clouds }: Play, day: number, report: Report): Promise<Deed[]> {
  if (day === 2) {
    const finding = firstRepair(report);
    const mutes = mutesAt(new Date(), session);
    await repair(clouds, finding);
    await breakRole(clouds);
    await writeMutes(clouds, mutes);
    return [{ kind: 'repaired', finding }, { kind: 'broke' }, { kind: 'muted', mutes }];
  }
  const finding = findingOf(report, 'gke/service-agent-binding', 'service-610000000002');
  await repair(clouds, finding);
  closeProject(clouds);
  return [{ kind: 'repaired', finding }, { kind: 'closed' }];
}

/** One for a month, and one that has expired by the next morning. */
function mutesAt(now: Date, { says }: Session): DemoMute[] {
  const { reasons } = says.demo;
  const after = (ms: number) => `${new Date(now.getTime() + ms).toISOString().slice(0, 19)}Z`;
  return [
    {
      rule: 'eks/irsa-trust-too-broad',
      reason: reasons.tooBroad,
      expires: after(30 * dayMs),
    },
    {
      rule: 'eks/oidc-provider-orphaned',
      reason: reasons.orphaned,
      expires: after(dayMs / 2),
    },
  ];
}

async function runAuditor(play: Play, number: number): Promise<Day> {
  const { session, clouds, folder } = play;
  const { smtp } = clouds.aws;
  const { runFunctions } = await import('./run-functions.ts');
  const { steps, begins } = session.says.demo;
  const progress = await startProgress(session, begins(number));
  const received = smtp.mails.length;
  try {
    const { key, delivered } = await runFunctions({
      lambda: lambdaVariables(clouds, {
        language: session.language,
        mutes: number > 1 ? mutesKey : null,
      }),
      google: googleVariables(clouds, session.language, folder),
      endpoint: clouds.aws.endpoint,
      body: googleRequest(clouds),
      marksFolder: join(folder, 'state'),
      reading: {
        pace: { requestsPerSecond: googleRate, logRequestsPerSecond: googleRate },
        kubernetesAccess: { publicCa: clouds.google.publicCa, timeoutMs: 5_000 },
      },
      onCall: (step, place) => progress.say(steps[step](place)),
    });
    const mail = smtp.mails[received]?.raw;
    if (!mail) throw noMail(number);
    return { number, report: await reportAt(clouds, key), key, delivered, mail };
  } finally {
    progress.stop();
  }
}

async function reportAt({ aws }: DemoClouds, key: string): Promise<Report> {
  const { s3 } = makeDeliveryClients(aws.clientOptions(account));
  const report = await readReport(openBucket(s3, bucket), key);
  if (report) return report;
  throw demoFault({
    en: `The demo stored no report at ${key}`,
    ja: `デモのレポートが ${key} に保存されていません`,
  });
}

function noMail(day: number): Error {
  return demoFault({
    en: `The demo sent no mail on day ${day}`,
    ja: `デモの ${day} 日目のメールが送信されていません`,
  });
}
