/** The style of the page: system fonts, both colour schemes, any width from 320 px, and paper. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --ink: #1c2128; --quiet: #59636e; --line: #d8dee4; --code: #f3f5f7; --link: #0757b8;
  --critical: #a40e26; --high: #b5401a; --medium: #7d5700; --low: #0a5c94; --info: #59636e;
  --critical-tint: #fdeced; --high-tint: #fdf0e9; --medium-tint: #fbf3dc; --low-tint: #e9f3fb; --info-tint: #eef1f4;
  --proven: #116329; --proven-tint: #e6f5ea; --advice: #6a4a9c; --advice-tint: #f3eefb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1318; --card: #171c23; --ink: #dfe5ec; --quiet: #96a1ad; --line: #2c343e; --code: #10151b; --link: #79b8ff;
    --critical: #ff8b92; --high: #ffa27a; --medium: #e5bf62; --low: #7cc0f5; --info: #a5afba;
    --critical-tint: #3d1519; --high-tint: #3a1e12; --medium-tint: #33290f; --low-tint: #10293d; --info-tint: #242b33;
    --proven: #74d191; --proven-tint: #12301c; --advice: #c4a8f5; --advice-tint: #2a2140;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "Hiragino Sans", "Noto Sans CJK JP", "Noto Sans JP",
    "Yu Gothic UI", Meiryo, IPAPGothic, sans-serif;
  overflow-wrap: anywhere; line-break: strict;
}
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
h1, h2, h3, p, dl, dd, ul, pre { margin: 0; }
h1 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -0.01em; }
h2 { font-size: 1.05rem; line-height: 1.35; }
h3 { font-size: 1rem; line-height: 1.35; }
a { color: var(--link); }
code, pre, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.85em; }
.quiet { color: var(--quiet); font-size: 0.875rem; }
.value { unicode-bidi: isolate; }
.lines { white-space: pre-wrap; }
.chip {
  display: inline-block; padding: 0.05rem 0.5rem; border-radius: 999px; white-space: nowrap;
  font-size: 0.75rem; font-weight: 600; line-height: 1.5;
}
.critical { color: var(--critical); background: var(--critical-tint); }
.high { color: var(--high); background: var(--high-tint); }
.medium { color: var(--medium); background: var(--medium-tint); }
.low { color: var(--low); background: var(--low-tint); }
.info { color: var(--info); background: var(--info-tint); }
.proven { color: var(--proven); background: var(--proven-tint); }
.advice { color: var(--advice); background: var(--advice-tint); }
.plain { color: var(--quiet); border: 1px solid var(--line); padding-block: 0; }
.top { display: grid; gap: 0.75rem; margin-bottom: 1.75rem; }
.summary { max-width: 46rem; }
.counts { display: flex; flex-wrap: wrap; gap: 0.5rem; padding: 0; list-style: none; }
.counts .chip { font-size: 0.8125rem; padding: 0.15rem 0.7rem; }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.contents { padding: 0.35rem 1rem; margin-bottom: 2rem; }
.contents ul { padding: 0; list-style: none; }
.contents li { display: flex; flex-wrap: wrap; gap: 0.2rem 0.75rem; align-items: baseline; padding: 0.4rem 0; }
.contents li + li { border-top: 1px solid var(--line); }
.contents a { flex: 1 1 16rem; text-decoration: none; }
.contents a:hover { text-decoration: underline; }
section { margin-top: 2rem; }
section > h2 { margin-bottom: 0.75rem; }
.finding { padding: 1rem 1.25rem 1.1rem; margin-bottom: 1rem; display: grid; gap: 0.75rem; min-width: 0; }
.finding > * { min-width: 0; }
.finding header { display: grid; gap: 0.3rem; }
.tags { display: flex; flex-wrap: wrap; gap: 0.4rem; align-items: center; }
.tags .mono { color: var(--quiet); }
.cause { max-width: 46rem; }
dl { display: grid; grid-template-columns: minmax(7rem, 11rem) minmax(0, 1fr); gap: 0.3rem 1rem; font-size: 0.9rem; }
dt { color: var(--quiet); }
dd { min-width: 0; }
dd.mono { padding-top: 0.1rem; }
.fix { border-top: 1px solid var(--line); padding-top: 0.75rem; display: grid; gap: 0.6rem; }
.fix > * { min-width: 0; }
.code { position: relative; background: var(--code); border: 1px solid var(--line); border-radius: 6px; }
.code pre { padding: 0.7rem 0.85rem; overflow-x: auto; line-height: 1.45; tab-size: 2; overflow-wrap: normal; max-height: 32rem; }
.code .caption { display: flex; justify-content: space-between; align-items: center; gap: 0.5rem; min-height: 1.9rem;
  padding: 0.15rem 0.35rem 0.15rem 0.85rem; border-bottom: 1px solid var(--line); color: var(--quiet); font-size: 0.8rem; }
button { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 5px;
  padding: 0.05rem 0.55rem; cursor: pointer; }
button:hover { border-color: var(--quiet); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.diff { background: var(--code); border: 1px solid var(--line); border-radius: 6px; }
.diff .caption { padding: 0.3rem 0.85rem; border-bottom: 1px solid var(--line); color: var(--quiet); font-size: 0.8rem; }
.diff pre { padding: 0.7rem 0.85rem; overflow-y: auto; line-height: 1.45; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 32rem; }
del, ins { text-decoration: none; display: block; }
del { color: var(--critical); background: var(--critical-tint); }
ins { color: var(--proven); background: var(--proven-tint); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -200vw; top: 0; padding: 0.5rem 1rem; background: var(--card); color: var(--link); }
.skip:focus { left: 0; z-index: 1; }
[hidden] { display: none !important; }
.overview { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); margin: 0 0 1rem; }
.overview:empty { display: none; }
.overview > .bars { grid-column: 1 / -1; }
figure { margin: 0; }
.chart { padding: 0.8rem 1rem; display: grid; gap: 0.6rem; align-content: start; min-width: 0; }
.chart svg { display: block; max-width: 100%; }
.chart svg:not(.grid) { width: 100%; height: 6rem; }
.chart .scroll { overflow: auto; max-height: 15rem; }
.chart svg.grid { max-width: none; }
.chart text { font: 11px system-ui, sans-serif; fill: var(--ink); }
.axis { stroke: var(--line); }
.hit { fill: transparent; }
.hit:hover { fill: var(--line); }
.fill-critical, .cell-critical { fill: var(--critical); }
.fill-high, .cell-high { fill: var(--high); }
.fill-medium, .cell-medium { fill: var(--medium); }
.fill-low, .cell-low { fill: var(--low); }
.fill-info, .cell-info { fill: var(--info); }
.cell-pass { fill: var(--proven); opacity: 0.28; }
.cell-unknown, .cell-broken { fill: none; stroke: var(--quiet); stroke-dasharray: 2 2; }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; padding: 0; list-style: none; font-size: 0.8rem; }
.swatch { display: inline-block; width: 10px; height: 10px; border-radius: 2px; }
.swatch.found { background: var(--high); }
.swatch.pass { background: var(--proven); opacity: 0.28; }
.swatch.unknown { border: 1px dashed var(--quiet); }
.filters { display: flex; flex-wrap: wrap; gap: 0.6rem 0.9rem; align-items: end; padding: 0.8rem 1rem; margin: 0 0 0.5rem; }
.filters label { display: grid; gap: 0.15rem; flex: 1 1 9rem; min-width: 0; font-size: 0.8rem; color: var(--quiet); }
.filters select, .filters input { font: inherit; font-size: 0.9rem; color: var(--ink); background: var(--card);
  border: 1px solid var(--line); border-radius: 5px; padding: 0.25rem 0.4rem; width: 100%; height: 2rem; min-width: 0; }
.filters button { padding: 0.25rem 0.8rem; height: 2rem; }
/* Thousands of findings: what is off the screen is not laid out. */
.finding { content-visibility: auto; contain-intrinsic-size: auto 34rem; }
.finding:target, .finding:focus { border-color: var(--link); }
.day { margin-top: 1.75rem; }
.day > h2 { margin-bottom: 0.5rem; }
.run { padding: 0.7rem 1rem; display: grid; gap: 0.5rem; }
.run + .run { margin-top: 0.6rem; }
.run > p { display: flex; flex-wrap: wrap; gap: 0.2rem 0.6rem; align-items: baseline; }
.run ul { padding: 0; list-style: none; font-size: 0.9rem; }
.run li { padding: 0.15rem 0; }
.references { padding-left: 1.1rem; font-size: 0.85rem; }
.items { padding: 0.25rem 1.25rem; }
.items > ul { padding: 0; list-style: none; }
.items li { padding: 0.55rem 0; font-size: 0.9rem; }
.items li + li { border-top: 1px solid var(--line); }
.items .mono { color: var(--quiet); }
.broken { overflow-x: auto; }
.broken table { border-collapse: collapse; width: 100%; min-width: 34rem; font-size: 0.9rem; }
.broken th, .broken td { text-align: left; vertical-align: top; padding: 0.45rem 0.75rem; }
.broken thead { color: var(--quiet); }
.broken tbody tr { border-top: 1px solid var(--line); }
.broken .number { text-align: right; }
.broken .mono { color: var(--quiet); }
summary { cursor: pointer; padding: 0.6rem 0; }
footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line); display: grid; gap: 0.3rem; }
@media (max-width: 34rem) {
  main { padding: 1.25rem 0.75rem 2rem; }
  .finding { padding: 0.85rem 0.9rem 0.95rem; }
  .items, .contents { padding-inline: 0.9rem; }
  .filters label { flex-basis: 7rem; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd + dt { margin-top: 0.45rem; }
}
@media print {
  :root {
    color-scheme: light;
    --ground: #fff; --card: #fff; --ink: #000; --quiet: #444; --line: #bbb; --code: #fff; --link: #000;
    --critical: #a40e26; --high: #b5401a; --medium: #7d5700; --low: #0a5c94; --info: #444;
    --critical-tint: #fff; --high-tint: #fff; --medium-tint: #fff; --low-tint: #fff; --info-tint: #fff;
    --proven: #116329; --proven-tint: #fff; --advice: #6a4a9c; --advice-tint: #fff;
  }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  .contents, .filters, .skip, button { display: none !important; }
  .finding { content-visibility: visible; }
  .diff pre { overflow: visible; max-height: none; }
  .chart .scroll { overflow: visible; max-height: none; }
  svg * { print-color-adjust: exact; }
  .chip { border: 1px solid currentColor; }
  .code pre { white-space: pre-wrap; overflow: visible; overflow-wrap: anywhere; max-height: none; }
  h2, .finding header { break-after: avoid; }
  .items li, dl { break-inside: avoid; }
}
`;
