/** What a repair changes of a policy, line by line. */
import { policyText } from './printable-report.ts';

export interface DiffLine {
  /** ` ` stays, `-` goes, `+` comes. */
  mark: ' ' | '-' | '+';
  text: string;
}

/** Lines that stay, and are left out: a project's policy may have a thousand around the one that changes. */
export interface LeftLines {
  mark: '…';
  lines: number;
}

/** Lines that stay are shown so far around those that do not. */
const nearLines = 8;

/** Lines of both policies together beyond which they are not compared: the quota of a trust policy is far below. */
const mostLines = 4000;

/**
 * The current policy as JSON with the lines of the repaired one; null where they cannot be told apart line by line,
 * which is where one is absent or endless, or where they are the same.
 */
export function policyDiff(current: unknown, repaired: unknown): DiffLine[] | null {
  if (!isDocument(current) || !isDocument(repaired)) return null;
  const [before, after] = [linesOf(current), linesOf(inOrderOf(current, repaired))];
  if (before.length + after.length > mostLines) return null;
  const lines = diffLines(before, after);
  return lines.some(({ mark }) => mark !== ' ') ? lines : null;
}

/** The lines around what changes. A single line is not left out: what says so would take as much room. */
export function nearChanges(lines: readonly DiffLine[]): (DiffLine | LeftLines)[] {
  const isNear = lines.map(() => false);
  for (const [at, { mark }] of lines.entries())
    if (mark !== ' ') isNear.fill(true, Math.max(0, at - nearLines), at + nearLines + 1);
  return lines.flatMap((line, at): (DiffLine | LeftLines)[] => {
    if (isNear[at]) return [line];
    if (at > 0 && !isNear[at - 1]) return [];
    const end = isNear.indexOf(true, at);
    const left = (end < 0 ? lines.length : end) - at;
    return left === 1 ? [line] : [{ mark: '…', lines: left }];
  });
}

function isDocument(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function linesOf(policy: unknown): string[] {
  return policyText(policy).split('\n');
}

/** The same value with its keys in the order of the other one: an order of keys is no change. */
function inOrderOf(model: unknown, value: unknown): unknown {
  if (Array.isArray(value))
    return value.map((item, index) => inOrderOf(Array.isArray(model) ? model[index] : undefined, item));
  if (!isDocument(value)) return value;
  const known: Record<string, unknown> = isDocument(model) && !Array.isArray(model) ? { ...model } : {};
  const keys = [...Object.keys(known).filter((key) => Object.hasOwn(value, key)), ...Object.keys(value)];
  return Object.fromEntries(
    [...new Set(keys)].map((key) => [key, inOrderOf(known[key], (value as Record<string, unknown>)[key])]),
  );
}

/** The longest common sequence of lines stays. What begins and ends alike is taken off first. */
function diffLines(before: string[], after: string[]): DiffLine[] {
  const least = Math.min(before.length, after.length);
  let start = 0;
  while (start < least && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < least - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return [
    ...marked(' ', before.slice(0, start)),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...marked(' ', before.slice(before.length - end)),
  ];
}

function middle(before: string[], after: string[]): DiffLine[] {
  const common = commonLengths(before, after);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      lines.push({ mark: ' ', text: before[i] ?? '' });
      i += 1;
      j += 1;
    } else if ((common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0)) {
      lines.push({ mark: '-', text: before[i] ?? '' });
      i += 1;
    } else {
      lines.push({ mark: '+', text: after[j] ?? '' });
      j += 1;
    }
  }
  return [...lines, ...marked('-', before.slice(i)), ...marked('+', after.slice(j))];
}

/** For each pair of places the length of the longest common sequence behind them. */
function commonLengths(before: string[], after: string[]): Uint16Array[] {
  const rows = before.map(() => new Uint16Array(after.length + 1));
  rows.push(new Uint16Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      rows[i]![j] =
        before[i] === after[j]
          ? (rows[i + 1]?.[j + 1] ?? 0) + 1
          : Math.max(rows[i + 1]?.[j] ?? 0, rows[i]?.[j + 1] ?? 0);
  return rows;
}

function marked(mark: DiffLine['mark'], texts: readonly string[]): DiffLine[] {
  return texts.map((text) => ({ mark, text }));
}
