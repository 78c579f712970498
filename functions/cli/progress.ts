/** Tells on stderr how far the reading has come: a moving line on a terminal, plain lines elsewhere. */
import type { Progress } from '../../shared/collect/aws/account.ts';
import { printableLine } from '../../shared/render/printable.ts';
import type { Session } from './session.ts';

export interface ProgressView {
  show(progress: Progress): void;
  /** Takes the moving line away; what is written next begins at the left edge. */
  stop(): void;
}

/** Nothing is shown with `--quiet`, or below the log level "info". */
export async function startProgress(session: Session, title: string): Promise<ProgressView> {
  if (!session.logs('info')) return { show: () => undefined, stop: () => undefined };
  const { stderr, env } = session;
  // A terminal without a width (under expect, in some editors) would keep the moving line erasing for ever.
  const moving = stderr.isTTY && stderr.columns > 0 && !env['CI'] && env['TERM'] !== 'dumb';
  return moving ? showMoving(session, title) : showLines(session, title);
}

async function showMoving(session: Session, title: string): Promise<ProgressView> {
  const { default: ora } = await import('ora');
  const reading = new ReadingState();
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
    stop: () => void spinner.stop(),
  };
}

/** A region's events are told at every quarter of the window, so that a log stays short. */
function showLines(session: Session, title: string): ProgressView {
  const quarters = new Map<string, number>();
  session.log('info', title);
  return {
    show: (progress) => {
      if (progress.kind === 'events') {
        const quarter = Math.floor(progress.covered * 4);
        if (quarter <= (quarters.get(progress.region) ?? 0)) return;
        quarters.set(progress.region, quarter);
      }
      session.log('info', `  ${lineOf(progress)}`);
    },
    stop: () => undefined,
  };
}

function lineOf(progress: Progress): string {
  switch (progress.kind) {
    case 'region':
      return `${progress.region}: ${progress.state === 'done' ? 'done' : 'reading'}`;
    case 'clusters':
      return `${progress.region}: ${count(progress.clusters, 'cluster')}`;
    case 'events':
      return `${progress.region}: ${count(progress.events, 'event')}, ${percent(progress.covered)} of the window${spent(progress.budget)}`;
  }
}

type Events = Extract<Progress, { kind: 'events' }>;

/** What all regions together have come to. */
class ReadingState {
  readonly regions = new Map<string, 'started' | 'done'>();
  readonly clusters = new Map<string, number>();
  readonly events = new Map<string, Events>();

  add(progress: Progress): void {
    if (progress.kind === 'region') this.regions.set(progress.region, progress.state);
    else if (progress.kind === 'clusters') this.clusters.set(progress.region, progress.clusters);
    else this.events.set(progress.region, progress);
  }

  summary(): string {
    const open = [...this.regions].filter(([, state]) => state === 'started').map(([region]) => region);
    const where = open.length > 0 && open.length <= 3 ? ` (${open.join(', ')})` : '';
    const events = [...this.events.values()];
    const slowest = events.reduce<Events | undefined>(
      (least, item) => (least && least.covered <= item.covered ? least : item),
      undefined,
    );
    return [
      `${this.regions.size - open.length} of ${count(this.regions.size, 'region')}${where}`,
      count(sum(this.clusters.values()), 'cluster'),
      count(sum(events.map((item) => item.events)), 'event'),
      ...(slowest ? [`${percent(slowest.covered)} of the window${spent(slowest.budget)}`] : []),
    ].join(', ');
  }
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, item) => total + item, 0);
}

function count(amount: number, noun: string): string {
  return `${amount.toLocaleString('en')} ${noun}${amount === 1 ? '' : 's'}`;
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

function spent(budget: Events['budget']): string {
  if (!budget) return '';
  return `, ${Math.round(budget.spentMs / 1000)} of ${Math.round(budget.totalMs / 1000)} s`;
}
