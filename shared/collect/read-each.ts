/** Does the same for each item, a few at a time, in the items' order. */
export async function readEach<Item, Result>(
  items: readonly Item[],
  atATime: number,
  read: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await read(items[index] as Item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, work));
  return results;
}
