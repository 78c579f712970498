/** Look-ups in lists that do not change. */

/**
 * A look-up by the items' keys, its index made once for each list: thousands of denials are held against thousands of
 * roles. An item may have several keys, or none.
 */
export function lookUpBy<T>(
  keysOf: (item: T) => readonly string[],
): (list: readonly T[] | undefined, key: string) => readonly T[] {
  const indexes = new WeakMap<readonly T[], Map<string, T[]>>();
  return (list, key) => {
    if (!list) return [];
    let index = indexes.get(list);
    if (!index) indexes.set(list, (index = indexBy(list, keysOf)));
    return index.get(key) ?? [];
  };
}

/** The items by key, in the order in which the keys first appear; an item whose key is null is left out. */
export function groupBy<T>(list: readonly T[], keyOf: (item: T) => string | null): Map<string, T[]> {
  return indexBy(list, (item) => {
    const key = keyOf(item);
    return key === null ? [] : [key];
  });
}

function indexBy<T>(list: readonly T[], keysOf: (item: T) => readonly string[]): Map<string, T[]> {
  const index = new Map<string, T[]>();
  for (const item of list)
    for (const key of new Set(keysOf(item))) {
      const items = index.get(key);
      if (items) items.push(item);
      else index.set(key, [item]);
    }
  return index;
}
