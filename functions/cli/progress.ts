/** Tells on stderr how far the reading has come: a moving line on a terminal, plain lines elsewhere. */
import type { Progress as AwsProgress } from '../../shared/collect/aws/account.ts';
import { printableLine } from '../../shared/render/printable.ts';
import type { ProjectsProgress } from '../run-gcp-audit.ts';
import type { CliMessages } from './messages/messages-in.ts';
import type { Session } from './session.ts';

/** An account of an organization is done. */
export interface AccountProgress {
  kind: 'account';
  account: string;
  done: number;
  of: number;
}

type Progress = AwsProgress | ProjectsProgress | AccountProgress;

export interface ProgressView {
  show(progress: Progress): void;
  /** Tells what begins now. */
  say(what: string): void;
  /** Takes the moving line away; what is written next begins at the left edge. */
  stop(): void;
}

/** Nothing is shown with `--quiet`, or below the log level "info". */
export async function startProgress(session: Session, title: string): Promise<ProgressView> {
  if (!session.logs('info')) return { show: () => undefined, say: () => undefined, stop: () => undefined };
  const { stderr, env } = session;
  // A terminal without a width (under expect, in some editors) would keep the moving line erasing for ever.
  const moving = stderr.isTTY && stderr.columns > 0 && !env['CI'] && env['TERM'] !== 'dumb';
  return moving ? showMoving(session, title) : showLines(session, title);
}

async function showMoving(session: Session, title: string): Promise<ProgressView> {
  const { default: ora } = await import('ora');
  const reading = new ReadingState(session.says.reading);
  const color = session.colorAllowed ? ('cyan' as const) : (false as const);
  const spinner = ora({
    text: title,
    stream: session.stderr,
    color,
    discardStdin: false,
    isEnabled: true,
  }).start();
  return {
    show: (progress) => {
      reading.add(progress);
      spinner.text = printableLine(`${title}: ${reading.summary()}`);
    },
    say: (what) => {
      spinner.text = printableLine(what);
    },
    stop: () => void spinner.stop(),
  };
}

/** Events and projects are told at every quarter, so that a log stays short. */
function showLines(session: Session, title: string): ProgressView {
  const quarters = new Map<string, number>();
  const reading = new ReadingState(session.says.reading);
  session.log('info', title);
  return {
    show: (progress) => {
      reading.add(progress);
      const share = shareOf(progress, reading);
      if (share) {
        const quarter = Math.floor(share.done * 4);
        if (quarter <= (quarters.get(share.of) ?? 0)) return;
        quarters.set(share.of, quarter);
      }
      const line = lineOf(progress, reading);
      if (line !== null) session.log('info', `  ${line}`);
    },
    say: (what) => session.log('info', `  ${what}`),
    stop: () => undefined,
  };
}

/** How much of what is done, where that is told by quarters only. */
function shareOf(progress: Progress, reading: ReadingState): { of: string; done: number } | null {
  if (progress.kind === 'events') return { of: progress.region, done: progress.covered };
  if (progress.kind === 'account') return { of: 'accounts', done: progress.done / progress.of };
  if (progress.kind !== 'project' || progress.state !== 'done') return null;
  return { of: 'projects', done: reading.projectsDone() / reading.projectsToRead };
}

/** Null for what a log need not hold. */
function lineOf(progress: Progress, reading: ReadingState): string | null {
  const { says } = reading;
  switch (progress.kind) {
    case 'region':
      return says.state(progress.region, progress.state === 'done');
    case 'clusters':
      return says.clustersOf('project' in progress ? progress.project : progress.region, progress.clusters);
    case 'events':
      return says.eventsOf(progress.region, progress.events, reading.covered(progress));
    case 'projects':
      return says.projectsToRead(progress.projects);
    case 'project':
      return progress.state === 'done' ? reading.projectsSummary() : null;
    case 'account':
      return reading.accounts;
  }
}

type Events = Extract<Progress, { kind: 'events' }>;

/**
 * Minutes until all of the window is read, if it goes on as it did; null while it is too early to say, and where it is
 * less than one. LookupEvents is asked twice a second: a storm of refusals takes a while.
 */
export function minutesLeft(covered: number, elapsedMs: number): number | null {
  if (elapsedMs < 15_000 || covered <= 0) return null;
  const left = (elapsedMs / covered) * (1 - covered);
  return left < 60_000 ? null : Math.round(left / 60_000);
}

/** What all regions and projects together have come to. */
class ReadingState {
  readonly #began = Date.now();
  readonly says: CliMessages['reading'];
  readonly regions = new Map<string, 'started' | 'done'>();
  readonly projects = new Map<string, 'started' | 'done'>();
  /** By region and project: neither is ever named like the other. */
  readonly clusters = new Map<string, number>();
  readonly events = new Map<string, Events>();
  projectsToRead = 0;
  /** Accounts of an organization, in words; empty where there is none. */
  accounts = '';

  constructor(says: CliMessages['reading']) {
    this.says = says;
  }

  add(progress: Progress): void {
    switch (progress.kind) {
      case 'region':
        return void this.regions.set(progress.region, progress.state);
      case 'project':
        return void this.projects.set(progress.project, progress.state);
      case 'projects':
        this.projectsToRead = progress.projects;
        return;
      case 'clusters':
        return void this.clusters.set(
          'project' in progress ? progress.project : progress.region,
          progress.clusters,
        );
      case 'events':
        return void this.events.set(progress.region, progress);
      case 'account':
        this.accounts = this.says.accounts(progress.done, progress.of);
        return;
    }
  }

  projectsDone(): number {
    return [...this.projects.values()].filter((state) => state === 'done').length;
  }

  projectsSummary(): string {
    return this.says.projects(this.projectsDone(), this.projectsToRead) + namesOfOpen(this.projects);
  }

  /** How much of the window, and of the time for it; without an end to that, how long it may still take. */
  covered({ covered, budget }: Events): string {
    const share = this.says.covered(covered);
    if (!budget) {
      const minutes = minutesLeft(covered, Date.now() - this.#began);
      return minutes === null ? share : share + this.says.minutesLeft(minutes);
    }
    return share + this.says.spent(Math.round(budget.spentMs / 1000), Math.round(budget.totalMs / 1000));
  }

  summary(): string {
    if (this.accounts) return this.accounts;
    const done = [...this.regions.values()].filter((state) => state === 'done').length;
    const regions = this.says.regions(done, this.regions.size) + namesOfOpen(this.regions);
    const events = [...this.events.values()];
    const slowest = events.reduce<Events | undefined>(
      (least, item) => (least && least.covered <= item.covered ? least : item),
      undefined,
    );
    return this.says.join([
      ...(this.regions.size > 0 ? [regions] : []),
      ...(this.projectsToRead > 0 ? [this.projectsSummary()] : []),
      this.says.clusters(sum(this.clusters.values())),
      ...(this.regions.size > 0 ? [this.says.events(sum(events.map((item) => item.events)))] : []),
      ...(slowest ? [this.covered(slowest)] : []),
    ]);
  }
}

/** Those that are still being read, where they are few. */
function namesOfOpen(states: ReadonlyMap<string, 'started' | 'done'>): string {
  const open = [...states].filter(([, state]) => state === 'started').map(([name]) => name);
  return open.length > 0 && open.length <= 3 ? ` (${open.join(', ')})` : '';
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, item) => total + item, 0);
}
