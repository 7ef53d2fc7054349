import { isDeepStrictEqual } from 'node:util'
import type { Observation } from '../../../src/model/resource.ts'
import type { Call } from '../../../src/ports/call.ts'
import type { MemoryTarget } from '../../../src/testing/index.ts'
import { answering, applying, faulty } from './faulty-target.ts'

/** What observe sees, seen otherwise; what apply answers stays. */
const observing = (
  target: MemoryTarget,
  see: (one: Observation, call: Call) => Observation,
): Partial<MemoryTarget> => ({
  async observe(keys, call) {
    const seen = await target.observe(keys, call)
    return new Map([...seen].map(([key, observation]) => [key, see(observation, call)]))
  },
})

export const brokenOwnership = [
  faulty(
    'answers without the mark',
    ['reads back the mark of the owner it applied for', 'sees what it applied, as apply answered it'],
    (target) => ({
      apply: async (change, call) =>
        answering(await target.apply(change, call), ({ owner: _owner, ...one }) => one),
    }),
  ),
  faulty(
    'everybody else taken for the one who asks',
    ["shows somebody else's mark as somebody else's", 'tells applications of one installation apart'],
    (target) => observing(target, (one, { owner }) => (one.owner === undefined ? one : { ...one, owner })),
  ),
  faulty(
    'what has no mark taken for the one who asks',
    ['sees no mark on what nobody marked', 'takes the mark off what it releases'],
    (target) => observing(target, (one, { owner }) => ({ owner, ...one })),
  ),
  faulty('no mark on what it takes over', ['marks a resource that it takes over'], (target) =>
    applying(target, 'update', async (change, call) => {
      if (change.reason !== 'adopted') return target.apply(change, call)
      const observation = (await target.observe([change.key], call)).get(change.key)
      return { outcome: 'unchanged', ...(observation && { observation }) }
    }),
  ),
  faulty(
    'a release that leaves the mark',
    [
      'takes the mark off what it releases',
      'lists nothing that was released or deleted',
      'refuses to release another version than expected',
      'refuses to release another incarnation than expected',
    ],
    (target) =>
      applying(target, 'release', async ({ key }, call) => {
        const observation = (await target.observe([key], call)).get(key)
        return { outcome: 'changed', ...(observation && { observation }) }
      }),
  ),
  ...(['application', 'installation'] as const).map((differs) =>
    faulty(
      `a list that does not look at the ${differs}`,
      [`lists nothing of a neighbour that differs only in the ${differs}`],
      (target) => ({
        owned: async function* (call) {
          for (const one of (await target.observe(target.live.list(), call)).values()) {
            if (one.owner && isDeepStrictEqual({ ...one.owner, [differs]: call.owner[differs] }, call.owner))
              yield one
          }
        },
      }),
    ),
  ),
  faulty(
    'a list of everything there is',
    [
      'lists exactly what carries the mark of the owner who asks',
      'lists nothing that was released or deleted',
      'lists nothing of a neighbour that differs only in the application',
      'lists nothing of a neighbour that differs only in the installation',
    ],
    (target) => ({
      owned: async function* (call) {
        yield* (await target.observe(target.live.list(), call)).values()
      },
    }),
  ),
  faulty(
    'a list of everything it ever applied',
    [
      'lists nothing of a neighbour that differs only in the installation',
      'lists nothing that was released or deleted',
    ],
    (target) => {
      const applied = new Map<string, Observation>()
      return {
        async apply(change, call) {
          const result = await target.apply(change, call)
          if (result.observation?.owner?.application === 'app') applied.set(change.key, result.observation)
          return result
        },
        owned: async function* ({ signal }) {
          signal.throwIfAborted()
          yield* applied.values()
        },
      }
    },
  ),
  faulty('a mark with the installation alone', ['tells applications of one installation apart'], (target) =>
    observing(target, (one, { owner }) =>
      one.owner?.installation === owner.installation ? { ...one, owner } : one,
    ),
  ),
]
