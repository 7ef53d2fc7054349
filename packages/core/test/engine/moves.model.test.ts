import {
  createEngine,
  defineApplication,
  type Engine,
  jsonRenderer,
  lend,
  memoryStore,
  type Store,
  type Target,
} from '@mooring/core'
import {
  type MemoryManifest,
  memorySource,
  memoryTarget,
  simulatedClock,
  testCall,
} from '@mooring/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const names = ['a', 'b', 'c'] as const
const ids = ['r0', 'r1', 'r2', 'r3']
type Name = (typeof names)[number]

/** Which application has each resource at one commit; undefined: none. */
type Places = readonly (Name | undefined)[]

/** One process: what it finds, what is committed while it runs, and the call at which it is gone. */
interface Life {
  readonly order: readonly Name[]
  readonly commits: readonly Places[]
  /** Time each commit has, in milliseconds. */
  readonly msEach: number
  /** The call of store or target, counted from the start, that is its last; and whether that one still had its effect. */
  readonly dies?: { readonly at: number; readonly after: boolean }
}

const filesOf = (places: Places): Record<string, string> => {
  const files: Record<string, string> = {}
  for (const name of names) files[`${name}/keep.json`] = JSON.stringify({ id: `keep-${name}` })
  for (const [at, name] of places.entries())
    if (name !== undefined) files[`${name}/${ids[at]}.json`] = JSON.stringify({ id: ids[at] })
  return files
}

const without = (before: Record<string, string>, after: Record<string, string>): Record<string, null> =>
  Object.fromEntries(Object.keys(before).flatMap((file) => (file in after ? [] : [[file, null]])))

/** A store and a target that answer nothing more from one call on, as a process that is dead asks nothing more. */
function mortal<Manifest>(store: Store, target: Target<Manifest>, dies: Life['dies']) {
  let calls = 0
  const never = new Promise<never>(() => undefined)
  const around = async <Value>(run: () => Promise<Value>): Promise<Value> => {
    calls++
    if (dies !== undefined && (calls > dies.at || (calls === dies.at && !dies.after))) return never
    const value = await run()
    return dies !== undefined && calls >= dies.at ? never : value
  }
  return {
    store: {
      ...store,
      commit: (name, delta, options) => around(() => store.commit(name, delta, options)),
    } satisfies Store,
    target: {
      ...target,
      apply: (change, call) => around(async () => target.apply(change, call)),
    } as Target<Manifest>,
  }
}

/** What all processes share. */
function world() {
  const target = memoryTarget<MemoryManifest>()
  const store = memoryStore()
  const live = async (life: Life): Promise<Engine> => {
    const clock = simulatedClock()
    const [first = [], ...more] = life.commits
    let files = filesOf(first)
    const source = memorySource({ pollMs: 1_000, files })
    const parts = mortal(store, target, life.dies)
    const engine = createEngine({
      store: lend(parts.store),
      clock,
      installation: 'test',
      random: () => 0.5,
      // As a supervisor names what it starts again: the one before is dead, so nobody has to wait for it.
      lease: { holder: 'agent' },
    })
    for (const name of life.order)
      engine.add(
        defineApplication({
          name,
          source,
          path: name,
          renderer: jsonRenderer<MemoryManifest>(),
          target: lend(parts.target),
          sync: {
            prune: true,
            intervalMs: 600_000,
            pruneBudget: { max: 100, shareOfFew: 1, shareOfMany: 1 },
          },
        }),
      )
    void engine.start().catch(() => undefined)
    await clock.advance(life.msEach)
    for (const places of more) {
      const next = filesOf(places)
      source.commit({ ...without(files, next), ...next })
      files = next
      await clock.advance(life.msEach)
    }
    return engine
  }
  const uids = (): ReadonlyMap<string, string | undefined> =>
    new Map(ids.map((id) => [id, target.live.get(id)?.uid]))
  const found = async (engine: Engine) => {
    const seen = await target.observe(ids, testCall())
    const statuses = await Promise.all(names.map((name) => engine.status(name)))
    const recorded = await Promise.all(
      names.map(async (name) => {
        const state = await store.load(name, { signal: testCall().signal })
        return [...(state?.value.inventory.keys() ?? [])].toSorted()
      }),
    )
    return {
      places: ids.map((id) => seen.get(id)?.owner?.application),
      recorded,
      states: statuses.map(({ sync, holds, waiting, lastError }) => ({ sync, holds, waiting, lastError })),
    }
  }
  return { live, uids, found }
}

const wellAt = (places: Places) => ({
  places: places,
  recorded: names.map((name) => [`keep-${name}`, ...ids.filter((_, at) => places[at] === name)].toSorted()),
  states: names.map(() => ({ sync: 'synced', holds: [], waiting: [], lastError: undefined })),
})

const name = fc.option(fc.constantFrom(...names), { nil: undefined, freq: 9 })
const places: fc.Arbitrary<Places> = fc.array(name, { minLength: ids.length, maxLength: ids.length })
const order = fc.shuffledSubarray([...names], { minLength: names.length })

/** Each finds the commit of one index first, and perhaps that of another while it runs: older ones as well as newer ones. */
const lives = fc.array(
  fc.record({
    order,
    at: fc.array(fc.nat(2), { minLength: 1, maxLength: 2 }),
    msEach: fc.constantFrom(100, 1_500, 5_000),
    dies: fc.record({ at: fc.integer({ min: 1, max: 16 }), after: fc.boolean() }),
  }),
  { minLength: 1, maxLength: 4 },
)

// `pnpm test:crash --scene moves --behind` does the same with processes, a real store and a real API server.
test('moves whose engines are killed, and started again at older and newer commits, end as at the last commit', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(places, places, places),
      lives,
      order,
      fc.boolean(),
      async (commits, processes, lastOrder, isBehind) => {
        const { live, uids, found } = world()
        await live({ order: names, commits: [commits[0]], msEach: 1_000 })
        const before = uids()
        for (const { at, ...process } of processes)
          await live({ ...process, commits: at.map((index) => commits[index] ?? commits[0]) })
        const last = isBehind ? [commits[1], commits[2]] : [commits[2]]
        const engine = await live({ order: lastOrder, commits: last, msEach: 5_000 })
        expect(await found(engine)).toEqual(wellAt(commits[2]))
        const after = uids()
        for (const [at, id] of ids.entries()) {
          const isMovedOnly = commits.every((each) => each[at] !== undefined)
          if (isMovedOnly) expect(after.get(id), id).toBe(before.get(id))
        }
      },
    ),
    { numRuns: 20 },
  )
}, 60_000)

test.each(names.map((first) => ({ first })))(
  'a move that is taken back after a crash amid it is, although $first runs first',
  async ({ first }) => {
    const order = [first, ...names.filter((each) => each !== first)]
    const then: Places = ['a', 'a', 'a', 'a']
    const moved: Places = ['a', 'a', 'a', 'b']
    for (const at of [1, 2, 3, 4, 5])
      for (const after of [false, true]) {
        const { live, uids, found } = world()
        await live({ order: names, commits: [then], msEach: 100 })
        const before = uids()
        await live({ order: ['b', 'a', 'c'], commits: [moved], msEach: 100, dies: { at, after } })
        const engine = await live({ order, commits: [then], msEach: 5_000 })
        expect(await found(engine), `died ${after ? 'after' : 'before'} call ${at}`).toEqual(wellAt(then))
        expect(uids()).toEqual(before)
      }
  },
)
