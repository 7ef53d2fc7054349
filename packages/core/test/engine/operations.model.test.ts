import {
  createEngine,
  defineApplication,
  type Engine,
  type HistoryEntry,
  jsonRenderer,
  memoryStore,
  type RecordedEntry,
  type Store,
  type Target,
} from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filesOf } from './world.ts'

/** What somebody, or fate, does to an application. */
type Action =
  | { readonly do: 'commit'; readonly size: number }
  | { readonly do: 'commitElsewhere' | 'break' | 'mend' | 'drift' | 'sync' | 'approve' | 'crash' }
  | { readonly do: 'rollback'; readonly back: number }
  | { readonly do: 'unpin' | 'suspend' | 'resume' }
  | { readonly do: 'wait'; readonly ms: number }

const actions: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant('commit' as const), size: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    do: fc.constantFrom('commitElsewhere', 'break', 'mend', 'drift', 'sync', 'approve', 'crash'),
  }),
  fc.record({ do: fc.constant('rollback' as const), back: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ do: fc.constantFrom('unpin', 'suspend', 'resume') }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(10, 1_000, 12_000, 70_000) }),
)

test.each(['never', 'always'] as const)(
  'operations in any order keep their word, where approval is needed %s',
  async (approval) => {
    await fc.assert(
      fc.asyncProperty(fc.array(actions, { minLength: 5, maxLength: 25 }), async (given) => {
        const life = await begin(approval)
        for (const action of given) {
          await life.act(action)
          await life.check()
        }
        await life.end()
      }),
      { numRuns: 25 },
    )
  },
)

