/** Items in order, cut into pieces of about the same size, none above the limit but those of a single item. */
export function split<Item>(
  items: readonly Item[],
  limit: number,
): readonly { readonly items: readonly Item[]; readonly size: number }[] {
  const sized = items.map((item) => ({ item, size: JSON.stringify(item).length + 1 }))
  const total = sized.reduce((sum, { size }) => sum + size, 0)
  const aim = total / Math.max(1, Math.ceil(total / limit))
  const pieces: { items: Item[]; size: number }[] = []
  for (const { item, size } of sized) {
    const last = pieces.at(-1)
    // Half of an item over the aim is as near to it as half of one below.
    if (last === undefined || last.size + size > limit || last.size + size / 2 > aim) {
      pieces.push({ items: [item], size })
    } else {
      last.items.push(item)
      last.size += size
    }
  }
  return pieces
}
