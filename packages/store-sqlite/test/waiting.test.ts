import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Clock, systemClock } from '@mooring/core'
import { expect, test, vi } from 'vitest'
import { entry, never, scene } from './scene.ts'

// Other processes take part: on a busy machine they take their time.
vi.setConfig({ testTimeout: 60_000 })

/** A process that holds the writer's lock, until it is told to let go or for so long. */
async function holder(path: string, begin: string, forMs: number) {
  const other = spawn(
    process.execPath,
    ['--no-warnings', '--input-type=module', '--eval', program, path, begin, String(forMs)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const closed = once(other, 'close')
  await once(other.stdout, 'data')
  return {
    async letGo() {
      other.stdin.end()
      await closed
    },
  }
}

const program = `
  import { DatabaseSync } from 'node:sqlite'
  const [, path, begin, forMs] = process.argv
  const database = new DatabaseSync(path)
  database.exec(begin)
  process.stdout.write('locked')
  const letGo = () => { database.exec('ROLLBACK'); database.close(); process.exit() }
  setTimeout(letGo, Number(forMs))
  process.stdin.on('end', letGo).resume()
`

test.each([
  ['wal', 'BEGIN IMMEDIATE'],
  ['rollback', 'BEGIN EXCLUSIVE'],
] as const)(
  'lets the event loop run while another process writes for two seconds (%s)',
  async (journal, begin) => {
    await using place = await scene({}, { journalFor: () => journal })
    await place.commit({ set: [entry('a')] })
    const other = await holder(place.path, begin, 2_000)
    let ticks = 0
    const ticking = setInterval(() => ticks++, 5)
    await place.commit({ set: [entry('b')] })
    clearInterval(ticking)
    // A loop that is held up for longer than 60 ms at a time cannot tick as often in two seconds.
    expect(ticks).toBeGreaterThan(2_000 / 60)
    expect((await place.store.load('app', never))?.value.inventory.size).toBe(2)
    await other.letGo()
  },
)

test('ends waiting for another process with the reason of the signal, and changes nothing', async () => {
  const abort = new AbortController()
  const clock: Clock = {
    ...systemClock,
    timer(afterMs, run) {
      abort.abort('enough')
      return systemClock.timer(afterMs, run)
    },
  }
  await using place = await scene({ clock })
  await place.commit({ set: [entry('a')] })
  const other = await holder(place.path, 'BEGIN IMMEDIATE', 60_000)
  const waiting = place.commit({ set: [entry('b')] }, { signal: abort.signal })
  await expect(waiting).rejects.toBe('enough')
  await other.letGo()
  expect((await place.store.load('app', never))?.value.inventory.size).toBe(1)
})

test('reads while another process writes', async () => {
  await using place = await scene()
  await place.commit({ set: [entry('a')] })
  const other = await holder(place.path, 'BEGIN IMMEDIATE', 60_000)
  expect((await place.store.load('app', never))?.value.inventory.size).toBe(1)
  await other.letGo()
})

test('ends a commit of thousands of entries in the middle, with nothing of it kept', async () => {
  await using place = await scene()
  await place.commit({ set: [entry('a')] })
  const abort = new AbortController()
  const set = Array.from({ length: 20_000 }, (_, at) => entry(`key ${at}`))
  const committing = place.commit({ set }, { signal: abort.signal })
  const ended = expect(committing).rejects.toBe('enough')
  // The loop goes on between two of its parts: this is such a moment.
  setImmediate(() => setImmediate(() => abort.abort('enough')))
  await ended
  expect((await place.store.load('app', never))?.value.inventory.size).toBe(1)
  await place.commit({ set: [entry('b')] })
})

test('lets the event loop run while it loads thousands of entries', async () => {
  await using place = await scene()
  await place.commit({ set: Array.from({ length: 20_000 }, (_, at) => entry(`key ${at}`)) })
  let turns = 0
  const turn = () => {
    turns++
    immediate = setImmediate(turn)
  }
  let immediate = setImmediate(turn)
  await place.store.load('app', never)
  clearImmediate(immediate)
  expect(turns).toBeGreaterThan(20)
})