/** An application in one engine after the other, with what has to be true of it. */
async function begin(approval: 'never' | 'always') {
  const clock = simulatedClock()
  const source = memorySource({ pollMs: 10_000, files: filesOf({ id: 'a', size: 1 }, { id: 'b' }) })
  const target = memoryTarget()
  const store = memoryStore()
  const revisions = [(await source.resolve({ signal: never })).revision.id]
  let size = 1
  let elsewhere = 0
  let isSuspended = false
  /** What was asked for last, and what is in force: a pass that began before may still tell its plan. */
  let pin: string | undefined
  let inForce: string | undefined
  let seen: readonly RecordedEntry[] = []
  let alive = one()

  function one() {
    const power = { isOn: true }
    const used = dyingWith(power, target)
    const engine = createEngine({
      store: storeDyingWith(power, store),
      clock,
      installation: 'test',
      random: () => 0.5,
    })
    const open = new Set<string>()
    engine.on('operation.started', ({ operation }) => {
      if (!power.isOn) return
      expect([...open]).toEqual([])
      open.add(operation.id)
    })
    engine.on('operation.finished', ({ operation }) => void open.delete(operation.id))
    engine.on('change.applied', () => {
      if (power.isOn) expect(isSuspended).toBe(false)
    })
    engine.on('application.pinned', ({ revision }) => {
      inForce = revision.id
    })
    engine.on('plan.made', ({ plan }) => {
      if (power.isOn && inForce !== undefined) expect(plan.revision.id).toBe(inForce)
    })
    const broken: string[] = []
    // A listener cannot break the engine; what it found is told here.
    engine.on('listener.failed', ({ message }) => void broken.push(message))
    engine.add(
      defineApplication({
        name: 'shop',
        source,
        path: 'app',
        renderer: jsonRenderer<MemoryManifest>(),
        target: used,
        sync: { approval, prune: true, intervalMs: 60_000, deadlineMs: 50_000 },
      }),
    )
    void engine.start().catch(() => undefined)
    return { engine, power, broken, off: () => engine.stop({ drainMs: 0 }).catch(() => undefined) }
  }

  /** What somebody asks for goes on while nobody waits for it. */
  const ask = async (asked: Promise<unknown>): Promise<void> => {
    void asked.catch(() => undefined)
    await clock.advance(50)
  }
  const approve = async ({ engine }: { readonly engine: Engine }): Promise<void> => {
    const { holds } = await engine.status('shop')
    const planId = /engine\.approve\('([^']+)'\)/.exec(holds.map(({ release }) => release).join())?.[1]
    if (planId !== undefined) await ask(engine.approve(planId, { actor: 'grace' }))
  }
  const health = (state: 'degraded' | 'healthy'): void => {
    if (target.live.get('a') !== undefined) target.setHealth('a', { state })
  }
  const rollback = async (back: number): Promise<void> => {
    const to = revisions.at(-1 - back)
    if (to === undefined) return
    if (!isSuspended) pin = to
    await ask(alive.engine.rollback('shop', { to, actor: 'ada' }))
  }

  const act = async (action: Action): Promise<void> => {
    const { engine } = alive
    switch (action.do) {
      case 'commit':
        size = action.size
        revisions.push(source.commit(filesOf({ id: 'a', size })).id)
        return
      case 'commitElsewhere':
        revisions.push(source.commit({ 'other/x.json': String(elsewhere++) }).id)
        return
      case 'break':
        return health('degraded')
      case 'mend':
        return health('healthy')
      case 'drift':
        if (target.live.get('b') !== undefined) target.live.edit('b', { size: 99 })
        return
      case 'sync':
        return ask(engine.sync('shop', { actor: 'ci' }))
      case 'approve':
        return approve(alive)
      case 'rollback':
        return rollback(action.back)
      case 'unpin':
        // From here on a plan of the source may be made.
        pin = undefined
        inForce = undefined
        await engine.unpin('shop', { actor: 'bob' })
        return
      case 'suspend':
        await engine.suspend('shop', { actor: 'bob' })
        isSuspended = true
        return
      case 'resume':
        isSuspended = false
        await engine.resume('shop', { actor: 'bob' })
        return
      case 'crash':
        alive.power.isOn = false
        expect(alive.broken).toEqual([])
        alive = one()
        await clock.advance(60_000)
        return
      case 'wait':
        await clock.advance(action.ms)
        return
      default:
        action satisfies never
    }
  }

  const check = async (): Promise<void> => {
    expect(alive.broken).toEqual([])
    const history = await store.history('shop', { signal: never, limit: 10_000 })
    // Nothing that stood there is gone or another.
    expect(history.slice(history.length - seen.length)).toEqual(seen)
    seen = history
    const ends = history.flatMap(({ operation }: HistoryEntry) => operation ?? [])
    expect(new Set(ends).size).toBe(ends.length)
    const { head } = (await store.load('shop', { signal: never }))?.value ?? {}
    expect(head?.pin?.revision.id).toBe(pin)
    expect(head?.suspended !== undefined).toBe(isSuspended)
    // An operation that is open has not ended, and one that has ended is not open.
    if (head?.operation !== undefined) expect(ends).not.toContain(head.operation.id)
  }

  const end = async (): Promise<void> => {
    const { engine } = alive
    for (const last of ['resume', 'unpin', 'mend'] as const) await act({ do: last })
    for (let round = 0; round < 4; round++) {
      await ask(engine.sync('shop', { actor: 'ci' }))
      await clock.advance(15_000)
      await approve(alive)
      health('healthy')
      await clock.advance(70_000)
    }
    await check()
    expect(target.live.get('a')?.manifest).toMatchObject({ size })
    expect(target.live.get('b')?.manifest).toEqual({ id: 'b' })
    expect(await engine.status('shop')).toMatchObject({ sync: 'synced', health: 'healthy' })
    await alive.off()
  }
  await clock.advance(1_000)
  return { act, check, end }
}

const never = new AbortController().signal
const silence = (): Promise<never> => new Promise(() => {})

/** The target as a process sees it: when that is gone, nothing it does happens. */
const dyingWith = (
  power: { readonly isOn: boolean },
  target: Target<MemoryManifest>,
): Target<MemoryManifest> => ({
  ...target,
  apply: (change, call) => (power.isOn ? target.apply(change, call) : silence()),
})

const storeDyingWith = (power: { readonly isOn: boolean }, store: Store): Store => {
  const dying = { ...store } as Record<string, unknown>
  for (const [name, method] of Object.entries(store)) {
    if (typeof method !== 'function') continue
    dying[name] = (...given: readonly unknown[]) =>
      power.isOn ? (method as (...all: readonly unknown[]) => unknown)(...given) : silence()
  }
  return dying as unknown as Store
}
