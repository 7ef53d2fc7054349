/**
 * Results of work on every item, this many at a time, in the order of the items. After a failure nothing more is begun;
 * what is under way is awaited, so nothing is left running, and then the first failure is thrown.
 */
export async function eachInTurn<Item, Result>(
  limit: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const failures: unknown[] = []
  const remaining = items.entries()
  const worker = async (): Promise<void> => {
    for (const [position, item] of remaining) {
      try {
        results[position] = await work(item)
      } catch (thrown) {
        failures.push(thrown)
      }
      if (failures.length > 0) return
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  if (failures.length > 0) throw failures[0]
  return results
}
