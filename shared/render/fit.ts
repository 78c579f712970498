import type { Messages } from './messages/messages-in.ts';

/** After so many items that were too large, the budget counts as used up. */
const mostPassedOver = 20;

/**
 * The items that fit into the budget together, in their order. One that is too large for what is left is passed over,
 * so that one endless item does not hide the others.
 */
export function fit<Item>(items: readonly Item[], size: (item: Item) => number, budget: number): Item[] {
  let left = budget;
  let passedOver = 0;
  return items.filter((item) => {
    if (passedOver >= mostPassedOver) return false;
    const needed = size(item);
    if (needed > left) {
      passedOver += 1;
      return false;
    }
    left -= needed;
    return true;
  });
}

/** The lines of a text that fit into so many bytes of UTF-8, and how many more there are. */
export function fitLines(text: string, bytes: number, says: Messages): string {
  if (byteLength(text) <= bytes) return text;
  const lines = text.split('\n');
  let left = bytes - 60;
  const end = lines.findIndex((line) => (left -= byteLength(line) + 1) < 0);
  return [...lines.slice(0, end), says.linesCut(lines.length - end)].join('\n');
}

/** Bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
