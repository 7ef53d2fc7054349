import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InventoryEntry } from '@mooring/core'
import { sqliteStore } from '@mooring/store-sqlite'
import { appendAndSync, type Pair, timed } from './plain-file.ts'

/** Saving and loading a whole state. */
export interface Whole {
  readonly save: readonly Pair[]
  readonly saveWithJson: readonly Pair[]
  readonly load: readonly Pair[]
}

const rounds = 15
const never = { signal: new AbortController().signal }

/** Saves and loads so many entries as an application's first commit, again and again in turns with a plain file. */
export async function measureWhole(folder: string, count: number): Promise<Whole> {
  const set = Array.from({ length: count }, (_, at) => entryOf(at))
  const delta = { head: { deletions: [] }, set, remove: [], history: [] }
  const measured: Record<'ours' | 'plain' | 'json' | 'load' | 'parse', number>[] = []
  for (let round = 0; round < rounds; round++) {
    const [path, file] = [join(folder, `${count}-${round}.db`), join(folder, `${count}-${round}.json`)]
    const store = sqliteStore(path)
    const { epoch } = await store.open(never)
    const ours = await timed(() => store.commit('app', delta, { ...never, expected: undefined, epoch }))
    let json = ''
    const makeMs = await timed(() => (json = JSON.stringify(set)))
    const plain = await timed(() => appendAndSync(file, json))
    const load = await timed(() => store.load('app', never))
    const parse = await timed(() => inventoryIn(readFileSync(file, 'utf8')))
    measured.push({ ours, plain, json: makeMs + plain, load, parse })
    await store[Symbol.asyncDispose]()
  }
  // The first rounds compile.
  const warm = measured.slice(5)
  return {
    save: warm.map(({ ours, plain }) => ({ ours, plain })),
    saveWithJson: warm.map(({ ours, json }) => ({ ours, plain: json })),
    load: warm.map(({ load, parse }) => ({ ours: load, plain: parse })),
  }
}

const inventoryIn = (json: string) =>
  new Map((JSON.parse(json) as InventoryEntry[]).map((entry) => [entry.key, entry]))

/** As large as the entry of a Deployment is. */
const entryOf = (at: number): InventoryEntry => ({
  key: `apps/Deployment/namespace-${at % 50}/deployment-${String(at).padStart(8, '0')}`,
  label: `Deployment namespace-${at % 50}/deployment-${at}`,
  owned: {
    uid: crypto.randomUUID(),
    digest: String(at).padStart(43, 'd'),
    fingerprint: `1:${String(at).padStart(43, 'f')}`,
    memo: '{"version":"123456"}',
    dependencies: [`/Namespace//namespace-${at % 50}`],
  },
})
