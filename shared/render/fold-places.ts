/** Lists of places in plain text: a line for each of a thousand projects is read by nobody. */
import type { Messages } from './messages/messages-in.ts';

/** Places that are named of those for which the same holds, besides the first. */
const mostNamed = 3;

/**
 * One line for all places of which the same is to be said, in the order of the first: `AWS 111122223333: roles`. Texts
 * that differ by the id of their place alone are the same, and the first place's stands for them.
 */
export function foldPlaces<Item extends { place: string }>(
  items: readonly Item[],
  textOf: (item: Item) => string,
  says: Messages,
): string[] {
  const alike = new Map<string, { text: string; places: string[] }>();
  for (const item of items) {
    const text = textOf(item);
    const key = withoutId(text, item.place);
    const known = alike.get(key);
    if (known) known.places.push(item.place);
    else alike.set(key, { text, places: [item.place] });
  }
  return [...alike.values()].map(({ text, places: [first = '', ...others] }) => {
    const where = others.length === 0 ? first : says.likewise(first, says.firstFew(others, mostNamed));
    return says.titled(where, text);
  });
}

/** The id is the last word of a place's name; ids of accounts and projects have six characters and more. */
function withoutId(text: string, place: string): string {
  const id = place.slice(place.lastIndexOf(' ') + 1);
  return id.length < 6 ? text : text.replaceAll(id, '\0');
}
