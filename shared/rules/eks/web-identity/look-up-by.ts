/** Look-ups in lists that do not change. */

/**
 * A look-up by the items' keys, its index made once for each list: thousands of denials are held against thousands of
 * roles. An item whose key is null is never found.
 */
export function lookUpBy<T>(
  keyOf: (item: T) => string | null,
): (list: readonly T[] | undefined, key: string) => readonly T[] {
  const indexes = new WeakMap<readonly T[], Map<string, T[]>>();
  return (list, key) => {
    if (!list) return [];
    let index = indexes.get(list);
    if (!index) indexes.set(list, (index = groupBy(list, keyOf)));
    return index.get(key) ?? [];
  };
}

/** The items by key, in the order in which the keys first appear. */
export function groupBy<T>(list: readonly T[], keyOf: (item: T) => string | null): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const key = keyOf(item);
    if (key === null) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
