import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMooringError } from '@mooring/core'
import { sqliteStore } from '../src/index.ts'
import { entry, failureOf, historyEntry, never, nothing } from './scene.ts'

// Run by failures.test.ts in a mount namespace of its own, on a file system of 512 KiB.
const [, , root = ''] = process.argv
const path = join(root, 'mooring.db')
const ballast = join(root, 'ballast')
await writeFile(ballast, Buffer.alloc(128 * 1024))

const store = sqliteStore(path)
const { epoch } = await store.open(never)
const failures: string[] = []
let expected: string | undefined
let number = 0

async function commit(): Promise<void> {
  const set = Array.from({ length: 20 }, (_, at) => entry(`${number} ${at}`, String(number)))
  const delta = { ...nothing, set, history: [historyEntry(number)] }
  expected = await store.commit('app', delta, { ...never, expected, epoch })
  number++
}
const keptBy = async (from: typeof store) => {
  const state = (await from.load('app', never))?.value
  return [state?.inventory.size, (await from.history('app', { ...never, limit: 5000 })).length]
}

while (failures.length === 0) {
  await commit().catch((thrown: unknown) =>
    failures.push(isMooringError(thrown) ? thrown.code : String(thrown)),
  )
}
// Nothing fits any more, not even a first file.
await writeFile(join(root, 'rest'), Buffer.alloc(1024 * 1024)).catch(() => undefined)
const { code } = await failureOf(sqliteStore(join(root, 'another.db')).open(never))
const kept = [20 * number, number]
await rm(ballast)
await rm(join(root, 'rest'))
const reopened = await keptBy(sqliteStore(path))
await commit()
process.stdout.write(JSON.stringify({ failures, new: code, kept, reopened, after: 'committed' }))
