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
  const rows = tables.statement('SELECT key, value, checksum FROM entry WHERE application = ? ORDER BY key')
  for (const row of rows.iterate(id)) {
    const { text, whole } = columnsOf(tables, row, `an entry of application ${name}`)
    const [column, value, sum] = [text('key'), text('value'), whole('checksum')]
    if (sum !== checksum(id, column, value)) {
      throw tables.damaged(`an entry of application ${name} is not what was written`)
    }
    total = toggled(total, sum)
    const key = fromColumn(column)
    inventory.set(key, { key, ...(JSON.parse(value) as Omit<InventoryEntry, 'key'>) })
    await tables.breathe()
  }
  if (inventory.size !== entries || total !== entriesChecksum) {
    throw tables.damaged(`the inventory of application ${name} is not complete`)
  }
  return inventory
}

/** Removes and sets entries, removals first. Gives the totals then. */
export async function changeEntries(
  tables: Tables,
  id: number,
  before: EntryTotals,
  { remove, set }: { readonly remove: readonly ResourceKey[]; readonly set: readonly InventoryEntry[] },
): Promise<EntryTotals> {
  let { entries, entriesChecksum } = before
  for (const key of remove) {
    const found = checksumAt(tables, id, asColumn(key))
    if (found === undefined) continue
    tables.statement('DELETE FROM entry WHERE application = ? AND key = ?').run(id, asColumn(key))
    entries--
    entriesChecksum = toggled(entriesChecksum, found)
    await tables.breathe()
  }
  for (const { key, ...value } of set) {
    const [column, json] = [asColumn(key), JSON.stringify(value)]
    const sum = checksum(id, column, json)
    const replaced = put(tables, id, column, json, sum)
    if (replaced === undefined) entries++
    entriesChecksum = toggled(toggled(entriesChecksum, replaced ?? 0), sum)
    await tables.breathe()
  }
  return { entries, entriesChecksum }
}

/** Gives the checksum of what was there, if something was. */
function put(tables: Tables, id: number, column: string, json: string, sum: number): number | undefined {
  const insert = tables.statement('INSERT INTO entry VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
  if (Number(insert.run(id, column, json, sum).changes) === 1) return undefined
  const before = checksumAt(tables, id, column)
  tables
    .statement('UPDATE entry SET value = ?, checksum = ? WHERE application = ? AND key = ?')
    .run(json, sum, id, column)
  return before
}

function checksumAt(tables: Tables, id: number, column: string): number | undefined {
  const row = tables.statement('SELECT checksum FROM entry WHERE application = ? AND key = ?').get(id, column)
  return row && columnsOf(tables, row, 'an entry').whole('checksum')
}

/** Deletes all entries of an application. */
export function deleteEntries({ statement }: Tables, id: number): void {
  statement('DELETE FROM entry WHERE application = ?').run(id)
}
