import {
  createEngine,
  defineApplication,
  type Health,
  type Hook,
  type HookContext,
  type Hooks,
  jsonRenderer,
  lend,
  memoryStore,
} from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf, settled, world } from './world.ts'

/** A hook that notes when it runs, and ends as told. */
function noted(name: string, log: string[], end: (context: HookContext) => unknown = () => undefined): Hook {
  return {
    name,
    run: (context) => {
      log.push(name)
      return end(context)
    },
  }
}

/** Hooks of every phase, and the log that they and every write stand in. */
function everyPhase(given: Partial<Record<keyof Hooks, (context: HookContext) => unknown>> = {}) {
  const log: string[] = []
  const hooks: Hooks = {
    beforeSync: noted('before', log, given.beforeSync),
    afterStage: {
      name: 'stage',
      run: (context) => {
        log.push(`stage ${context.stage?.number}`)
        return given.afterStage?.(context)
      },
    },
    afterSync: noted('after', log, given.afterSync),
    onFailure: noted('failure', log, given.onFailure),
  }
  return { log, hooks }
}

const staged: readonly MemoryManifest[] = [{ id: 'a' }, { id: 'b', traits: { wave: 1 } }]

function logged({ log, hooks }: ReturnType<typeof everyPhase>, manifests = staged, health?: Health) {
  const made = world({ hooks, manifests, ...(health && { memoryTarget: { health } }) })
  made.engine.on('change.applied', ({ change }) => void log.push(`${change.action} ${change.key}`))
  made.engine.on('operation.finished', ({ outcome }) => void log.push(outcome))
  return made
}

