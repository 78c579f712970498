/** Inline styles of the mail: many mail programs drop everything else. */
import type { Severity } from './outline.ts';

const sans =
  '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Hiragino Sans", "Noto Sans CJK JP", "Yu Gothic UI", Meiryo, sans-serif';
const mono = 'Menlo, Consolas, "Liberation Mono", monospace';

/** The light look, complete without the style sheet. */
export const mailStyle = {
  body: `margin:0;padding:0;background:#f6f7f9;color:#1c2128;font:15px/1.5 ${sans};-webkit-text-size-adjust:100%`,
  sheet: 'width:100%;border-collapse:collapse;background:#f6f7f9',
  cell: 'padding:20px 12px 32px',
  column:
    'max-width:680px;margin:0 auto;text-align:left;overflow-wrap:anywhere;word-break:break-word;line-break:strict',
  notice:
    'margin:0 0 16px;padding:10px 14px;border:1px solid #e0c470;border-radius:6px;background:#fbf3dc;color:#5c4100',
  h1: 'margin:0 0 8px;font-size:22px;line-height:1.3;font-weight:700',
  h2: 'margin:28px 0 10px;font-size:16px;line-height:1.4;font-weight:700',
  h3: 'margin:6px 0 6px;font-size:16px;line-height:1.4;font-weight:700',
  text: 'margin:0 0 12px',
  quiet: 'margin:0 0 8px;color:#59636e;font-size:13px',
  card: 'margin:0 0 14px;padding:14px 16px;border:1px solid #d8dee4;border-radius:8px;background:#ffffff',
  place: 'margin:6px 0 0;color:#59636e;font-size:13px',
  chips: 'margin:0 0 12px;line-height:2',
  facts: 'margin:0 0 12px;font-size:14px;line-height:1.6;white-space:pre-wrap',
  label: 'color:#59636e',
  fix: 'margin:12px 0 8px;padding-top:12px;border-top:1px solid #d8dee4',
  code: `margin:0 0 8px;padding:10px 12px;border:1px solid #d8dee4;border-radius:6px;background:#f3f5f7;font-family:${mono};font-size:12px;line-height:1.5;white-space:pre-wrap;overflow-wrap:anywhere;word-break:break-word`,
  link: 'color:#0757b8',
  button:
    'display:inline-block;padding:8px 16px;border-radius:6px;background:#0757b8;color:#ffffff;font-weight:600;text-decoration:none',
  list: 'margin:0 0 12px;padding:0 0 0 18px;font-size:14px',
  item: 'margin:0 0 6px',
} as const;

const chip =
  'display:inline-block;padding:0 9px;border-radius:10px;font-size:12px;line-height:20px;font-weight:600;white-space:nowrap';

const chipColors: Record<Severity | 'proven' | 'advice' | 'plain', string> = {
  critical: 'color:#a40e26;background:#fdeced',
  high: 'color:#b5401a;background:#fdf0e9',
  medium: 'color:#7d5700;background:#fbf3dc',
  low: 'color:#0a5c94;background:#e9f3fb',
  info: 'color:#59636e;background:#eef1f4',
  proven: 'color:#116329;background:#e6f5ea',
  advice: 'color:#6a4a9c;background:#f3eefb',
  plain: 'color:#59636e;background:#eef1f4',
};

export type Chip = keyof typeof chipColors;

export function chipStyle(kind: Chip): string {
  return `${chip};${chipColors[kind]}`;
}

/** The dark look, for mail programs that read style sheets; it has to outweigh the inline styles. */
export const darkMailStyle = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
code { font-size: 13px; }
@media (prefers-color-scheme: dark) {
  .body, .sheet { background: #0f1318 !important; color: #dfe5ec !important; }
  .notice { background: #33290f !important; color: #e5bf62 !important; border-color: #6b5720 !important; }
  .card { background: #171c23 !important; border-color: #2c343e !important; }
  .code { background: #10151b !important; border-color: #2c343e !important; color: #dfe5ec !important; }
  .fix { border-color: #2c343e !important; }
  .quiet, .label { color: #96a1ad !important; }
  .link { color: #79b8ff !important; }
  .button { background: #1f6fd1 !important; color: #ffffff !important; }
  .critical { color: #ff8b92 !important; background: #3d1519 !important; }
  .high { color: #ffa27a !important; background: #3a1e12 !important; }
  .medium { color: #e5bf62 !important; background: #33290f !important; }
  .low { color: #7cc0f5 !important; background: #10293d !important; }
  .info, .plain { color: #a5afba !important; background: #242b33 !important; }
  .proven { color: #74d191 !important; background: #12301c !important; }
  .advice { color: #c4a8f5 !important; background: #2a2140 !important; }
}
`;
