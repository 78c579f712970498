/** Clusters by checks as a small picture. */
import { coverageMaps, type CoverageMap, type CoverageRow, type CoverageState } from './coverage-map.ts';
import type { Messages } from './messages/messages-in.ts';
import { severities, type Outline } from './outline.ts';
import { columnsOf } from './wrap.ts';

const clouds = { aws: 'AWS', gcp: 'Google Cloud' };

const mostRows = 40;
const columnStep = 8;
const rowStep = 13;
/** Of a letter of a label: the widest that are common, in most fonts. */
const letterWidth = 6.5;
const longestLabel = 18;

/** Nothing where the report names no cluster. */
export function CoverageGrids({ report, says }: Pick<Outline, 'report' | 'says'>) {
  return (
    <>
      {coverageMaps(report).map((map) => (
        <Grid map={map} says={says} />
      ))}
    </>
  );
}

function Grid({ map, says }: { map: CoverageMap; says: Messages }) {
  const { grid: words } = says;
  const { cloud, checks, rows } = map;
  const shown = rows.slice(0, mostRows);
  const labelWidth = 10 + letterWidth * Math.max(...shown.map(({ name }) => columnsOf(fitted(name))));
  const label = words.shape(clouds[cloud], rows.length, checks.length);
  return (
    <figure class="panel chart">
      <figcaption>
        <strong>{words.caption}</strong> <span class="quiet">{label}</span>
      </figcaption>
      <div class="scroll" tabIndex={0} role="group" aria-label={says.titled(words.caption, label)}>
        <svg
          class="grid"
          width={labelWidth + checks.length * columnStep}
          height={shown.length * rowStep + 2}
          role="img"
          aria-label={words.alt(words.caption, label, countsOf(rows, says))}
        >
          {shown.map((row, index) => (
            <Row row={row} checks={checks} x={labelWidth} y={index * rowStep} says={says} />
          ))}
        </svg>
      </div>
      {rows.length > shown.length && <p class="quiet">{words.more(rows.length - shown.length)}</p>}
      <Legend says={says} />
    </figure>
  );
}

interface RowProps {
  row: CoverageRow;
  checks: string[];
  /** Where the cells begin. */
  x: number;
  y: number;
  says: Messages;
}

function Row({ row, checks, x, y, says }: RowProps) {
  return (
    <g>
      <text x="0" y={y + rowStep - 3}>
        <title>{`${row.name} (${row.place})`}</title>
        {fitted(row.name)}
      </text>
      {row.states.map(
        (state, index) =>
          state !== null && (
            <rect
              x={x + index * columnStep + 0.5}
              y={y + 1}
              width={columnStep - 1.5}
              height={rowStep - 3}
              rx="1.5"
              class={`cell-${state}`}
            >
              <title>{[row.name, checks[index] ?? '', nameOf(state, says)].reduce(says.titled)}</title>
            </rect>
          ),
      )}
    </g>
  );
}

function Legend({ says }: { says: Messages }) {
  return (
    <ul class="legend quiet">
      <li>
        <span class="swatch found" aria-hidden="true" /> {says.grid.found}
      </li>
      <li>
        <span class="swatch pass" aria-hidden="true" /> {says.grid.pass}
      </li>
      <li>
        <span class="swatch unknown" aria-hidden="true" /> {says.grid.unknown}
      </li>
    </ul>
  );
}

function nameOf(state: CoverageState, says: Messages): string {
  return state === 'pass' || state === 'unknown' || state === 'broken'
    ? says.grid.state[state]
    : says.severity[state];
}

function countsOf(rows: CoverageRow[], says: Messages): string {
  const states = rows.flatMap((row) => row.states);
  const having = (wanted: readonly (CoverageState | null)[]) =>
    states.filter((state) => wanted.includes(state)).length;
  return says.grid.counts(having(severities), having(['pass']), having(['unknown', 'broken']));
}

function fitted(name: string): string {
  return name.length > longestLabel ? `${name.slice(0, longestLabel - 1)}…` : name;
}
