import type { Inventory, InventoryEntry, ResourceKey } from '@mooring/core'
import type { ApplicationRow } from './application-row.ts'
import { checksum, toggled } from './checksum.ts'
import { asColumn, columnsOf, fromColumn } from './columns.ts'
import type { Tables } from './tables.ts'

/** How many entries there are, and the checksum of them all. */
export interface EntryTotals {
  readonly entries: number
  readonly entriesChecksum: number
}

/** All entries of an application, each checked, and none missing. */
export async function readEntries(
  tables: Tables,
  { name, id, entries, entriesChecksum }: ApplicationRow,
): Promise<Inventory> {
  const inventory = new Map<ResourceKey, InventoryEntry>()
  let total = 0
  for (const [column, value, sum] of rowsOf(tables, id)) {
    if (typeof column !== 'string' || typeof value !== 'string' || sum !== checksumOf(id, column, value)) {
      throw tables.damaged(`an entry of application ${name} is not what was written`)
    }
    total = toggled(total, sum)
    const key = fromColumn(column)
    inventory.set(key, { key, ...(JSON.parse(value) as Omit<InventoryEntry, 'key'>) })
    const breath = tables.breath()
    if (breath !== undefined) await breath
  }
  if (inventory.size !== entries || total !== entriesChecksum) {
    throw tables.damaged(`the inventory of application ${name} is not complete`)
  }
  return inventory
}

/** Rows as lists: with thousands of them, making objects of them would be half of the time. */
function rowsOf({ statement }: Tables, id: number): Iterable<readonly unknown[]> {
  const rows = statement('SELECT key, value, checksum FROM entry WHERE application = ? ORDER BY key')
  rows.setReturnArrays(true)
  return rows.iterate(id) as Iterable<unknown> as Iterable<readonly unknown[]>
}

const checksumOf = (id: number, column: string, value: string): number =>
  checksum(value, checksum(column, id))

/** Removes and sets entries, removals first. Gives the totals then. */
export async function changeEntries(
  tables: Tables,
  id: number,
  before: EntryTotals,
  { remove, set }: { readonly remove: readonly ResourceKey[]; readonly set: readonly InventoryEntry[] },
): Promise<EntryTotals> {
  let { entries, entriesChecksum } = before
  const hadEntries = entries > 0
  for (const key of hadEntries ? remove : []) {
    const removed = removeAt(tables, id, asColumn(key))
    if (removed === undefined) continue
    entries--
    entriesChecksum = toggled(entriesChecksum, removed)
    await tables.breath()
  }
  for (const batch of batchesOf(id, set)) {
    for (const { column, sum } of batch) {
      const replaced = hadEntries ? checksumAt(tables, id, column) : undefined
      if (replaced === undefined) entries++
      else entriesChecksum = toggled(entriesChecksum, replaced)
      entriesChecksum = toggled(entriesChecksum, sum)
    }
    put(tables, id, batch)
    await tables.breath(batch.length)
  }
  return { entries, entriesChecksum }
}

interface EntryRow {
  readonly column: string
  readonly value: string
  readonly sum: number
}

/** In order of their keys, which is that of the pages they go to. Of several with one key the last counts. */
function* batchesOf(id: number, set: readonly InventoryEntry[]): Iterable<readonly EntryRow[]> {
  const last = new Map(set.map((entry) => [entry.key, entry]))
  const entries = [...last.values()].sort((one, other) => (one.key < other.key ? -1 : 1))
  for (let at = 0; at < entries.length; at += rowsInBatch) {
    yield entries.slice(at, at + rowsInBatch).map(({ key, ...entry }) => {
      const [column, value] = [asColumn(key), JSON.stringify(entry)]
      return { column, value, sum: checksumOf(id, column, value) }
    })
  }
}

/** Many rows with one statement: going through it costs as much as a row does. */
function put({ statement }: Tables, id: number, batch: readonly EntryRow[]): void {
  const rows = Array.from(batch, () => '(?, ?, ?, ?)').join()
  const values = batch.flatMap(({ column, value, sum }) => [id, column, value, sum])
  statement(`INSERT OR REPLACE INTO entry VALUES ${rows}`).run(...values)
}

const rowsInBatch = 16

/** Gives the checksum of what was there, if something was. */
function removeAt(tables: Tables, id: number, column: string): number | undefined {
  const found = checksumAt(tables, id, column)
  if (found === undefined) return undefined
  tables.statement('DELETE FROM entry WHERE application = ? AND key = ?').run(id, column)
  return found
}

function checksumAt(tables: Tables, id: number, column: string): number | undefined {
  const row = tables.statement('SELECT checksum FROM entry WHERE application = ? AND key = ?').get(id, column)
  return row && columnsOf(tables, row, 'an entry').whole('checksum')
}

/** Deletes all entries of an application. */
export function deleteEntries({ statement }: Tables, id: number): void {
  statement('DELETE FROM entry WHERE application = ?').run(id)
}
