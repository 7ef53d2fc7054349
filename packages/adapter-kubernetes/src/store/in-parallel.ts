/** Does something with each item, at most so many at once. After a failure nothing begins; what has begun, ends first. */
export async function inParallel<Item, Value>(
  items: readonly Item[],
  atMost: number,
  work: (item: Item) => Promise<Value>,
): Promise<readonly Value[]> {
  const values: Value[] = []
  const waiting = items.entries()
  let failure: { readonly thrown: unknown } | undefined
  const worker = async (): Promise<void> => {
    for (const [at, item] of waiting) {
      if (failure !== undefined) return
      try {
        values[at] = await work(item)
      } catch (thrown) {
        failure ??= { thrown }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atMost, items.length) }, worker))
  if (failure !== undefined) throw failure.thrown
  return values
}
