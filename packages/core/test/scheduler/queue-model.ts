import { deepStrictEqual, fail, ok } from 'node:assert/strict'
import type { Scheduling } from '../../src/ports/scheduler.ts'
import type { KeyedQueue, Taken } from '../../src/scheduler/keyed-queue.ts'
import { pointMs } from '../../src/scheduler/standing.ts'
import type { SimulatedClock } from '../../src/testing/simulated-clock.ts'

/** The queue under test, and what only it knows. */
export interface Real {
  readonly queue: KeyedQueue
  readonly clock: SimulatedClock
  readonly taken: Map<string, Taken>
}

/** What is asked for while a name waits for its time or runs. */
interface Asked {
  group: string
  priority: number
  dueAt: number
}

interface Ready {
  group: string
  priority: number
  rank: number
  since: number
}

/**
 * What the queue promises, in sets and without any of its structures. A name is in up to one of `delayed` and `ready`,
 * or in `running` and perhaps in `again`.
 */
export interface Model {
  readonly groupCap: number
  now: number
  readonly delayed: Map<string, Asked>
  readonly ready: Map<string, Ready>
  /** The group whose cap each counts against. */
  readonly running: Map<string, string>
  readonly again: Map<string, Asked>
  /** The group that a name in line or running was last given. */
  readonly groupOf: Map<string, string>
  /** For each group that could run something: the groups served since. None may be served twice. */
  readonly passedOver: Map<string, Set<string>>
}

export function emptyModel(groupCap: number): Model {
  return {
    groupCap,
    now: 0,
    delayed: new Map(),
    ready: new Map(),
    running: new Map(),
    again: new Map(),
    groupOf: new Map(),
    passedOver: new Map(),
  }
}

export function modelAdd(model: Model, name: string, scheduling: Scheduling): void {
  const { priority = 0, afterMs = 0 } = scheduling
  const { ready, delayed, running, again, groupOf } = model
  const known = ready.get(name) ?? delayed.get(name)
  const group = scheduling.group ?? known?.group ?? groupOf.get(name) ?? ''
  groupOf.set(name, group)
  const dueAt = model.now + Math.max(0, afterMs)
  const waiting = ready.get(name)
  if (waiting !== undefined) {
    waiting.group = group
    if (priority > waiting.priority) {
      waiting.priority = priority
      waiting.rank = Math.min(waiting.rank, model.now - priority * pointMs)
    }
    noteTurns(model)
    return
  }
  const into = running.has(name) ? again : delayed
  const before = into.get(name)
  into.set(name, {
    group,
    priority: Math.max(priority, before?.priority ?? Number.NEGATIVE_INFINITY),
    dueAt: Math.min(dueAt, before?.dueAt ?? Number.POSITIVE_INFINITY),
  })
  bringDue(model)
}

/** Makes ready what is due. */
export function bringDue(model: Model): void {
  for (const [name, { group, priority, dueAt }] of model.delayed) {
    if (dueAt > model.now) continue
    model.delayed.delete(name)
    model.ready.set(name, { group, priority, since: model.now, rank: model.now - priority * pointMs })
  }
  noteTurns(model)
}

export function modelTake(model: Model, name: string | undefined): void {
  const { ready, running } = model
  if (name === undefined) {
    const held = [...ready].filter(([, { group }]) => hasRoom(model, group)).map(([each]) => each)
    deepStrictEqual(held, [], 'nothing was handed out, but these may run')
    return
  }
  ok(!running.has(name), `${name} is run twice at once`)
  const { group, rank } = ready.get(name) ?? fail(`${name} is run, but is not ready`)
  ok(hasRoom(model, group), `${group} has more than its cap`)
  for (const [other, waiting] of ready) {
    ok(waiting.group !== group || waiting.rank >= rank, `${other} goes before ${name}`)
  }
  for (const [other, served] of model.passedOver) {
    ok(other === group || !served.has(group), `${group} is served twice while ${other} waits`)
    served.add(group)
  }
  model.passedOver.delete(group)
  ready.delete(name)
  running.set(name, group)
  model.groupOf.set(name, group)
  noteTurns(model)
}

export function modelDone(model: Model, name: string): void {
  model.running.delete(name)
  const asked = model.again.get(name)
  if (asked === undefined) model.groupOf.delete(name)
  else {
    model.again.delete(name)
    model.delayed.set(name, asked)
  }
  bringDue(model)
}

export function modelRemove(model: Model, name: string): void {
  for (const line of [model.delayed, model.ready, model.again]) line.delete(name)
  if (!model.running.has(name)) model.groupOf.delete(name)
  noteTurns(model)
}

/** Compares everything that can be seen. */
export function check(model: Model, { queue, clock }: Real, names: readonly string[]): void {
  const oldest = Math.min(model.now, ...[...model.ready.values()].map(({ since }) => since))
  deepStrictEqual(queue.figures(), {
    ready: model.ready.size,
    // The length of the heap itself: a storm of adds must not make it longer than there are names.
    delayed: model.delayed.size,
    running: model.running.size,
    oldestReadyMs: model.now - oldest,
  })
  for (const name of names) deepStrictEqual(queue.dueIn(name), dueIn(model, name), `dueIn ${name}`)
  ok(clock.pending() <= 1, 'more than one timer is set')
  if (model.delayed.size > 0) deepStrictEqual(clock.pending(), 1, 'no timer is set for what is delayed')
}

function dueIn({ now, ready, delayed, again }: Model, name: string): number | undefined {
  if (ready.has(name)) return 0
  const asked = delayed.get(name) ?? again.get(name)
  return asked && Math.max(0, asked.dueAt - now)
}

const hasRoom = ({ running, groupCap }: Model, group: string): boolean =>
  [...running.values()].filter((each) => each === group).length < groupCap

/** A group waits for its turn from when it could run something until it is served, or no longer could. */
function noteTurns(model: Model): void {
  const able = new Set(
    [...model.ready.values()].map(({ group }) => group).filter((group) => hasRoom(model, group)),
  )
  for (const group of model.passedOver.keys()) if (!able.has(group)) model.passedOver.delete(group)
  for (const group of able) if (!model.passedOver.has(group)) model.passedOver.set(group, new Set())
}
