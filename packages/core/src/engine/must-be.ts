import type { DefinedApplication } from '../application/define-application.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { Plan } from '../model/plan.ts'
import type { Store } from '../ports/store.ts'
import type { Asking } from './engine.ts'
import type { RollbackTarget } from './roll-back.ts'

/** Checks of what callers hand over who write no types, so that the first thing they read says what was expected. */
export const mustBe = {
  /** Throws `INVALID_CALL` unless it comes from `defineApplication`. */
  application: (given: DefinedApplication): DefinedApplication => {
    const { name, open } = fieldsOf(given)
    if (typeof name === 'string' && typeof open === 'function') return given
    throw invalidCall(
      'an application made by defineApplication',
      given,
      'engine.add(defineApplication({ … }))',
    )
  },
  /** Throws `INVALID_CALL` unless it says who asks. */
  asking: <Given extends Pick<Asking, 'actor'>>(given: Given): Given => {
    const { actor } = fieldsOf(given)
    if (typeof actor === 'string' && actor.trim() !== '') return given
    throw invalidCall('who asks, as actor', given, "engine.sync('shop', { actor: 'ci' })")
  },
  /** Throws `INVALID_CALL` unless it says who asks, and for which revision. */
  rollback: <Given extends Pick<Asking, 'actor'> & { readonly to: RollbackTarget }>(given: Given): Given => {
    const { to } = fieldsOf(given)
    const { place } = fieldsOf(to)
    if ([to, place].some((text) => typeof text === 'string' && text !== '')) return mustBe.asking(given)
    throw invalidCall(
      'a revision to go back to, as to',
      given,
      "engine.rollback('shop', { to: 'previous', actor: 'ada' })",
    )
  },
  /** Throws `INVALID_CALL` unless it is a plan. */
  plan: (given: Plan): Plan => {
    const { id, application } = fieldsOf(given)
    if (typeof id === 'string' && typeof application === 'string') return given
    throw invalidCall('a plan', given, "engine.apply(await engine.plan('shop'), { actor: 'ci' })")
  },
  /** Throws `INVALID_CALL` unless there is a store. */
  options: <Options extends { readonly store: Store }>(given: Options): Options => {
    const { store } = fieldsOf(given)
    if (typeof fieldsOf(store)['open'] === 'function') return given
    throw invalidCall('a store', given, 'createEngine({ store: memoryStore() })')
  },
}

const fieldsOf = (given: unknown): Readonly<Record<string, unknown>> =>
  typeof given === 'object' && given !== null ? (given as Readonly<Record<string, unknown>>) : {}

const invalidCall = (expected: string, given: unknown, example: string): MooringError =>
  new MooringError({
    code: 'INVALID_CALL',
    kind: 'permanent',
    message: `Expected ${expected}, got ${describe(given)}`,
    hint: `Such as ${example}.`,
  })

/** What it is, and never what is in it. */
function describe(given: unknown): string {
  if (given === null || given === undefined) return String(given)
  if (typeof given !== 'object') return `a ${typeof given}`
  const fields = Object.keys(given)
  return fields.length === 0 ? 'an empty object' : `an object with ${fields.slice(0, 10).join(', ')}`
}