describe('hook functions', () => {
  test('run once per operation, before the writes, after each stage, and before its end', async () => {
    const phases = everyPhase()
    const { start, clock, engine } = logged(phases)
    await start()
    await clock.advance(1_000)
    expect(phases.log).toEqual(['before', 'create a', 'stage 0', 'create b', 'stage 1', 'after', 'synced'])
    expect((await engine.status('shop')).sync).toBe('synced')
  })

  test('are told of the operation, the plan, the stage and the failure', async () => {
    const told: HookContext[] = []
    const phases = everyPhase({
      beforeSync: (context) => told.push(context),
      afterStage: (context) => told.push(context),
      afterSync: () => {
        throw new Error('smoke')
      },
      onFailure: (context) => told.push(context),
    })
    const { start, clock } = logged(phases, [{ id: 'a' }])
    await start()
    await clock.advance(1_000)
    const [before, stage, failure] = told
    expect(before).toMatchObject({
      application: 'shop',
      phase: 'beforeSync',
      operation: { cause: 'commit', hooks: [{ name: 'before', state: 'started' }] },
      plan: { changes: [{ key: 'a' }] },
    })
    expect(stage).toMatchObject({ phase: 'afterStage', stage: { number: 0, keys: ['a'] } })
    expect(failure).toMatchObject({
      phase: 'onFailure',
      failure: { outcome: 'failed', reasons: [expect.stringContaining('smoke')] },
    })
  })

  test('that fail before the writes end the operation with nothing written, and are not run again until somebody asks', async () => {
    let isBroken = true
    const phases = everyPhase({
      beforeSync: () => {
        if (isBroken) throw new Error('the database is locked')
      },
    })
    const { start, clock, engine, target } = logged(phases)
    await start()
    await clock.advance(600_000)
    expect(phases.log).toEqual(['before', 'failure', 'failed'])
    expect(target.live.list()).toEqual([])
    const { lastOperation, sync } = await engine.status('shop')
    expect([sync, lastOperation?.outcome, lastOperation?.reasons[0]]).toEqual([
      'out-of-sync',
      'failed',
      'HOOK_FAILED: Hook before (beforeSync) of shop failed: the database is locked',
    ])
    isBroken = false
    const asked = await settled(engine.sync('shop', { actor: 'ann' }), clock, 2_000)
    expect(asked).toMatchObject({ value: { outcome: 'synced' } })
    expect(target.live.list()).toEqual(['a', 'b'])
  })

  test('that may run again are tried again by themselves', async () => {
    let runs = 0
    const hook: Hook = {
      name: 'flaky',
      idempotent: true,
      run: () => {
        if (++runs === 1) throw new Error('not yet')
      },
    }
    const { start, clock, target } = world({ hooks: { beforeSync: hook } })
    await start()
    expect(target.live.list()).toEqual([])
    await clock.advance(120_000)
    expect([runs, target.live.list()]).toEqual([2, ['a', 'b']])
  })

  test('that fail after a stage leave the next one untouched', async () => {
    const phases = everyPhase({
      afterStage: () => {
        throw new Error('error rate 7 %')
      },
    })
    const { start, clock, target } = logged(phases)
    await start()
    await clock.advance(600_000)
    expect(phases.log).toEqual(['before', 'create a', 'stage 0', 'failure', 'failed'])
    expect(target.live.list()).toEqual(['a'])
  })

  test('after a stage wait until it is healthy', async () => {
    const phases = everyPhase()
    const { start, clock, target } = logged(phases, staged, { state: 'progressing' })
    await start()
    await clock.advance(10_000)
    expect(phases.log).toEqual(['before', 'create a'])
    target.setHealth('a', { state: 'healthy' })
    await clock.advance(1_000)
    expect(phases.log).toEqual(['before', 'create a', 'stage 0', 'create b'])
  })

  test('of a failure keep the next stage from being written, although what failed has got well meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const log: string[] = []
    const page: Hook = { name: 'page', run: () => promise }
    const { start, clock, engine, target } = world({
      manifests: staged,
      hooks: { onFailure: page },
      sync: { deadlineMs: 60_000 },
      memoryTarget: { health: { state: 'degraded' } },
    })
    engine.on('operation.finished', ({ outcome }) => void log.push(outcome))
    await start()
    await clock.advance(61_000)
    target.setHealth('a', { state: 'healthy' })
    await clock.advance(5_000)
    expect([log, target.live.list()]).toEqual([[], ['a']])
    resolve()
    await clock.advance(1_000)
    expect(log).toEqual(['failed'])
    await engine.stop()
  })

  test('that come with a definition in the middle of an operation do not run before what is written already', async () => {
    const { start, clock, engine, target, source, told } = world({
      manifests: staged,
      memoryTarget: { health: { state: 'progressing' } },
    })
    await start()
    const before: Hook = { name: 'before', run: () => {} }
    const renderer = jsonRenderer<MemoryManifest>()
    engine.replace(
      defineApplication({
        name: 'shop',
        source,
        path: 'app',
        renderer,
        target,
        hooks: { beforeSync: before },
      }),
    )
    target.setHealth('a', { state: 'healthy' })
    await clock.advance(5_000)
    expect(target.live.list()).toEqual(['a', 'b'])
    expect(told.filter(({ type }) => type === 'hook.started')).toEqual([])
    await engine.stop()
  })

  test('of one phase run one after the other, and none after one that failed', async () => {
    const log: string[] = []
    const hooks = [
      noted('first', log),
      noted('second', log, () => Promise.reject(new Error('no'))),
      noted('third', log),
    ]
    const { start, clock } = world({ hooks: { beforeSync: hooks } })
    await start()
    await clock.advance(1_000)
    expect(log).toEqual(['first', 'second'])
  })

  test('that hang hold no worker, delay nobody else, and end at their timeout', async () => {
    const signals: AbortSignal[] = []
    const hook: Hook = {
      name: 'hangs',
      timeoutMs: 30_000,
      run: ({ signal }) => {
        signals.push(signal)
        return new Promise(() => undefined)
      },
    }
    const { start, clock, engine, application, target } = world({
      hooks: { beforeSync: hook },
      manifests: [{ id: 'a' }],
    })
    await start()
    expect((await engine.status('shop')).operation?.hooks).toMatchObject([
      { name: 'hangs', state: 'started' },
    ])
    const source = memorySource({ files: filesOf({ id: 'other' }) })
    const others = Array.from({ length: 40 }, (_, at) =>
      defineApplication({
        name: `other${at}`,
        source,
        path: 'app',
        renderer: jsonRenderer<MemoryManifest>(),
        target: memoryTarget({ name: `other${at}` }),
      }),
    )
    for (const one of others) engine.add(one)
    await clock.advance(5_000)
    for (const { name } of others) expect((await engine.status(name)).sync).toBe('synced')
    await clock.advance(30_000)
    const { lastOperation } = await engine.status('shop')
    expect(lastOperation?.reasons[0]).toMatch(
      /^HOOK_TIMEOUT: Hook hangs \(beforeSync\) of shop did not end within 30000 ms/,
    )
    expect([signals[0]?.aborted, target.live.list()]).toEqual([true, []])
    void application
  })

  test('do not run for a heal, a restart, or a commit elsewhere', async () => {
    const phases = everyPhase()
    const { clock, source, target, engine, start, store } = logged(phases)
    await start()
    await clock.advance(1_000)
    const quiet = phases.log.length
    target.live.edit('a', { colour: 'red' })
    await clock.advance(1_000)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
    source.commit({ 'elsewhere/readme.json': '{"id":"x"}' })
    await clock.advance(20_000)
    await engine.stop()
    const again = createEngine({ store: lend(store), clock, installation: 'test', random: () => 0.5 })
    again.add(
      defineApplication({
        name: 'shop',
        source,
        path: 'app',
        renderer: jsonRenderer<MemoryManifest>(),
        target,
        hooks: phases.hooks,
      }),
    )
    await again.start()
    await clock.advance(20_000)
    expect((await again.status('shop')).sync).toBe('synced')
    expect(phases.log.slice(quiet)).toEqual(['update a'])
    await again.stop()
  })

  test('are on record as started before they run, and as finished before anything is written', async () => {
    const phases = everyPhase()
    const order: string[] = []
    const { start, clock } = world({
      hooks: { beforeSync: { name: 'before', run: () => void order.push('runs') } },
      store: (memory) => ({
        ...memory,
        commit: async (name, delta, options) => {
          const [run] = delta.head.operation?.hooks ?? []
          order.push(delta.set.length > 0 ? `intent with ${run?.state}` : (run?.state ?? 'nothing'))
          return memory.commit(name, delta, options)
        },
      }),
      manifests: [{ id: 'a' }],
    })
    await start()
    await clock.advance(1_000)
    expect(order.slice(0, 4)).toEqual(['started', 'runs', 'finished', 'intent with finished'])
    void phases
  })

  test('of an operation that a commit supersedes are told to end, and the next ones wait until they have', async () => {
    const log: string[] = []
    let end = (): void => {}
    const hook: Hook = {
      name: 'migrate',
      run: ({ operation, signal }) => {
        log.push(`begins ${operation.revision.id}`)
        if (log.length > 1) return undefined
        return new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => log.push('told'))
          end = () => {
            log.push('ends')
            resolve()
          }
        })
      },
    }
    const { start, clock, source, engine } = world({ hooks: { beforeSync: hook }, manifests: [{ id: 'a' }] })
    engine.on('operation.finished', ({ outcome }) => void log.push(outcome))
    await start()
    const second = source.commit({ 'app/b.json': '{"id":"b"}' })
    await clock.advance(20_000)
    expect(log.slice(1)).toEqual(['told', 'superseded'])
    end()
    await clock.advance(5_000)
    expect(log.slice(3)).toEqual(['ends', `begins ${second.id}`, 'synced'])
  })
})

