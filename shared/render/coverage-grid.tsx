/** Clusters by checks as a small picture. */
import { coverageMaps, type CoverageMap, type CoverageRow, type CoverageState } from './coverage-map.ts';
import type { Report } from '../report.ts';
import { severities } from './outline.ts';
import { plural } from './plural.ts';

const says = {
  caption: 'What was looked at',
  clouds: { aws: 'AWS', gcp: 'Google Cloud' },
  shape: (cloud: string, clusters: string, checks: string) => `${cloud}: ${clusters}, ${checks}`,
  counts: (found: number, pass: number, unknown: number) =>
    `${found} found something, ${pass} found nothing, ${unknown} could not decide`,
  cell: (cluster: string, check: string, state: string) => `${cluster}: ${check}: ${state}`,
  state: { pass: 'nothing found', unknown: 'not decided', broken: 'broke' },
  legend: { found: 'found, by severity', pass: 'nothing found', unknown: 'not decided, or broke' },
  more: (clusters: string) => `and ${clusters} with nothing worse`,
};

const mostRows = 40;
const columnStep = 8;
const rowStep = 13;
const labelWidth = 112;
const longestLabel = 18;

/** Nothing where the report names no cluster. */
export function CoverageGrids({ report }: { report: Report }) {
  return (
    <>
      {coverageMaps(report).map((map) => (
        <Grid map={map} />
      ))}
    </>
  );
}

function Grid({ map }: { map: CoverageMap }) {
  const { cloud, checks, rows } = map;
  const shown = rows.slice(0, mostRows);
  const label = says.shape(
    says.clouds[cloud],
    plural(rows.length, 'cluster'),
    plural(checks.length, 'check'),
  );
  return (
    <figure class="panel chart">
      <figcaption>
        <strong>{says.caption}</strong> <span class="quiet">{label}</span>
      </figcaption>
      <div class="scroll" tabIndex={0} role="group" aria-label={`${says.caption}: ${label}`}>
        <svg
          class="grid"
          width={labelWidth + checks.length * columnStep}
          height={shown.length * rowStep + 2}
          role="img"
          aria-label={`${says.caption}. ${label}: ${countsOf(rows)}.`}
        >
          {shown.map((row, index) => (
            <Row row={row} checks={checks} y={index * rowStep} />
          ))}
        </svg>
      </div>
      {rows.length > shown.length && (
        <p class="quiet">{says.more(plural(rows.length - shown.length, 'more cluster'))}</p>
      )}
      <Legend />
    </figure>
  );
}

function Row({ row, checks, y }: { row: CoverageRow; checks: string[]; y: number }) {
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
              x={labelWidth + index * columnStep + 0.5}
              y={y + 1}
              width={columnStep - 1.5}
              height={rowStep - 3}
              rx="1.5"
              class={`cell-${state}`}
            >
              <title>{says.cell(row.name, checks[index] ?? '', nameOf(state))}</title>
            </rect>
          ),
      )}
    </g>
  );
}

function Legend() {
  return (
    <ul class="legend quiet">
      <li>
        <span class="swatch found" aria-hidden="true" /> {says.legend.found}
      </li>
      <li>
        <span class="swatch pass" aria-hidden="true" /> {says.legend.pass}
      </li>
      <li>
        <span class="swatch unknown" aria-hidden="true" /> {says.legend.unknown}
      </li>
    </ul>
  );
}

function nameOf(state: CoverageState): string {
  return state === 'pass' || state === 'unknown' || state === 'broken' ? says.state[state] : state;
}

function countsOf(rows: CoverageRow[]): string {
  const states = rows.flatMap((row) => row.states);
  const having = (wanted: readonly (CoverageState | null)[]) =>
    states.filter((state) => wanted.includes(state)).length;
  return says.counts(having(severities), having(['pass']), having(['unknown', 'broken']));
}

function fitted(name: string): string {
  return name.length > longestLabel ? `${name.slice(0, longestLabel - 1)}…` : name;
}
