/** Tells on stderr how far a scan has come. */
import type { ScanTotals } from '../../../shared/collect/archive/scan-archive.ts';
import { printableLine } from '../../../shared/render/printable.ts';
import type { Session } from '../session.ts';

export interface ScanProgressView {
  show(totals: ScanTotals): void;
  stop(): void;
}

export async function startScanProgress(session: Session, source: string): Promise<ScanProgressView> {
  if (!session.logs('info')) return { show: () => undefined, stop: () => undefined };
  const title = session.says.scan.title(source);
  const { stderr, env } = session;
  if (stderr.isTTY && stderr.columns > 0 && !env['CI'] && env['TERM'] !== 'dumb') {
    const { default: ora } = await import('ora');
    const spinner = ora({ text: printableLine(title), stream: stderr, discardStdin: false, isEnabled: true });
    spinner.start();
    return {
      show: (totals) => (spinner.text = printableLine(`${title}: ${told(session, totals)}`)),
      stop: () => void spinner.stop(),
    };
  }
  session.log('info', title);
  return showAtDoublings(session);
}

/** A log stays short: a line when there are twice as many files as at the last. */
function showAtDoublings(session: Session): ScanProgressView {
  let next = 1000;
  return {
    show: (totals) => {
      if (totals.files < next) return;
      while (totals.files >= next) next *= 2;
      session.log('info', `  ${told(session, totals)}`);
    },
    stop: () => undefined,
  };
}

function told({ says }: Session, { files, jsonBytes, damaged }: ScanTotals): string {
  const read = says.scan.read(files, (jsonBytes / 1e6).toFixed(0));
  return damaged > 0 ? read + says.scan.damaged(damaged) : read;
}