test('a hook that ignores its signal keeps later operations waiting at no cost of their time', async () => {
  let end = (): void => {}
  const hook: Hook = {
    name: 'migrate',
    timeoutMs: 3_600_000,
    run: ({ operation }) =>
      operation.revision.message === 'hangs' ? new Promise<void>((resolve) => (end = resolve)) : undefined,
  }
  const { start, clock, source, engine, target } = world({
    hooks: { beforeSync: hook },
    sync: { deadlineMs: 60_000 },
  })
  await start()
  source.commit(filesOf({ id: 'a', size: 2 }), { message: 'hangs' })
  await clock.advance(100_000)
  expect((await engine.status('shop')).lastOperation?.outcome).toBe('timed-out')
  source.commit(filesOf({ id: 'a', size: 3 }), { message: 'good' })
  await clock.advance(600_000)
  const { operation } = await engine.status('shop')
  expect(operation).toMatchObject({ revision: { message: 'good' } })
  expect(operation?.behind).toMatch(/hook migrate \(beforeSync\).*since 20/)
  end()
  await clock.advance(10_000)
  expect(target.live.get('a')?.manifest).toMatchObject({ size: 3 })
  const [entry] = await engine.history('shop')
  expect(entry).toMatchObject({ outcome: 'synced', reasons: [] })
  await engine.stop()
})

describe('stopping', () => {
  const slow = (log: string[], ms: number, listens = true): Hook => ({
    name: 'slow',
    run: ({ signal }) =>
      new Promise<void>((resolve, reject) => {
        log.push('begins')
        if (listens) signal.addEventListener('abort', () => reject(signal.reason))
        timers.push([ms, resolve])
      }),
  })
  const timers: [number, () => void][] = []

  test('waits for a hook that ends in time, and records it', async () => {
    const log: string[] = []
    timers.length = 0
    const { start, clock, engine, store } = world({ hooks: { beforeSync: slow(log, 0) } })
    await start()
    const stopped = engine.stop({ drainMs: 10_000 })
    await clock.advance(1_000)
    timers[0]?.[1]()
    await clock.advance(1_000)
    await stopped
    const state = await store.load('shop', { signal: new AbortController().signal })
    expect(state?.value.head.operation?.hooks).toMatchObject([{ name: 'slow', state: 'finished' }])
  })

  test('aborts a hook that does not, records that, and the next start says that its outcome is unknown', async () => {
    const log: string[] = []
    timers.length = 0
    const { start, clock, engine, store, source, target } = world({ hooks: { beforeSync: slow(log, 0) } })
    await start()
    const stopped = engine.stop({ drainMs: 1_000 })
    await clock.advance(10_000)
    await stopped
    const { signal } = new AbortController()
    const state = await store.load('shop', { signal })
    expect(state?.value.head.operation?.hooks).toMatchObject([{ name: 'slow', state: 'aborted' }])
    const again = restarted({ clock, store, source, target }, { beforeSync: slow(log, 0) })
    await again.start()
    await clock.advance(600_000)
    const { lastOperation } = await again.status('shop')
    expect(lastOperation?.reasons[0]).toMatch(/^HOOK_OUTCOME_UNKNOWN: .*aborted when the engine stopped/)
    expect([log, target.live.list()]).toEqual([['begins'], []])
    await again.stop()
  })
})

