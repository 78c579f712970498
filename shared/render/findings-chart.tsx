/** Findings over time as a small picture: a bar for each report, the worst severity at its foot. */
import type { HistoryEntry } from './history.ts';
import type { Messages } from './messages/messages-in.ts';
import { severities } from './outline.ts';

/** Bars that fit; older reports are left out. */
const mostBars = 90;
/** Fewer leave room at the end, so that none is a wall. */
const leastBars = 20;
const height = 96;
const step = 8;

/** Nothing where fewer than two reports are known. */
export function FindingsChart({ entries, says }: { entries: readonly HistoryEntry[]; says: Messages }) {
  const { caption, trend: told, alt } = says.chart;
  const bars = [...entries].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1)).slice(-mostBars);
  const [first, last] = [bars[0], bars.at(-1)];
  if (!first || !last || bars.length < 2) return null;
  const most = Math.max(1, ...bars.map(total));
  const trend = told(bars.length, total(first), says.day(dayOf(first)), total(last));
  return (
    <figure class="panel chart bars">
      <figcaption>
        <strong>{caption}</strong> <span class="quiet">{trend}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${Math.max(bars.length, leastBars) * step} ${height}`}
        role="img"
        aria-label={alt(caption, trend)}
        preserveAspectRatio="none"
      >
        {bars.map((entry, index) => (
          <Bar entry={entry} x={index * step} scale={(height - 4) / most} says={says} />
        ))}
        <line x1="0" x2="100%" y1={height - 0.5} y2={height - 0.5} class="axis" />
      </svg>
    </figure>
  );
}

interface BarProps {
  entry: HistoryEntry;
  x: number;
  scale: number;
  says: Messages;
}

function Bar({ entry, x, scale, says }: BarProps) {
  let y = height - 1;
  return (
    <g>
      <title>{says.titled(says.day(dayOf(entry)), says.findings(total(entry)))}</title>
      <rect x={x} y="0" width={step} height={height} class="hit" />
      {severities.map((severity) => {
        const part = round(entry.standing[severity] * scale);
        y -= part;
        return (
          part > 0 && (
            <rect x={x + 1} y={round(y)} width={step - 2} height={part} class={`fill-${severity}`} />
          )
        );
      })}
    </g>
  );
}

function total({ standing }: HistoryEntry): number {
  return severities.reduce((sum, severity) => sum + standing[severity], 0);
}

function dayOf({ startedAt }: HistoryEntry): string {
  return startedAt.slice(0, 10);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