/** Another engine on the same store, as after a restart. */
function restarted(
  { clock, store, source, target }: Pick<ReturnType<typeof world>, 'clock' | 'store' | 'source' | 'target'>,
  hooks: Hooks,
) {
  const engine = createEngine({ store: lend(store), clock, installation: 'test', random: () => 0.5 })
  const renderer = jsonRenderer<MemoryManifest>()
  engine.add(defineApplication({ name: 'shop', source, path: 'app', renderer, target, hooks }))
  return engine
}

describe('a hook that a crash cut off', () => {
  /** A state in which a hook is on record as started and nobody runs it. */
  async function crashed(idempotent: boolean) {
    const clock = simulatedClock()
    const store = memoryStore()
    const source = memorySource({ files: filesOf({ id: 'a' }) })
    const target = memoryTarget()
    const log: string[] = []
    const hook = (run: Hook['run']): Hooks => ({ beforeSync: { name: 'migrate', idempotent, run } })
    const dies = restarted(
      { clock, store, source, target },
      hook(() => new Promise(() => undefined)),
    )
    await dies.start()
    await clock.advance(1_000)
    // Never stopped: it is fenced off by the next one, like a process that is gone.
    const engine = restarted(
      { clock, store, source, target },
      hook(() => void log.push('again')),
    )
    await engine.start()
    await clock.advance(1_000)
    return { clock, engine, target, log, source }
  }

  test('fails the operation, and nothing goes past it until somebody decides', async () => {
    const { engine, clock, target, log } = await crashed(false)
    await clock.advance(900_000)
    const { lastOperation } = await engine.status('shop')
    expect(lastOperation).toMatchObject({ outcome: 'failed', awaitsDecision: true })
    expect(lastOperation?.reasons[0]).toMatch(/^HOOK_OUTCOME_UNKNOWN: .*hook migrate \(beforeSync\)/)
    expect([log, target.live.list()]).toEqual([[], []])
    const asked = await settled(engine.sync('shop', { actor: 'ann' }), clock, 2_000)
    expect(asked).toMatchObject({ value: { outcome: 'synced' } })
    expect([log, target.live.list()]).toEqual([['again'], ['a']])
    await engine.stop()
  })

  test('runs again where it is declared idempotent', async () => {
    const { engine, target, log } = await crashed(true)
    expect([log, target.live.list()]).toEqual([['again'], ['a']])
    await engine.stop()
  })

  test('is not covered up by the next commit', async () => {
    const { engine, clock, source, log } = await crashed(false)
    source.commit({ 'app/b.json': '{"id":"b"}' })
    await clock.advance(100_000)
    const ends = (await engine.history('shop')).map(({ outcome, reasons }) => [
      outcome,
      reasons[0]?.split(':')[0],
    ])
    expect(ends).toEqual([
      ['synced', undefined],
      ['failed', 'HOOK_OUTCOME_UNKNOWN'],
    ])
    expect(log).toEqual(['again'])
    await engine.stop()
  })
})

test('a definition whose hooks cannot be used is refused', () => {
  const target = memoryTarget()
  const source = memorySource()
  const define = (hooks: unknown) => () =>
    defineApplication({
      name: 'shop',
      source,
      path: '',
      renderer: jsonRenderer<MemoryManifest>(),
      target,
      hooks: hooks as Hooks,
    })
  const run = () => undefined
  expect(define({ beforeSink: { name: 'a', run } })).toThrow('hooks has no phase beforeSink')
  expect(define({ beforeSync: { name: 'two words', run } })).toThrow('a name of 1 to 63')
  expect(define({ beforeSync: { name: 'a' } })).toThrow('a function run (a)')
  expect(
    define({
      beforeSync: [
        { name: 'a', run },
        { name: 'a', run },
      ],
    }),
  ).toThrow('two hooks named a')
  expect(define({ beforeSync: { name: 'a', run, timeoutMs: 0 } })).toThrow('timeoutMs')
})
